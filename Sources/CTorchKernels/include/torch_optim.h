#pragma once
#include "torch_level.h"

// Optimizer steps in one pass over n contiguous F32 or F64 elements, element by element in the order of operations of
// torch.optim's single-tensor form, so that ranges may be split among threads in any way. Levels with fused multiply-add round
// as PyTorch does; the baseline level may differ in the last bits. All return false for another dtype, and change nothing
// then. Gradients are only read.

typedef struct {
  double lr, momentum, dampening, weight_decay;
  bool nesterov, maximize;
  bool first_step;  // the momentum buffer is not yet filled: it becomes a copy of the gradient
} torch_sgd_options;

// momentum_buffer may be NULL when momentum is 0.
bool torch_sgd_step(
    int dtype, int64_t n, void *_Nonnull param, const void *_Nonnull grad, void *_Nullable momentum_buffer,
    const torch_sgd_options *_Nonnull options);

typedef struct {
  double lr, beta1, beta2, eps, weight_decay;
  double bias_correction1;  // 1 - beta1^step
  double bias_correction2;  // 1 - beta2^step
  bool decoupled;           // AdamW: param *= 1 - lr * weight_decay, instead of grad += weight_decay * param
  bool amsgrad, maximize;
} torch_adam_options;

// max_exp_avg_sq may be NULL unless amsgrad.
bool torch_adam_step(
    int dtype, int64_t n, void *_Nonnull param, const void *_Nonnull grad, void *_Nonnull exp_avg, void *_Nonnull exp_avg_sq,
    void *_Nullable max_exp_avg_sq, const torch_adam_options *_Nonnull options);

typedef struct {
  double lr, alpha, eps, weight_decay, momentum;
  bool centered, maximize;
} torch_rmsprop_options;

// momentum_buffer may be NULL when momentum is 0, and grad_avg unless centered.
bool torch_rmsprop_step(
    int dtype, int64_t n, void *_Nonnull param, const void *_Nonnull grad, void *_Nonnull square_avg,
    void *_Nullable momentum_buffer, void *_Nullable grad_avg, const torch_rmsprop_options *_Nonnull options);

// Sums of squares for the total norm of gradients: one double per block of TORCH_NORM_BLOCK elements (the last may be short),
// summed inside a block in a fixed order; the caller adds the blocks' sums in order. Ranges begin ..< end of blocks.
enum { TORCH_NORM_BLOCK = 16384 };
bool torch_squared_norm_blocks(
    int dtype, int64_t n, const void *_Nonnull x, int64_t begin, int64_t end, double *_Nonnull sums);
// x *= factor, rounded to the dtype first.
bool torch_scale(int dtype, int64_t n, void *_Nonnull x, double factor);
// x = lerp(x, end, weight) as tensor.lerp_(end, weight): averaging of weights (EMA) with weight = 1 - decay.
bool torch_lerp(int dtype, int64_t n, void *_Nonnull x, const void *_Nonnull end, double weight);
