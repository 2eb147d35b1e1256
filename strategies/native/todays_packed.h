/* The packed ring of today: add's part of it, kick, get_buf (strategies/linux/todays/packed.py). */
#ifndef TODAYS_PACKED_H
#define TODAYS_PACKED_H

#include "todays_model.h"

#define PACKED_DESC_F_AVAIL (1 << 7)
#define PACKED_DESC_F_USED (1 << 15)
#define PACKED_BOTH (PACKED_DESC_F_AVAIL | PACKED_DESC_F_USED)
#define EVENT_FLAG_DISABLE 1
#define EVENT_FLAG_DESC 2
#define EVENT_F_WRAP_CTR 15

struct packed_desc {
	u64 addr;
	u32 len;
	u16 id;
	u16 flags;
};

struct packed_event {
	u16 off_wrap;
	u16 flags;
};

struct state_packed {
	void *data;
	void *indir_desc;
	u16 num;
	u16 last;
	u32 total_in_len;
};

SIZE(struct packed_desc, 16);
AT(struct packed_desc, id, 12);
AT(struct packed_desc, flags, 14);
SIZE(struct packed_event, 4);
SIZE(struct state_packed, 24);
AT(struct state_packed, last, 18);

struct place {
	unsigned int i, head; /* the next slot, and the buffer's first */
	unsigned int id, curr, prev; /* the buffer's, the next one and the last one taken */
	u16 head_flags;
	u32 in_len; /* in order: what the device may write */
};

static __always_inline struct packed_desc *slots_of(const struct todays_queue *q)
{
	return (struct packed_desc *)q->vring.desc;
}

static __always_inline struct packed_event *driver_event(const struct todays_queue *q)
{
	return (struct packed_event *)q->vring.avail;
}

static __always_inline struct state_packed *state_of(const struct todays_queue *q, unsigned int id)
{
	return (struct state_packed *)q->desc_state + id;
}

/* virtqueue_kick: one read of what the device wrote, flags and place. */
static long kick(unsigned long vq_at)
{
	struct todays_queue *q = (void *)vq_at;
	u16 old, new, flags, event;
	_Bool wanted;
	u32 asked;

	smp_mb(); /* flags of descriptors before what the device asks: else both may sleep */
	new = q->next_avail_idx;
	old = new - q->num_added;
	q->num_added = 0;
	asked = *(volatile u32 *)q->vring.used;
	flags = asked >> 16;
	if (flags != EVENT_FLAG_DESC) {
		wanted = flags != EVENT_FLAG_DISABLE;
	} else {
		event = asked & ~(1 << EVENT_F_WRAP_CTR);
		if (((u16)asked >> EVENT_F_WRAP_CTR) != q->avail_wrap_counter)
			event -= q->vring.num;
		wanted = need_event(event, new, old);
	}
	if (wanted)
		q->notify(vq_at);
	return 0;
}

/* Whether there is no room; nobody is notified. */
static __always_inline _Bool refuse(struct todays_queue *q, unsigned int total, unsigned int out)
{
	(void)out;
	return q->num_free < total;
}

static __always_inline struct place begin(const struct todays_queue *q)
{
#ifdef IN_ORDER /* a buffer is known by its first slot */
	return (struct place){ .i = q->next_avail_idx, .head = q->next_avail_idx,
			       .id = q->next_avail_idx };
#else
	return (struct place){ .i = q->next_avail_idx, .head = q->next_avail_idx,
			       .id = q->free_head, .curr = q->free_head };
#endif
}

/* Describe a segment; the first one's flags are held back, as they show all of them. */
static __always_inline void put(struct todays_queue *q, struct vring_desc *table,
				struct desc_extra *extra, struct place *place, u64 addr, u32 len,
				u16 more)
{
	struct packed_desc *desc = (struct packed_desc *)table + place->i;
	u16 flags = q->avail_used_flags | more;

	desc->addr = addr;
	desc->len = len;
	desc->id = place->id;
	if (place->i == place->head)
		place->head_flags = flags;
	else
		desc->flags = flags;
#ifdef IN_ORDER
	place->curr = place->i;
	if (more & VRING_DESC_F_WRITE)
		place->in_len += len;
#endif
	if (unlikely(q->use_map_api)) {
		extra[place->curr].addr = addr;
		extra[place->curr].len = len;
		extra[place->curr].flags = more;
	}
	place->prev = place->curr;
#ifndef IN_ORDER
	place->curr = extra[place->curr].next;
#endif
	if (unlikely(++place->i >= q->vring.num)) {
		place->i = 0;
		q->avail_used_flags ^= PACKED_BOTH;
#ifdef IN_ORDER
		q->avail_wrap_counter ^= 1;
#endif
	}
}

