// Functions of whole numbers, bit for bit as PyTorch computes them on processors with AVX2: by SLEEF and the C library in float32.
// At whole numbers users compare results exactly, and another function that is as accurate would differ in the last place here and
// there. Functions that PyTorch takes from MKL are not among them.
#include <math.h>
#include <string.h>
#include "torch_pointwise.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define SLEEF_REGISTER_ "%ymm"
#include "../math/sleef_call.h"

#define AVX2 __attribute__((target("avx2,fma")))
#define LANES 8

#define FUNCTION_1(symbol) \
  extern void symbol(void); \
  AVX2 static inline __m256 vector_##symbol(__m256 x) { \
    sleef_call_1(&x, symbol); \
    return x; \
  }
#define FUNCTION_2(symbol) \
  extern void symbol(void); \
  AVX2 static inline __m256 vector_##symbol(__m256 x, __m256 y) { \
    sleef_call_2(&x, &y, symbol); \
    return x; \
  }

// Whole pairs of vectors by SLEEF, the rest one by one.
#define LOOP(name, vector, scalar) \
  AVX2 static void loop_##name( \
      int64_t n, void *out, const void *pa, const void *pb, const void *c, const void *d, const torch_scalar *params) { \
    const float *a = pa, *b = pb; \
    float *o = out; \
    (void)a, (void)b, (void)c, (void)d, (void)params; \
    int64_t i = 0; \
    for (const int64_t whole = n - n % (2 * LANES); i < whole; i += LANES) _mm256_storeu_ps(o + i, vector); \
    for (; i < n; i++) o[i] = scalar; \
  }
#define SLEEF_1(name, symbol) FUNCTION_1(symbol) LOOP(name, vector_##symbol(_mm256_loadu_ps(a + i)), name##f(a[i]))
#define SLEEF_2(name, symbol) \
  FUNCTION_2(symbol) LOOP(name, vector_##symbol(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i)), name##f(a[i], b[i]))

SLEEF_1(sinh, Sleef_sinhf8_u10avx2)
SLEEF_1(cosh, Sleef_coshf8_u10avx2)
SLEEF_1(asinh, Sleef_asinhf8_u10avx2)
SLEEF_1(acosh, Sleef_acoshf8_u10avx2)
SLEEF_1(atanh, Sleef_atanhf8_u10avx2)
SLEEF_2(atan2, Sleef_atan2f8_u10avx2)

// All of them by SLEEF.
#define SLEEF_WHOLE_1(name, symbol) \
  FUNCTION_1(symbol) \
  AVX2 static inline float one_##name(float x) { return _mm256_cvtss_f32(vector_##symbol(_mm256_set1_ps(x))); } \
  LOOP(name, vector_##symbol(_mm256_loadu_ps(a + i)), one_##name(a[i]))

SLEEF_WHOLE_1(sin, Sleef_sinf8_u10avx2)
SLEEF_WHOLE_1(cos, Sleef_cosf8_u10avx2)

FUNCTION_1(Sleef_expf8_u10avx2)
AVX2 static inline __m256 sigmoid(__m256 x) {
  const __m256 one = _mm256_set1_ps(1);
  return _mm256_div_ps(one, _mm256_add_ps(one, vector_Sleef_expf8_u10avx2(_mm256_sub_ps(_mm256_setzero_ps(), x))));
}
LOOP(sigmoid, sigmoid(_mm256_loadu_ps(a + i)), 1 / (1 + expf(-a[i])))

static void loop_xlogy(
    int64_t n, void *out, const void *pa, const void *pb, const void *c, const void *d, const torch_scalar *params) {
  const float *a = pa, *b = pb;
  float *o = out;
  (void)c, (void)d, (void)params;
  for (int64_t i = 0; i < n; i++) o[i] = b[i] != b[i] ? b[i] : a[i] == 0 ? 0 : a[i] * logf(b[i]);
}

static void loop_entr(
    int64_t n, void *out, const void *pa, const void *b, const void *c, const void *d, const torch_scalar *params) {
  const float *a = pa;
  float *o = out;
  (void)b, (void)c, (void)d, (void)params;
  for (int64_t i = 0; i < n; i++) o[i] = a[i] != a[i] ? a[i] : a[i] > 0 ? -a[i] * logf(a[i]) : a[i] == 0 ? 0 : -INFINITY;
}

static const struct {
  const char *name;
  torch_pointwise_fn loop;
} loops[] = {
    {"sinh", loop_sinh},   {"cosh", loop_cosh},   {"asinh", loop_asinh},     {"acosh", loop_acosh}, {"atanh", loop_atanh},
    {"atan2", loop_atan2}, {"xlogy", loop_xlogy}, {"sigmoid", loop_sigmoid}, {"entr", loop_entr},
    {"sin", loop_sin},     {"cos", loop_cos},
};

torch_pointwise_fn torch_pointwise_of_integers(const char *name) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return NULL;
  for (size_t i = 0; i < sizeof loops / sizeof *loops; i++) {
    if (strcmp(loops[i].name, name) == 0) return loops[i].loop;
  }
  return NULL;
}
#else
torch_pointwise_fn torch_pointwise_of_integers(const char *name) {
  (void)name;
  return NULL;
}
#endif
