/* flat_array: one table, stepped with sg++, lengths handed in (strategies/flat_array.py). */
#include "abi.h"
#include "counted.h"
#include "forms.h"
#include "table.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_MASK);

static long add_buf(unsigned long vq, unsigned long sg, unsigned long out, unsigned long in,
		    unsigned long token)
{
	return counted_walk((void *)vq, (void *)sg, out, in, (void *)token, next_entry);
}
