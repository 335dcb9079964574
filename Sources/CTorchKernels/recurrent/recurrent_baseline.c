#include "recurrent_kernels.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "recurrent.inc"
#endif
#include "../level/end.h"
