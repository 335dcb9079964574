// The table of transforms of every level.
#pragma once
#include "../level/level.h"
#include "torch_fft.h"

typedef struct { const torch_fft_kernels *f32, *f64; } torch_fft_table;
TORCH_LEVELS_DECLARE(torch_fft_table, torch_fft_at)
