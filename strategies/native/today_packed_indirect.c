/* today_packed_indirect: the packed ring with tables (strategies/today_packed_indirect.py). */
#define INDIRECT
#include "todays_lists.h"
#include "todays_tables.h"
#include "todays_packed.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_CACHED | FORM_PREALLOCATED | FORM_THRESHOLD | FORM_FILLED);

/* Describe a segment in a table, whose descriptors have neither id nor NEXT. */
static __always_inline void put_in_table(struct packed_desc *desc, u64 addr, u32 len, u16 flags)
{
	desc->addr = addr;
	desc->len = len;
	desc->flags = flags;
}

/* Have one descriptor of the ring lead to a table, and show it. */
static __always_inline void lead_to(struct todays_queue *q, struct packed_desc *table,
				    unsigned int total, void *data)
{
	unsigned int head = q->next_avail_idx, id = q->free_head, i = head + 1;
	struct packed_desc *desc = slots_of(q) + head;
	struct state_packed *state;
	u16 flags;

	desc->addr = (unsigned long)table - PAGE_OFFSET;
	desc->len = total * sizeof(*table);
	desc->id = id;
	flags = VRING_DESC_F_INDIRECT | q->avail_used_flags;
	if (unlikely(i >= q->vring.num)) {
		i = 0;
		q->avail_wrap_counter ^= 1;
		q->avail_used_flags ^= PACKED_BOTH;
	}
	q->num_free--;
	q->next_avail_idx = i;
	q->free_head = q->desc_extra[id].next;
	state = state_of(q, id);
	state->num = 1;
	state->data = data;
	state->indir_desc = table;
	state->last = id;
	smp_wmb(); /* all else before the flags that show it */
	slots_of(q)[head].flags = flags;
	q->num_added++;
}

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	struct todays_queue *q = (void *)vq;
	unsigned int n, i = 0, left, total = count(sgs, out_sgs + in_sgs);
	struct packed_desc *table;
	struct vring_desc *desc;
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
		if (table) {
			link_copies((struct desc_extra *)(table + total), total);
			if (refuse(q, 1, out_sgs)) {
				give(q, table);
				return -ENOSPC;
			}
			for (n = 0; n < out_sgs; n++)
				for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
					put_in_table(&table[i++], sg_phys(q, sg), sg->length, 0);
			for (; n < out_sgs + in_sgs; n++)
				for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
					put_in_table(&table[i++], sg_phys(q, sg), sg->length,
						     VRING_DESC_F_WRITE);
			lead_to(q, table, total, data);
			return 0;
		}
	}
	if (refuse(q, total, out_sgs))
		return -ENOSPC;

	place = begin(q);
	desc = q->vring.desc;
	extra = q->desc_extra;
	left = total;
	for (n = 0; n < out_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			put(q, desc, extra, &place, sg_phys(q, sg), sg->length,
			    --left ? VRING_DESC_F_NEXT : 0);
	for (; n < out_sgs + in_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			put(q, desc, extra, &place, sg_phys(q, sg), sg->length,
			    (--left ? VRING_DESC_F_NEXT : 0) | VRING_DESC_F_WRITE);
	publish(q, &place, total, data);
	return 0;
}
