#include "spatial_kernels.h"

TORCH_LEVELS_DEFINE(torch_spatial_table, torch_spatial_at)

const torch_spatial_kernels *torch_spatial(int level, int dtype) {
  const torch_spatial_table *table = torch_spatial_at(level);
  return dtype == TORCH_F32 ? table->f32 : dtype == TORCH_F64 ? table->f64 : dtype == TORCH_I64 ? table->i64 : NULL;
}
