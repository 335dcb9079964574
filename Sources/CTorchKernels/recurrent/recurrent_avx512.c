#include "recurrent_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "recurrent.inc"
#endif
#include "../level/end.h"
