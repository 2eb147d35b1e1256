/*
 * Kernels that a file here may define; they take and return 64-bit words (strategies/__init__.py).
 *
 * add_buf declares its words with the kernel's types: an unsigned int is the low half of a word;
 * truncating a word by hand would cost gcc a register and instructions. It returns a whole word.
 *
 * A file is compiled once per kernel, for example with -DKERNEL=add_buf. Everything is static, so
 * the object contains only what that kernel uses, and calls to helpers stay inside it.
 */
#ifndef ABI_H
#define ABI_H

#include "model.h"

#ifndef LIST /* add_buf's parameters for a list */
#define LIST struct scatterlist *sg, unsigned int out, unsigned int in
#endif

static long create(unsigned long list_memory, unsigned long request);
static long map(unsigned long list_memory, unsigned long request, unsigned long words);
static long add_buf(struct vring_virtqueue *vq, LIST, void *data);
static long kick(unsigned long vq);
static long kick_smp(unsigned long vq);
static long kick_bare(unsigned long vq);
static long get_buf(unsigned long vq, unsigned long length);
static long device(unsigned long vq);

#ifdef KERNEL
static __typeof__(KERNEL) KERNEL __attribute__((used));
#else /* all that a layout defines, in one object */
static __typeof__(create) create __attribute__((used));
static __typeof__(map) map __attribute__((used));
static __typeof__(add_buf) add_buf __attribute__((used));
#endif

#endif
