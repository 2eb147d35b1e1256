/* flat_array: one table, stepped with sg++, counts as arguments (strategies/flat_array.py). */
#include "abi.h"
#include "forms.h"
#include "mapping.h"
#define STEP next_entry
#include "counted.h"
#if FORM & FORMS_OF_INIT
#include "prepared_table.h"
#elif FORM == FORM_COPY
#include "copying.h"
#else
#include "table.h"
#endif

HAS_FORMS(FORM_AS_COMPILED | FORM_MASK | FORMS_OF_INIT | FORM_COPY);
