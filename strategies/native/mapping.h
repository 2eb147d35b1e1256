/*
 * blk_rq_map_sg and skb_to_sgvec, the common part of every layout's map, with step and setter as
 * parameters.
 *
 * The C twin of strategies/linux/mapping.py. No table is zeroed here. Source: block/ll_rw_blk.c and
 * net/core/skbuff.c at v2.6.24.
 */
#ifndef MAPPING_H
#define MAPPING_H

#include "model.h"

#define MAX_SEGMENT_SIZE 65536
#define SEGMENT_BOUNDARY 0xffffffffUL

#ifndef ENTRY /* a list's entry, with offset and length */
#define ENTRY struct scatterlist
#endif

/* place: state of a step other than its entry, if any */
typedef ENTRY *step_fn(ENTRY *sg, void *place);
typedef void set_page_fn(ENTRY *sg, unsigned long page);

/* A group in its table. */
struct mapped {
	unsigned int entries;
	ENTRY *last;
	const struct segment *next; /* the next group's first */
};

static __always_inline unsigned long segment_phys(const struct segment *segment)
{
	return (page_to_pfn((struct page *)segment->page) << PAGE_SHIFT) + segment->offset;
}

/* Whether blk_rq_map_sg merges a segment into an entry of this length that ends with prev. */
static __always_inline _Bool same_run(const struct segment *segment, const struct segment *prev,
				      unsigned int length)
{
	unsigned long start, here;

	if ((u64)length + segment->length > MAX_SEGMENT_SIZE)
		return 0;
	start = segment_phys(prev);
	here = segment_phys(segment);
	if (start + prev->length != here)
		return 0;
	return (start | SEGMENT_BOUNDARY) == ((here + segment->length - 1) | SEGMENT_BOUNDARY);
}

static __always_inline struct mapped map_group(const struct group *group,
					       const struct segment *segment,
					       ENTRY *sg, step_fn step, void *place,
					       set_page_fn set_page)
{
	const struct segment *first, *end = segment + group->virtuals;
	unsigned int entries = 0;
	_Bool merge;

	for (; segment < end; segment++) { /* sg_set_buf */
		unsigned long address = segment->page;

		if (entries++)
			sg = step(sg, place);
		set_page(sg, (unsigned long)virt_to_page(address));
		sg->offset = offset_in_page(address);
		sg->length = segment->length;
	}
	merge = group->merge;
	end = segment + group->pages;
	for (first = segment; segment < end; segment++) {
		if (merge && segment != first && same_run(segment, segment - 1, sg->length)) {
			sg->length += segment->length;
			continue;
		}
		if (entries++)
			sg = step(sg, place);
		set_page(sg, segment->page);
		sg->offset = segment->offset;
		sg->length = segment->length;
	}
	return (struct mapped){ entries, sg, segment };
}

/* sg + 1: the next entry of an array. */
static inline ENTRY *next_entry(ENTRY *sg)
{
	return sg + 1;
}

static inline ENTRY *to_next(ENTRY *sg, void *place)
{
	(void)place;
	return next_entry(sg);
}

/* Set the page of an entry whose low bits have no meaning in its layout. */
static inline void assign_page(struct scatterlist *sg, unsigned long page)
{
	sg->page_link = page;
}

/* Zero an entry, as 2.6.23's blk_rq_map_sg did with each new one, and set its page. */
static inline void assign_zeroed(struct scatterlist *sg, unsigned long page)
{
	u64 *words = (u64 *)sg;

	words[0] = words[1] = words[2] = words[3] = 0;
	sg->page_link = page;
}

#endif
