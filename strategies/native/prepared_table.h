/*
 * create and map of one table that is prepared for every request. The forms are described in
 * strategies/linux/prepared_table.py. TABLE is the number of entries of the whole table.
 */
#ifndef PREPARED_TABLE_H
#define PREPARED_TABLE_H

#include "abi.h"
#include "forms.h"
#include "groups.h"
#include "mapping.h"
#include "scatterlist.h"
#include "zeroing.h"

#define IS(forms) (((FORM) & (forms)) != 0)
#define WORDS (sizeof(struct scatterlist) / 8)

/* sg_init_table, or a memset of the table alone. */
static __always_inline void prepare(struct scatterlist *sg, unsigned long entries)
{
	if (IS(FORM_MEMSET_MOVQ | FORM_USED_MOVQ | FORM_INIT_MOVQ))
		zero_by_mov(sg, entries * WORDS);
	else
		zero_by_stos(sg, entries * WORDS);
	if (!IS(FORM_MEMSET_STOSQ | FORM_MEMSET_MOVQ | FORM_RFC_BASE))
		sg_mark_end(sg + entries - 1);
}

static __always_inline unsigned long asked(const struct group *group, const struct group *end)
{
	unsigned long entries = 0;

	for (; group < end; group++) {
		unsigned long segments = group->virtuals + group->pages;

		entries += segments < group->room ? segments : group->room; /* the rest merges */
	}
	return entries;
}

static __always_inline struct mapped map_any(const struct group *group,
					     const struct segment *segment, struct scatterlist *sg)
{
	if (IS(FORM_MAINLINE | FORM_V2_6_24))
		return map_group(group, segment, sg, to_next, NULL, sg_assign_page);
	return map_group(group, segment, sg, to_next, NULL, assign_page);
}

/* blk_rq_map_sg, if it differs from the mapping of headers. */
static __always_inline struct mapped map_data(const struct group *group,
					      const struct segment *segment, struct scatterlist *sg)
{
	if (IS(FORM_MAINLINE))
		return map_group(group, segment, sg, go_on, NULL, sg_assign_page);
	return map_group(group, segment, sg, to_next, NULL, assign_zeroed);
}

static long create(unsigned long list_memory, unsigned long request_at)
{
	unsigned long entries = rooms(request_at);

	return (entries > TABLE ? entries : TABLE) * sizeof(struct scatterlist);
}

static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	struct scatterlist *sg = (void *)list_memory;
	unsigned int out = 0, in = 0;
	u64 *words = (void *)words_at;

	prepare(sg, IS(FORM_USED_STOSQ | FORM_USED_MOVQ) ? asked(group, end) : TABLE);
	for (; group < end; group++) {
		struct mapped mapped;

		if (IS(FORM_RFC_BASE | FORM_MAINLINE) && group->merge) {
			mapped = map_data(group, segment, sg);
			if (IS(FORM_MAINLINE))
				sg_mark_end(mapped.last);
		} else {
			mapped = map_any(group, segment, sg);
			if (IS(FORM_V2_6_24))
				sg_mark_end(mapped.last);
		}
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
