/* floor_walk: walks the free list and writes no descriptor (strategies/floor_walk.py). */
#include "abi.h"
#include "forms.h"
#include "table.h"

HAS_FORMS(FORM_AS_COMPILED);

static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	unsigned int i = vq->free_head, left = out + in;

	if (vq->num_free < left)
		return -ENOSPC;
	for (; left; left--) {
		__asm__ volatile("" ::: "memory"); /* load desc again, as after a layout's stores */
		i = vq->vring.desc[i].next;
	}
	vq->num_free -= out + in;
	vq->free_head = i;
	vq->num_added++;
	return 0;
}
