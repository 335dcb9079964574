#pragma once
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>

// Element types, in the order of TorchCore's DType.
enum {
  TORCH_BOOL = 0, TORCH_U8, TORCH_I8, TORCH_I16, TORCH_I32, TORCH_I64,
  TORCH_F16, TORCH_BF16, TORCH_F32, TORCH_F64, TORCH_C64, TORCH_C128,
  TORCH_DTYPE_COUNT
};
