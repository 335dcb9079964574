#include "embedding_kernels.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "embedding.inc"
#endif
#include "../level/end.h"
