// The kernels of attention at every level.
#pragma once
#include "../level/level.h"
#include "torch_attention.h"

typedef struct { const torch_attention_kernels *f32, *f64; } torch_attention_table;
TORCH_LEVELS_DECLARE(torch_attention_table, torch_attention_at)
