#include "torch_linalg.h"

int64_t torch_linalg_permutation(const int32_t *pivots, int64_t k, int64_t count, int64_t rows, int64_t *out) {
  for (int64_t m = 0; m < count; m++) {
    int64_t *order = out + m * rows;
    const int32_t *exchange = pivots + m * k;
    for (int64_t i = 0; i < rows; i++) order[i] = i;
    for (int64_t i = 0; i < k; i++) {
      const int64_t j = (int64_t)exchange[i] - 1;
      if (j < 0 || j >= rows) return m * k + i;
      const int64_t kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
  }
  return -1;
}

int64_t torch_linalg_check_bunch_kaufman(const int32_t *pivots, int64_t n) {
  int64_t i = 0;
  while (i < n) {
    const int64_t p = pivots[i];
    if (p == 0 || p > n || p < -n) return i;
    if (p < 0) {
      if (i + 1 >= n || pivots[i + 1] != p) return i;
      i++;
    }
    i++;
  }
  return -1;
}

#define JOIN_VALUES(name, T)                                                     \
  void name(const T *re, const T *im, int64_t n, T *out) {                       \
    for (int64_t i = 0; i < n; i++) {                                            \
      out[2 * i] = re[i];                                                        \
      out[2 * i + 1] = im[i];                                                    \
    }                                                                            \
  }
JOIN_VALUES(torch_linalg_join_values_f32, float)
JOIN_VALUES(torch_linalg_join_values_f64, double)

#define UNPACK_VECTORS(name, T)                                                  \
  void name(const T *packed, const T *im, int64_t n, T *out) {                   \
    for (int64_t j = 0; j < n; j++) {                                            \
      const T *re = packed + j * n;                                              \
      T *column = out + 2 * j * n;                                               \
      if (im[j] == 0 || j + 1 == n) {                                            \
        for (int64_t i = 0; i < n; i++) {                                        \
          column[2 * i] = re[i];                                                 \
          column[2 * i + 1] = 0;                                                 \
        }                                                                        \
        continue;                                                                \
      }                                                                          \
      /* The pair's second vector is the conjugate of the first. */              \
      for (int64_t i = 0; i < n; i++) {                                          \
        column[2 * i] = column[2 * (n + i)] = re[i];                             \
        column[2 * i + 1] = re[n + i];                                           \
        column[2 * (n + i) + 1] = -re[n + i];                                    \
      }                                                                          \
      j++;                                                                       \
    }                                                                            \
  }
UNPACK_VECTORS(torch_linalg_unpack_vectors_f32, float)
UNPACK_VECTORS(torch_linalg_unpack_vectors_f64, double)
