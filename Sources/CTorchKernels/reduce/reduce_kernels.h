// The table of reductions of every level.
#pragma once
#include "../level/level.h"
#include "torch_reduce.h"

typedef struct { const torch_reduce_kernels *by_dtype[TORCH_DTYPE_COUNT]; } torch_reduce_table;
TORCH_LEVELS_DECLARE(torch_reduce_table, torch_reduce_at)
