/*
 * floor_stream: writes descriptors in memory order, without a free list
 * (strategies/floor_stream.py).
 */
#include "abi.h"
#include "forms.h"
#include "table.h"
#include "virtio_ring.h"

HAS_FORMS(FORM_AS_COMPILED);

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	unsigned int i, head;

	if (vq->num_free < out + in)
		return -ENOSPC;
	vq->num_free -= out + in;
	head = i = vq->free_head;
	for (; out; out--)
		fill_desc(vq, i++, sg++, 0);
	for (; in; in--)
		fill_desc(vq, i++, sg++, VRING_DESC_F_WRITE);
	publish(vq, head, i - 1, i, data);
	return 0;
}
