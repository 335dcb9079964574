// Which positions of a window lie inside the image.
#pragma once
#include <stdint.h>

// The positions o, begin <= o < end, for which 0 <= o * stride + offset < size.
static inline void columns_inside(int64_t offset, int64_t stride, int64_t size, int64_t out, int64_t *begin, int64_t *end) {
  int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  int64_t last = size - 1 - offset < 0 ? 0 : (size - 1 - offset) / stride + 1;
  if (first > out) first = out;
  if (last > out) last = out;
  *begin = first;
  *end = last < first ? first : last;
}
