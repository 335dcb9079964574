// The table of sparse products of every level.
#pragma once
#include "../level/level.h"
#include "torch_sparse.h"

typedef struct { const torch_sparse_kernels *by_dtype[TORCH_DTYPE_COUNT]; } torch_sparse_table;
TORCH_LEVELS_DECLARE(torch_sparse_table, torch_sparse_at)
