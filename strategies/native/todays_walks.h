/*
 * add_buf from rings of arrays, from no list, or without counting (strategies/linux/todays/walks.py).
 * The including file defines struct place and, for it, refuse, begin, put, publish, end and undo.
 */
#ifndef TODAYS_WALKS_H
#define TODAYS_WALKS_H

#include "bio_vecs.h"
#include "list.h"
#include "todays_model.h"

/* An add on its way through a list. */
struct filling {
	struct todays_queue *q;
	struct vring_desc *desc;
	struct desc_extra *extra;
	struct place place, last; /* the next descriptor's, and the last one's */
	unsigned int count; /* segments left, or where nothing is counted taken */
	unsigned int room;
	u16 direction;
};

/* Describe a segment of which one knows whether it is the last. */
static __always_inline void put_counted(void *at, u64 addr, u32 len)
{
	struct filling *f = at;

	put(f->q, f->desc, f->extra, &f->place, addr, len,
	    (--f->count ? VRING_DESC_F_NEXT : 0) | f->direction);
}

/* Describe a segment as if there were another; 0 if there is no room for it. */
static __always_inline _Bool put_uncounted(struct filling *f, u64 addr, u32 len)
{
	if (unlikely(f->count == f->room))
		return 0;
	f->last = f->place;
	put(f->q, f->desc, f->extra, &f->place, addr, len, VRING_DESC_F_NEXT | f->direction);
	f->count++;
	return 1;
}

#if FORM & FORMS_UNDONE
#define PUT(f, addr, len) put_uncounted(f, addr, len)
#else
#define PUT(f, addr, len) (put_counted(f, addr, len), 1)
#endif

#if FORM & FORMS_OF_RINGS
#define GOES_OUT (!!out)

static __always_inline RING *next_ring(const RING *ring)
{
	return (RING *)ring->list.next;
}

/* Add up the numbers of a ring's arrays. */
static __always_inline unsigned int length_of(RING *start)
{
	RING *ring = start;
	unsigned int total = 0;

	if (ring)
		do
			total += ring->num;
		while ((ring = next_ring(ring)) != start);
	return total;
}

static __always_inline _Bool fill_ring(struct filling *f, RING *start)
{
	RING *ring = start;
	unsigned int j;

	if (!ring)
		return 1;
	do {
		for (j = 0; j < ring->num; j++)
			if (!PUT(f, entry_phys(f->q, &ring->sg[j]), ring->sg[j].length))
				return 0;
	} while ((ring = next_ring(ring)) != start);
	return 1;
}

static __always_inline _Bool fill(struct filling *f, LIST)
{
	f->direction = 0;
	if (!fill_ring(f, out))
		return 0;
	f->direction = VRING_DESC_F_WRITE;
	return fill_ring(f, in);
}
#define ASKED out, in, 0
#define TOTAL (length_of(out) + length_of(in))

#elif FORM == FORM_BIO_VEC
#define GOES_OUT out_groups

static __always_inline void put_run(void *at, u64 addr, u32 len)
{
	BUG_ON(((struct filling *)at)->q->use_map_api); /* mapping is not modelled */
	put_counted(at, addr, len);
}

static __always_inline _Bool fill(struct filling *f, LIST)
{
	const struct group *group = request->group, *end = group + request->groups;
	const struct segment *segment = (void *)end;

	for (; group < end; group++) {
		f->direction = group->direction ? VRING_DESC_F_WRITE : 0;
		segment = each_run(group, segment, put_run, f);
	}
	return 1;
}
#define ASKED request, total, out_groups
#define TOTAL total

#else
#define GOES_OUT out_sgs

static __always_inline _Bool fill(struct filling *f, LIST)
{
	struct scatterlist *sg;
	unsigned int n;

	f->direction = 0;
	for (n = 0; n < out_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			if (!PUT(f, entry_phys(f->q, sg), sg->length))
				return 0;
	f->direction = VRING_DESC_F_WRITE;
	for (; n < out_sgs + in_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			if (!PUT(f, entry_phys(f->q, sg), sg->length))
				return 0;
	return 1;
}
#define ASKED sgs, out_sgs, in_sgs
#endif

static __always_inline void start(struct filling *f)
{
	f->place = f->last = begin(f->q);
	f->desc = f->q->vring.desc;
	f->extra = f->q->desc_extra;
}

#if FORM & FORMS_UNDONE
static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	struct filling f = { .q = (void *)vq };

	if (unlikely(!data))
		return BUG;
	if (unlikely(f.q->broken))
		return -EIO;
	start(&f);
	f.room = f.q->num_free;
	if (unlikely(!fill(&f, ASKED))) {
		undo(f.q, f.desc, &f.place, f.count);
		refuse(f.q, f.count + 1, GOES_OUT);
		return -ENOSPC;
	}
	if (unlikely(!f.count))
		return BUG;
	end(f.desc, f.extra, &f.last, &f.place);
	publish(f.q, &f.place, f.count, data);
	return 0;
}
#else
static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	struct filling f = { .q = (void *)vq };
	unsigned int count = TOTAL;

	if (unlikely(!data))
		return BUG;
	if (unlikely(f.q->broken))
		return -EIO;
	if (unlikely(!count))
		return BUG;
	if (refuse(f.q, count, GOES_OUT))
		return -ENOSPC;
	start(&f);
	f.count = count;
	fill(&f, ASKED);
	publish(f.q, &f.place, count, data);
	return 0;
}
#endif

#endif
