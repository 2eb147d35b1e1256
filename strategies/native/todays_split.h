/* The split ring of today: add's part of it, kick, get_buf (strategies/linux/todays/split.py). */
#ifndef TODAYS_SPLIT_H
#define TODAYS_SPLIT_H

#include "todays_model.h"

struct place {
	unsigned int i, head; /* the next descriptor, and the chain's first */
	u32 in_len; /* in order: what the device may write */
#ifdef INDIRECT
	void *table; /* of the request, if it has one */
#endif
};

/* Where the driver says which completion it waits for: behind the avail ring. */
static __always_inline u16 *used_event(const struct todays_queue *q)
{
	return &q->vring.avail->ring[q->vring.num];
}

/* Where the device says which request it waits for: behind the used ring. */
static __always_inline const u16 *avail_event(const struct todays_queue *q)
{
	return (u16 *)&q->vring.used->ring[q->vring.num];
}

static __always_inline struct state_split *state_of(const struct todays_queue *q, unsigned int i)
{
	return (struct state_split *)q->desc_state + i;
}

/* virtqueue_kick: one read of what the device wrote decides. */
static __always_inline void kick_now(struct todays_queue *q)
{
	_Bool wanted;
	u16 old, new;

	smp_mb(); /* avail->idx before what the device asks: else both sides may sleep */
	new = q->avail_idx_shadow;
	old = new - q->num_added;
	q->num_added = 0;
	if (q->event)
		wanted = need_event(*avail_event(q), new, old);
	else
		wanted = !(q->vring.used->flags & VRING_USED_F_NO_NOTIFY);
	if (wanted)
		q->notify((unsigned long)q);
}

static long kick(unsigned long vq_at)
{
	kick_now((void *)vq_at);
	return 0;
}

/* Whether there is no room; then notify if anything goes out, as always. */
static __always_inline _Bool refuse(struct todays_queue *q, unsigned int total, unsigned int out)
{
	if (q->num_free >= total)
		return 0;
	if (out)
		q->notify((unsigned long)q);
	return 1;
}

static __always_inline struct place begin(const struct todays_queue *q)
{
	return (struct place){ .i = q->free_head, .head = q->free_head };
}

/* The descriptor behind i. */
static __always_inline unsigned int one_on(const struct todays_queue *q, unsigned int i)
{
	return unlikely(++i >= q->vring.num) ? 0 : i;
}

/* Describe a segment and keep a copy, which no device can alter, as split rings always do. */
static __always_inline void put(const struct todays_queue *q, struct vring_desc *desc,
				struct desc_extra *extra, struct place *place, u64 addr, u32 len,
				u16 flags)
{
	unsigned int i = place->i;

	desc[i].flags = flags;
	desc[i].addr = addr;
	desc[i].len = len;
	if (FORM != FORM_NOSHADOW || unlikely(q->use_map_api)) {
		extra[i].addr = addr;
		extra[i].len = len;
		extra[i].flags = flags;
	}
#ifdef IN_ORDER
	if (flags & VRING_DESC_F_WRITE)
		place->in_len += len;
#endif
	if (FORM == FORM_NONEXT)
		place->i = one_on(q, i);
	else
		place->i = desc[i].next = extra[i].next;
}

/* Take the chain off the free list and show it: the index is stored here, not by kick. */
static __always_inline void publish(struct todays_queue *q, const struct place *place,
				    unsigned int total, void *data)
{
	struct vring_avail *avail;

	q->num_free -= total;
#ifdef IN_ORDER
	q->free_head = place->head + total;
	if (q->free_head >= q->vring.num)
		q->free_head -= q->vring.num;
	state_of(q, place->head)->total_in_len = place->in_len;
#else
	q->free_head = place->i;
#endif
	state_of(q, place->head)->data = data;
#ifdef INDIRECT
	state_of(q, place->head)->indir_desc = place->table;
#else
	state_of(q, place->head)->indir_desc = NULL;
#endif
	avail = q->vring.avail;
	avail->ring[q->avail_idx_shadow & (q->vring.num - 1)] = place->head;
	smp_wmb(); /* descriptors and slot before avail->idx; the device reads idx first */
	q->avail_idx_shadow++;
	q->vring.avail->idx = q->avail_idx_shadow;
	q->num_added++;
	if (unlikely(q->num_added == KICK_AT))
		kick_now(q);
}

