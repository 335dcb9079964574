#include "winograd_kernels.h"

TORCH_LEVELS_DEFINE(torch_winograd_kernels, torch_winograd)

int64_t torch_winograd_point_size(int64_t rows, int64_t channels) { return point_size(rows, channels); }
