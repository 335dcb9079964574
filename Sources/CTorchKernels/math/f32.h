// f32 functions of our own: branch-free but for the far arguments of sin and cos. The polynomials are minimax fits on the reduced
// ranges named beside them; the final addition or multiplication dominates the error, which stays below 2 units in the last
// place.
#pragma once

// c[0] + c[1] x + ... by Horner's rule.
#define POLYNOMIAL_2_(fma, x, c0, c1) fma(K_(c1), x, K_(c0))
#define POLYNOMIAL_3_(fma, x, c0, c1, c2) fma(POLYNOMIAL_2_(fma, x, c1, c2), x, K_(c0))
#define POLYNOMIAL_5_(fma, x, c0, c1, c2, c3, c4) fma(fma(POLYNOMIAL_3_(fma, x, c2, c3, c4), x, K_(c1)), x, K_(c0))
#define POLYNOMIAL_6_(fma, x, c0, c1, c2, c3, c4, c5) fma(POLYNOMIAL_5_(fma, x, c1, c2, c3, c4, c5), x, K_(c0))
#define POLYNOMIAL_7_(fma, x, c0, c1, c2, c3, c4, c5, c6) fma(POLYNOMIAL_6_(fma, x, c1, c2, c3, c4, c5, c6), x, K_(c0))
#define POLYNOMIAL_9_(fma, x, c0, c1, c2, c3, c4, c5, c6, c7, c8) \
  fma(fma(POLYNOMIAL_7_(fma, x, c2, c3, c4, c5, c6, c7, c8), x, K_(c1)), x, K_(c0))
#define K_(c) ((vf32)(c))

// Adding and subtracting this leaves the nearest whole number (|x| < 2^22); the sum's low bits hold it as an integer.
#define F32_MAGIC_ 0x1.8p23f

// x * 2^n for a whole number n in -300...300, x of moderate size; rounds once.
INLINE vf32 f32_scale(vf32 x, vf32 n) {
#if TORCH_VECTOR_BYTES == 64
  return BITCAST(vf32, _mm512_scalef_ps(BITCAST(__m512, x), BITCAST(__m512, n)));
#else
  const vi32 whole = BITCAST(vi32, n + F32_MAGIC_) - BITCAST(vi32, K_(F32_MAGIC_));
  const vi32 half = whole >> 1;
  return x * BITCAST(vf32, (half + 127) << 23) * BITCAST(vf32, (whole - half + 127) << 23);
#endif
}

// x = n ln2 + r, |r| <= ln2 / 2.
INLINE vf32 f32_reduce_exp_(vf32 x, vf32 *n) {
  *n = f32_fma(x, K_(0x1.715476p0f), K_(F32_MAGIC_)) - F32_MAGIC_;
  const vf32 r = f32_fma(*n, K_(-0.693359375f), x);
  return f32_fma(*n, K_(2.12194440e-4f), r);
}
INLINE vf32 f32_exp(vf32 x) {
  vf32 n;
  x = K_(89.0f) < x ? K_(89.0f) : x;
  x = K_(-104.0f) > x ? K_(-104.0f) : x;
  const vf32 r = f32_reduce_exp_(x, &n);
  const vf32 p = POLYNOMIAL_5_(f32_fma, r, 0.49999994f, 0.1666651964187622f, 0.04166840389370918f, 0.008368898183107376f,
                               0.0013814237900078297f);
  return f32_scale(f32_fma(r * r, p, r) + 1.0f, n);
}
INLINE vf32 f32_exp2(vf32 x) {
  x = K_(129.0f) < x ? K_(129.0f) : x;
  x = K_(-151.0f) > x ? K_(-151.0f) : x;
  const vf32 n = (x + F32_MAGIC_) - F32_MAGIC_, r = x - n;
  const vf32 p = POLYNOMIAL_6_(f32_fma, r, 0.6931471824645996f, 0.24022650718688965f, 0.05550327152013779f,
                               0.00961800292134285f, 0.0013400536263361573f, 0.00015476613771170378f);
  return f32_scale(f32_fma(r, p, K_(1.0f)), n);
}
// 2^n (e^r - 1) + (2^n - 1), at half scale so that 2^128 does not overflow early.
INLINE vf32 f32_expm1(vf32 argument) {
  vf32 n, x = argument;
  x = K_(89.0f) < x ? K_(89.0f) : x;
  x = K_(-20.0f) > x ? K_(-20.0f) : x;
  const vf32 r = f32_reduce_exp_(x, &n);
  const vf32 p = POLYNOMIAL_6_(f32_fma, r, 0.5f, 0.1666666716337204f, 0.04166635125875473f, 0.00833327230066061f,
                               0.001394127612002194f, 0.00019914576841983944f);
  const vf32 grown = f32_fma(r * r, p, r);
  const vi32 whole = BITCAST(vi32, n + F32_MAGIC_) - BITCAST(vi32, K_(F32_MAGIC_));
  const vf32 half = BITCAST(vf32, (whole + 126) << 23);
  const vf32 result = f32_fma(grown, half, half - 0.5f) * 2.0f;
  return f32_abs(argument) < 0x1p-25f ? argument : result;
}

