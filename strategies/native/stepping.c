/*
 * stepping: one table whose next entry is found freely, by a conditional move or through a load
 * (strategies/stepping.py says what each form is). STRIDE is the bytes between entries, APART
 * where in its page the table begins, or drawn.
 */
#include "abi.h"
#include "forms.h"
#include "groups.h"
#include "mapping.h"
#include "virtio_ring.h"

#define IS(forms) (((FORM) & (forms)) != 0)
#define PAGE_BYTES (1UL << PAGE_SHIFT)
#define drawn PAGE_BYTES /* no place in a page */
#define PLACED (APART < PAGE_BYTES)

/* The entry after sg, computed as the form says from a word that is always zero. */
static __always_inline struct scatterlist *following(struct scatterlist *sg)
{
	u64 word = sg->dma_address;
	struct scatterlist *next = (void *)((unsigned long)sg + STRIDE);

	if (IS(FORM_FREE | FORM_FREE_KEPT | FORM_FREE_FIRST)) {
		__asm__ volatile("" : : "r"(word));
	} else if (IS(FORM_LOAD | FORM_LOAD_KEPT | FORM_LOAD_FIRST)) {
		next = (void *)((unsigned long)next + word);
	} else {
		if (RARELY(word & 1))
			next = (void *)word;
		KEEP_SELECT(next);
	}
	return next;
}

#if FORM & (FORM_FREE | FORM_SELECT | FORM_LOAD)
#define STEP following
#include "counted.h"
#else

/* The state of a step. */
struct step {
	struct scatterlist *sg;
	unsigned int i;
};

/* Fill descriptor i: stores and the entry's loads alternate, or all loads come first. */
static __always_inline struct step take(struct vring_desc *desc, struct step here,
					unsigned int flags)
{
	struct vring_desc *at = &desc[here.i];
	struct scatterlist *sg = here.sg;

	if (IS(FORM_FREE_KEPT | FORM_SELECT_KEPT | FORM_LOAD_KEPT)) {
		at->flags = VRING_DESC_F_NEXT | flags;
		at->addr = (page_to_pfn(sg_page(sg)) << PAGE_SHIFT) + sg->offset;
		at->len = sg->length;
		sg = following(sg);
		return (struct step){ sg, at->next };
	} else {
		unsigned int i = at->next, offset, length;
		const struct page *page = sg_page(sg);

		offset = sg->offset;
		length = sg->length;
		sg = following(sg);
		__asm__ volatile("" : : : "memory"); /* else gcc would load next after flags */
		at->flags = VRING_DESC_F_NEXT | flags;
		at->addr = (page_to_pfn(page) << PAGE_SHIFT) + offset;
		at->len = length;
		return (struct step){ sg, i };
	}
}

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	unsigned int head, uninitialized(prev);
	struct vring_desc *desc;
	struct step here;

	if (unlikely(!data) || unlikely(out + in > vq->vring.num) || unlikely(!(out + in)))
		return BUG;
	if (vq->num_free < out + in)
		return -ENOSPC;
	vq->num_free -= out + in;

	desc = vq->vring.desc;
	head = vq->free_head;
	here = (struct step){ sg, head };
	for (; out; out--) {
		prev = here.i;
		here = take(desc, here, 0);
	}
	for (; in; in--) {
		prev = here.i;
		here = take(desc, here, VRING_DESC_F_WRITE);
	}
	publish(vq, head, prev, here.i, data);
	return 0;
}
#endif

static __always_inline struct scatterlist *by_stride(struct scatterlist *sg, void *place)
{
	(void)place;
	return (void *)((unsigned long)sg + STRIDE);
}

/* An array needs no set-up; with a given offset, there is room to move it there. */
static long create(unsigned long list_memory, unsigned long request_at)
{
	return (PLACED ? PAGE_BYTES + APART : 0) + rooms(request_at) * STRIDE;
}

/* Map all groups into one table, in order, and count both directions. */
static long map(unsigned long list_memory, unsigned long request_at, unsigned long words_at)
{
	const struct request *request = (void *)request_at;
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;
	unsigned long table = list_memory;
	unsigned int out = 0, in = 0;
	u64 *words = (void *)words_at;
	struct scatterlist *sg;

	if (PLACED)
		table = ((table + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1)) + APART;
	sg = (void *)table;
	for (; group < end; group++) {
		struct mapped mapped = map_group(group, segment, sg, by_stride, NULL, assign_page);

		sg = (void *)((unsigned long)sg + mapped.entries * (unsigned long)STRIDE);
		segment = mapped.next;
		if (group->direction)
			in += mapped.entries;
		else
			out += mapped.entries;
	}
	words[0] = table;
	words[1] = out;
	words[2] = in;
	return 0;
}

HAS_FORMS(FORM_FREE | FORM_SELECT | FORM_LOAD | FORM_FREE_KEPT | FORM_SELECT_KEPT |
	  FORM_LOAD_KEPT | FORM_FREE_FIRST | FORM_SELECT_FIRST | FORM_LOAD_FIRST);
