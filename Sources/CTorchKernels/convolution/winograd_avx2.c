#include "winograd_kernels.h"
#include "../level/avx2.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "winograd.inc"
#endif
#include "../level/end.h"