/* Take the ids off their list, and show the buffer: one store, of the first slot's flags. */
static __always_inline void publish(struct todays_queue *q, const struct place *place,
				    unsigned int total, void *data)
{
	struct state_packed *state;

#ifndef IN_ORDER
	if (place->i <= place->head)
		q->avail_wrap_counter ^= 1;
	q->free_head = place->curr;
#endif
	q->num_free -= total;
	q->next_avail_idx = place->i;
	state = state_of(q, place->id);
#ifdef IN_ORDER
	state->total_in_len = place->in_len;
#endif
	state->num = total;
	state->data = data;
	state->indir_desc = NULL;
	state->last = place->prev;
	smp_wmb(); /* all else before the flags that show it */
	slots_of(q)[place->head].flags = place->head_flags;
	q->num_added += total;
}

/* Take NEXT back from the last segment, whose flags are stored unless it is the first. */
static inline void end(struct vring_desc *desc, struct desc_extra *extra, const struct place *last,
		       struct place *place)
{
	(void)extra;
	if (last->i == place->head)
		place->head_flags &= ~VRING_DESC_F_NEXT;
	else
		((struct packed_desc *)desc)[last->i].flags &= ~VRING_DESC_F_NEXT;
}

/* The slot before i; the bits are turned over where it lies in the round before. */
static __always_inline unsigned int before(struct todays_queue *q, unsigned int i)
{
	if (unlikely(!i)) {
		i = q->vring.num;
		q->avail_used_flags ^= PACKED_BOTH;
	}
	return i - 1;
}

/* Make what was described unavailable: a later buffer that is shorter ends before it. */
static inline void undo(struct todays_queue *q, struct vring_desc *desc, const struct place *place,
			unsigned int taken)
{
	unsigned int i = place->i;

	if (!taken)
		return;
	while (--taken) {
		i = before(q, i);
		((struct packed_desc *)desc)[i].flags = q->avail_used_flags ^ PACKED_DESC_F_AVAIL;
	}
	before(q, i); /* the first one's flags were never stored */
}

/* Whether a descriptor was used in a round with this wrap counter: both bits are it. */
static __always_inline _Bool is_used(u16 flags, _Bool wrap)
{
	_Bool avail = flags & PACKED_DESC_F_AVAIL, used = flags & PACKED_DESC_F_USED;

	return avail == wrap && used == wrap;
}

/* Put the buffer's ids in front of the list: as many stores, however long it is. */
static __always_inline void detach(struct todays_queue *q, unsigned int id)
{
	struct state_packed *state = state_of(q, id);

	state->data = NULL;
#ifndef IN_ORDER
	q->desc_extra[state->last].next = q->free_head;
	q->free_head = id;
#endif
	q->num_free += state->num;
	BUG_ON(q->use_map_api);
#ifdef INDIRECT
	if (state->indir_desc) {
		give(q, state->indir_desc);
		state->indir_desc = NULL;
	}
#endif
}

/* Return the token of the next used buffer and free it, or 0. */
static long get_buf(unsigned long vq_at, unsigned long length_at)
{
	struct todays_queue *q = (void *)vq_at;
	unsigned int last, id;
	_Bool wrap;
	void *token;

	if (unlikely(q->broken))
		return 0;
	last = q->last_used_idx & ~(1 << EVENT_F_WRAP_CTR);
	wrap = q->last_used_idx >> EVENT_F_WRAP_CTR;
#ifdef IN_ORDER
	if (q->batch_id == NO_BATCH) {
		if (!is_used(slots_of(q)[last].flags, wrap))
			return 0;
		smp_rmb(); /* the flags before id and length */
		q->batch_id = slots_of(q)[last].id;
		q->batch_len = slots_of(q)[last].len;
	}
	id = last;
	if (unlikely(q->batch_id >= q->vring.num) || unlikely(!state_of(q, id)->data)) {
		q->broken = 1;
		return 0;
	}
	if (q->batch_id == id) {
		*(u64 *)length_at = q->batch_len;
		q->batch_id = NO_BATCH;
	} else {
		*(u64 *)length_at = state_of(q, id)->total_in_len;
	}
#else
	if (!is_used(slots_of(q)[last].flags, wrap))
		return 0;
	smp_rmb(); /* the flags before id and length */
	id = slots_of(q)[last].id;
	*(u64 *)length_at = slots_of(q)[last].len;
	if (unlikely(id >= q->vring.num) || unlikely(!state_of(q, id)->data)) {
		q->broken = 1;
		return 0;
	}
#endif
	token = state_of(q, id)->data;
	last += state_of(q, id)->num;
	detach(q, id);
	if (unlikely(last >= q->vring.num)) {
		last -= q->vring.num;
		wrap ^= 1;
	}
	q->last_used_idx = last | wrap << EVENT_F_WRAP_CTR;
	if (q->event_flags_shadow == EVENT_FLAG_DESC) {
		driver_event(q)->off_wrap = q->last_used_idx;
		smp_mb(); /* what it waits for before the flags are read again */
	}
	return (long)token;
}

#endif
