#include "gemm_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "gemm.inc"
#endif
#include "../level/end.h"
