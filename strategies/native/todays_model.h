/*
 * Structs of the virtqueue of today, the C twin of strategies/linux/todays/structs.py, and what all of
 * its rings share (strategies/linux/todays/ring.py). Source: docs/today.md.
 */
#ifndef TODAYS_MODEL_H
#define TODAYS_MODEL_H

#include "forms.h"
#include "model.h"

/* struct phys_vec: an address and a length; in the padding map keeps an offset. */
struct phys_vec {
	u64 paddr;
	u32 length;
	u32 offset;
};

SIZE(struct phys_vec, 16);

struct vec_ring { /* struct sg_ring, of smaller entries */
	struct list_head list;
	unsigned int num, max;
	struct phys_vec sg[];
};

#if FORM == FORM_COUNTED
#define LIST struct scatterlist **sgs, unsigned int total, unsigned long sides
#elif FORM == FORM_ARRAY
#define LIST struct scatterlist *sg, unsigned int out, unsigned int in
#elif FORM == FORM_ARRAY_16
#define ENTRY struct phys_vec
#define LIST struct phys_vec *sg, unsigned int out, unsigned int in
#elif FORM == FORM_SG_RING || FORM == FORM_SG_RING_ROLLBACK
#define RING struct sg_ring
#define LIST RING *out, RING *in, unsigned long unused
#elif FORM == FORM_SG_RING_16
#define ENTRY struct phys_vec
#define RING struct vec_ring
#define LIST RING *out, RING *in, unsigned long unused
#elif FORM == FORM_BIO_VEC
#define LIST const struct request *request, unsigned int total, unsigned int out_groups
#else
#define LIST struct scatterlist **sgs, unsigned int out_sgs, unsigned int in_sgs
#endif
#include "abi.h"
#include "mapping.h"
#include "scatterlist.h"

#define LISTS_MAX 8 /* groups of a request, and pointers before its tables */
#define EIO 5
#define VRING_DESC_F_INDIRECT 4
#define VRING_AVAIL_F_NO_INTERRUPT 1
#define NOT_MAPPED (~0UL) /* in a copy's address: its owner mapped it */
#define NO_BATCH (~0u)
#define KICK_AT 0xffff /* requests not kicked: with one more the counters would wrap */

#ifdef __aarch64__
#define smp_wmb() __asm__ volatile("dmb ishst" ::: "memory")
#define smp_rmb() __asm__ volatile("dmb ishld" ::: "memory")
#define smp_mb() __asm__ volatile("dmb ish" ::: "memory")
#else /* weak barriers: for the compiler alone, but for the full one */
#define smp_wmb() __asm__ volatile("" ::: "memory")
#define smp_rmb() __asm__ volatile("" ::: "memory")
#define smp_mb() __asm__ volatile("lock; addl $0, -4(%%rsp)" ::: "memory", "cc")
#endif

typedef unsigned char u8;

struct desc_extra {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

struct state_split {
	void *data;
	void *indir_desc;
	u32 total_in_len;
};

struct todays_queue {
	struct virtqueue vq; /* to notify as in struct vring_virtqueue: one driver serves both */
	struct vring vring;
	_Bool broken;
	unsigned int num_free;
	unsigned int free_head;
	unsigned int num_added;
	u16 last_used_idx;
	long (*notify)(unsigned long vq);
	void *desc_state;
	struct desc_extra *desc_extra;
	u16 avail_flags_shadow;
	u16 avail_idx_shadow;
	_Bool event; /* VIRTIO_F_EVENT_IDX was agreed on */
	_Bool use_map_api; /* of the DMA API; we stop if it is set */
	u8 avail_wrap_counter; /* from here on of a packed ring */
	u16 next_avail_idx;
	u16 avail_used_flags;
	u16 event_flags_shadow;
	u16 last_used; /* in order, split: where the next completed chain begins */
	u32 batch_id; /* in order: the last buffer of a batch that is being taken, or NO_BATCH */
	u32 batch_len;
	u16 device_idx; /* the device's own */
	u8 device_wrap;
	struct tables *tables; /* of indirect descriptors: where they come from */
};

SIZE(struct desc_extra, 16);
AT(struct desc_extra, next, 14);
SIZE(struct state_split, 24);
AT(struct todays_queue, desc_state, 96);
AT(struct todays_queue, tables, 144);
SIZE(struct todays_queue, 152);

/* Exported by lib/scatterlist.c: a call for each entry. */
#ifdef __clang__
static __attribute__((noinline))
#else
static __attribute__((noipa))
#endif
struct scatterlist *lib_sg_next(struct scatterlist *sg)
{
	return sg_next(sg);
}

/* An entry's physical address, which is the device's without the DMA API. */
static __always_inline u64 sg_phys(const struct todays_queue *q, const struct scatterlist *sg)
{
	BUG_ON(q->use_map_api); /* mapping is not modelled */
	return (page_to_pfn(sg_page(sg)) << PAGE_SHIFT) + sg->offset;
}

#if FORM == FORM_ARRAY_16 || FORM == FORM_SG_RING_16
static __always_inline u64 entry_phys(const struct todays_queue *q, const struct phys_vec *vec)
{
	BUG_ON(q->use_map_api); /* mapping is not modelled */
	return vec->paddr;
}
#else
#define entry_phys(q, sg) sg_phys(q, sg)
#endif

/* Whether event lies in what is new, all of them modulo 65536. */
static __always_inline _Bool need_event(u16 event, u16 new, u16 old)
{
	return (u16)(new - event - 1) < (u16)(new - old);
}

#endif
