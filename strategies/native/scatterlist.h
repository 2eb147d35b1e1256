/*
 * The two low bits of page_link, as in include/linux/scatterlist.h of 2.6.24
 * (strategies/linux/scatterlist.py).
 */
#ifndef SCATTERLIST_H
#define SCATTERLIST_H

#include "forms.h"
#include "model.h"

/*
 * The entry after sg, or NULL. Follows one link, never two. The slot is read into a variable: with
 * a load under the if, clang 14 always makes a branch, whatever the form.
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

/* As blk_rq_map_sg does: the entry may have been the last one of an earlier request. */
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
