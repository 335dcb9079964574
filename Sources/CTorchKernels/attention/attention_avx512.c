#include "attention_kernels.h"
#include "../level/avx512.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "attention.inc"
#endif
#include "../level/end.h"