// x = 2^e (1 + f), sqrt(1/2) <= 1 + f < sqrt(2), for positive finite x.
INLINE vf32 f32_reduce_log_(vf32 x, vf32 *e) {
  const vi32 tiny = x < 0x1p-126f;
  x = tiny ? x * 0x1p23f : x;
  const vi32 bits = BITCAST(vi32, x) - 0x3F3504F3;
  *e = __builtin_convertvector(bits >> 23, vf32) - (tiny ? K_(23.0f) : K_(0.0f));
  return BITCAST(vf32, (bits & 0x7FFFFF) + 0x3F3504F3) - 1.0f;
}
// log(1 + f) - f
INLINE vf32 f32_log_tail_(vf32 f) {
  const vf32 p = POLYNOMIAL_9_(f32_fma, f, 0.3333331048488617f, -0.24999986588954926f, 0.20002226531505585f,
                               -0.16669251024723053f, 0.14218662679195404f, -0.12384352087974548f, 0.11872948706150055f,
                               -0.11789781600236893f, 0.06915397942066193f);
  const vf32 square = f * f;
  return f32_fma(square, K_(-0.5f), p * f * square);
}
INLINE vf32 f32_log_special_(vf32 x, vf32 result) {
  result = x < INFINITY ? result : x;
  result = x < 0.0f ? K_(NAN) : result;
  return x == 0.0f ? K_(-INFINITY) : result;
}
INLINE vf32 f32_log(vf32 x) {
  vf32 e;
  const vf32 f = f32_reduce_log_(x, &e);
  const vf32 low = f32_fma(e, K_(-2.12194440e-4f), f32_log_tail_(f));
  return f32_log_special_(x, f32_fma(e, K_(0.693359375f), f + low));
}
// The logarithm to another base: factor = high + low, exponent = what one power of two counts (high and low part).
INLINE vf32 f32_log_based_(vf32 x, float high, float low, float exponent, float exponent_low) {
  vf32 e;
  const vf32 f = f32_reduce_log_(x, &e);
  const vf32 tail = f32_fma(f32_log_tail_(f), K_(high), f32_fma(f, K_(low), e * exponent_low));
  return f32_log_special_(x, f32_fma(e, K_(exponent), f32_fma(f, K_(high), tail)));
}
INLINE vf32 f32_log2(vf32 x) { return f32_log_based_(x, 0x1.715476p0f, 0x1.4ae0cp-26f, 1.0f, 0.0f); }
INLINE vf32 f32_log10(vf32 x) { return f32_log_based_(x, 0x1.bcb7b2p-2f, -0x1.5b235ep-27f, 0x1.344p-2f, 0x1.3509f8p-18f); }
INLINE vf32 f32_log1p(vf32 x) {
  // The rounding error of 1 + x is added to f, at f's scale.
  const vf32 sum = 1.0f + x;
  const vf32 error = x < 1.0f ? x - (sum - 1.0f) : 1.0f - (sum - x);
  const vi32 bits = BITCAST(vi32, sum) - 0x3F3504F3;
  const vf32 e = __builtin_convertvector(bits >> 23, vf32);
  const vf32 scale = x < 0x1p30f ? BITCAST(vf32, (127 << 23) - (bits & ~0x7FFFFF)) : K_(0.0f);
  const vf32 f = f32_fma(error, scale, BITCAST(vf32, (bits & 0x7FFFFF) + 0x3F3504F3) - 1.0f);
  const vf32 low = f32_fma(e, K_(-2.12194440e-4f), f32_log_tail_(f));
  vf32 result = f32_fma(e, K_(0.693359375f), f + low);
  result = f32_abs(x) < 0x1p-25f ? x : result;
  result = x < INFINITY ? result : x;
  result = x < -1.0f ? K_(NAN) : result;
  return x == -1.0f ? K_(-INFINITY) : result;
}

