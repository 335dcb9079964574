// How two values of each dtype combine (TORCH_SCATTER_*), for loops specialised by dtype and mode.
#pragma once
#include "torch_index.h"
#include "../level/level.h"
#include "../random/narrow_float.h"

typedef struct { float re, im; } torch_c64;
typedef struct { double re, im; } torch_c128;

// X(name, C type, dtype) for every dtype.
#define TORCH_EACH_DTYPE(X) \
  X(bool, uint8_t, TORCH_BOOL) \
  X(u8, uint8_t, TORCH_U8) \
  X(i8, int8_t, TORCH_I8) \
  X(i16, int16_t, TORCH_I16) \
  X(i32, int32_t, TORCH_I32) \
  X(i64, int64_t, TORCH_I64) \
  X(f16, uint16_t, TORCH_F16) \
  X(bf16, uint16_t, TORCH_BF16) \
  X(f32, float, TORCH_F32) \
  X(f64, double, TORCH_F64) \
  X(c64, torch_c64, TORCH_C64) \
  X(c128, torch_c128, TORCH_C128)

INLINE uint8_t combine_bool(uint8_t a, uint8_t b, int mode) {
  a = a != 0;
  b = b != 0;
  return mode == TORCH_SCATTER_SET ? b : mode == TORCH_SCATTER_ADD || mode == TORCH_SCATTER_AMAX ? a | b : a & b;
}

// Sums and products wrap around.
#define COMBINE_INTEGER(name, T) \
  INLINE T combine_##name(T a, T b, int mode) { \
    switch (mode) { \
      case TORCH_SCATTER_ADD: return (T)((uint64_t)a + (uint64_t)b); \
      case TORCH_SCATTER_MUL: return (T)((uint64_t)a * (uint64_t)b); \
      case TORCH_SCATTER_AMAX: return a > b ? a : b; \
      case TORCH_SCATTER_AMIN: return a < b ? a : b; \
      default: return b; \
    } \
  }
COMBINE_INTEGER(u8, uint8_t)
COMBINE_INTEGER(i8, int8_t)
COMBINE_INTEGER(i16, int16_t)
COMBINE_INTEGER(i32, int32_t)
COMBINE_INTEGER(i64, int64_t)

// The comparisons are such that a NaN on either side comes out.
#define COMBINE_FLOAT(name, T) \
  INLINE T combine_##name(T a, T b, int mode) { \
    switch (mode) { \
      case TORCH_SCATTER_ADD: return a + b; \
      case TORCH_SCATTER_MUL: return a * b; \
      case TORCH_SCATTER_AMAX: return a > b || a != a ? a : b; \
      case TORCH_SCATTER_AMIN: return a < b || a != a ? a : b; \
      default: return b; \
    } \
  }
COMBINE_FLOAT(f32, float)
COMBINE_FLOAT(f64, double)

INLINE uint16_t combine_f16(uint16_t a, uint16_t b, int mode) {
  return mode == TORCH_SCATTER_SET ? b : torch_narrow_f16(combine_f32(torch_widen_f16(a), torch_widen_f16(b), mode));
}
INLINE uint16_t combine_bf16(uint16_t a, uint16_t b, int mode) {
  return mode == TORCH_SCATTER_SET ? b : torch_narrow_bf16(combine_f32(torch_widen_bf16(a), torch_widen_bf16(b), mode));
}

#define COMBINE_COMPLEX(name, T) \
  INLINE T combine_##name(T a, T b, int mode) { \
    switch (mode) { \
      case TORCH_SCATTER_ADD: return (T){a.re + b.re, a.im + b.im}; \
      case TORCH_SCATTER_MUL: return (T){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; \
      default: return b; \
    } \
  }
COMBINE_COMPLEX(c64, torch_c64)
COMBINE_COMPLEX(c128, torch_c128)

// Whether the dtype has the mode.
INLINE bool can_combine(int dtype, int mode) {
  if (dtype < 0 || dtype > TORCH_C128 || mode < TORCH_SCATTER_SET || mode > TORCH_SCATTER_AMIN) return false;
  return dtype < TORCH_C64 || mode <= TORCH_SCATTER_MUL;
}
