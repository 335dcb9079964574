// Losses over alignments and label sets, for float32 and float64, on contiguous tensors. Ranges: samples.
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

// Connectionist temporal classification over log-probabilities (time, batch, classes). Every label is in 0 ..< classes.
typedef struct {
  int64_t time, batch, classes, blank;
  int64_t states;                  // 2 * the longest target + 1: columns of the forward variables
  const int64_t *targets;          // labels of all samples
  const int64_t *target_offsets;   // where each sample's labels begin
  const int64_t *target_lengths;
  const int64_t *input_lengths;
} torch_ctc;

typedef struct {
  // Elements of scratch that one sample needs, for `states` states.
  int64_t (*ctc_scratch)(int64_t states);
  // nll (batch), and log_alpha (batch, time, states), which is -infinity outside a sample's own times and states. scratch:
  // ctc_scratch elements for each sample of the batch.
  void (*ctc_loss)(
      void *nll, void *log_alpha, void *scratch, const void *log_probs, const torch_ctc *ctc, int64_t begin, int64_t end);
  // grad_in (time, batch, classes), written wholly. grad: (batch). Samples with infinite loss get zeros with zero_infinity, else
  // NaN.
  void (*ctc_loss_backward)(
      void *grad_in, void *scratch, const void *grad, const void *log_probs, const void *nll, const void *log_alpha,
      const torch_ctc *ctc, bool zero_infinity, int64_t begin, int64_t end);

  // Multi-label margin: targets (rows, n) list classes up to the first -1; all are in -1 ..< n. Fills is_target (rows, n) with
  // ones and zeros, and loss (rows): the sum over targets and other classes of max(0, 1 - x[target] + x[other]), over n.
  void (*multilabel_margin)(
      void *loss, void *is_target, const void *in, const int64_t *targets, int64_t n, int64_t begin, int64_t end);
  // grad_in (rows, n) of grad[row * grad_stride] * scale for each row's loss.
  void (*multilabel_margin_backward)(
      void *grad_in, const void *grad, int64_t grad_stride, double scale, const void *in, const int64_t *targets,
      const void *is_target, int64_t n, int64_t begin, int64_t end);
} torch_loss_kernels;

// The kernels for TORCH_F32 or TORCH_F64 at the level, or NULL for other dtypes.
const torch_loss_kernels *_Nullable torch_loss(int level, int dtype);

#pragma clang assume_nonnull end
