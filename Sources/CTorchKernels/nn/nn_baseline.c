#include "nn_kernels.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "nn.inc"
#endif
#include "../level/end.h"
