#include "reduce_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "reduce.inc"
#endif
#include "../level/end.h"
