// The pointwise parts of recurrent cells, for float32 and float64; the matrix products are the caller's. Everything is row-major,
// rows of `n` hidden units times the number of gates; `reserve` keeps for the backward what a step computed, `reserve_stride`
// elements from row to row. Ranges: rows of the batch.
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

typedef struct {
  // h = activation(gates), tanh or max(0, .).
  void (*rnn_cell)(void *h, const void *gates, bool relu, int64_t n, int64_t begin, int64_t end);
  // grad_gates from grad_h and the step's result.
  void (*rnn_cell_backward)(
      void *grad_gates, const void *grad_h, const void *h, bool relu, int64_t n, int64_t begin, int64_t end);

  // gates: sums of input and hidden parts of input, forget, cell and output gate (rows, 4 n). c (rows, n) is updated. reserve: the
  // four gates and the former c.
  void (*lstm_cell)(
      void *h, void *c, void *reserve, int64_t reserve_stride, const void *gates, int64_t n, int64_t begin, int64_t end);
  // grad_gates (rows, 4 n); grad_c (rows, n) is updated to the gradient of the former c.
  void (*lstm_cell_backward)(
      void *grad_gates, void *grad_c, const void *grad_h, const void *reserve, int64_t reserve_stride, int64_t n,
      int64_t begin, int64_t end);

  // in, hidden: the input and hidden parts of reset, update and new gate (rows, 3 n). h (rows, n) is updated. reserve: the three
  // gates and the hidden part of the new one; the former h is at `before` (rows of reserve_stride).
  void (*gru_cell)(
      void *h, void *reserve, int64_t reserve_stride, const void *in, const void *hidden, int64_t n, int64_t begin,
      int64_t end);
  // grad_h (rows, n) becomes what the former h gets directly, not through the products.
  void (*gru_cell_backward)(
      void *grad_in, void *grad_hidden, void *grad_h, const void *reserve, int64_t reserve_stride, const void *before, int64_t n,
      int64_t begin, int64_t end);
} torch_recurrent_kernels;

// The kernels for TORCH_F32 or TORCH_F64 at the level, or NULL for other dtypes.
const torch_recurrent_kernels *_Nullable torch_recurrent(int level, int dtype);

#pragma clang assume_nonnull end
