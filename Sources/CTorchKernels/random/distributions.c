// Integers, permutations and the distributions that PyTorch draws one element at a time.
#include "random_kernels.h"
#include "narrow_float.h"
#include <math.h>
#include <string.h>
#pragma clang fp contract(off)

enum { CHUNK = 1024 };

void torch_random_store(int dtype, void *out, int64_t i, double value) {
  switch (dtype) {
    case TORCH_U8: ((uint8_t *)out)[i] = (uint8_t)(int64_t)value; break;
    case TORCH_I8: ((int8_t *)out)[i] = (int8_t)(int64_t)value; break;
    case TORCH_I16: ((int16_t *)out)[i] = (int16_t)(int64_t)value; break;
    case TORCH_I32: ((int32_t *)out)[i] = (int32_t)(int64_t)value; break;
    case TORCH_I64: ((int64_t *)out)[i] = (int64_t)value; break;
    case TORCH_F16: ((uint16_t *)out)[i] = torch_narrow_f16((float)value); break;
    case TORCH_BF16: ((uint16_t *)out)[i] = torch_narrow_bf16((float)value); break;
    case TORCH_F32: ((float *)out)[i] = (float)value; break;
    case TORCH_F64: ((double *)out)[i] = value; break;
    default: break;
  }
}

static bool store_integer(int dtype, void *out, int64_t i, int64_t value) {
  switch (dtype) {
    case TORCH_BOOL: ((uint8_t *)out)[i] = value != 0; return true;
    case TORCH_U8: ((uint8_t *)out)[i] = (uint8_t)value; return true;
    case TORCH_I8: ((int8_t *)out)[i] = (int8_t)value; return true;
    case TORCH_I16: ((int16_t *)out)[i] = (int16_t)value; return true;
    case TORCH_I32: ((int32_t *)out)[i] = (int32_t)value; return true;
    case TORCH_I64: ((int64_t *)out)[i] = value; return true;
    case TORCH_F16: ((uint16_t *)out)[i] = torch_narrow_f16((float)value); return true;
    case TORCH_BF16: ((uint16_t *)out)[i] = torch_narrow_bf16((float)value); return true;
    case TORCH_F32: ((float *)out)[i] = (float)value; return true;
    case TORCH_F64: ((double *)out)[i] = (double)value; return true;
    default: return false;
  }
}

bool torch_random_integers(torch_generator *g, int dtype, int64_t n, void *out, int64_t from, uint64_t range) {
  if (dtype < 0 || dtype > TORCH_F64) return false;
  if (range != 0 && range < 1ull << 28) {
    uint32_t words[CHUNK], divisor = (uint32_t)range;
    for (int64_t i = 0; i < n; i += CHUNK) {
      int64_t count = n - i < CHUNK ? n - i : CHUNK;
      torch_generator_fill32(g, count, words);
      for (int64_t k = 0; k < count; k++) words[k] %= divisor;
      if (dtype == TORCH_I64) {
        for (int64_t k = 0; k < count; k++) ((int64_t *)out)[i + k] = (int64_t)((uint64_t)words[k] + (uint64_t)from);
      } else {
        for (int64_t k = 0; k < count; k++) store_integer(dtype, out, i + k, (int64_t)((uint64_t)words[k] + (uint64_t)from));
      }
    }
    return true;
  }
  uint64_t words[CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t count = n - i < CHUNK ? n - i : CHUNK;
    torch_generator_fill64(g, count, words);
    for (int64_t k = 0; k < count; k++) {
      uint64_t value = range == 0 ? words[k] : words[k] % range + (uint64_t)from;
      store_integer(dtype, out, i + k, (int64_t)value);
    }
  }
  return true;
}

