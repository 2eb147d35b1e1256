/* create and map of one table for all groups of a request (strategies/linux/table.py). */
#ifndef TABLE_H
#define TABLE_H

#include "abi.h"
#include "groups.h"
#include "mapping.h"

/* An array needs no set-up. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	return rooms(request_at) * sizeof(struct scatterlist);
}

/* Map all groups into one table, in order, and count both directions. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct scatterlist *sg = (void *)list_memory;
	unsigned int out = 0, in = 0;
	u64 *words = (void *)words_at;

	for (; group < end; group++) {
		struct mapped mapped = map_group(group, segment, sg, to_next, NULL, assign_page);

		sg += mapped.entries;
		segment = mapped.next;
		if (group->direction)
			in += mapped.entries;
		else
			out += mapped.entries;
	}
	words[0] = list_memory;
	words[1] = out;
	words[2] = in;
	return 0;
}

#endif
