/*
 * create and map of a chain: tables of SLOTS slots, the last slot a link
 * (strategies/linux/chain.py). The including file names both.
 */
#ifndef CHAIN_H
#define CHAIN_H

#include "mapping.h"
#include "scatterlist.h"

#ifdef PIECE
#define SLOTS PIECE
#else
#define SLOTS 128 /* a page of entries: 127 data and a link */
#endif

struct list_memory {
	struct scatterlist *link; /* the slot that the last request's link overwrote */
	unsigned long was; /* its old content */
	struct scatterlist *end; /* the entry that has the end mark */
	struct scatterlist *table[5]; /* each group's first, at most five */
	struct scatterlist slots[];
};

SIZE(struct list_memory, 64);

/* Chain the tables of each group, and each group's last slot to the next group. */
static long CREATE_CHAIN(unsigned long list_memory, unsigned long request_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	struct list_memory *list = (void *)list_memory;
	struct scatterlist *table = list->slots;
	unsigned int number = 0;

	list->link = NULL;
	for (; group < end; group++) {
		_Bool last = group + 1 == end;
		unsigned long slots = group->room + !last;

		list->table[number++] = list->end = table;
		for (; slots > SLOTS; slots -= SLOTS - 1) {
			sg_chain(table + SLOTS - 1, table + SLOTS);
			table += SLOTS;
		}
		table += slots;
		if (!last)
			sg_chain(table - 1, table);
	}
	return (unsigned long)table - list_memory;
}

/* Block data is mapped with sg_next, everything else by index if it fits into one table. */
static __always_inline struct mapped map_into(struct scatterlist *table, const struct group *group,
					      const struct segment *segment)
{
	if (group->merge || group->room >= SLOTS)
		return map_group(group, segment, table, go_on, NULL, sg_assign_page);
	return map_group(group, segment, table, to_next, NULL, sg_assign_page);
}

/* Map each group into its tables, linked after the previous group's last entry. */
static long MAP_CHAIN(unsigned long list_memory, unsigned long request_at,
		      unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct list_memory *list = (void *)list_memory;
	struct scatterlist *sg = list->slots;
	unsigned int out = 0, in = 0, number = 0;
	u64 *words = (void *)words_at;

	if (list->link) {
		list->link->page_link = list->was;
		list->link = NULL;
	}
	for (; group < end; group++) {
		struct mapped mapped = map_into(list->table[number++], group, segment);

		sg = mapped.last;
		segment = mapped.next;
		if (group->direction)
			in += mapped.entries;
		else
			out += mapped.entries;
		if (group + 1 < end && mapped.entries < group->room) {
			list->link = sg + 1;
			list->was = list->link->page_link;
			sg_chain(list->link, list->table[number]);
		}
	}
	if (list->end != sg) {
		list->end->page_link &= ~SG_LAST;
		list->end = sg;
	}
	sg_mark_end(sg);
	words[0] = (unsigned long)list->table[0];
	words[1] = out;
	words[2] = in;
	return 0;
}

#endif
