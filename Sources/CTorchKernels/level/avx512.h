// Opens the AVX-512 level: 64-byte vectors (F, BW, DQ, VL, CD). Closed by end.h.
#include "level.h"
#if TORCH_X86
#define TORCH_LEVEL_SUFFIX avx512
#define TORCH_LEVEL_INDEX TORCH_LEVEL_AVX512
#define TORCH_VECTOR_BYTES 64
#define TORCH_FMA 1
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"))), \
    apply_to = function)
#endif
