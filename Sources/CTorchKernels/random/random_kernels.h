// The random family's vector loops, one table per instruction-set level.
#pragma once
#include "torch_random.h"
#include "../level/level.h"

typedef struct {
  // Replaces all 624 words of a twister's state by the next 624.
  void (*refill)(uint32_t *state);
  // The output function on n words of the state.
  void (*temper)(const uint32_t *words, int64_t n, uint32_t *out);
  // In place: 32 random bits to (bits mod 2^24) * 2^-24 * (to - from) + from.
  void (*uniform_f32)(float *x, int64_t n, float from, float to);
  // In place: two 32-bit draws, first draw in the low half, to a double from the 53 low bits of (first << 32 | second).
  void (*uniform_f64)(double *x, int64_t n, double from, double to);
  // Uniform draws in blocks of 16 to normal ones, in place.
  void (*normal_f32)(float *x, int64_t blocks, float mean, float std);
  // Pairs of draws, as above: 1 where the 53-bit uniform is below p.
  void (*below)(const uint64_t *pairs, int64_t n, double p, uint8_t *out);
  void (*apply_f32)(int64_t n, float scale, const float *x, const uint8_t *mask, float *y);
  void (*apply_f64)(int64_t n, double scale, const double *x, const uint8_t *mask, double *y);
  void (*apply_f16)(int64_t n, float scale, const uint16_t *x, const uint8_t *mask, uint16_t *y);
  void (*apply_bf16)(int64_t n, float scale, const uint16_t *x, const uint8_t *mask, uint16_t *y);
} torch_random_kernels;

TORCH_LEVELS_DECLARE(torch_random_kernels, torch_random_table)

static inline const torch_random_kernels *torch_random_kernels_current(void) {
  return torch_random_table(torch_level_current());
}

// One draw of the normal distribution, using and keeping the second value of a pair.
double torch_random_normal_one(torch_generator *g, double mean, double std);

// Stores a double as element i of any real dtype, as a C conversion would.
void torch_random_store(int dtype, void *out, int64_t i, double value);
