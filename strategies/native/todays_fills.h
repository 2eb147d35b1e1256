/* The other lists that rings of today are filled from (strategies/linux/todays/fills.py). */
#ifndef TODAYS_FILLS_H
#define TODAYS_FILLS_H

#include "groups.h"
#include "todays_model.h"

#if FORM == FORM_ARRAY
#include "table.h"
#elif FORM == FORM_ARRAY_16
/* An array is ready as it is. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	return rooms(request_at) * sizeof(struct phys_vec);
}

static inline void assign_phys(struct phys_vec *vec, unsigned long page)
{
	vec->paddr = page_to_pfn((struct page *)page) << PAGE_SHIFT;
}

/* Lay all groups into one table, add offsets to addresses, and count both directions. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct phys_vec *vec = (void *)list_memory;
	unsigned int out = 0, in = 0;
	u64 *words = (void *)words_at;

	for (; group < end; group++) {
		struct mapped mapped = map_group(group, segment, vec, to_next, NULL, assign_phys);

		segment = mapped.next;
		if (group->direction)
			in += mapped.entries;
		else
			out += mapped.entries;
		for (; mapped.entries; mapped.entries--, vec++)
			vec->paddr += vec->offset;
	}
	words[0] = list_memory;
	words[1] = out;
	words[2] = in;
	return 0;
}
#elif FORM == FORM_FIRST_2 || FORM == FORM_FIRST_128
#include "zeroing.h"

#define FIRST (FORM == FORM_FIRST_2 ? 2 : 128)
#define MOST 128 /* slots of a table out of a pool */

/* How many slots a chain for so many entries takes. */
static __always_inline unsigned long slots_of_chain(unsigned long entries)
{
	unsigned long slots = FIRST, taken = 0;

	for (; entries > slots; slots = MOST) {
		taken += slots;
		entries -= slots - 1;
	}
	return taken + entries;
}

/* Tables are made for each request: only say how much room they may take. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	unsigned long slots = 0;

	for (; group < end; group++)
		slots += group->merge ? slots_of_chain(group->room) : group->room;
	return LISTS_MAX * sizeof(struct scatterlist *) + slots * sizeof(struct scatterlist);
}

/* Zero and link tables for so many entries; return where what follows may lie. */
static __always_inline struct scatterlist *make_tables(struct scatterlist *table,
						       unsigned long entries)
{
	unsigned long slots = FIRST;

	zero_by_stos(table, slots_of_chain(entries) * sizeof(*table) / sizeof(u64));
	for (; entries > slots; slots = MOST) {
		sg_chain(table + slots - 1, table + slots);
		table += slots;
		entries -= slots - 1;
	}
	return table + entries;
}

/* As blk_rq_map_sg leaves an entry, by a call. */
static __always_inline struct scatterlist *by_call(struct scatterlist *sg, void *place)
{
	(void)place;
	sg->page_link &= ~SG_LAST;
	return lib_sg_next(sg);
}

/* Make each group's tables and fill them, and count the lists of both directions. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct scatterlist **sgs = (void *)list_memory;
	struct scatterlist *sg = (void *)(sgs + LISTS_MAX);
	unsigned int out = 0, in = 0;
	u64 *words = (void *)words_at;

	for (; group < end; group++) {
		struct mapped mapped;

		sgs[out + in] = sg;
		if (group->merge) {
			unsigned long segments = group->virtuals + group->pages;
			struct scatterlist *following;

			following = make_tables(sg, segments < group->room ? segments : group->room);
			mapped = map_group(group, segment, sg, by_call, NULL, sg_assign_page);
			sg = following;
		} else {
			mapped = map_group(group, segment, sg, to_next, NULL, assign_page);
			sg += group->room;
		}
		sg_mark_end(mapped.last);
		segment = mapped.next;
		if (group->direction)
			in++;
		else
			out++;
	}
	words[0] = list_memory;
	words[1] = out;
	words[2] = in;
	return 0;
}
#elif FORM == FORM_SG_RING_16
#include "bio_vecs.h"

static __always_inline void to_vec(void *place, u64 addr, u32 len)
{
	struct phys_vec **vec = place;

	(*vec)->paddr = addr;
	(*vec)->length = len;
	++*vec;
}

/* Lay a group's runs into an array; no entry is named the last. */
static __always_inline struct mapped map_any(const struct group *group,
					     const struct segment *segment, struct phys_vec *sg)
{
	struct phys_vec *end = sg;

	segment = each_run(group, segment, to_vec, &end);
	return (struct mapped){ end - sg, end, segment };
}

#include "ring_map.h"
#elif FORM & FORMS_OF_RINGS
static __always_inline struct mapped map_any(const struct group *group,
					     const struct segment *segment, struct scatterlist *sg)
{
	return map_group(group, segment, sg, to_next, NULL, assign_page);
}

#include "ring_map.h"
#elif FORM == FORM_BIO_VEC
#include "bio_vecs.h"

/* The least memory there is: no list is made. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	return LISTS_MAX * sizeof(struct scatterlist *);
}

static __always_inline void count_run(void *place, u64 addr, u32 len)
{
	(void)addr, (void)len;
	++*(unsigned int *)place;
}

/* Count a request's runs, as the block layer has before a driver sees it. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	unsigned int total = 0, out = 0;
	u64 *words = (void *)words_at;

	for (; group < end; group++) {
		segment = each_run(group, segment, count_run, &total);
		out += !group->direction;
	}
	words[0] = request_at;
	words[1] = total;
	words[2] = out;
	return 0;
}
#else
#include "todays_lists.h"
#endif

#endif
