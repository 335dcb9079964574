// Opens the AVX2 level: 32-byte vectors, fused multiply-add, half-precision conversion. Closed by end.h.
#include "level.h"
#if TORCH_X86
#define TORCH_LEVEL_SUFFIX avx2
#define TORCH_LEVEL_INDEX TORCH_LEVEL_AVX2
#define TORCH_VECTOR_BYTES 32
#define TORCH_FMA 1
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), apply_to = function)
#endif
