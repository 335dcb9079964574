// The indexing family's loops that gain from vectors, one table per instruction-set level.
#pragma once
#include "torch_index.h"
#include "../level/level.h"

typedef struct {
  // First position outside low ..< high, or -1.
  int64_t (*check)(const int64_t *index, int64_t n, int64_t low, int64_t high);
  void (*fill_1)(int64_t n, void *out, const void *self, const uint8_t *mask, const void *value);
  void (*fill_2)(int64_t n, void *out, const void *self, const uint8_t *mask, const void *value);
  void (*fill_4)(int64_t n, void *out, const void *self, const uint8_t *mask, const void *value);
  void (*fill_8)(int64_t n, void *out, const void *self, const uint8_t *mask, const void *value);
  int64_t (*count)(const uint8_t *mask, int64_t n);
  // The selected elements, moved to the front; exactly as many are written as are selected.
  int64_t (*select_4)(int64_t n, void *out, const void *self, const uint8_t *mask);
  int64_t (*select_8)(int64_t n, void *out, const void *self, const uint8_t *mask);
  // x != 0 for integers of 1, 2, 4, 8 bytes and floats, whose sign and NaN need care.
  void (*nonzero_1)(int64_t n, uint8_t *mask, const void *x);
  void (*nonzero_2)(int64_t n, uint8_t *mask, const void *x);
  void (*nonzero_4)(int64_t n, uint8_t *mask, const void *x);
  void (*nonzero_8)(int64_t n, uint8_t *mask, const void *x);
  void (*nonzero_16f)(int64_t n, uint8_t *mask, const void *x);  // float16, bfloat16
  void (*nonzero_f32)(int64_t n, uint8_t *mask, const void *x);
  void (*nonzero_f64)(int64_t n, uint8_t *mask, const void *x);
  // self[i] = self[i] combined with src[i] * alpha (alpha NULL: src[i]), contiguous, for a dtype that has the mode.
  void (*combine)(int dtype, int mode, int64_t n, void *self, const void *src, const void *alpha);
} torch_index_kernels;

TORCH_LEVELS_DECLARE(torch_index_kernels, torch_index_table)

// The set bytes among eight of a mask, as the top bits of the bytes of the result.
INLINE uint64_t set_bytes(const uint8_t *mask) {
  uint64_t m;
  memcpy(&m, mask, 8);
  return (((m & 0x7f7f7f7f7f7f7f7full) + 0x7f7f7f7f7f7f7f7full) | m) & 0x8080808080808080ull;
}
