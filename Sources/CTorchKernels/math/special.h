// The scalar special functions, lane by lane, as f32_name and f64_name.
#pragma once
#include "../special/special.h"

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
#define SPECIAL_TYPED_(name) \
  SPECIAL_LANES_2_(f32_##name, torch_special_##name##_f32, vf32, L32, float, float) \
  SPECIAL_LANES_2_(f64_##name, torch_special_##name, vf64, L64, double, double)
TORCH_SPECIAL_FUNCTIONS(SPECIAL_ONE_, SPECIAL_TWO_, SPECIAL_TYPED_)
