// f64 functions of our own.
#pragma once
INLINE vf64 f64_sigmoid(vf64 x) {
  const vf64 e = f64_exp(-f64_abs(x));
  return (x < 0.0 ? e : (vf64)(1.0)) / (e + 1.0);
}
