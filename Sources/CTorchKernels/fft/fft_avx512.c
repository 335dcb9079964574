#include "fft_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "fft.inc"
#endif
#include "../level/end.h"
