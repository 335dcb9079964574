// The table of spatial kernels of every level.
#pragma once
#include "../level/level.h"
#include "torch_spatial.h"

typedef struct { const torch_spatial_kernels *f32, *f64, *i64, *bf16, *f16; } torch_spatial_table;
TORCH_LEVELS_DECLARE(torch_spatial_table, torch_spatial_at)
