// Scans in which each result needs the one before it and costs too much for vectors to matter.
#include "reduce_kernels.h"
#include <complex.h>
#include <math.h>

// For each line of the range: the offset of its first element, and its elements at a distance of g.inner.
#define EACH_LINE(...) \
  for (int64_t o = g.outer_begin; o < g.outer_end; o++) { \
    for (int64_t c = g.inner_begin; c < g.inner_end; c++) { \
      const int64_t base = o * g.n * g.inner + c; \
      __VA_ARGS__ \
    } \
  }

static double complex pair(double re, double im) { return __builtin_complex(re, im); }

// log(exp(x) + exp(y)).
static double log_add_exp(double x, double y) {
  if (isnan(x) || isnan(y)) return NAN;
  const double low = x < y ? x : y, high = x < y ? y : x;
  return low == high && isinf(low) ? low : log1p(exp(low - high)) + high;
}

// The same for complex numbers, of which one with a part that is NaN makes the sum NaN.
static double complex log_add_exp_complex(double complex x, double complex y) {
  if (isnan(creal(x)) || isnan(cimag(x)) || isnan(creal(y)) || isnan(cimag(y))) return pair(NAN, NAN);
  const double complex low = creal(x) < creal(y) ? x : y, high = creal(x) < creal(y) ? y : x;
  if (creal(low) == creal(high) && isinf(creal(low))) return creal(low) < 0 ? low : clog(cexp(low) + cexp(high));
  const double size = exp(creal(low) - creal(high)), angle = cimag(low) - cimag(high);
  // log(1 + z) without cancellation: |1 + z|^2 - 1 = 2 re + |z|^2.
  const double re = size * cos(angle), im = size * sin(angle);
  return pair(0.5 * log1p(2 * re + size * size), atan2(im, 1 + re)) + high;
}

#define LOGCUMSUMEXP(T, A, START, ADD) \
  T *q = out; \
  const T *p = in; \
  EACH_LINE( \
      A sum = START; \
      for (int64_t r = 0; r < g.n; r++) { \
        sum = ADD(sum, (A)p[base + r * g.inner]); \
        q[base + r * g.inner] = (T)sum; \
      }) \
  return true

bool torch_logcumsumexp(int dtype, void *out, const void *in, torch_reduce_range g) {
  switch (dtype) {
    case TORCH_F32: { LOGCUMSUMEXP(float, double, -INFINITY, log_add_exp); }
    case TORCH_F64: { LOGCUMSUMEXP(double, double, -INFINITY, log_add_exp); }
    case TORCH_C64: { LOGCUMSUMEXP(float complex, double complex, pair(-INFINITY, 0), log_add_exp_complex); }
    case TORCH_C128: { LOGCUMSUMEXP(double complex, double complex, pair(-INFINITY, 0), log_add_exp_complex); }
    default: return false;
  }
}

#define LINEAR_SCAN(T, A) \
  T *q = out; \
  const T *p = x; \
  const T *f = factor; \
  EACH_LINE( \
      A state = 0; \
      for (int64_t k = 0; k < g.n; k++) { \
        const int64_t at = base + (reversed ? g.n - 1 - k : k) * g.inner; \
        state = k == 0 ? (A)p[at] : (A)p[at] + (A)f[at] * state; \
        q[at] = (T)state; \
      }) \
  return true

bool torch_linear_scan(int dtype, void *out, const void *x, const void *factor, bool reversed, torch_reduce_range g) {
  switch (dtype) {
    case TORCH_F32: { LINEAR_SCAN(float, double); }
    case TORCH_F64: { LINEAR_SCAN(double, double); }
    case TORCH_C64: { LINEAR_SCAN(float complex, double complex); }
    case TORCH_C128: { LINEAR_SCAN(double complex, double complex); }
    default: return false;
  }
}
