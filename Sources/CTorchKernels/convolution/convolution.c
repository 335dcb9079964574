#include "convolution_kernels.h"

TORCH_LEVELS_DEFINE(torch_winograd_kernels, torch_winograd)
TORCH_LEVELS_DEFINE(torch_depthwise_kernels, torch_depthwise_table)

torch_depthwise_fn torch_depthwise(int level) { return torch_depthwise_table(level)->run; }

int64_t torch_winograd_point_size(int64_t rows, int64_t channels) { return point_size(rows, channels); }
