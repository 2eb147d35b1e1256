/*
 * Ways to force decisions of the compiler: -DFORM=FORM_SELECT and so on.
 *
 * gcc and clang need different constructs. A file lists the forms it implements in HAS_FORMS, so
 * that no form is without effect.
 */
#ifndef FORMS_H
#define FORMS_H

#define FORM_AS_COMPILED 1 /* the plain source: the compiler decides */
#define FORM_BRANCH 2
#define FORM_SELECT 4 /* a conditional move */
#define FORM_OUTOFLINE 8 /* a call */
#define FORM_MASK 16 /* no division where num is a power of two */

/* The preparation of a table for a request (strategies/linux/prepared_table.py). */
#define FORM_MEMSET_STOSQ 0x20
#define FORM_MEMSET_MOVQ 0x40
#define FORM_USED_STOSQ 0x80
#define FORM_USED_MOVQ 0x100
#define FORM_INIT_STOSQ 0x200
#define FORM_INIT_MOVQ 0x400
#define FORM_RFC_BASE 0x800
#define FORM_MAINLINE 0x1000
#define FORM_V2_6_24 0x2000
#define FORMS_OF_INIT 0x3fe0

#define FORM_RFC 0x8000 /* the rings of the patch, with each new entry zeroed */

#define FORM_COPY 0x4000 /* a table copied from pieces (strategies/linux/small_tables.py) */

/* How the next entry is found, and when a step's loads are made (strategies/stepping.py). */
#define FORM_FREE 0x10000
#define FORM_LOAD 0x20000
#define FORM_FREE_KEPT 0x40000
#define FORM_SELECT_KEPT 0x80000
#define FORM_LOAD_KEPT 0x100000
#define FORM_FREE_FIRST 0x200000
#define FORM_SELECT_FIRST 0x400000
#define FORM_LOAD_FIRST 0x800000
#define FORMS_OF_SELECT (FORM_SELECT | FORM_SELECT_KEPT | FORM_SELECT_FIRST)

/* Rings of today (strategies/linux/todays/ring.py). */
#define FORM_NOSHADOW 0x10000 /* a private copy under the DMA API alone */
#define FORM_COUNTED 0x40000 /* lists whose entries are counted */
#define FORM_FIRST_2 0x100000000 /* chained data, two slots in its first table; none of SELECT's bits */
#define FORM_FIRST_128 0x100000
#define FORM_ARRAY 0x200000 /* one table, counted */
#define FORM_ARRAY_16 0x400000 /* of entries of 16 bytes */
#define FORM_SG_RING 0x800000 /* rings of arrays */
#define FORM_SG_RING_16 0x1000000 /* of entries of 16 bytes */
#define FORM_ROLLBACK 0x2000000 /* lists, never counted */
#define FORM_SG_RING_ROLLBACK 0x4000000
#define FORM_BIO_VEC 0x8000000 /* no list */
#define FORMS_OF_RINGS (FORM_SG_RING | FORM_SG_RING_16 | FORM_SG_RING_ROLLBACK)
#define FORMS_UNDONE (FORM_ROLLBACK | FORM_SG_RING_ROLLBACK)
#define FORMS_OF_FILLS 0x10ff40000
#define FORM_CACHED 0x10000000 /* tables of the queue's own (strategies/linux/todays/tables.py) */
#define FORM_PREALLOCATED 0x20000000 /* a table a slot */
#define FORM_THRESHOLD 0x40000000 /* for long requests */
#define FORM_FILLED 0x80000000 /* while the ring is not nearly empty */
#define FORM_NONEXT 0x20000 /* in order: no link is read or written, for all are known */

#define HAS_FORMS(forms) _Static_assert((FORM) & (forms), "this file has no such form")

/* A condition that is either a branch or a conditional move. */
#if !(FORM & FORMS_OF_SELECT)
#define RARELY(condition) unlikely(condition)
#elif defined(__clang__)
#define RARELY(condition) __builtin_unpredictable(!!(condition))
#elif __GNUC__ >= 9
#define RARELY(condition) __builtin_expect_with_probability(!!(condition), 1, 0.5)
#else
#error "the form [select] needs gcc 9 or clang"
#endif

/*
 * The first statement under RARELY. gcc moves nothing across an asm, so it cannot turn the block
 * into a conditional move. For clang unlikely() is enough, and an asm would cost another load.
 */
#if FORM == FORM_BRANCH && !defined(__clang__)
#define KEEP_BRANCH() __asm__ volatile("")
#else
#define KEEP_BRANCH() ((void)0)
#endif

/*
 * The first statement after that block. It hides a pointer's value from gcc, which otherwise splits
 * the two paths again to load early on one of them, as it did in map.
 */
#if (FORM & FORMS_OF_SELECT) && !defined(__clang__)
#define KEEP_SELECT(pointer) __asm__("" : "+r"(pointer))
#else
#define KEEP_SELECT(pointer) ((void)0)
#endif

/* Attributes of a function that may be a call; noipa also keeps gcc from looking inside. */
#if FORM != FORM_OUTOFLINE
#define CALL_OR(otherwise) otherwise
#elif defined(__clang__)
#define CALL_OR(otherwise) __attribute__((noinline))
#else
#define CALL_OR(otherwise) __attribute__((noipa))
#endif

#endif
