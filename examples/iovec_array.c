/* iovec_array: an array of {address, length}, with its counts as arguments (iovec_array.py). */
#define LIST const struct entry *entry, unsigned int out, unsigned int in
struct entry {
	unsigned long address, length;
};
#include "abi.h" /* python -m strategies --abi > abi.h */

/* Prepare nothing; the table has an entry for each that the groups have room for. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	unsigned long entries = 0;

	for (; group < end; group++)
		entries += group->room;
	return entries * sizeof(struct entry);
}

/* Map all groups into one table, outgoing ones first, and count both directions. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *last_group = group + request->groups;
	const struct segment *segment = (void *)last_group, *first, *end;
	struct entry *table = (void *)list_memory, *entry = table;
	u64 *words = (void *)words_at, out = 0;

	for (; group < last_group; group++) {
		for (end = segment + group->virtuals; segment < end; segment++)
			*entry++ = (struct entry){ segment->page - PAGE_OFFSET, segment->length };
		first = segment;
		for (end = segment + group->pages; segment < end; segment++) {
			if (group->merge && segment != first &&
			    same_run(segment, segment - 1, entry[-1].length))
				entry[-1].length += segment->length;
			else
				*entry++ = (struct entry){ segment_phys(segment), segment->length };
		}
		if (!group->direction)
			out = entry - table;
	}
	words[0] = list_memory;
	words[1] = out;
	words[2] = entry - table - out;
	return 0;
}

/* Fill descriptor i; return the next free one. */
static inline unsigned int fill(struct vring_virtqueue *vq, unsigned int i,
				const struct entry *entry, unsigned int flags)
{
	vq->vring.desc[i].flags = VRING_DESC_F_NEXT | flags;
	vq->vring.desc[i].addr = entry->address;
	vq->vring.desc[i].len = entry->length;
	return vq->vring.desc[i].next;
}

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	unsigned int i, head, uninitialized(prev);

	if (unlikely(!data) || unlikely(!(out + in)))
		return BUG;
	if (vq->num_free < out + in)
		return -ENOSPC;
	vq->num_free -= out + in;

	head = i = vq->free_head;
	for (; out; out--) {
		prev = i;
		i = fill(vq, i, entry++, 0);
	}
	for (; in; in--) {
		prev = i;
		i = fill(vq, i, entry++, VRING_DESC_F_WRITE);
	}
	publish(vq, head, prev, i, data);
	return 0;
}
