/*
 * add_buf over entries that are counted: a walk, told how to step.
 *
 * Models vring_add_buf of drivers/virtio/virtio_ring.c at v2.6.24, with sg++ made a parameter.
 * Space is checked once, before anything is touched.
 */
#ifndef COUNTED_H
#define COUNTED_H

#include "virtio_ring.h"

static __always_inline long counted_walk(struct vring_virtqueue *vq, struct scatterlist *sg,
					 unsigned int out, unsigned int in, void *data,
					 struct scatterlist *(*step)(struct scatterlist *))
{
	unsigned int i, head, prev;

	if (unlikely(!data) || unlikely(out + in > vq->vring.num) || unlikely(!(out + in)))
		return BUG;
	if (vq->num_free < out + in)
		return -ENOSPC;
	vq->num_free -= out + in;

	head = prev = i = vq->free_head;
	for (; out; out--) {
		fill_desc(vq, i, sg, 0);
		prev = i;
		sg = step(sg);
		i = vq->vring.desc[i].next;
	}
	for (; in; in--) {
		fill_desc(vq, i, sg, VRING_DESC_F_WRITE);
		prev = i;
		sg = step(sg);
		i = vq->vring.desc[i].next;
	}
	publish(vq, head, prev, i, data);
	return 0;
}

#endif
