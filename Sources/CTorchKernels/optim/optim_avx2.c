#include "optim_kernels.h"
#include "../level/avx2.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "optim.inc"
#endif
#include "../level/end.h"
