/*
 * create and map of rings with an array a group (strategies/linux/rings.py). The including file
 * defines map_any, which fills an array, and RING if its entries are no struct scatterlist.
 */
#ifndef RING_MAP_H
#define RING_MAP_H

#include "abi.h"
#include "list.h"
#include "mapping.h"

#ifndef RING
#define RING struct sg_ring
#endif

/* Every request initialises its rings. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	unsigned long size = 0;

	for (; group < end; group++)
		size += sizeof(RING) + group->room * sizeof(ENTRY);
	return size;
}

/* Map each group into its array and join the arrays of each direction. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	RING *ring = (void *)list_memory, *out = NULL, *in = NULL;
	u64 *words = (void *)words_at;

	for (; group < end; group++) {
		RING **side = group->direction ? &in : &out;
		struct mapped mapped;

		sg_ring_init((struct sg_ring *)ring, group->room);
		mapped = map_any(group, segment, ring->sg);
		segment = mapped.next;
		ring->num = mapped.entries;
		if (!*side)
			*side = ring;
		else
			list_add_tail(&ring->list, &(*side)->list);
		ring = (RING *)(ring->sg + group->room);
	}
	words[0] = (unsigned long)out;
	words[1] = (unsigned long)in;
	words[2] = 0;
	return 0;
}

#endif
