/* create and map with arrays of PIECE entries, as many as needed (strategies/linux/rings.py). */
#ifndef RINGS_H
#define RINGS_H

#include "abi.h"
#include "list.h"
#include "mapping.h"

static __always_inline unsigned int room_of(const struct group *group)
{
	return group->room < PIECE ? group->room : PIECE;
}

/* Go to the next entry; if the array is full, to the first one of a new array. */
static __always_inline struct scatterlist *in_pieces(struct scatterlist *sg, void *place)
{
	struct sg_ring *ring = *(struct sg_ring **)place, *new;

	if (sg + 1 != ring->sg + ring->max)
		return sg + 1;
	ring->num = ring->max;
	new = (void *)(sg + 1);
	sg_ring_init(new, ring->max);
	list_add(&new->list, &ring->list);
	*(struct sg_ring **)place = new;
	return new->sg;
}

/* Every request initialises its rings. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	unsigned long size = 0;

	for (; group < end; group++) {
		unsigned int room = room_of(group), arrays = (group->room + room - 1) / room;

		size += arrays * (sizeof(struct sg_ring) + room * sizeof(struct scatterlist));
	}
	return size;
}

/* Join one array per group to those of its direction, and more as it fills up. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct sg_ring *ring = (void *)list_memory, *out = NULL, *in = NULL;
	u64 *words = (void *)words_at;

	for (; group < end; group++) {
		struct sg_ring **side = group->direction ? &in : &out;
		struct mapped mapped;

		sg_ring_init(ring, room_of(group));
		if (!*side)
			*side = ring;
		else
			list_add_tail(&ring->list, &(*side)->list);
		mapped = map_group(group, segment, ring->sg, in_pieces, &ring, assign_page);
		segment = mapped.next;
		ring->num = mapped.last - ring->sg + 1;
		ring = (void *)(ring->sg + ring->max);
	}
	words[0] = (unsigned long)out;
	words[1] = (unsigned long)in;
	words[2] = 0;
	return 0;
}

#endif
