// Reductions of consecutive segments of rows; loops over the elements of a row are the compiler's to vectorise.
#include "torch_segment.h"

#define ROWS(STEP) \
  for (int64_t row = starts[s]; row < ends[s]; row++) { \
    const T *restrict from = source + row * inner; \
    for (int64_t i = 0; i < inner; i++) { \
      const T x = from[i], r = to[i]; \
      to[i] = STEP; \
    } \
  }

#define DEFINE(name, type) \
  static void segments_##name( \
      int reduction, int64_t segments, int64_t inner, const int64_t *starts, const int64_t *ends, double initial, bool has_initial, \
      const void *data, void *out) { \
    typedef type T; \
    const T *source = data; \
    for (int64_t s = 0; s < segments; s++) { \
      T *restrict to = (T *)out + s * inner; \
      for (int64_t i = 0; i < inner; i++) to[i] = (T)initial; \
      const int64_t length = ends[s] - starts[s]; \
      switch (reduction) { \
        case TORCH_SEGMENT_MAX: ROWS(x > r || x != x ? x : r) break; \
        case TORCH_SEGMENT_MIN: ROWS(x < r || x != x ? x : r) break; \
        case TORCH_SEGMENT_PROD: ROWS(r * x) break; \
        default: ROWS(r + x) break; \
      } \
      if (reduction != TORCH_SEGMENT_MEAN) continue; \
      if (length <= 0 && !has_initial) { \
        for (int64_t i = 0; i < inner; i++) to[i] = (T)__builtin_nan(""); \
      } else if (length > 0) { \
        for (int64_t i = 0; i < inner; i++) to[i] /= (T)length; \
      } \
    } \
  }
DEFINE(f32, float)
DEFINE(f64, double)

bool torch_segment_reduce(
    int dtype, int reduction, int64_t first, int64_t last, int64_t segments, int64_t rows, int64_t inner, const int64_t *starts,
    const int64_t *ends, int64_t start_step, double initial, bool has_initial, const void *data, void *out) {
  if (dtype != TORCH_F32 && dtype != TORCH_F64) return false;
  const int64_t size = dtype == TORCH_F32 ? 4 : 8;
  for (int64_t o = first; o < last; o++) {
    const void *from = (const char *)data + o * rows * inner * size;
    void *to = (char *)out + o * segments * inner * size;
    const int64_t *begin = starts + o * start_step, *end = ends + o * start_step;
    if (dtype == TORCH_F32) segments_f32(reduction, segments, inner, begin, end, initial, has_initial, from, to);
    else segments_f64(reduction, segments, inner, begin, end, initial, has_initial, from, to);
  }
  return true;
}

void torch_xor_reduce(int64_t first, int64_t last, int64_t rows, int64_t inner, const uint64_t *data, uint64_t *out) {
  for (int64_t o = first; o < last; o++) {
    const uint64_t *from = data + o * rows * inner;
    if (inner == 1) {
      uint64_t all = 0;
      for (int64_t r = 0; r < rows; r++) all ^= from[r];
      out[o] = all;
      continue;
    }
    uint64_t *restrict to = out + o * inner;
    for (int64_t i = 0; i < inner; i++) to[i] = 0;
    for (int64_t r = 0; r < rows; r++) {
      for (int64_t i = 0; i < inner; i++) to[i] ^= from[r * inner + i];
    }
  }
}
