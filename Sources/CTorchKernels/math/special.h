// The scalar special functions, lane by lane, as f32_name and f64_name.
#pragma once
#include "../special/special.h"
#include "../special/polynomials.h"

#define SPECIAL_LANES_(function, name, vector, lanes, type) \
  INLINE vector function(vector x) { \
    for (int lane = 0; lane < lanes; lane++) x[lane] = (type)name((double)x[lane]); \
    return x; \
  }
#define SPECIAL_LANES_2_(function, name, vector, lanes, type, in) \
  INLINE vector function(vector x, vector y) { \
    for (int lane = 0; lane < lanes; lane++) x[lane] = (type)name((in)x[lane], (in)y[lane]); \
    return x; \
  }
#define SPECIAL_ONE_(name) \
  SPECIAL_LANES_(f32_##name, torch_special_##name, vf32, L32, float) \
  SPECIAL_LANES_(f64_##name, torch_special_##name, vf64, L64, double)
#define SPECIAL_TWO_(name) \
  SPECIAL_LANES_2_(f32_##name, torch_special_##name, vf32, L32, float, double) \
  SPECIAL_LANES_2_(f64_##name, torch_special_##name, vf64, L64, double, double)
#define SPECIAL_POLYNOMIAL_(name) \
  SPECIAL_LANES_2_(f32_##name, scalar_##name##_f32, vf32, L32, float, float) \
  SPECIAL_LANES_2_(f64_##name, scalar_##name, vf64, L64, double, double)
TORCH_SPECIAL_FUNCTIONS(SPECIAL_ONE_, SPECIAL_TWO_, SPECIAL_POLYNOMIAL_)

INLINE vf32 f32_nextafter(vf32 x, vf32 y) {
  for (int lane = 0; lane < L32; lane++) x[lane] = nextafterf(x[lane], y[lane]);
  return x;
}
INLINE vf64 f64_nextafter(vf64 x, vf64 y) {
  for (int lane = 0; lane < L64; lane++) x[lane] = nextafter(x[lane], y[lane]);
  return x;
}
