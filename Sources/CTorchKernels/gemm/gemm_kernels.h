// Entry points of the matrix products, one table a level (see level/level.h).
#pragma once
#include "../level/level.h"
#include "torch_gemm.h"

TORCH_LEVELS_DECLARE(torch_gemm_kernels, torch_gemm)
