/*
 * What include/linux/scatterlist.h of 2.6.24 does with the two low bits of page_link
 * (strategies/linux/scatterlist.py).
 */
#ifndef SCATTERLIST_H
#define SCATTERLIST_H

#include "forms.h"
#include "model.h"

/*
 * The entry behind sg, or NULL. One link is followed, never two. The slot is read into a variable
 * because clang 14 makes a branch, whatever the form asks for, where a load stands under the if.
 */
static CALL_OR(inline) struct scatterlist *sg_next(struct scatterlist *sg)
{
	unsigned long link;

	if (sg->page_link & SG_LAST)
		return NULL;
	link = (++sg)->page_link;
	if (RARELY(link & SG_CHAIN)) {
		KEEP_BRANCH();
		sg = (struct scatterlist *)(link & ~(SG_CHAIN | SG_LAST));
	}
	KEEP_SELECT(sg);
	return sg;
}

static inline void sg_chain(struct scatterlist *slot, struct scatterlist *table)
{
	slot->offset = 0;
	slot->length = 0;
	slot->page_link = (unsigned long)table | SG_CHAIN;
}

static inline void sg_mark_end(struct scatterlist *sg)
{
	sg->page_link = (sg->page_link | SG_LAST) & ~SG_CHAIN;
}

/* As blk_rq_map_sg leaves an entry: it may have been the last one of an earlier request. */
static __always_inline struct scatterlist *go_on(struct scatterlist *sg, void *place)
{
	(void)place;
	sg->page_link &= ~SG_LAST;
	return sg_next(sg);
}

/* Keep the low bits: the entry may be a link or the last one. The page's must be clear. */
static inline void sg_assign_page(struct scatterlist *sg, unsigned long page)
{
	BUG_ON(page & (SG_CHAIN | SG_LAST));
	sg->page_link = (sg->page_link & (SG_CHAIN | SG_LAST)) | page;
}

#endif
