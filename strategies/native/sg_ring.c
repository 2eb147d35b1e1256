/*
 * sg_ring: rings of arrays with their lengths, one ring out and one in
 * (strategies/sg_ring.py has a sketch and names the patch).
 */
#define LIST struct sg_ring *out, struct sg_ring *in, unsigned long unused
#include "abi.h"
#include "forms.h"
#include "list.h"
#include "mapping.h"
#include "virtio_ring.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_OUTOFLINE | FORM_MASK | FORM_RFC);

#ifdef PIECE
#include "rings.h"
#else
/*
 * In form rfc, as the patch's base: zero each entry of block data, and the one sg_init_one sets,
 * the first entry of an array with a header or a status.
 */
static __always_inline struct mapped map_any(const struct group *group,
					     const struct segment *segment, struct scatterlist *sg)
{
	if (FORM == FORM_RFC && group->merge)
		return map_group(group, segment, sg, to_next, NULL, assign_zeroed);
	if (FORM == FORM_RFC)
		assign_zeroed(sg, 0);
	return map_group(group, segment, sg, to_next, NULL, assign_page);
}

#include "ring_map.h"
#endif

/* Fill descriptor i; return the next free one, or -ENOSPC. Plain static, with two callers. */
static CALL_OR() int add_desc(struct vring_virtqueue *vq, unsigned int i,
			      const struct scatterlist *sg, unsigned int flags)
{
	if (vq->num_free == 0)
		return -ENOSPC;
	fill_desc(vq, i, sg, flags);
	vq->num_free--;
	return vq->vring.desc[i].next;
}

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	struct sg_ring empty, *start;
	unsigned int j, head, free, uninitialized(prev);
	int i;

	if (unlikely(!data))
		return BUG;
	sg_ring_init(&empty, 0);
	empty.num = 0;
	if (!out)
		out = &empty;
	if (!in)
		in = &empty;
	if (unlikely(in->num == 0 && out->num == 0))
		return BUG;

	i = head = vq->free_head;
	free = vq->num_free;

	start = out;
	do {
		for (j = 0; j < out->num; j++) {
			prev = i;
			i = add_desc(vq, i, &out->sg[j], 0);
			if (unlikely(i < 0))
				goto full;
		}
	} while ((out = sg_ring_next(out)) != start);

	start = in;
	do {
		for (j = 0; j < in->num; j++) {
			prev = i;
			i = add_desc(vq, i, &in->sg[j], VRING_DESC_F_WRITE);
			if (unlikely(i < 0))
				goto full;
		}
	} while ((in = sg_ring_next(in)) != start);

	publish(vq, head, prev, i, data);
	return 0;

full: /* written descriptors stay written; free_head has not moved */
	vq->num_free = free;
	return i;
}
