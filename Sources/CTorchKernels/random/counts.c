// Numbers of events: the Poisson and binomial distributions, by the algorithms PyTorch uses. Small expectations are counted
// event by event; large ones are drawn by transformed rejection: Hörmann, "The transformed rejection method for generating
// Poisson random variables" and "The generation of binomial random variates" (1993).
#include "random_kernels.h"
#include "narrow_float.h"
#include <math.h>
#pragma clang fp contract(off)

static double uniform(torch_generator *g) { return (double)(torch_generator_random64(g) & 0x1fffffffffffff) * 0x1p-53; }

static double poisson(torch_generator *g, double rate) {
  if (rate == 0) return 0;
  if (rate < 10) {
    const double limit = exp(-rate);
    double product = 1;
    for (int64_t events = 0;; events++) {
      product *= uniform(g);
      if (!(product > limit)) return (double)events;
    }
  }
  const double root = sqrt(rate), logarithm = log(rate), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = uniform(g) - 0.5, v = uniform(g), us = 0.5 - fabs(u);
    const double k = floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (log(v) + log(inverse_alpha) - log(a / (us * us) + b) <= -rate + k * logarithm - lgamma(k + 1)) return k;
  }
}

// What Stirling's formula for log(k!) leaves out.
static double stirling_tail(double k) {
  static const double small[10] = {
      0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
      0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287};
  if (k <= 9) return small[(int)k];
  const double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

// T: the type of count and probability, in which their products are taken.
#define DEFINE_BINOMIAL(T, SQRT, LOG1P, FLOOR) \
  static T inversion_##T(torch_generator *g, T count, T p) { \
    const double logarithm = LOG1P(-p); \
    double sum = 0; \
    for (T events = 0;; events = events + 1) { \
      sum += ceil(log(uniform(g)) / logarithm); \
      if (sum > count) return events; \
    } \
  } \
  static T rejection_##T(torch_generator *g, T count, T p) { \
    const double deviation = SQRT(count * p * (1 - p)), b = 1.15 + 2.53 * deviation; \
    const double a = -0.0873 + 0.0248 * b + 0.01 * p, c = count * p + 0.5, v_r = 0.92 - 4.2 / b, r = p / (1 - p); \
    const double alpha = (2.83 + 5.1 / b) * deviation, m = FLOOR((count + 1) * p); \
    for (;;) { \
      const double u = uniform(g) - 0.5; \
      double v = uniform(g); \
      const double us = 0.5 - fabs(u); \
      const T k = (T)floor((2 * a / us + b) * u + c); \
      if (k < 0 || k > count) continue; \
      if (us >= 0.07 && v <= v_r) return k; \
      v = log(v * alpha / (a / (us * us) + b)); \
      const double bound = (m + 0.5) * log((m + 1) / (r * (count - m + 1))) + \
                           (count + 1) * log((count - m + 1) / (count - k + 1)) + \
                           (k + 0.5) * log(r * (count - k + 1) / (k + 1)) + stirling_tail(m) + stirling_tail(count - m) - \
                           stirling_tail(k) - stirling_tail(count - k); \
      if (v <= bound) return k; \
    } \
  } \
  static T binomial_##T(torch_generator *g, T count, T p) { \
    if (count <= 0 || p <= 0) return 0; \
    if (p >= 1) return count; \
    if (!(p == p) || !(count == count)) return NAN; \
    if (p <= (T)0.5) return count * p >= 10 ? rejection_##T(g, count, p) : inversion_##T(g, count, p); \
    const T rest = (T)(1.0 - p); \
    return count - (count * rest >= 10 ? rejection_##T(g, count, rest) : inversion_##T(g, count, rest)); \
  }

DEFINE_BINOMIAL(float, sqrtf, log1pf, floorf)
DEFINE_BINOMIAL(double, sqrt, log1p, floor)

static double element(int dtype, const void *p, int64_t i) {
  switch (dtype) {
    case TORCH_F16: return torch_widen_f16(((const uint16_t *)p)[i]);
    case TORCH_BF16: return torch_widen_bf16(((const uint16_t *)p)[i]);
    case TORCH_F32: return ((const float *)p)[i];
    default: return ((const double *)p)[i];
  }
}

int64_t torch_random_poisson(torch_generator *g, int dtype, int64_t n, const void *rates, void *out) {
  if (dtype != TORCH_F16 && dtype != TORCH_BF16 && dtype != TORCH_F32 && dtype != TORCH_F64) return -2;
  for (int64_t i = 0; i < n; i++) {
    const double rate = element(dtype, rates, i);
    if (!(rate >= 0)) return i;
  }
  for (int64_t i = 0; i < n; i++) torch_random_store(dtype, out, i, poisson(g, element(dtype, rates, i)));
  return -1;
}

bool torch_random_binomial(
    torch_generator *g, int dtype, int64_t n, const void *counts, const void *probabilities, void *out) {
  if (dtype != TORCH_F32 && dtype != TORCH_F64) return false;
  for (int64_t i = 0; i < n; i++) {
    if (dtype == TORCH_F32) {
      ((float *)out)[i] = binomial_float(g, ((const float *)counts)[i], ((const float *)probabilities)[i]);
    } else {
      ((double *)out)[i] = binomial_double(g, ((const double *)counts)[i], ((const double *)probabilities)[i]);
    }
  }
  return true;
}
