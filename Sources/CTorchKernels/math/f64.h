// f64 functions of our own; see f32.h. Below 2 units in the last place (tanh: 3).
#pragma once
#define K_(c) ((vf64)(c))
#define F64_MAGIC_ 0x1.8p52

// x * 2^n for a whole number n in -2200...2200, x of moderate size; rounds once.
INLINE vf64 f64_scale(vf64 x, vf64 n) {
#if TORCH_VECTOR_BYTES == 64
  return BITCAST(vf64, _mm512_scalef_pd(BITCAST(__m512d, x), BITCAST(__m512d, n)));
#else
  // Half of n, rounded down, and the rest, both as the low bits of a sum.
  const vf64 half = (n * 0.5 - 0.25 + F64_MAGIC_) - F64_MAGIC_, rest = n - half;
  const vu64 first = BITCAST(vu64, half + (F64_MAGIC_ + 1023)) << 52, second = BITCAST(vu64, rest + (F64_MAGIC_ + 1023)) << 52;
  return x * BITCAST(vf64, first) * BITCAST(vf64, second);
#endif
}
INLINE vf64 f64_reduce_exp_(vf64 x, vf64 *n) {
  *n = f64_fma(x, K_(0x1.71547652b82fep0), K_(F64_MAGIC_)) - F64_MAGIC_;
  const vf64 r = f64_fma(*n, K_(-0x1.62e42feep-1), x);
  return f64_fma(*n, K_(-0x1.a39ef35793c76p-33), r);
}
// e^r - 1 - r over r^2, |r| <= ln2 / 2.
INLINE vf64 f64_exp_tail_(vf64 r) {
  const vf64 high = POLYNOMIAL_5_(f64_fma, r, 0x1.a01a01b106b2fp-16, 0x1.71ddf7a4f21fep-19,
                                  0x1.27e4c4fb327d8p-22, 0x1.af6009a2f38d6p-26, 0x1.1f965d79cb237p-29);
  const vf64 low = POLYNOMIAL_6_(f64_fma, r, 0x1p-1, 0x1.5555555555559p-3, 0x1.555555555555bp-5, 0x1.111111110f622p-7,
                                 0x1.6c16c16c14346p-10, 0x1.a01a01b023fd4p-13);
  const vf64 square = r * r;
  return f64_fma(square * square * square, high, low);
}
INLINE vf64 f64_exp(vf64 x) {
  vf64 n;
  x = K_(710.0) < x ? K_(710.0) : x;
  x = K_(-746.0) > x ? K_(-746.0) : x;
  const vf64 r = f64_reduce_exp_(x, &n);
  return f64_scale(f64_fma(r * r, f64_exp_tail_(r), r) + 1.0, n);
}
INLINE vf64 f64_expm1(vf64 argument) {
  vf64 n, x = argument;
  x = K_(710.0) < x ? K_(710.0) : x;
  x = K_(-40.0) > x ? K_(-40.0) : x;
  const vf64 r = f64_reduce_exp_(x, &n);
  const vf64 grown = f64_fma(r * r, f64_exp_tail_(r), r);
  const vf64 half = BITCAST(vf64, BITCAST(vu64, n + (F64_MAGIC_ + 1022)) << 52);
  const vf64 result = f64_fma(grown, half, half - 0.5) * 2.0;
  return f64_abs(argument) < 0x1p-54 ? argument : result;
}
INLINE vf64 f64_log(vf64 x) {
  const vi64 tiny = x < 0x1p-1022;
  const vf64 scaled = tiny ? x * 0x1p52 : x;
  const vi64 bits = BITCAST(vi64, scaled) - 0x3FE6A09E667F3BCD;
  // The exponent as a double: through the low bits of a sum, since not every level converts 64-bit integers.
  const vf64 exponent = BITCAST(vf64, (BITCAST(vu64, bits) >> 52 ^ 0x800) + 0x4330000000000000) - (0x1p52 + 0x800);
  const vf64 e = exponent - (tiny ? K_(52.0) : K_(0.0));
  const vf64 f = BITCAST(vf64, (bits & 0xFFFFFFFFFFFFF) + 0x3FE6A09E667F3BCD) - 1.0;
  // log(1 + f) = 2 atanh(s), s = f / (2 + f)
  const vf64 s = f / (f + 2.0), square = s * s;
  const vf64 p = square * POLYNOMIAL_7_(f64_fma, square, 0x1.5555555555595p-1, 0x1.999999997eef2p-2, 0x1.24924942d2521p-2,
                                        0x1.c71c51462ac94p-3, 0x1.746669507b41ap-3, 0x1.399d3ace0da8cp-3, 0x1.2f34e45cd79c4p-3);
  const vf64 half = f * f * 0.5;
  const vf64 low = f64_fma(e, K_(0x1.a39ef35793c76p-33), s * (half + p));
  vf64 result = f64_fma(e, K_(0x1.62e42feep-1), f - (half - low));
  result = x < (double)INFINITY ? result : x;
  result = x < 0.0 ? K_(NAN) : result;
  return x == 0.0 ? K_(-INFINITY) : result;
}
INLINE vf64 f64_sigmoid(vf64 x) {
  const vf64 e = f64_exp(-f64_abs(x));
  return (x < 0.0 ? e : K_(1.0)) / (e + 1.0);
}
INLINE vf64 f64_ndtr(vf64 x) { return 0.5 * f64_erfc(x * -0.70710678118654752440); }
INLINE vf64 f64_tanh(vf64 x) {
  const vf64 shrunk = f64_expm1(f64_abs(x) * -2.0);
  return f64_copysign(shrunk / (shrunk + 2.0), x);
}
#undef K_
