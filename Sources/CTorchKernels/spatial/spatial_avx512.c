#include "spatial_kernels.h"
#include "columns_range.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "spatial.inc"
#endif
#include "../level/end.h"
