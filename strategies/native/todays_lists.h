/* A scatterlist a group, and an array of pointers to them (strategies/linux/todays/lists.py). */
#ifndef TODAYS_LISTS_H
#define TODAYS_LISTS_H

#include "groups.h"
#include "todays_model.h"

/* An entry is written whole: nothing is to be prepared. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	return LISTS_MAX * sizeof(struct scatterlist *) +
	       rooms(request_at) * sizeof(struct scatterlist);
}

/* Lay each group into its table, mark its end, and count the lists of both directions. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct scatterlist **sgs = (void *)list_memory;
	struct scatterlist *sg = (void *)(sgs + LISTS_MAX);
	unsigned int out = 0, in = 0, total = 0;
	u64 *words = (void *)words_at;

	for (; group < end; group++) {
		struct mapped mapped = map_group(group, segment, sg, to_next, NULL, assign_page);

		sgs[out + in] = sg;
		sg_mark_end(mapped.last);
		total += mapped.entries;
		segment = mapped.next;
		sg += group->room;
		if (group->direction)
			in++;
		else
			out++;
	}
	words[0] = list_memory;
	words[1] = FORM == FORM_COUNTED ? total : out;
	words[2] = FORM == FORM_COUNTED ? out | (u64)in << 32 : in;
	return 0;
}

#endif
