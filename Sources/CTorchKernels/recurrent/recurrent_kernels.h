// The kernels of recurrent cells at every level.
#pragma once
#include "../level/level.h"
#include "torch_recurrent.h"

typedef struct { const torch_recurrent_kernels *f32, *f64; } torch_recurrent_table;
TORCH_LEVELS_DECLARE(torch_recurrent_table, torch_recurrent_at)
