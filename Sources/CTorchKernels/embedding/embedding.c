#include "embedding_kernels.h"

TORCH_LEVELS_DEFINE(torch_embedding_table, torch_embedding_at)

const torch_embedding_kernels *torch_embedding(int level, int dtype) {
  return dtype == TORCH_F32 ? torch_embedding_at(level)->f32 : dtype == TORCH_F64 ? torch_embedding_at(level)->f64 : NULL;
}
