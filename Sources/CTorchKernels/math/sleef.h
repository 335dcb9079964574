// Functions taken from SLEEF's implementation for the level.
#pragma once
#if TORCH_X86
#if TORCH_VECTOR_BYTES == 64
#define SLEEF_F32_(name, accuracy) Sleef_##name##f16_##accuracy##avx512f
#define SLEEF_F64_(name, accuracy) Sleef_##name##d8_##accuracy##avx512f
#define SLEEF_REGISTER_ "%zmm"
#elif TORCH_VECTOR_BYTES == 32
#define SLEEF_F32_(name, accuracy) Sleef_##name##f8_##accuracy##avx2
#define SLEEF_F64_(name, accuracy) Sleef_##name##d4_##accuracy##avx2
#define SLEEF_REGISTER_ "%ymm"
#else
#define SLEEF_F32_(name, accuracy) Sleef_##name##f4_##accuracy##sse2
#define SLEEF_F64_(name, accuracy) Sleef_##name##d2_##accuracy##sse2
#endif
#if TORCH_VECTOR_BYTES > 16
#include "sleef_call.h"
#define SLEEF_DEFINE_1_(symbol, function, vector) \
  extern void symbol(void); \
  INLINE vector function(vector x) { \
    sleef_call_1(&x, symbol); \
    return x; \
  }
#define SLEEF_DEFINE_2_(symbol, function, vector) \
  extern void symbol(void); \
  INLINE vector function(vector x, vector y) { \
    sleef_call_2(&x, &y, symbol); \
    return x; \
  }
#else
#define SLEEF_DEFINE_1_(symbol, function, vector) \
  extern vector symbol(vector); \
  INLINE vector function(vector x) { return symbol(x); }
#define SLEEF_DEFINE_2_(symbol, function, vector) \
  extern vector symbol(vector, vector); \
  INLINE vector function(vector x, vector y) { return symbol(x, y); }
#endif
// The function `name` for both types, under the name `as`.
#define SLEEF_1(as, name, accuracy) \
  SLEEF_DEFINE_1_(SLEEF_F32_(name, accuracy), f32_##as, vf32) \
  SLEEF_DEFINE_1_(SLEEF_F64_(name, accuracy), f64_##as, vf64)
#define SLEEF_1_F64(as, name, accuracy) SLEEF_DEFINE_1_(SLEEF_F64_(name, accuracy), f64_##as, vf64)
#define SLEEF_1_F32(as, name, accuracy) SLEEF_DEFINE_1_(SLEEF_F32_(name, accuracy), f32_##as, vf32)
#define SLEEF_2(as, name, accuracy) \
  SLEEF_DEFINE_2_(SLEEF_F32_(name, accuracy), f32_##as, vf32) \
  SLEEF_DEFINE_2_(SLEEF_F64_(name, accuracy), f64_##as, vf64)
#else
// Elsewhere: the C library, lane by lane.
#define LANES_1_(function, name, vector, lanes) \
  INLINE vector function(vector x) { \
    for (int lane = 0; lane < lanes; lane++) x[lane] = name(x[lane]); \
    return x; \
  }
#define LANES_2_(function, name, vector, lanes) \
  INLINE vector function(vector x, vector y) { \
    for (int lane = 0; lane < lanes; lane++) x[lane] = name(x[lane], y[lane]); \
    return x; \
  }
#define SLEEF_1(as, name, accuracy) LANES_1_(f32_##as, name##f, vf32, L32) LANES_1_(f64_##as, name, vf64, L64)
#define SLEEF_1_F64(as, name, accuracy) LANES_1_(f64_##as, name, vf64, L64)
#define SLEEF_1_F32(as, name, accuracy) LANES_1_(f32_##as, name##f, vf32, L32)
#define SLEEF_2(as, name, accuracy) LANES_2_(f32_##as, name##f, vf32, L32) LANES_2_(f64_##as, name, vf64, L64)
#endif

SLEEF_1(tan, tan, u10)
SLEEF_1(asin, asin, u10)
SLEEF_1(acos, acos, u10)
SLEEF_1(atan, atan, u10)
SLEEF_1(sinh_near, sinh, u10)
SLEEF_1(cosh_near, cosh, u10)
SLEEF_1(asinh_near, asinh, u10)
SLEEF_1(acosh_near, acosh, u10)
SLEEF_1(atanh, atanh, u10)
SLEEF_1(erfc, erfc, u15)
SLEEF_1(lgamma_near, lgamma, u10)
SLEEF_1(tgamma, tgamma, u10)
SLEEF_1(cbrt, cbrt, u10)
SLEEF_1(exp10, exp10, u10)
SLEEF_2(pow, pow, u10)
SLEEF_2(atan2, atan2, u10)
SLEEF_2(hypot, hypot, u05)
SLEEF_1_F64(erf, erf, u10)
SLEEF_1_F64(exp2, exp2, u10)
SLEEF_1_F64(log1p_near, log1p, u10)
SLEEF_1_F64(log2, log2, u10)
SLEEF_1_F64(log10, log10, u10)
SLEEF_1_F64(sin, sin, u10)
SLEEF_1_F64(cos, cos, u10)
SLEEF_1_F32(sin_far, sin, u10)
SLEEF_1_F32(cos_far, cos, u10)