bool torch_random_integers_full(torch_generator *g, int dtype, int64_t n, void *out) {
  static const uint64_t modulus[TORCH_DTYPE_COUNT] = {
      [TORCH_BOOL] = 2, [TORCH_U8] = 256, [TORCH_I8] = 128, [TORCH_I16] = 1 << 15, [TORCH_I32] = 1ull << 31,
      [TORCH_I64] = 1ull << 63, [TORCH_F16] = (1 << 11) + 1, [TORCH_BF16] = (1 << 8) + 1, [TORCH_F32] = (1 << 24) + 1,
      [TORCH_F64] = (1ull << 53) + 1};
  if (dtype < 0 || dtype > TORCH_F64) return false;
  bool wide = dtype == TORCH_I64 || dtype == TORCH_F64;
  for (int64_t i = 0; i < n; i++) {
    uint64_t word = wide ? torch_generator_random64(g) : torch_generator_random(g);
    store_integer(dtype, out, i, (int64_t)(word % modulus[dtype]));
  }
  return true;
}

void torch_random_permutation(torch_generator *g, int64_t n, int64_t *out) {
  if (n < UINT32_MAX / 20) {
    for (int64_t i = 0; i < n; i++) out[i] = i;
    uint32_t words[CHUNK];
    for (int64_t i = 0; i < n - 1; i += CHUNK) {
      int64_t count = n - 1 - i < CHUNK ? n - 1 - i : CHUNK;
      torch_generator_fill32(g, count, words);
      for (int64_t k = 0; k < count; k++) {
        int64_t at = i + k, other = at + words[k] % (uint32_t)(n - at), saved = out[at];
        out[at] = out[other];
        out[other] = saved;
      }
    }
    return;
  }
  // For so many, 32 bits modulo n would be noticeably uneven: 64 bits, and the inside-out shuffle.
  for (int64_t i = 0; i < n; i++) {
    int64_t other = (int64_t)(torch_generator_random64(g) % (uint64_t)(i + 1));
    out[i] = i;
    out[i] = out[other];
    out[other] = i;
  }
}

void torch_random_bernoulli(torch_generator *g, int64_t n, double p, uint8_t *out) {
  const torch_random_kernels *kernels = torch_random_kernels_current();
  uint64_t pairs[CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t count = n - i < CHUNK ? n - i : CHUNK;
    torch_generator_fill32(g, 2 * count, (uint32_t *)pairs);
    kernels->below(pairs, count, p, out + i);
  }
}

int64_t torch_random_bernoulli_tensor(torch_generator *g, int dtype, int64_t n, const void *p, uint8_t *out) {
  if (dtype != TORCH_F16 && dtype != TORCH_BF16 && dtype != TORCH_F32 && dtype != TORCH_F64) return -2;
#define PROBABILITY(i) \
  (dtype == TORCH_F64   ? ((const double *)p)[i] \
   : dtype == TORCH_F32 ? ((const float *)p)[i] \
   : dtype == TORCH_F16 ? torch_widen_f16(((const uint16_t *)p)[i]) \
                        : torch_widen_bf16(((const uint16_t *)p)[i]))
  for (int64_t i = 0; i < n; i++) {
    double value = PROBABILITY(i);
    if (!(value >= 0 && value <= 1)) return i;
  }
  double draws[CHUNK];
  float narrow_draws[CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t count = n - i < CHUNK ? n - i : CHUNK;
    if (dtype == TORCH_F64) {
      torch_random_uniform(g, TORCH_F64, count, draws, 0, 1);
    } else {
      torch_random_uniform(g, TORCH_F32, count, narrow_draws, 0, 1);
      for (int64_t k = 0; k < count; k++) draws[k] = narrow_draws[k];
    }
    for (int64_t k = 0; k < count; k++) out[i + k] = draws[k] < PROBABILITY(i + k);
  }
#undef PROBABILITY
  return -1;
}

static bool is_float(int dtype) {
  return dtype == TORCH_F16 || dtype == TORCH_BF16 || dtype == TORCH_F32 || dtype == TORCH_F64;
}

// A loop over 53-bit uniform draws u.
#define FROM_UNIFORM(EXPRESSION) \
  double draws[CHUNK]; \
  for (int64_t i = 0; i < n; i += CHUNK) { \
    int64_t count = n - i < CHUNK ? n - i : CHUNK; \
    torch_random_uniform(g, TORCH_F64, count, draws, 0, 1); \
    for (int64_t k = 0; k < count; k++) { \
      double u = draws[k]; \
      torch_random_store(dtype, out, i + k, EXPRESSION); \
    } \
  } \
  return true

