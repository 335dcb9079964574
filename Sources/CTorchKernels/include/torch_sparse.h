// Products of sparse matrices in compressed rows. The entries of row r are start[r] ..< start[r + 1]; each has a column and a value.
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

typedef struct {
  // out[r, j] = sum of value[e] * dense[column[e], j] over the entries e of row r, for rows [begin, end) and 0 <= j < n.
  void (*product)(
      void *out, const int64_t *start, const int64_t *column, const void *value, const void *dense, int64_t n, int64_t begin,
      int64_t end);
  // out[e] = sum of a[r, j] * conj(b[column[e], j]) over 0 <= j < n, for the entries of rows [begin, end).
  void (*sampled)(
      void *out, const int64_t *start, const int64_t *column, const void *a, const void *b, int64_t n, int64_t begin, int64_t end);
  // The entry e at which value[e] * dense[column[e], j] is largest (or smallest) in row r, -1 for empty rows; NaN wins. NULL for
  // complex types.
  void (*_Nullable extreme)(
      int64_t *out, const int64_t *start, const int64_t *column, const void *value, const void *dense, int64_t n, int64_t begin,
      int64_t end, bool largest);
} torch_sparse_kernels;

// TORCH_I64, F32, F64, C64 or C128; NULL for other dtypes.
const torch_sparse_kernels *_Nullable torch_sparse(int level, int dtype);

#pragma clang assume_nonnull end
