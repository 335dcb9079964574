#include "linear_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "linear.inc"
#endif
#include "../level/end.h"
