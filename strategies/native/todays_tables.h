/*
 * Where tables for indirect descriptors come from, and who gets one
 * (strategies/linux/todays/tables.py).
 */
#ifndef TODAYS_TABLES_H
#define TODAYS_TABLES_H

#include "todays_model.h"

#define CLASSES 14
#define WHOLE (130 * 32UL) /* bytes of a table for the longest request */
#define OWN 0 /* the class whose list is of cached tables */
#define LINE_SHIFT 6

struct object {
	struct object *next;
};

struct tables {
	unsigned long next, end, objects; /* memory that no table was in yet, from where on there are any */
	u8 *classes;
	unsigned long slots; /* a table for each */
	struct object *lists[CLASSES];
};

SIZE(struct tables, 40 + 8 * CLASSES);

static __always_inline void *pop(struct object **list)
{
	struct object *table = *list;

	*list = table->next;
	return table;
}

static __always_inline void push(struct object **list, struct object *table)
{
	table->next = *list;
	*list = table;
}

/* Memory that no table was in yet, its class noted; NULL if there is none left. */
static __always_inline void *carve(struct tables *pool, unsigned long class, unsigned long size)
{
	unsigned long table = pool->next;

	if (table + size > pool->end)
		return NULL;
	pool->next = table + size;
	pool->classes[(table - pool->objects) >> LINE_SHIFT] = class;
	return (void *)table;
}

static __always_inline void *take(const struct todays_queue *q, unsigned long size,
				  unsigned long slot)
{
	struct tables *pool = q->tables;
	unsigned long class;

	if (FORM == FORM_PREALLOCATED)
		return unlikely(size > WHOLE) ? NULL : (void *)(pool->slots + slot * WHOLE);
	if (FORM == FORM_CACHED) {
		if (unlikely(size > WHOLE))
			return NULL;
		if (unlikely(!pool->lists[OWN]))
			return carve(pool, OWN, WHOLE);
		return pop(&pool->lists[OWN]);
	}
	class = 64 - __builtin_clzl(size - 1); /* of the next power of two */
	if (unlikely(class >= CLASSES))
		return NULL;
	if (unlikely(!pool->lists[class]))
		return carve(pool, class, 1UL << class);
	return pop(&pool->lists[class]);
}

static __always_inline void give(const struct todays_queue *q, void *table)
{
	struct tables *pool = q->tables;
	unsigned long class = OWN;

	if (FORM == FORM_PREALLOCATED)
		return;
	if (FORM != FORM_CACHED)
		class = pool->classes[((unsigned long)table - pool->objects) >> LINE_SHIFT];
	push(&pool->lists[class], table);
}

/* Whether a request of so many segments is to have a table. */
static __always_inline _Bool wanted(const struct todays_queue *q, unsigned int total)
{
	if (total <= 1 || !q->num_free)
		return 0;
	if (FORM == FORM_THRESHOLD)
		return total > 8;
	if (FORM == FORM_FILLED)
		return q->num_free * 10UL < q->vring.num * 9UL;
	return 1;
}

/* Link each private copy of a table to the one behind it. */
static __always_inline void link_copies(struct desc_extra *extra, unsigned int total)
{
	unsigned int i;

	for (i = 0; i < total; i++)
		extra[i].next = i + 1;
}

/* How many entries all lists have. */
static __always_inline unsigned int count(struct scatterlist **sgs, unsigned int lists)
{
	unsigned int n, total = 0;
	struct scatterlist *sg;

	for (n = 0; n < lists; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			total++;
	return total;
}

#endif