INLINE vf32 f32_sigmoid(vf32 x) {
  const vf32 e = f32_exp(-f32_abs(x));
  return (x < 0.0f ? e : K_(1.0f)) / (e + 1.0f);
}
INLINE vf32 f32_tanh(vf32 x) {
  const vf32 size = f32_abs(x), square = x * x;
  const vf32 p = POLYNOMIAL_5_(f32_fma, square, -0.33333271741867065f, 0.13331152498722076f, -0.05371410772204399f,
                               0.02055172249674797f, -0.005603916943073273f);
  const vf32 near = f32_fma(p * square, size, size);  // |x| < 0.64
  const vf32 far = 1.0f - 2.0f / (f32_exp(size + size) + 1.0f);
  return f32_copysign(size < 0.625f ? near : far, x);
}
INLINE vf32 f32_erf(vf32 x) {
  const vf32 size = f32_abs(x), square = x * x;
  const vf32 p = POLYNOMIAL_6_(f32_fma, square, 0.12837915122509003f, -0.37612494826316833f, 0.11281802505254745f,
                               -0.026765568181872368f, 0.004990981426090002f, -0.0005976897664368153f);
  const vf32 near = f32_fma(p, size, size);  // |x| < 0.93
  // 1 - exp(log(erfc)), |x| in 0.91...4.02; beyond, the result rounds to 1.
  const vf32 t = K_(4.0f) < size ? K_(4.0f) : size;
  const vf32 q = POLYNOMIAL_7_(f32_fma, t, 0.00019194178457837552f, 1.1276895999908447f, 0.6371612548828125f,
                               0.10394790023565292f, -0.022233808413147926f, 0.0030447151911507878f, -0.00019606808200478554f);
  const vf32 far = 1.0f - f32_exp(-q);
  return f32_copysign(size < 0.92f ? near : far, x);
}
// The normal distribution function as 1/2 + x P(x^2) / Q(x^2), a minimax fit of its error (2e-8) on -5.4 ... 5.4: a quarter of the
// instructions that the error function takes. Beyond, it rounds to 1, and counts as 0.
INLINE vf32 f32_ndtr(vf32 x) {
  const vf32 t = K_(5.4f) < x ? K_(5.4f) : x, square = t * t;
  const vf32 p = POLYNOMIAL_6_(f32_fma, square, 0.398942232f, 0.0333722793f, 0.00465085451f, 0.000164322249f, 6.36002687e-06f,
                               2.33867183e-08f);
  const vf32 q = POLYNOMIAL_6_(f32_fma, square, 1.0f, 0.250317991f, 0.0283787176f, 0.00185898459f, 7.24003839e-05f,
                               1.21659104e-06f);
  const vf32 result = f32_fma(t, p / q, K_(0.5f));
  return x < -5.4f ? K_(0.0f) : result;
}

// x = n pi/2 + r, |r| <= pi/4, for |x| up to F32_TRIGONOMETRIC_LIMIT_; the low bits of *quadrant are n.
#if TORCH_FMA
#define F32_TRIGONOMETRIC_LIMIT_ 60000.0f
#else
#define F32_TRIGONOMETRIC_LIMIT_ 6000.0f
#endif
INLINE vf32 f32_reduce_trigonometric_(vf32 x, vi32 *quadrant) {
  const vf32 sum = f32_fma(x, K_(0x1.45f306p-1f), K_(F32_MAGIC_)), n = sum - F32_MAGIC_;
  *quadrant = BITCAST(vi32, sum);
#if TORCH_FMA
  vf32 r = f32_fma(n, K_(-0x1.921fb6p0f), x);  // exact
  r = f32_fma(n, K_(0x1.777a5cp-25f), r);
  return f32_fma(n, K_(0x1.ee59dap-50f), r);
#else
  // Eleven bits a constant: the first three products are exact.
  vf32 r = x - n * 0x1.92p0f;
  r = r - n * 0x1.fbp-12f;
  r = r - n * 0x1.51p-22f;
  return r - n * 0x1.0b4612p-34f;
#endif
}
INLINE vf32 f32_sin_reduced_(vf32 r) {
  const vf32 square = r * r;
  const vf32 p = POLYNOMIAL_3_(f32_fma, square, -0.16666655242443085f, 0.00833217240869999f, -0.00019516480097081512f);
  return f32_fma(p * square, r, r);
}
INLINE vf32 f32_cos_reduced_(vf32 r) {
  const vf32 square = r * r;
  const vf32 p = POLYNOMIAL_3_(f32_fma, square, 0.04166664555668831f, -0.0013887359527871013f, 2.4437535103061236e-05f);
  return f32_fma(square * square, p, f32_fma(square, K_(-0.5f), K_(1.0f)));
}
INLINE vf32 f32_sin(vf32 x) {
  vi32 quadrant;
  const vf32 r = f32_reduce_trigonometric_(x, &quadrant);
  const vf32 size = (quadrant & 1) != 0 ? f32_cos_reduced_(r) : f32_sin_reduced_(r);
  vf32 result = BITCAST(vf32, BITCAST(vi32, size) ^ ((quadrant & 2) << 30));
  result = f32_abs(x) < 0x1p-12f ? x : result;
  const vi32 far = ~(f32_abs(x) < F32_TRIGONOMETRIC_LIMIT_);
  if (__builtin_expect(f32_any(far), 0)) result = far ? f32_sin_far(x) : result;
  return result;
}
INLINE vf32 f32_cos(vf32 x) {
  vi32 quadrant;
  const vf32 r = f32_reduce_trigonometric_(x, &quadrant);
  const vf32 size = (quadrant & 1) != 0 ? f32_sin_reduced_(r) : f32_cos_reduced_(r);
  vf32 result = BITCAST(vf32, BITCAST(vi32, size) ^ (((quadrant + 1) & 2) << 30));
  const vi32 far = ~(f32_abs(x) < F32_TRIGONOMETRIC_LIMIT_);
  if (__builtin_expect(f32_any(far), 0)) result = far ? f32_cos_far(x) : result;
  return result;
}
#undef K_
