// Integer products and distances, one table per instruction-set level.
#pragma once
#include "torch_linear.h"
#include "../level/level.h"

typedef void (*torch_integer_product_fn)(
    int64_t rows, int64_t k, int64_t n, const void *a, int64_t a_row, int64_t a_column, const void *b, int64_t b_row, void *c,
    int64_t c_row);
typedef void (*torch_distances_fn)(
    double p, int64_t rows, int64_t count, int64_t m, const void *x, const void *y, void *out);
typedef void (*torch_distances_backward_fn)(
    double p, int64_t rows, int64_t count, int64_t m, const void *x, const void *y, const void *grad, const void *distance, void *out);

typedef struct {
  // By element type; signed types share the unsigned loops.
  torch_integer_product_fn product_8, product_16, product_32, product_64;
  torch_distances_fn distances_f32, distances_f64;
  torch_distances_backward_fn distances_backward_f32, distances_backward_f64;
} torch_linear_kernels;

TORCH_LEVELS_DECLARE(torch_linear_kernels, torch_linear_table)
