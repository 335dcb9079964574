#include "torch_copy.h"
#include <complex.h>
#include <math.h>
#include <string.h>

// Values are computed in blocks in the type PyTorch computes them in, then converted.
enum { BLOCK = 256 };

static bool is_integer(int32_t dtype) { return dtype <= TORCH_I64; }
// float32 holds what half types and float32 itself are computed in.
static bool is_single(int32_t dtype) { return dtype >= TORCH_F16 && dtype <= TORCH_F32; }

// position(i) in a sequence of n points between two ends: counted from the nearer end, so that the last one is exact.
#define FROM_NEARER_END(i, n, start, last, step, type) \
  ((i) < (n) / 2 ? (start) + (step) * (type)(i) : (last) - (step) * (type)((n) - 1 - (i)))

void torch_arange(int32_t dtype, void *dst, int64_t begin, int64_t end, torch_scalar start, torch_scalar step) {
  const int64_t width = torch_element_size(dtype);
  union { int64_t i[BLOCK]; float f[BLOCK]; double d[BLOCK]; } block;
  for (int64_t done = begin; done < end; done += BLOCK) {
    const int64_t count = end - done < BLOCK ? end - done : BLOCK;
    char *out = (char *)dst + done * width;
    if (is_integer(dtype)) {
      for (int64_t k = 0; k < count; k++) {
        block.i[k] = (int64_t)((uint64_t)start.i + (uint64_t)step.i * (uint64_t)(done + k));
      }
      torch_convert(dtype, out, TORCH_I64, block.i, count);
    } else if (is_single(dtype) && dtype != TORCH_F32) {
      const float first = (float)start.re, by = (float)step.re;
      for (int64_t k = 0; k < count; k++) block.f[k] = first + by * (float)(done + k);
      torch_convert(dtype, out, TORCH_F32, block.f, count);
    } else {
      for (int64_t k = 0; k < count; k++) block.d[k] = start.re + step.re * (double)(done + k);
      torch_convert(dtype, out, TORCH_F64, block.d, count);
    }
  }
}

// The exponent or value at position i, in the precision of the type.
static double complex point(int32_t dtype, int64_t i, int64_t n, torch_scalar start, torch_scalar last, torch_scalar step) {
  if (is_single(dtype)) {
    return (double)FROM_NEARER_END(i, n, (float)start.re, (float)last.re, (float)step.re, float);
  }
  if (dtype >= TORCH_C64) {
    const double complex a = __builtin_complex(start.re, start.im), b = __builtin_complex(last.re, last.im), s = __builtin_complex(step.re, step.im);
    return FROM_NEARER_END(i, n, a, b, s, double);
  }
  return FROM_NEARER_END(i, n, start.re, last.re, step.re, double);
}

static void store(int32_t dtype, void *dst, const double complex *values, int64_t count) {
  if (dtype >= TORCH_C64) {
    torch_convert(dtype, dst, TORCH_C128, values, count);
    return;
  }
  double real[BLOCK];
  for (int64_t k = 0; k < count; k++) real[k] = creal(values[k]);
  torch_convert(dtype, dst, TORCH_F64, real, count);
}

void torch_linspace(
    int32_t dtype, void *dst, int64_t n, int64_t begin, int64_t end, torch_scalar start, torch_scalar last, torch_scalar step) {
  double complex block[BLOCK];
  for (int64_t done = begin; done < end; done += BLOCK) {
    const int64_t count = end - done < BLOCK ? end - done : BLOCK;
    for (int64_t k = 0; k < count; k++) block[k] = point(dtype, done + k, n, start, last, step);
    store(dtype, (char *)dst + done * torch_element_size(dtype), block, count);
  }
}

void torch_logspace(
    int32_t dtype, void *dst, int64_t n, int64_t begin, int64_t end, torch_scalar start, torch_scalar last, torch_scalar step,
    double base) {
  double complex block[BLOCK];
  for (int64_t done = begin; done < end; done += BLOCK) {
    const int64_t count = end - done < BLOCK ? end - done : BLOCK;
    for (int64_t k = 0; k < count; k++) {
      const double complex exponent = point(dtype, done + k, n, start, last, step);
      block[k] = dtype >= TORCH_C64 ? cpow(base, exponent) : pow(base, creal(exponent));
    }
    store(dtype, (char *)dst + done * torch_element_size(dtype), block, count);
  }
}
