// f32 functions of our own.
#pragma once
INLINE vf32 f32_sigmoid(vf32 x) {
  const vf32 e = f32_exp(-f32_abs(x));
  return (x < 0.0f ? e : (vf32)(1.0f)) / (e + 1.0f);
}
