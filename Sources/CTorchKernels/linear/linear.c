// The entry points of integer products and distances.
#include "linear_kernels.h"

TORCH_LEVELS_DEFINE(torch_linear_kernels, torch_linear_table)

static const int64_t element_size[TORCH_DTYPE_COUNT] = {
    [TORCH_U8] = 1, [TORCH_I8] = 1, [TORCH_I16] = 2, [TORCH_I32] = 4, [TORCH_I64] = 8,
    [TORCH_U16] = 2, [TORCH_U32] = 4, [TORCH_U64] = 8};

bool torch_integer_product(
    int dtype, int64_t first_row, int64_t last_row, int64_t k, int64_t n, const void *a, int64_t a_row_step, int64_t a_column_step,
    const void *b, int64_t b_row_step, void *c, int64_t c_row_step) {
  const torch_linear_kernels *kernels = torch_linear_table(torch_level_current());
  torch_integer_product_fn product;
  switch (dtype) {
    case TORCH_U8: case TORCH_I8: product = kernels->product_8; break;
    case TORCH_I16: case TORCH_U16: product = kernels->product_16; break;
    case TORCH_I32: case TORCH_U32: product = kernels->product_32; break;
    case TORCH_I64: case TORCH_U64: product = kernels->product_64; break;
    default: return false;
  }
  const int64_t size = element_size[dtype];
  product(
      last_row - first_row, k, n, (const char *)a + first_row * a_row_step * size, a_row_step, a_column_step, b, b_row_step,
      (char *)c + first_row * c_row_step * size, c_row_step);
  return true;
}

bool torch_distances(
    int dtype, double p, int64_t first, int64_t last, int64_t count, int64_t m, const void *x, const void *y, void *out) {
  const torch_linear_kernels *kernels = torch_linear_table(torch_level_current());
  if (dtype == TORCH_F32) {
    kernels->distances_f32(p, last - first, count, m, (const float *)x + first * m, y, (float *)out + first * count);
  } else if (dtype == TORCH_F64) {
    kernels->distances_f64(p, last - first, count, m, (const double *)x + first * m, y, (double *)out + first * count);
  } else {
    return false;
  }
  return true;
}

bool torch_distances_backward(
    int dtype, double p, int64_t first, int64_t last, int64_t count, int64_t m, const void *x, const void *y, const void *grad,
    const void *distance, void *out) {
  const torch_linear_kernels *kernels = torch_linear_table(torch_level_current());
  if (dtype == TORCH_F32) {
    kernels->distances_backward_f32(
        p, last - first, count, m, (const float *)x + first * m, y, (const float *)grad + first * count,
        (const float *)distance + first * count, (float *)out + first * m);
  } else if (dtype == TORCH_F64) {
    kernels->distances_backward_f64(
        p, last - first, count, m, (const double *)x + first * m, y, (const double *)grad + first * count,
        (const double *)distance + first * count, (double *)out + first * m);
  } else {
    return false;
  }
  return true;
}
