// Entry points of the copying kernels, one table a level (see level/level.h).
#pragma once
#include "../level/level.h"

typedef void (*torch_convert_fn)(void *dst, const void *src, int64_t n);
// A rows x cols box of elements between a contiguous block and strided memory; strides in bytes.
typedef void (*torch_gather_fn)(void *block, const char *src, int64_t rows, int64_t cols, int64_t row_stride, int64_t col_stride);
typedef void (*torch_scatter_fn)(char *dst, const void *block, int64_t rows, int64_t cols, int64_t row_stride, int64_t col_stride);
// dst[row * dst_stride + col * size] = src[row * size + col * src_stride]
typedef void (*torch_transpose_fn)(char *dst, int64_t dst_stride, const char *src, int64_t src_stride, int64_t rows, int64_t cols);

typedef struct {
  // [to][from]; NULL where the conversion goes through another type (torch_copy_convert).
  torch_convert_fn convert[TORCH_DTYPE_COUNT][TORCH_DTYPE_COUNT];
  // By the logarithm of the element size: 1, 2, 4, 8, 16 bytes.
  torch_gather_fn gather[5];
  torch_scatter_fn scatter[5];
  torch_transpose_fn transpose[5];
} torch_copy_kernels;

TORCH_LEVELS_DECLARE(torch_copy_kernels, torch_copy)

// torch_convert with the table at hand.
void torch_copy_convert(
    const torch_copy_kernels *kernels, int32_t dst_dtype, void *dst, int32_t src_dtype, const void *src, int64_t n);

extern const int64_t torch_copy_element_sizes[TORCH_DTYPE_COUNT];
// Logarithms of the element sizes: the index into gather, scatter and transpose.
extern const uint8_t torch_copy_size_indices[TORCH_DTYPE_COUNT];
