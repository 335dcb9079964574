// The table of layer kernels of every level.
#pragma once
#include "../level/level.h"
#include "torch_nn.h"

typedef struct { const torch_nn_kernels *f32, *f64; } torch_nn_table;
TORCH_LEVELS_DECLARE(torch_nn_table, torch_nn_at)
