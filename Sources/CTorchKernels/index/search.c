// searchsorted.
#include "keys.h"

// Keys put NaN last, as a sorted row has it, and make every comparison total.
#define DEFINE_SEARCH(name, T, dtype) \
  static int64_t search_##name( \
      int64_t length, const T *sorted, const int64_t *sorter, int64_t n, const T *values, bool right, int64_t *out) { \
    for (int64_t i = 0; i < n; i++) { \
      const uint64_t value = key_##name(values[i]); \
      int64_t low = 0, high = length; \
      while (low < high) { \
        const int64_t middle = low + (high - low) / 2; \
        const uint64_t key = key_##name(sorted[sorter ? sorter[middle] : middle]); \
        if (key < value || (right && key == value)) low = middle + 1; else high = middle; \
      } \
      out[i] = low; \
    } \
    return -1; \
  }
TORCH_EACH_ORDERED(DEFINE_SEARCH)

int64_t torch_searchsorted(
    int dtype, int64_t length, const void *sorted, const int64_t *sorter, int64_t n, const void *values, bool right,
    int64_t *out) {
  if (sorter) {
    const int64_t bad = torch_index_check(sorter, length, length, false);
    if (bad >= 0) return bad;
  }
  switch (dtype) {
#define CASE(name, T, dtype) case dtype: return search_##name(length, sorted, sorter, n, values, right, out);
    TORCH_EACH_ORDERED(CASE)
#undef CASE
    default: return -2;
  }
}
