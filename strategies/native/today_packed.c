/* today_packed: scatterlists into the packed ring of today (strategies/today_packed.py). */
#include "todays_fills.h"
#include "todays_packed.h"
#include "todays_add.h"

HAS_FORMS(FORM_AS_COMPILED | FORMS_OF_FILLS);
