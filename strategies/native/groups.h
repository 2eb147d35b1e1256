/* What create adds up over a request's groups (strategies/linux/mapping.py). */
#ifndef GROUPS_H
#define GROUPS_H

#include "model.h"

/* The entries that all groups have room for. */
static __always_inline unsigned long rooms(unsigned long request_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	unsigned long entries = 0;

	for (; group < end; group++)
		entries += group->room;
	return entries;
}

#endif
