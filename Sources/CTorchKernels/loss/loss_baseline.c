#include "loss_kernels.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "loss.inc"
#endif
#include "../level/end.h"
