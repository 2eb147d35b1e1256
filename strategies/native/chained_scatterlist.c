/*
 * chained_scatterlist: tables of 128 slots, the last slot a link, walked with sg_next
 * (strategies/chained_scatterlist.py has the picture). Source of the helpers' meaning:
 * include/linux/scatterlist.h at v2.6.24.
 */
#include "abi.h"
#define CREATE_CHAIN create
#define MAP_CHAIN map
#include "chain.h"
#include "counted.h"
#include "forms.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_BRANCH | FORM_SELECT | FORM_OUTOFLINE);

static long add_buf(unsigned long vq, unsigned long sg, unsigned long out, unsigned long in,
		    unsigned long token)
{
	return counted_walk((void *)vq, (void *)sg, out, in, (void *)token, sg_next);
}
