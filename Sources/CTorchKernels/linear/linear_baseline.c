#include "linear_kernels.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "linear.inc"
#endif
#include "../level/end.h"
