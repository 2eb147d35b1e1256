/* flat_array: one table, stepped with sg++, lengths handed in (strategies/flat_array.py). */
#include "abi.h"
#include "counted.h"
#include "forms.h"
#if FORM & FORMS_OF_INIT
#include "initialised.h"
#elif FORM == FORM_COPY
#include "copying.h"
#else
#include "table.h"
#endif

HAS_FORMS(FORM_AS_COMPILED | FORM_MASK | FORMS_OF_INIT | FORM_COPY);

static long add_buf(unsigned long vq, unsigned long sg, unsigned long out, unsigned long in,
		    unsigned long token)
{
	return counted_walk((void *)vq, (void *)sg, out, in, (void *)token, next_entry);
}
