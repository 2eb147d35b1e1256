/* today_split: scatterlists into the split ring of today (strategies/today_split.py). */
#include "todays_fills.h"
#include "todays_split.h"
#include "todays_add.h"

HAS_FORMS(FORM_AS_COMPILED | FORM_NOSHADOW | FORMS_OF_FILLS);
