// Elements by position: take, put, and advanced indexing through offsets.
#include "combine.h"

typedef struct { uint64_t words[2]; } sixteen;

// X(bytes, type)
#define EACH_SIZE(X) X(1, uint8_t) X(2, uint16_t) X(4, uint32_t) X(8, uint64_t) X(16, sixteen)

#define DEFINE_TAKE(bytes, T) \
  static int64_t take_##bytes(int64_t n, T *out, const T *self, int64_t numel, const int64_t *index) { \
    for (int64_t i = 0; i < n; i++) { \
      const int64_t at = index[i] < 0 ? index[i] + numel : index[i]; \
      if ((uint64_t)at >= (uint64_t)numel) return i; \
      out[i] = self[at]; \
    } \
    return -1; \
  }
EACH_SIZE(DEFINE_TAKE)

int64_t torch_take(int element_size, int64_t n, void *out, const void *self, int64_t numel, const int64_t *index) {
  switch (element_size) {
#define CASE(bytes, T) case bytes: return take_##bytes(n, out, self, numel, index);
    EACH_SIZE(CASE)
#undef CASE
    default: return -2;
  }
}

#define DEFINE_PUT(name, T, dtype) \
  static int64_t put_##name(int mode, int64_t n, T *self, int64_t numel, const int64_t *index, const T *src) { \
    for (int64_t i = 0; i < n; i++) { \
      const int64_t at = index[i] < 0 ? index[i] + numel : index[i]; \
      if ((uint64_t)at >= (uint64_t)numel) return i; \
      self[at] = combine_##name(self[at], src[i], mode); \
    } \
    return -1; \
  }
TORCH_EACH_DTYPE(DEFINE_PUT)

int64_t torch_put(int dtype, int mode, int64_t n, void *self, int64_t numel, const int64_t *index, const void *src) {
  if (!can_combine(dtype, mode)) return -2;
  switch (dtype) {
#define CASE(name, T, dtype) case dtype: return put_##name(mode, n, self, numel, index, src);
    TORCH_EACH_DTYPE(CASE)
#undef CASE
    default: return -2;
  }
}

int64_t torch_index_offsets(int64_t n, int64_t *offsets, const int64_t *index, int64_t size, int64_t stride) {
  const int64_t bad = torch_index_check(index, n, size, true);
  if (bad >= 0) return bad;
  for (int64_t i = 0; i < n; i++) offsets[i] += (index[i] < 0 ? index[i] + size : index[i]) * stride;
  return -1;
}

#define DEFINE_OFFSET_GATHER(bytes, T) \
  static void offset_gather_##bytes(const torch_offset_plan *plan, int64_t begin, int64_t end, T *out, const T *self) { \
    int64_t o = begin / plan->n, i = begin % plan->n; \
    const int64_t inner = plan->inner, *inner_offsets = plan->inner_offsets; \
    out += begin * inner; \
    for (int64_t row = begin; row < end; row++, out += inner) { \
      const T *from = self + (plan->outer_offsets ? plan->outer_offsets[o] : 0) + plan->offsets[i]; \
      if (inner == 1) { \
        *out = from[inner_offsets ? inner_offsets[0] : 0]; \
      } else if (inner_offsets == NULL) { \
        memcpy(out, from, (size_t)inner * sizeof(T)); \
      } else { \
        for (int64_t k = 0; k < inner; k++) out[k] = from[inner_offsets[k]]; \
      } \
      if (++i == plan->n) { \
        i = 0; \
        o++; \
      } \
    } \
  }
EACH_SIZE(DEFINE_OFFSET_GATHER)

void torch_offset_gather(
    const torch_offset_plan *plan, int element_size, int64_t begin, int64_t end, void *out, const void *self) {
  if (begin >= end || plan->n <= 0) return;
  switch (element_size) {
#define CASE(bytes, T) case bytes: offset_gather_##bytes(plan, begin, end, out, self); break;
    EACH_SIZE(CASE)
#undef CASE
    default: break;
  }
}

#define DEFINE_OFFSET_PUT(name, T, dtype) \
  static void offset_put_##name( \
      const torch_offset_plan *plan, int mode, int64_t first, int64_t last, int64_t inner_first, int64_t inner_last, \
      T *self, const T *src) { \
    for (int64_t o = first; o < last; o++) { \
      T *block = self + (plan->outer_offsets ? plan->outer_offsets[o] : 0); \
      for (int64_t i = 0; i < plan->n; i++) { \
        T *to = block + plan->offsets[i]; \
        const T *from = src + (o * plan->n + i) * plan->inner; \
        for (int64_t k = inner_first; k < inner_last; k++) { \
          T *at = to + (plan->inner_offsets ? plan->inner_offsets[k] : k); \
          *at = combine_##name(*at, from[k], mode); \
        } \
      } \
    } \
  }
TORCH_EACH_DTYPE(DEFINE_OFFSET_PUT)

bool torch_offset_put(
    const torch_offset_plan *plan, int dtype, int mode, int64_t first, int64_t last, int64_t inner_first, int64_t inner_last,
    void *self, const void *src) {
  if (!can_combine(dtype, mode)) return false;
  switch (dtype) {
#define CASE(name, T, dtype) \
  case dtype: offset_put_##name(plan, mode, first, last, inner_first, inner_last, self, src); return true;
    TORCH_EACH_DTYPE(CASE)
#undef CASE
    default: return false;
  }
}
