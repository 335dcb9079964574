#include "gemm_kernels.h"

TORCH_LEVELS_DEFINE(torch_gemm_kernels, torch_gemm)
