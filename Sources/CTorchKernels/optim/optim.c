// The optimizer steps' entry points.
#include "optim_kernels.h"

TORCH_LEVELS_DEFINE(torch_optim_kernels, torch_optim_table)

#define KERNELS torch_optim_table(torch_level_current())
#define BY_DTYPE(NAME, ...) \
  switch (dtype) { \
    case TORCH_F32: KERNELS->NAME##_f32(__VA_ARGS__); return true; \
    case TORCH_F64: KERNELS->NAME##_f64(__VA_ARGS__); return true; \
    default: return false; \
  }

bool torch_sgd_step(
    int dtype, int64_t n, void *param, const void *grad, void *buffer, const torch_sgd_options *options) {
  BY_DTYPE(sgd, n, param, grad, buffer, options)
}

bool torch_adam_step(
    int dtype, int64_t n, void *param, const void *grad, void *exp_avg, void *exp_avg_sq, void *max_exp_avg_sq,
    const torch_adam_options *options) {
  BY_DTYPE(adam, n, param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, options)
}

bool torch_rmsprop_step(
    int dtype, int64_t n, void *param, const void *grad, void *square_avg, void *momentum_buffer, void *grad_avg,
    const torch_rmsprop_options *options) {
  BY_DTYPE(rmsprop, n, param, grad, square_avg, momentum_buffer, grad_avg, options)
}

bool torch_squared_norm_blocks(int dtype, int64_t n, const void *x, int64_t begin, int64_t end, double *sums) {
  if (dtype != TORCH_F32 && dtype != TORCH_F64) return false;
  const torch_optim_kernels *kernels = KERNELS;
  for (int64_t block = begin; block < end; block++) {
    int64_t start = block * TORCH_NORM_BLOCK, count = n - start < TORCH_NORM_BLOCK ? n - start : TORCH_NORM_BLOCK;
    sums[block] = dtype == TORCH_F32 ? kernels->square_f32(count, (const float *)x + start)
                                     : kernels->square_f64(count, (const double *)x + start);
  }
  return true;
}

bool torch_scale(int dtype, int64_t n, void *x, double factor) {
  BY_DTYPE(scale, n, x, factor)
}

bool torch_lerp(int dtype, int64_t n, void *x, const void *end, double weight) {
  BY_DTYPE(lerp, n, x, end, weight)
}
