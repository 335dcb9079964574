// Entry points of the convolution kernels, one table a level (see level/level.h).
#pragma once
#include "../level/level.h"
#include "torch_convolution.h"

TORCH_LEVELS_DECLARE(torch_winograd_kernels, torch_winograd)

typedef struct { torch_depthwise_fn run; } torch_depthwise_kernels;
TORCH_LEVELS_DECLARE(torch_depthwise_kernels, torch_depthwise_table)

static inline int64_t point_size(int64_t rows, int64_t channels) { return rows * channels + 16; }