bool torch_random_exponential(torch_generator *g, int dtype, int64_t n, void *out, double lambda) {
  if (!is_float(dtype)) return false;
  FROM_UNIFORM(-1.0 / lambda * log1p(-u));
}

bool torch_random_cauchy(torch_generator *g, int dtype, int64_t n, void *out, double median, double sigma) {
  if (!is_float(dtype)) return false;
  FROM_UNIFORM(fma(sigma, tan(3.14159265358979323846 * (u - 0.5)), median));
}

bool torch_random_geometric(torch_generator *g, int dtype, int64_t n, void *out, double p) {
  if (dtype == TORCH_BOOL || dtype < 0 || dtype > TORCH_F64) return false;
  FROM_UNIFORM(ceil(log(u) / log(1.0 - p)));
}

bool torch_random_log_normal(torch_generator *g, int dtype, int64_t n, void *out, double mean, double std) {
  if (!is_float(dtype)) return false;
  for (int64_t i = 0; i < n; i++) torch_random_store(dtype, out, i, exp(torch_random_normal_one(g, mean, std)));
  return true;
}

bool torch_dropout_apply(int dtype, int64_t n, double scale, const void *x, const uint8_t *mask, void *y) {
  const torch_random_kernels *kernels = torch_random_kernels_current();
  switch (dtype) {
    case TORCH_F16: kernels->apply_f16(n, torch_widen_f16(torch_narrow_f16((float)scale)), x, mask, y); return true;
    case TORCH_BF16: kernels->apply_bf16(n, torch_widen_bf16(torch_narrow_bf16((float)scale)), x, mask, y); return true;
    case TORCH_F32: kernels->apply_f32(n, (float)scale, x, mask, y); return true;
    case TORCH_F64: kernels->apply_f64(n, scale, x, mask, y); return true;
    default: return false;
  }
}

bool torch_dropout(
    torch_generator *g, int dtype, int64_t n, double keep, double scale, const void *x, void *y, uint8_t *mask) {
  if (!is_float(dtype)) return false;
  int64_t size = dtype == TORCH_F64 ? 8 : dtype == TORCH_F32 ? 4 : 2;
  uint8_t local[CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t count = n - i < CHUNK ? n - i : CHUNK;
    uint8_t *chunk = mask ? mask + i : local;
    torch_random_bernoulli(g, count, keep, chunk);
    torch_dropout_apply(dtype, count, scale, (const char *)x + i * size, chunk, (char *)y + i * size);
  }
  return true;
}

#define MULTINOMIAL(T) \
  const T *w = weights; \
  T *cumulative = scratch, sum = 0; \
  for (int64_t i = 0; i < categories; i++) { \
    if (!(w[i] >= 0)) return "invalid multinomial distribution: a weight is negative or NaN"; \
    if (isinf(w[i])) return "invalid multinomial distribution: a weight is infinite"; \
    cumulative[i] = sum += w[i]; \
  } \
  if (!(sum > 0)) return "invalid multinomial distribution: the weights' sum is not positive"; \
  for (int64_t i = 0; i < categories; i++) cumulative[i] /= sum; \
  cumulative[categories - 1] = 1; \
  for (int64_t s = 0; s < samples; s++) { \
    double u = (double)(torch_generator_random64(g) & 0x1fffffffffffff) * 0x1p-53; \
    int64_t low = 0, high = categories; \
    while (low < high) { \
      int64_t middle = low + (high - low) / 2; \
      if (cumulative[middle] < u) low = middle + 1; else high = middle; \
    } \
    out[s] = low; \
  } \
  return NULL

const char *torch_random_multinomial(
    torch_generator *g, int dtype, int64_t categories, const void *weights, int64_t samples, int64_t *out,
    void *scratch) {
  if (categories < 1) return "invalid multinomial distribution: there are no weights";
  if (dtype == TORCH_F32) { MULTINOMIAL(float); }
  if (dtype == TORCH_F64) { MULTINOMIAL(double); }
  return "multinomial: weights are float32 or float64";
}
