/*
 * add_buf over scatterlists: count, then fill (strategies/linux/todays/ring.py). The including file
 * defines struct place and, for it, refuse, begin, put and publish.
 */
#ifndef TODAYS_ADD_H
#define TODAYS_ADD_H

#include "todays_model.h"

#if FORM & (FORMS_OF_RINGS | FORMS_UNDONE | FORM_BIO_VEC)
#include "todays_walks.h"
#else
static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	struct todays_queue *q = (void *)vq;
	struct vring_desc *desc;
	struct desc_extra *extra;
	struct place place;
	unsigned int left;
#if FORM == FORM_ARRAY || FORM == FORM_ARRAY_16
	unsigned int total = out + in, out_sgs = out;
#else
	struct scatterlist *sg;
	unsigned int n;
#if FORM == FORM_COUNTED /* as virtqueue_add_outbuf is called */
	unsigned int out_sgs = sides, in_sgs = sides >> 32;
#else
	unsigned int total = 0;

	for (n = 0; n < out_sgs + in_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			total++;
#endif
#endif
	if (unlikely(!data))
		return BUG;
	if (unlikely(q->broken))
		return -EIO;
	if (unlikely(!total))
		return BUG;
	if (refuse(q, total, out_sgs))
		return -ENOSPC;

	place = begin(q);
	desc = q->vring.desc;
	extra = q->desc_extra;
	left = total;
#if FORM == FORM_ARRAY || FORM == FORM_ARRAY_16
	for (; out; out--, sg++)
		put(q, desc, extra, &place, entry_phys(q, sg), sg->length,
		    --left ? VRING_DESC_F_NEXT : 0);
	for (; in; in--, sg++)
		put(q, desc, extra, &place, entry_phys(q, sg), sg->length,
		    (--left ? VRING_DESC_F_NEXT : 0) | VRING_DESC_F_WRITE);
#else
	for (n = 0; n < out_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			put(q, desc, extra, &place, sg_phys(q, sg), sg->length,
			    --left ? VRING_DESC_F_NEXT : 0);
	for (; n < out_sgs + in_sgs; n++)
		for (sg = sgs[n]; sg; sg = lib_sg_next(sg))
			put(q, desc, extra, &place, sg_phys(q, sg), sg->length,
			    (--left ? VRING_DESC_F_NEXT : 0) | VRING_DESC_F_WRITE);
#endif
	publish(q, &place, total, data);
	return 0;
}
#endif

#endif
