#include "nn_kernels.h"

TORCH_LEVELS_DEFINE(torch_nn_table, torch_nn_at)

const torch_nn_kernels *torch_nn(int level, int dtype) {
  return dtype == TORCH_F32 ? torch_nn_at(level)->f32 : dtype == TORCH_F64 ? torch_nn_at(level)->f64 : NULL;
}
