#include "fft_kernels.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "fft.inc"
#endif
#include "../level/end.h"
