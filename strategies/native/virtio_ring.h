/*
 * Parts of every layout's add_buf, as in drivers/virtio/virtio_ring.c at v2.6.24.
 *
 * Fields of the queue are never kept in variables: after a store to a descriptor, a compiler must
 * load them again under -fno-strict-aliasing.
 */
#ifndef VIRTIO_RING_H
#define VIRTIO_RING_H

#include "forms.h"
#include "model.h"

#if FORM == FORM_MASK
#define SLOT_OF(idx, num) ((idx) & ((num) - 1))
#else
#define SLOT_OF(idx, num) ((idx) % (num)) /* a real division, since num is a variable */
#endif

/* Fill descriptor i from an entry. */
static __always_inline void fill_desc(struct vring_virtqueue *vq, unsigned int i,
				      const struct scatterlist *sg, unsigned int flags)
{
	vq->vring.desc[i].flags = VRING_DESC_F_NEXT | flags;
	vq->vring.desc[i].addr = (page_to_pfn(sg_page(sg)) << PAGE_SHIFT) + sg->offset;
	vq->vring.desc[i].len = sg->length;
}

/* End the chain at prev, unlink it from the free list, which continues at i, and publish it. */
static __always_inline void publish(struct vring_virtqueue *vq, unsigned int head,
				    unsigned int prev, unsigned int i, void *data)
{
	unsigned int slot;

	vq->vring.desc[prev].flags &= ~VRING_DESC_F_NEXT;
	vq->free_head = i;
	vq->data[head] = data;
	slot = vq->vring.avail->idx + vq->num_added++; /* kick advances avail->idx */
	slot = SLOT_OF(slot, vq->vring.num);
	vq->vring.avail->ring[slot] = head;
}

#endif
