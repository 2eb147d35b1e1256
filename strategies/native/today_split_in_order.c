/* today_split_in_order: the split ring in order (strategies/today_split_in_order.py). */
#define IN_ORDER
#include "todays_lists.h"
#include "todays_split.h"
#include "todays_add.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_NONEXT);
