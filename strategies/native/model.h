/*
 * Structs with the byte layout of Linux 2.6.24 on x86-64, and their constants.
 *
 * The C twin of strategies/linux/structs.py; docs/model.md, section 1, has the sources.
 */
#ifndef MODEL_H
#define MODEL_H

typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define NULL ((void *)0)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define uninitialized(x) x = x /* no warning; a value here would cost gcc instructions */
#define __always_inline inline __attribute__((always_inline))

#define ENOSPC 28
#define BUG (-1) /* add_buf's status for BUG_ON: the kernel would have stopped */
#define BUG_ON(condition) /* stop elsewhere, too; __builtin_trap would split the function */ \
	do {                                                                                   \
		if (unlikely(condition)) {                                                     \
			__asm__ volatile(STOP);                                                \
			for (;;)                                                               \
				;                                                              \
		}                                                                              \
	} while (0)
#ifdef __aarch64__
#define STOP "brk #1"
#else
#define STOP "ud2"
#endif

#define PAGE_SHIFT 12
#define PAGE_OFFSET 0xffff810000000000UL
#define offset_in_page(address) ((address) & ((1UL << PAGE_SHIFT) - 1))

#define SG_CHAIN 1UL /* in page_link: a link to the next table, not an entry */
#define SG_LAST 2UL

#define VRING_DESC_F_NEXT 1
#define VRING_DESC_F_WRITE 2
#define VRING_USED_F_NO_NOTIFY 1

struct page {
	u64 words[7];
};

/* An imaginary array. Its base is a constant, like vmemmap's, and costs no load. */
#define VMEMMAP 0xffffe20000000000UL
#define mem_map ((struct page *)VMEMMAP)

struct scatterlist {
	unsigned long page_link;
	unsigned int offset;
	unsigned int length;
	u64 dma_address;
	unsigned int dma_length;
};

struct list_head {
	struct list_head *next, *prev;
};

struct sg_ring {
	struct list_head list;
	unsigned int num, max;
	struct scatterlist sg[];
};

struct vring_desc {
	u64 addr;
	u32 len;
	u16 flags;
	u16 next;
};

struct vring_avail {
	u16 flags;
	u16 idx;
	u16 ring[];
};

struct vring_used_elem {
	u32 id;
	u32 len;
};

struct vring_used {
	u16 flags;
	u16 idx;
	struct vring_used_elem ring[];
};

struct vring {
	unsigned int num;
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
};

struct virtqueue {
	void *callback, *vdev, *vq_ops, *priv;
};

struct vring_virtqueue {
	struct virtqueue vq;
	struct vring vring;
	_Bool broken;
	unsigned int num_free;
	unsigned int free_head;
	unsigned int num_added;
	u16 last_used_idx;
	long (*notify)(unsigned long vq);
	void *data[];
};

/* The input of map; stands for bio_vec, skb_frag_t and the arguments of a driver. */
struct segment {
	unsigned long page; /* struct page * or void * */
	u32 length;
	u32 offset;
};

struct group {
	u32 direction; /* 0: read by the device; 1: written by it */
	u32 room;
	u32 virtuals; /* number of segments at virtual addresses; they come first */
	u32 pages; /* number of segments in pages */
	u64 merge;
};

struct request {
	u64 groups;
	struct group group[]; /* then the segments of all groups */
};

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type)
#define AT(type, field, bytes) \
	_Static_assert(__builtin_offsetof(type, field) == (bytes), #type "." #field)

SIZE(u16, 2);
SIZE(u32, 4);
SIZE(u64, 8);
SIZE(void *, 8);
SIZE(struct page, 56);
SIZE(struct scatterlist, 32);
AT(struct scatterlist, offset, 8);
AT(struct scatterlist, length, 12);
SIZE(struct sg_ring, 24);
AT(struct sg_ring, num, 16);
AT(struct sg_ring, max, 20);
AT(struct sg_ring, sg, 24);
SIZE(struct vring_desc, 16);
AT(struct vring_desc, len, 8);
AT(struct vring_desc, flags, 12);
AT(struct vring_desc, next, 14);
AT(struct vring_avail, ring, 4);
SIZE(struct vring_used_elem, 8);
AT(struct vring_used, ring, 4);
SIZE(struct vring_virtqueue, 96);
AT(struct vring_virtqueue, vring.num, 32);
AT(struct vring_virtqueue, vring.desc, 40);
AT(struct vring_virtqueue, vring.avail, 48);
AT(struct vring_virtqueue, vring.used, 56);
AT(struct vring_virtqueue, broken, 64);
AT(struct vring_virtqueue, num_free, 68);
AT(struct vring_virtqueue, free_head, 72);
AT(struct vring_virtqueue, num_added, 76);
AT(struct vring_virtqueue, last_used_idx, 80);
AT(struct vring_virtqueue, notify, 88);
AT(struct vring_virtqueue, data, 96);
SIZE(struct segment, 16);
AT(struct segment, length, 8);
SIZE(struct group, 24);
AT(struct group, merge, 16);
AT(struct request, group, 8);

/* An exact division of the difference by 56: a shift and a multiply. */
static __always_inline unsigned long page_to_pfn(const struct page *page)
{
	return page - mem_map;
}

/* The struct page of an address in the direct mapping; kernel text is not handled. */
static __always_inline struct page *virt_to_page(unsigned long address)
{
	return mem_map + ((address - PAGE_OFFSET) >> PAGE_SHIFT);
}

static __always_inline struct page *sg_page(const struct scatterlist *sg)
{
	return (struct page *)(sg->page_link & ~(SG_CHAIN | SG_LAST));
}

#endif
