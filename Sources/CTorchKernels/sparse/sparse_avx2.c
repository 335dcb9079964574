#include "sparse_kernels.h"
#include "../level/avx2.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "sparse.inc"
#endif
#include "../level/end.h"
