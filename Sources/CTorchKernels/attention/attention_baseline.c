#include "attention_kernels.h"
#include "../level/baseline.h"
#ifdef TORCH_LEVEL_SUFFIX
#include "attention.inc"
#endif
#include "../level/end.h"
