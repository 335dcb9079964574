#include "sparse_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "sparse.inc"
#endif
#include "../level/end.h"
