/*
 * chained_scatterlist: tables of 128 slots, the last slot a link, walked with sg_next
 * (strategies/chained_scatterlist.py has a sketch). The helpers are those of
 * include/linux/scatterlist.h at v2.6.24.
 */
#include "abi.h"
#define CREATE_CHAIN create
#define MAP_CHAIN map
#include "chain.h"
#include "forms.h"
#define STEP sg_next
#include "counted.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_BRANCH | FORM_SELECT | FORM_OUTOFLINE);
