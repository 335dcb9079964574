// Uniform and normal draws of every floating-point dtype.
#include "random_kernels.h"
#include "narrow_float.h"
#include <math.h>
#include <string.h>
#pragma clang fp contract(off)

enum { CHUNK = 1024 };
static const double two_pi = 6.283185307179586;

// Float16 and bfloat16 as a pair of conversions.
typedef struct {
  float (*widen)(uint16_t);
  uint16_t (*narrow)(float);
} narrow_type;
static const narrow_type f16 = {torch_widen_f16, torch_narrow_f16};
static const narrow_type bf16 = {torch_widen_bf16, torch_narrow_bf16};

static inline float rounded(const narrow_type *type, float x) { return type->widen(type->narrow(x)); }

// Drawn as float32, then rounded; what rounds to the upper bound becomes the lower one.
static void uniform_narrow(
    torch_generator *g, const narrow_type *type, int64_t n, uint16_t *out, double from, double to) {
  float draws[CHUNK];
  uint16_t low = type->narrow((float)from);
  float top = rounded(type, (float)to);
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t count = n - i < CHUNK ? n - i : CHUNK;
    torch_random_uniform(g, TORCH_F32, count, draws, from, to);
    for (int64_t k = 0; k < count; k++) {
      uint16_t value = type->narrow(draws[k]);
      out[i + k] = type->widen(value) == top ? low : value;
    }
  }
}

bool torch_random_uniform(torch_generator *g, int dtype, int64_t n, void *out, double from, double to) {
  const torch_random_kernels *kernels = torch_random_kernels_current();
  switch (dtype) {
    case TORCH_F16: uniform_narrow(g, &f16, n, out, from, to); return true;
    case TORCH_BF16: uniform_narrow(g, &bf16, n, out, from, to); return true;
    case TORCH_F32:
      // Chunks, so that the words are still in the first-level cache when they become floats.
      for (int64_t i = 0; i < n; i += CHUNK) {
        int64_t count = n - i < CHUNK ? n - i : CHUNK;
        torch_generator_fill32(g, count, (uint32_t *)out + i);
        kernels->uniform_f32((float *)out + i, count, (float)from, (float)to);
      }
      return true;
    case TORCH_F64:
      for (int64_t i = 0; i < n; i += CHUNK) {
        int64_t count = n - i < CHUNK ? n - i : CHUNK;
        torch_generator_fill32(g, 2 * count, (uint32_t *)((double *)out + i));
        kernels->uniform_f64((double *)out + i, count, from, to);
      }
      return true;
    default: return false;
  }
}

static void normal_blocks_f64(double *data, int64_t blocks, double mean, double std) {
  for (int64_t i = 0; i < blocks; i++, data += 16) {
    for (int j = 0; j < 8; j++) {
      double radius = sqrt(-2 * log(1 - data[j])), theta = two_pi * data[j + 8];
      data[j] = fma(radius * cos(theta), std, mean);
      data[j + 8] = fma(radius * sin(theta), std, mean);
    }
  }
}

// Whole blocks, drawn and transformed as float32, then rounded.
static void normal_narrow(
    torch_generator *g, const narrow_type *type, int64_t blocks, uint16_t *out, double mean, double std) {
  const torch_random_kernels *kernels = torch_random_kernels_current();
  float draws[CHUNK];
  for (int64_t i = 0; i < 16 * blocks; i += CHUNK) {
    int64_t count = 16 * blocks - i < CHUNK ? 16 * blocks - i : CHUNK;
    torch_random_uniform(g, TORCH_F32, count, draws, 0, 1);
    kernels->normal_f32(draws, count / 16, (float)mean, (float)std);
    for (int64_t k = 0; k < count; k++) out[i + k] = type->narrow(draws[k]);
  }
}

bool torch_random_normal_blocks(int dtype, int64_t begin, int64_t end, void *out, double mean, double std) {
  int64_t start = begin * 16, blocks = end - begin;
  switch (dtype) {
    case TORCH_F32:
      torch_random_kernels_current()->normal_f32((float *)out + start, blocks, (float)mean, (float)std);
      return true;
    case TORCH_F64: normal_blocks_f64((double *)out + start, blocks, mean, std); return true;
    default: return false;
  }
}

bool torch_random_normal_tail(torch_generator *g, int dtype, int64_t n, void *out, double mean, double std) {
  if (dtype != TORCH_F32 && dtype != TORCH_F64) return false;
  if (n < 16 || n % 16 == 0) return true;
  void *last = (char *)out + (n - 16) * (dtype == TORCH_F32 ? 4 : 8);
  torch_random_uniform(g, dtype, 16, last, 0, 1);
  return torch_random_normal_blocks(dtype, 0, 1, last, mean, std);
}

double torch_random_normal_one(torch_generator *g, double mean, double std) {
  double value;
  if (g->has_next_double_normal) {
    value = g->next_double_normal;
    g->has_next_double_normal = false;
    g->next_double_normal = 0;
  } else {
    double u1 = (double)(torch_generator_random64(g) & 0x1fffffffffffff) * 0x1p-53;
    double u2 = (double)(torch_generator_random64(g) & 0x1fffffffffffff) * 0x1p-53;
    double radius = sqrt(-2.0 * log1p(-u2)), theta = two_pi * u1;
    g->next_double_normal = radius * sin(theta);
    g->has_next_double_normal = true;
    value = radius * cos(theta);
  }
  return fma(value, std, mean);
}

bool torch_random_normal(
    torch_generator *g, int dtype, int64_t n, void *out, double mean, double std, bool contiguous) {
  if (dtype != TORCH_F16 && dtype != TORCH_BF16 && dtype != TORCH_F32 && dtype != TORCH_F64) return false;
  if (n >= 16 && contiguous && (dtype == TORCH_F16 || dtype == TORCH_BF16)) {
    const narrow_type *type = dtype == TORCH_F16 ? &f16 : &bf16;
    normal_narrow(g, type, n / 16, out, mean, std);
    if (n % 16) normal_narrow(g, type, 1, (uint16_t *)out + n - 16, mean, std);
    return true;
  }
  if (n >= 16 && contiguous) {
    torch_random_uniform(g, dtype, n, out, 0, 1);
    torch_random_normal_blocks(dtype, 0, n / 16, out, mean, std);
    return torch_random_normal_tail(g, dtype, n, out, mean, std);
  }
  for (int64_t i = 0; i < n; i++) torch_random_store(dtype, out, i, torch_random_normal_one(g, mean, std));
  return true;
}
