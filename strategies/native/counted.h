/*
 * add_buf over counted entries, stepping with STEP(sg), which the including file defines. It is a
 * macro because gcc 12 spends one more instruction per descriptor if the walk is an inline function
 * with the step as a parameter.
 *
 * Models vring_add_buf of drivers/virtio/virtio_ring.c at v2.6.24, with sg++ made a parameter.
 * Space is checked once, before anything is written.
 */
#ifndef COUNTED_H
#define COUNTED_H

#include "abi.h"
#include "virtio_ring.h"

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	unsigned int i, head, uninitialized(prev);

	if (unlikely(!data) || unlikely(out + in > vq->vring.num) || unlikely(!(out + in)))
		return BUG;
	if (vq->num_free < out + in)
		return -ENOSPC;
	vq->num_free -= out + in;

	head = i = vq->free_head;
	for (; out; out--) {
		fill_desc(vq, i, sg, 0);
		prev = i;
		sg = STEP(sg);
		i = vq->vring.desc[i].next;
	}
	for (; in; in--) {
		fill_desc(vq, i, sg, VRING_DESC_F_WRITE);
		prev = i;
		sg = STEP(sg);
		i = vq->vring.desc[i].next;
	}
	publish(vq, head, prev, i, data);
	return 0;
}

#endif
