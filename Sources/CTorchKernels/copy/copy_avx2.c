#include "torch_copy.h"
#include "copy_kernels.h"
#include "../level/avx2.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "copy.inc"
#endif
#include "../level/end.h"
