#pragma once
#include "torch_level.h"

// Bytes of one element.
int64_t torch_element_size(int32_t dtype);

// Converts n contiguous elements between any two types; dst and src must not overlap unless the types are equal and dst == src.
// To bool: whether the value differs from zero. Float to integer: truncation (values out of range give what the processor gives).
// To half precision, bfloat16 and float: round to nearest even. Complex to real: the real part.
void torch_convert(int32_t dst_dtype, void *_Nonnull dst, int32_t src_dtype, const void *_Nonnull src, int64_t n);

// Copies n units of 1, 2, 4 or 8 bytes, the bytes of each in reverse order. No alignment is needed; dst and src must not overlap.
void torch_byteswap(void *_Nonnull dst, const void *_Nonnull src, int32_t width, int64_t n);

// A copy between strided arrays of one shape, of any two types. Strides are in bytes, dimension 0 is the slowest; a source stride
// may be 0 (broadcast) or negative. Elements of dst must be distinct, and not overlap src.
typedef struct {
  int32_t ndim;  // 1...TORCH_MAX_DIMENSIONS
  int32_t dst_dtype, src_dtype;
  const int64_t *_Nonnull size;
  const int64_t *_Nonnull dst_strides;
  const int64_t *_Nonnull src_strides;
  char *_Nonnull dst;
  const char *_Nonnull src;
} torch_copy_plan;

// Copies elements [begin, end) in row-major order of the plan's dimensions. Transpositions go through square tiles that use whole
// cache lines on both sides.
void torch_strided_copy(const torch_copy_plan *_Nonnull plan, int64_t begin, int64_t end);

// Sets n contiguous elements to the value.
void torch_fill(void *_Nonnull dst, int32_t dtype, int64_t n, torch_scalar value);

// Sequences: elements [begin, end) of dst, whose first element is position 0.
//
// start + i step. Integers wrap around as two's complement does; half types are computed in float, float in double.
void torch_arange(int32_t dtype, void *_Nonnull dst, int64_t begin, int64_t end, torch_scalar start, torch_scalar step);
// The i-th of n points from start to last, counted from the nearer end: start + i step in the first half, last - (n - 1 - i) step
// in the second. Half types are computed in float, integers in double and truncated.
void torch_linspace(
    int32_t dtype, void *_Nonnull dst, int64_t n, int64_t begin, int64_t end, torch_scalar start, torch_scalar last,
    torch_scalar step);
// base to the power of those points.
void torch_logspace(
    int32_t dtype, void *_Nonnull dst, int64_t n, int64_t begin, int64_t end, torch_scalar start, torch_scalar last,
    torch_scalar step, double base);
