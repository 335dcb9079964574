#include "spatial_kernels.h"

TORCH_LEVELS_DEFINE(torch_spatial_table, torch_spatial_at)

const torch_spatial_kernels *torch_spatial(int level, int dtype) {
  const torch_spatial_table *table = torch_spatial_at(level);
  switch (dtype) {
    case TORCH_F32: return table->f32;
    case TORCH_F64: return table->f64;
    case TORCH_I64: return table->i64;
    case TORCH_BF16: return table->bf16;
    case TORCH_F16: return table->f16;
    default: return NULL;
  }
}
