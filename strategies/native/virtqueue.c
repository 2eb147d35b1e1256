/*
 * kick and get_buf of drivers/virtio/virtio_ring.c at v2.6.24, and a device
 * (strategies/linux/virtqueue.py). Left out: DEBUG, callbacks, restart.
 */
#include "abi.h"
#include "forms.h"
#include "model.h"

HAS_FORMS(FORM_AS_COMPILED);

#ifdef __aarch64__
#define wmb() __asm__ volatile("dsb st" ::: "memory")
#define mb() __asm__ volatile("dsb sy" ::: "memory")
#define smp_mb() __asm__ volatile("dmb ish" ::: "memory")
#else /* include/asm-x86/system_64.h of 2.6.24 */
#define wmb() __asm__ volatile("sfence" ::: "memory")
#define mb() __asm__ volatile("mfence" ::: "memory")
#define smp_mb() __asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc") /* today */
#endif
#define barrier() __asm__ volatile("" ::: "memory")

/* Expose what was added; true if the device wants a notification. */
#define SHOWN(vq, wmb, mb)                                                                         \
	({                                                                                         \
		wmb(); /* descriptors and ring before avail->idx; device() reads idx first */      \
		(vq)->vring.avail->idx += (vq)->num_added;                                         \
		(vq)->num_added = 0;                                                               \
		mb(); /* avail->idx before used->flags, or both sides may sleep */                 \
		!((vq)->vring.used->flags & VRING_USED_F_NO_NOTIFY);                               \
	})

/* As in 2.6.24. */
static long kick(unsigned long vq_at)
{
	struct vring_virtqueue *vq = (void *)vq_at;

	if (SHOWN(vq, wmb, mb))
		vq->notify(vq_at);
	return 0;
}

/* As today: smp_wmb has been a compiler barrier since 2010. */
static long kick_smp(unsigned long vq_at)
{
	struct vring_virtqueue *vq = (void *)vq_at;

	if (SHOWN(vq, barrier, smp_mb))
		vq->notify(vq_at);
	return 0;
}

/* Compiler barriers only, as without a second CPU. */
static long kick_bare(unsigned long vq_at)
{
	struct vring_virtqueue *vq = (void *)vq_at;

	if (SHOWN(vq, barrier, barrier))
		vq->notify(vq_at);
	return 0;
}

/* Put the chain of head at the front of the free list. */
static inline void detach_buf(struct vring_virtqueue *vq, unsigned int head)
{
	unsigned int i = head;

	vq->data[head] = NULL;
	while (vq->vring.desc[i].flags & VRING_DESC_F_NEXT) {
		i = vq->vring.desc[i].next;
		vq->num_free++;
	}
	vq->vring.desc[i].next = vq->free_head;
	vq->free_head = head;
	vq->num_free++; /* the last one has no NEXT */
}

/* Free the next used buffer and return its token, or 0. */
static long get_buf(unsigned long vq_at, unsigned long length_at)
{
	struct vring_virtqueue *vq = (void *)vq_at;
	const struct vring_used_elem *elem;
	unsigned int i;
	void *token;

	if (vq->broken || vq->vring.used->idx == vq->last_used_idx)
		return 0;
	elem = &vq->vring.used->ring[vq->last_used_idx % vq->vring.num];
	i = elem->id;
	*(u64 *)length_at = elem->len;
	if (unlikely(i >= vq->vring.num) || unlikely(!vq->data[i])) {
		vq->broken = 1;
		return 0;
	}
	token = vq->data[i];
	detach_buf(vq, i);
	vq->last_used_idx++;
	return (long)token;
}

/* The number of bytes that a chain lets the device write. */
static inline u32 writable(const struct vring_desc *desc, unsigned int i)
{
	u32 bytes = 0;

	for (;; i = desc[i].next) {
		if (desc[i].flags & VRING_DESC_F_WRITE)
			bytes += desc[i].len;
		if (!(desc[i].flags & VRING_DESC_F_NEXT))
			return bytes;
	}
}

/* The host: walk each available chain, fill the used ring, in order from used->idx. */
static long device(unsigned long vq_at)
{
	const struct vring *vring = &((struct vring_virtqueue *)vq_at)->vring;

	while (vring->used->idx != vring->avail->idx) {
		unsigned int slot = vring->used->idx % vring->num;
		unsigned int head = vring->avail->ring[slot];

		vring->used->ring[slot].len = writable(vring->desc, head);
		vring->used->ring[slot].id = head;
		wmb(); /* the element before used->idx; pairs with get_buf reading idx first */
		vring->used->idx++;
	}
	return 0;
}
