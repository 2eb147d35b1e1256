/* noop: does nothing, so its time is that of the harness (strategies/noop.py). */
#include "abi.h"
#include "forms.h"
#include "model.h"

HAS_FORMS(FORM_AS_COMPILED);

static long create(unsigned long list_memory, unsigned long request)
{
	return 64;
}

/* Count the call in the first word. */
static long map(unsigned long list_memory, unsigned long request, unsigned long words)
{
	++*(u64 *)words;
	return 0;
}

/* Count the call where a real add_buf counts what it added. */
static long add_buf(struct vring_virtqueue *vq, LIST, void *data)
{
	vq->num_added++;
	return 0;
}

static long kick(unsigned long vq)
{
	return 0;
}

/* A dummy token. */
static long get_buf(unsigned long vq, unsigned long length)
{
	return 1;
}
