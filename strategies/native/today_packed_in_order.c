/* today_packed_in_order: the packed ring in order (strategies/today_packed_in_order.py). */
#define IN_ORDER
#include "todays_lists.h"
#include "todays_packed.h"
#include "todays_add.h"

HAS_FORMS(FORM_AS_COMPILED);
