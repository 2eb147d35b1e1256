/*
 * What a file here may define: kernels that take and return 64-bit words (strategies/__init__.py).
 *
 * add_buf names its words' types, as the kernel's does: an unsigned int is the low half of a word,
 * and to cut a word by hand would cost gcc a register and instructions. It returns a whole word.
 *
 * The build compiles a file once for each kernel, -DKERNEL=add_buf say. Everything is static, so
 * what that kernel does not use is left out of the object, and a call to a helper stays inside it.
 */
#ifndef ABI_H
#define ABI_H

#include "model.h"

#ifndef LIST /* how a layout's add_buf is told of a list */
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

static __typeof__(KERNEL) KERNEL __attribute__((used));

#endif
