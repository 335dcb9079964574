#include "convolution_kernels.h"
#include "../level/avx2.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "convolution.inc"
#endif
#include "../level/end.h"