/* Take NEXT back from the last segment, in the ring and in the copy. */
static inline void end(struct vring_desc *desc, struct desc_extra *extra, const struct place *last,
		       struct place *place)
{
	(void)place;
	desc[last->i].flags &= ~VRING_DESC_F_NEXT;
	extra[last->i].flags &= ~VRING_DESC_F_NEXT;
}

/* What was described is off no list yet, and no index shows it. */
static inline void undo(struct todays_queue *q, struct vring_desc *desc, const struct place *place,
			unsigned int taken)
{
	(void)q, (void)desc, (void)place, (void)taken;
}

/* Nothing to unmap without the DMA API, but it looks at the copy. Returns the next one. */
static __always_inline unsigned int unmap(const struct todays_queue *q, unsigned int i)
{
	const struct desc_extra *extra = &q->desc_extra[i];

	if (FORM == FORM_NOSHADOW)
		BUG_ON(q->use_map_api);
	else if (extra->flags & VRING_DESC_F_INDIRECT)
		BUG_ON(q->use_map_api);
	else
		BUG_ON(q->use_map_api && extra->addr != NOT_MAPPED);
	if (FORM == FORM_NONEXT)
		return one_on(q, i);
	return extra->next;
}

/* Put the chain in front of the free list: NEXT is read in the ring, links in the copy. */
static __always_inline void detach(struct todays_queue *q, unsigned int head)
{
	unsigned int i = head;

	state_of(q, head)->data = NULL;
	while (q->vring.desc[i].flags & VRING_DESC_F_NEXT) {
		i = unmap(q, i);
		q->num_free++;
	}
	unmap(q, i);
#ifndef IN_ORDER
	q->desc_extra[i].next = q->free_head;
	q->free_head = head;
#endif
	q->num_free++;
#ifdef INDIRECT
	if (state_of(q, head)->indir_desc) {
		give(q, state_of(q, head)->indir_desc);
		state_of(q, head)->indir_desc = NULL;
	}
#endif
}

/* Say which completion is waited for, while callbacks are on. */
static __always_inline void await_used(struct todays_queue *q)
{
	if (!(q->avail_flags_shadow & VRING_AVAIL_F_NO_INTERRUPT)) {
		*used_event(q) = q->last_used_idx;
		smp_mb(); /* before used->idx is read again */
	}
}

#ifdef IN_ORDER
/* The next token, where one used entry may stand for a batch: its id is the last one's. */
static long get_buf(unsigned long vq_at, unsigned long length_at)
{
	struct todays_queue *q = (void *)vq_at;
	const struct vring_used_elem *elem;
	unsigned int head, free;
	void *token;

	if (unlikely(q->broken))
		return 0;
	head = q->last_used;
	if (q->batch_id == NO_BATCH) {
		if (q->vring.used->idx == q->last_used_idx)
			return 0;
		smp_rmb(); /* used->idx before the element */
		elem = &q->vring.used->ring[q->last_used_idx & (q->vring.num - 1)];
		q->batch_id = elem->id;
		q->batch_len = elem->len;
	}
	if (unlikely(q->batch_id >= q->vring.num) || unlikely(!state_of(q, head)->data)) {
		q->broken = 1;
		return 0;
	}
	if (q->batch_id == head) {
		*(u64 *)length_at = q->batch_len;
		q->batch_id = NO_BATCH;
	} else {
		*(u64 *)length_at = state_of(q, head)->total_in_len;
	}
	token = state_of(q, head)->data;
	free = q->num_free;
	detach(q, head);
	q->last_used_idx++;
	q->last_used = (head + q->num_free - free) & (q->vring.num - 1);
	await_used(q);
	return (long)token;
}
#else
/* Return the token of the next used buffer and free it, or 0. */
static long get_buf(unsigned long vq_at, unsigned long length_at)
{
	struct todays_queue *q = (void *)vq_at;
	const struct vring_used_elem *elem;
	unsigned int i;
	void *token;

	if (unlikely(q->broken))
		return 0;
	if (q->vring.used->idx == q->last_used_idx)
		return 0;
	smp_rmb(); /* used->idx before the element */
	elem = &q->vring.used->ring[q->last_used_idx & (q->vring.num - 1)];
	i = elem->id;
	*(u64 *)length_at = elem->len;
	if (unlikely(i >= q->vring.num) || unlikely(!state_of(q, i)->data)) {
		q->broken = 1;
		return 0;
	}
	token = state_of(q, i)->data;
	detach(q, i);
	q->last_used_idx++;
	await_used(q);
	return (long)token;
}
#endif

#endif
