#pragma once
#include <stdint.h>
#include <stdbool.h>
#include <stddef.h>

// Element types, in the order of TorchCore's DType.
enum {
  TORCH_BOOL = 0, TORCH_U8, TORCH_I8, TORCH_I16, TORCH_I32, TORCH_I64,
  TORCH_F16, TORCH_BF16, TORCH_F32, TORCH_F64, TORCH_C64, TORCH_C128,
  // Types that are kept and converted, and that few kernels compute with.
  TORCH_U16, TORCH_U32, TORCH_U64, TORCH_F8E4M3, TORCH_F8E5M2, TORCH_C32,
  TORCH_DTYPE_COUNT
};

// The most dimensions a strided call takes.
enum { TORCH_MAX_DIMENSIONS = 64 };

// A number as the kinds of element type read it: re for real types, re and im for complex ones, i for integers and bool.
typedef struct { double re, im; int64_t i; } torch_scalar;
