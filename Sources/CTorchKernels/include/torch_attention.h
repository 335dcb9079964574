// Attention in blocks of scores, for float32 and float64: what happens between the matrix products, so that the whole matrix of
// scores never exists. "T" below is the table's dtype. Every call works on the rows it is given and nothing else.
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

// A block of the scores q k^T: `rows` queries by `columns` keys, row-major with `leading` elements from row to row.
typedef struct {
  int64_t rows, columns, leading;
  int64_t first_row, first_column;  // where the block lies among all queries and keys
  double scale;                     // scores are multiplied by it
  bool causal;                      // keys behind a query are hidden from it
  const void *_Nullable mask;       // T, added to the scaled scores: the block's first element, or NULL
  int64_t mask_row, mask_column;    // its strides; the second is 0 or 1
} torch_scores;

typedef struct {
  // Turns scores into exponentials relative to the largest score of their row so far, in place. max, sum: T (rows), the running
  // maxima and sums; -infinity and 0 at first. acc: (rows, width) with `stride` elements from row to row, what has been summed so
  // far, is scaled down where the maximum grew.
  void (*softmax_block)(
      void *scores, void *max, void *sum, void *acc, int64_t width, int64_t stride, const torch_scores *spec);
  // Divides acc by the sums and writes the logarithms of the sums of exponentials; a row that sees no key becomes 0, its logarithm
  // infinity.
  void (*softmax_finish)(
      void *acc, void *logsumexp, const void *max, const void *sum, int64_t rows, int64_t width, int64_t stride);
  // Scores into probabilities, in place, given the rows' logarithms of sums.
  void (*probabilities)(void *scores, const void *logsumexp, const torch_scores *spec);
  // grad (the gradient of the probabilities, in the layout of spec) into the gradient of the unscaled scores, in place:
  // p * (grad - dots[row]) * scale.
  void (*score_gradients)(void *grad, const void *p, const void *dots, const torch_scores *spec);
  // dots[row] = sum over width of a * b.
  void (*row_dots)(
      void *dots, const void *a, int64_t a_stride, const void *b, int64_t b_stride, int64_t rows, int64_t width);
} torch_attention_kernels;

// The kernels for TORCH_F32 or TORCH_F64 at the level, or NULL for other dtypes.
const torch_attention_kernels *_Nullable torch_attention(int level, int dtype);

#pragma clang assume_nonnull end
