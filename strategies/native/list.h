/* List heads of rings of arrays (strategies/linux/rings.py). */
#ifndef LIST_H
#define LIST_H

#include "model.h"

/* Make a ring of one array with room for max entries. */
static inline void sg_ring_init(struct sg_ring *ring, unsigned int max)
{
	ring->list.next = &ring->list;
	ring->list.prev = &ring->list;
	ring->max = max;
}

/* Wraps around: a ring of one array is its own next. */
static inline struct sg_ring *sg_ring_next(const struct sg_ring *ring)
{
	return (struct sg_ring *)ring->list.next;
}

static inline void list_add_tail(struct list_head *new, struct list_head *head)
{
	struct list_head *last = head->prev;

	head->prev = new;
	new->next = head;
	new->prev = last;
	last->next = new;
}

/* Insert new after after. */
static inline void list_add(struct list_head *new, struct list_head *after)
{
	struct list_head *following = after->next;

	following->prev = new;
	new->next = following;
	new->prev = after;
	after->next = new;
}

#endif
