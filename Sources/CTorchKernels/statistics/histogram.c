// Histograms and counts.
#include "../random/narrow_float.h"
#include "torch_statistics.h"

#define PLAIN(x) (x)
#define ROUND_F16(x) torch_widen_f16(torch_narrow_f16(x))
#define ROUND_BF16(x) torch_widen_bf16(torch_narrow_bf16(x))

// How many of count ascending edges, from `first` on, do not exceed the value: the first edge that does.
#define UPPER_BOUND(T, LOAD, first, end, value) \
  for (int64_t size = end - first; size > 0;) { \
    const int64_t half = size / 2; \
    if (LOAD(line[first + half]) <= value) first += half + 1, size -= half + 1; \
    else size = half; \
  }

// T: stored elements; A: the type of the arithmetic, whose results ROUND brings back to the precision of T.
#define DEFINE_HISTOGRAM(name, T, A, LOAD, ROUND) \
  static void name( \
      int64_t n, int64_t dims, const T *x, const T *weights, const void *const *edges, const int64_t *counts, int mode, \
      double *sums) { \
    for (int64_t i = 0; i < n; i++) { \
      int64_t at = 0; \
      bool inside = true; \
      for (int64_t d = 0; d < dims && inside; d++) { \
        const T *line = edges[d]; \
        const int64_t count = counts[d]; \
        const A value = LOAD(x[i * dims + d]), low = LOAD(line[0]), high = LOAD(line[count - 1]); \
        if (!(value >= low && value <= high)) { \
          inside = false; \
          break; \
        } \
        int64_t first = 0, end = count; \
        if (mode != TORCH_BINS_SEARCH) { \
          const A scaled = ROUND(ROUND(value - low) * ROUND((A)(count - 1))); \
          first = (int64_t)ROUND(scaled / ROUND(high - low)); \
          if (mode == TORCH_BINS_EQUAL_CORRECTED) { \
            end = first + 2 < count ? first + 2 : count; \
            first = first > 0 ? first - 1 : 0; \
          } \
        } \
        if (mode != TORCH_BINS_EQUAL) { \
          UPPER_BOUND(T, LOAD, first, end, value) \
          first--; \
        } \
        if (first > count - 2) first = count - 2; \
        at = at * (count - 1) + (first > 0 ? first : 0); \
      } \
      if (inside) sums[at] += weights ? (double)LOAD(weights[i]) : 1; \
    } \
  }

DEFINE_HISTOGRAM(histogram_f16, uint16_t, float, torch_widen_f16, ROUND_F16)
DEFINE_HISTOGRAM(histogram_bf16, uint16_t, float, torch_widen_bf16, ROUND_BF16)
DEFINE_HISTOGRAM(histogram_f32, float, float, PLAIN, PLAIN)
DEFINE_HISTOGRAM(histogram_f64, double, double, PLAIN, PLAIN)

bool torch_histogram(
    int dtype, int64_t n, int64_t dims, const void *x, const void *weights, const void *const *edges,
    const int64_t *edge_counts, int mode, double *sums) {
  switch (dtype) {
    case TORCH_F16: histogram_f16(n, dims, x, weights, edges, edge_counts, mode, sums); return true;
    case TORCH_BF16: histogram_bf16(n, dims, x, weights, edges, edge_counts, mode, sums); return true;
    case TORCH_F32: histogram_f32(n, dims, x, weights, edges, edge_counts, mode, sums); return true;
    case TORCH_F64: histogram_f64(n, dims, x, weights, edges, edge_counts, mode, sums); return true;
    default: return false;
  }
}

void torch_bincount(int64_t n, const int64_t *x, int weight_dtype, const void *weights, void *out) {
  if (!weights) {
    for (int64_t i = 0; i < n; i++) ((int64_t *)out)[x[i]]++;
  } else if (weight_dtype == TORCH_F32) {
    for (int64_t i = 0; i < n; i++) ((float *)out)[x[i]] += ((const float *)weights)[i];
  } else {
    for (int64_t i = 0; i < n; i++) ((double *)out)[x[i]] += ((const double *)weights)[i];
  }
}
