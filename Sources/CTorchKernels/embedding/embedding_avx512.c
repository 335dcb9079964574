#include "embedding_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "embedding.inc"
#endif
#include "../level/end.h"
