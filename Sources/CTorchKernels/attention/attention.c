#include "attention_kernels.h"

TORCH_LEVELS_DEFINE(torch_attention_table, torch_attention_at)

const torch_attention_kernels *torch_attention(int level, int dtype) {
  return dtype == TORCH_F32 ? torch_attention_at(level)->f32 : dtype == TORCH_F64 ? torch_attention_at(level)->f64 : NULL;
}
