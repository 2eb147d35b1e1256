/* create and map of one table that is given chained pieces and copies them (strategies/pieces.py). */
#ifndef COPYING_H
#define COPYING_H

#include "abi.h"
#define CREATE_CHAIN create_chain
#define MAP_CHAIN map_chain
#include "chain.h"

static __always_inline unsigned long table_bytes(const struct request *request)
{
	const struct group *group = request->group, *end = group + request->groups;
	unsigned long entries = 0;

	for (; group < end; group++)
		entries += group->room;
	return entries * sizeof(struct scatterlist);
}

static long create(unsigned long list_memory, unsigned long request)
{
	unsigned long table = table_bytes((void *)request);

	return table + create_chain(list_memory + table, request);
}

static long map(unsigned long list_memory, unsigned long request, unsigned long words_at)
{
	struct scatterlist *table = (void *)list_memory, *sg;
	u64 *words = (void *)words_at, *to, *from;
	unsigned long left;

	map_chain(list_memory + table_bytes((void *)request), request, words_at);
	sg = (void *)words[0];
	for (left = words[1] + words[2]; left; left--) {
		to = (void *)table++;
		from = (void *)sg;
		to[0] = from[0];
		to[1] = from[1];
		to[2] = from[2];
		to[3] = from[3];
		sg = sg_next(sg);
	}
	words[0] = list_memory;
	return 0;
}

#endif
