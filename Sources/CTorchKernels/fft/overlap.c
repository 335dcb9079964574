// Frames of a signal, added up where they overlap.
#include <string.h>
#include "torch_fft.h"

#define OVERLAP(name, REAL) \
  static void name(REAL *restrict out, const REAL *restrict frames, int64_t count, int64_t size, int64_t step, int64_t length) { \
    memset(out, 0, sizeof(REAL) * (size_t)length); \
    for (int64_t f = 0; f < count; f++) { \
      REAL *to = out + f * step; \
      const REAL *from = frames + f * size; \
      for (int64_t i = 0; i < size; i++) to[i] += from[i]; \
    } \
  }
OVERLAP(overlap_f32, float)
OVERLAP(overlap_f64, double)

void torch_overlap_add(
    void *out, const void *frames, bool is_double, int64_t count, int64_t size, int64_t step, int64_t length, int64_t begin,
    int64_t end) {
  for (int64_t line = begin; line < end; line++) {
    if (is_double) {
      overlap_f64((double *)out + line * length, (const double *)frames + line * count * size, count, size, step, length);
    } else {
      overlap_f32((float *)out + line * length, (const float *)frames + line * count * size, count, size, step, length);
    }
  }
}
