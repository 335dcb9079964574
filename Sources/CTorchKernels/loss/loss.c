#include "loss_kernels.h"

TORCH_LEVELS_DEFINE(torch_loss_table, torch_loss_at)

const torch_loss_kernels *torch_loss(int level, int dtype) {
  return dtype == TORCH_F32 ? torch_loss_at(level)->f32 : dtype == TORCH_F64 ? torch_loss_at(level)->f64 : NULL;
}
