/* Segments as the block layer iterates them: runs that merge, in no list (strategies/linux/todays/bio_vecs.py). */
#ifndef BIO_VECS_H
#define BIO_VECS_H

#include "mapping.h"

typedef void run_fn(void *place, u64 addr, u32 len);

/* Whether more bytes at here go on what has len bytes at addr. */
static __always_inline _Bool run_goes_on(u64 addr, u64 len, u64 here, u64 more)
{
	if (len + more > MAX_SEGMENT_SIZE)
		return 0;
	if (addr + len != here)
		return 0;
	return (addr | SEGMENT_BOUNDARY) == ((here + more - 1) | SEGMENT_BOUNDARY);
}

/* Hand each run of a group's segments to emit; a run ends with its group. Returns the next one's. */
static __always_inline const struct segment *each_run(const struct group *group,
						      const struct segment *segment, run_fn emit,
						      void *place)
{
	const struct segment *end = segment + group->virtuals;
	u64 addr, len, here, more;
	_Bool merge;

	for (; segment < end; segment++)
		emit(place, segment->page - PAGE_OFFSET, segment->length);
	merge = group->merge;
	end = segment + group->pages;
	if (segment == end)
		return segment;
	addr = segment_phys(segment);
	len = segment->length;
	while (++segment < end) {
		here = segment_phys(segment);
		more = segment->length;
		if (merge && run_goes_on(addr, len, here, more)) {
			len += more;
			continue;
		}
		emit(place, addr, len);
		addr = here;
		len = more;
	}
	emit(place, addr, len);
	return segment;
}

#endif
