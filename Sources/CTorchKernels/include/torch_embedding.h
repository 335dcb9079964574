// Sums, means and maxima of rows of a table, for float32 and float64. Range: bags.
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

enum { TORCH_BAG_SUM = 0, TORCH_BAG_MEAN, TORCH_BAG_MAX };

// Every index is in 0 ..< the number of rows. Bag b has the indices from starts[b] to starts[b + 1]; those equal to padding are
// left out (-1: none).
typedef struct {
  int64_t width;
  const int64_t *indices;
  const int64_t *starts;
  int64_t padding;
  int mode;
} torch_bags;

typedef struct {
  // out (bags, width); an empty bag gives zeros. factors: T, one for each index, or NULL (sums only). largest: for maxima, the
  // index (bags, width) each came from, -1 in empty bags; else NULL.
  void (*bag)(
      void *out, int64_t *_Nullable largest, const void *table, const void *_Nullable factors, const torch_bags *bags,
      int64_t begin, int64_t end);
} torch_embedding_kernels;

// The kernels for TORCH_F32 or TORCH_F64 at the level, or NULL for other dtypes.
const torch_embedding_kernels *_Nullable torch_embedding(int level, int dtype);

#pragma clang assume_nonnull end
