#include "torch_pointwise.h"
#include "pointwise_tables.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "pointwise.inc"
#endif
#include "../level/end.h"
