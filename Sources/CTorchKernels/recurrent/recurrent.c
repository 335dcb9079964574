#include "recurrent_kernels.h"

TORCH_LEVELS_DEFINE(torch_recurrent_table, torch_recurrent_at)

const torch_recurrent_kernels *torch_recurrent(int level, int dtype) {
  return dtype == TORCH_F32 ? torch_recurrent_at(level)->f32 : dtype == TORCH_F64 ? torch_recurrent_at(level)->f64 : NULL;
}
