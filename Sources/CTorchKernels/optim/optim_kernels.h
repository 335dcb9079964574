// The optimizer steps' loops, one table per instruction-set level.
#pragma once
#include "torch_optim.h"
#include "../level/level.h"

#define TORCH_OPTIM_ENTRIES(T, S) \
  void (*sgd_##S)(int64_t n, T *param, const T *grad, T *buffer, const torch_sgd_options *options); \
  void (*adam_##S)( \
      int64_t n, T *param, const T *grad, T *m, T *v, T *v_max, const torch_adam_options *options); \
  void (*rmsprop_##S)( \
      int64_t n, T *param, const T *grad, T *v, T *buffer, T *mean, const torch_rmsprop_options *options); \
  double (*square_##S)(int64_t n, const T *x); \
  void (*scale_##S)(int64_t n, T *x, T factor); \
  void (*lerp_##S)(int64_t n, T *x, const T *end, T weight);

typedef struct {
  TORCH_OPTIM_ENTRIES(float, f32)
  TORCH_OPTIM_ENTRIES(double, f64)
} torch_optim_kernels;

TORCH_LEVELS_DECLARE(torch_optim_kernels, torch_optim_table)
