#include "index_kernels.h"
#include "combine.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "index.inc"
#endif
#include "../level/end.h"
