#pragma once
#include "torch_level.h"

// Products of float32 matrices: c = a b + bias, or c += a b. The right matrix lies in panels of `panel` columns, padded with
// zeros: weights are packed once and used again and again; a small right matrix is used as it lies.
typedef struct {
  int64_t rows, columns, depth;  // of c, of c, of the sums
  const float *_Nonnull a;
  int64_t a_row, a_depth;        // strides of a
  float *_Nonnull c;
  int64_t c_row;                 // distance of c's rows, whose elements are contiguous
  const float *_Nullable bias;   // one for each column
  const float *_Nullable row_bias;  // or one for each row
  bool adds;                     // to what c holds
} torch_gemm_problem;

typedef struct {
  int64_t panel;
  // Packs panels [begin, end) of a right matrix (depth x columns) with the given strides. packed has depth x columns elements,
  // columns rounded up to whole panels.
  void (*_Nonnull pack)(
      const float *_Nonnull b, int64_t depth_stride, int64_t column_stride, int64_t depth, int64_t columns, float *_Nonnull packed,
      int64_t begin, int64_t end);
  // Rows [row_begin, row_end) of the panels [begin, end) of c.
  void (*_Nonnull packed)(
      const torch_gemm_problem *_Nonnull p, const float *_Nonnull b, int64_t row_begin, int64_t row_end, int64_t begin, int64_t end);
  // Rows of c, with a right matrix whose rows are contiguous at the given distance.
  void (*_Nonnull plain)(
      const torch_gemm_problem *_Nonnull p, const float *_Nonnull b, int64_t b_row, int64_t row_begin, int64_t row_end);
} torch_gemm_kernels;

const torch_gemm_kernels *_Nonnull torch_gemm(int level);
