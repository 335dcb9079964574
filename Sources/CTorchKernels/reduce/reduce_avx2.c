#include "reduce_kernels.h"
#include "../level/avx2.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "reduce.inc"
#endif
#include "../level/end.h"
