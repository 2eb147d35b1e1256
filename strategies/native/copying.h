/*
 * create and map of one table that receives its data as chained pieces and copies them
 * (strategies/linux/small_tables.py).
 */
#ifndef COPYING_H
#define COPYING_H

#include "abi.h"
#define CREATE_CHAIN create_chain
#define MAP_CHAIN map_chain
#include "chain.h"

struct copied_list {
	struct list_memory *pieces; /* after the table */
	u64 unused[7];
	struct scatterlist table[];
};

SIZE(struct copied_list, 64);

static long create(unsigned long list_memory, unsigned long request_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	struct copied_list *list = (void *)list_memory;
	unsigned long entries = 0, pieces;

	for (; group < end; group++)
		entries += group->room;
	pieces = (unsigned long)(list->table + entries);
	list->pieces = (void *)pieces;
	return pieces - list_memory + create_chain(pieces, request_at);
}

/* Copy block data from pieces; map everything else straight into the table. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct copied_list *list = (void *)list_memory;
	struct list_memory *pieces = list->pieces;
	struct scatterlist *sg = list->table;
	unsigned int out = 0, in = 0, number = 0, left;
	u64 *words = (void *)words_at;

	for (; group < end; group++, number++) {
		struct scatterlist *entry = pieces->table[number];
		struct mapped mapped;

		if (group->merge) {
			mapped = map_group(group, segment, entry, go_on, NULL, sg_assign_page);
			sg_mark_end(mapped.last);
			for (left = mapped.entries; left; left--) {
				*sg++ = *entry;
				entry = sg_next(entry);
			}
		} else {
			mapped = map_group(group, segment, sg, to_next, NULL, assign_page);
			sg += mapped.entries;
		}
		segment = mapped.next;
		if (group->direction)
			in += mapped.entries;
		else
			out += mapped.entries;
	}
	words[0] = (unsigned long)list->table;
	words[1] = out;
	words[2] = in;
	return 0;
}

#endif
