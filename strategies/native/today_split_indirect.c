/* today_split_indirect: the split ring with tables (strategies/today_split_indirect.py). */
#define INDIRECT
#include "todays_lists.h"
#include "todays_tables.h"
#include "todays_split.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_CACHED | FORM_PREALLOCATED | FORM_THRESHOLD | FORM_FILLED);

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	struct todays_queue *q = (void *)vq;
	unsigned int n, left, need, total = count(sgs, out_sgs + in_sgs);
	struct vring_desc *desc, *table = NULL;
	struct desc_extra *extra;
	struct scatterlist *sg;
	struct place place;

	if (unlikely(!data))
		return BUG;
	if (unlikely(q->broken))
		return -EIO;
	if (unlikely(!total))
		return BUG;
	if (wanted(q, total)) {
		table = take(q, total * 32UL, q->free_head);
		if (table)
			link_copies((struct desc_extra *)(table + total), total);
	}
	need = table ? 1 : total;
	if (refuse(q, need, out_sgs)) {
		if (table)
			give(q, table);
		return -ENOSPC;
	}

	place = begin(q);
	desc = q->vring.desc;
	extra = q->desc_extra;
	if (table) {
		desc = table;
		extra = (struct desc_extra *)(table + total);
		place.i = 0;
	}
	left = total;
	for (n = 0; n < out_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			put(q, desc, extra, &place, sg_phys(q, sg), sg->length,
			    --left ? VRING_DESC_F_NEXT : 0);
	for (; n < out_sgs + in_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			put(q, desc, extra, &place, sg_phys(q, sg), sg->length,
			    (--left ? VRING_DESC_F_NEXT : 0) | VRING_DESC_F_WRITE);
	if (table) { /* one descriptor of the ring leads to it */
		place.i = place.head;
		put(q, q->vring.desc, q->desc_extra, &place, (unsigned long)table - PAGE_OFFSET,
		    total * sizeof(*table), VRING_DESC_F_INDIRECT);
	}
	place.table = table;
	publish(q, &place, need, data);
	return 0;
}
