#include "random_kernels.h"
#include "narrow_float.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "random.inc"
#endif
#include "../level/end.h"
