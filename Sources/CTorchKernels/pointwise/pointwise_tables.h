// The tables of pointwise kernels, one a level, in the order of Generated/pointwise_list.inc.
#pragma once
#include "../level/level.h"
#include "torch_pointwise.h"

extern const torch_pointwise_kernel torch_pointwise_table_baseline[];
#if TORCH_X86
extern const torch_pointwise_kernel torch_pointwise_table_avx2[];
extern const torch_pointwise_kernel torch_pointwise_table_avx512[];
#endif
