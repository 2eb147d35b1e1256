/*
 * Tables of SLOTS slots, linked by their last ones: create and map (strategies/chain.py), under
 * the names that the including file gives them.
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
	struct scatterlist *link; /* the slot that the last request's link took */
	unsigned long was; /* what stood there */
	struct scatterlist *table[6]; /* each group's first */
	struct scatterlist slots[];
};

SIZE(struct list_memory, 64);

/* Chain all tables: those of a group, and each group's last slot to the next group. */
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

		list->table[number++] = table;
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

/* Map each group into its tables, linked behind the last entry of the one before. */
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
		struct mapped mapped =
			map_group(group, segment, list->table[number++], go_on, NULL,
				  sg_assign_page);

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
	sg_mark_end(sg);
	words[0] = (unsigned long)list->table[0];
	words[1] = out;
	words[2] = in;
	return 0;
}

#endif
