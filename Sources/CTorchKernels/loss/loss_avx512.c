#include "loss_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "loss.inc"
#endif
#include "../level/end.h"
