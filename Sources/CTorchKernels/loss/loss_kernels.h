// The kernels of losses over alignments and label sets at every level.
#pragma once
#include "../level/level.h"
#include "torch_loss.h"

typedef struct { const torch_loss_kernels *f32, *f64; } torch_loss_table;
TORCH_LEVELS_DECLARE(torch_loss_table, torch_loss_at)
