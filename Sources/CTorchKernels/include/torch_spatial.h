// Kernels over up to three spatial dimensions, on contiguous tensors: maxima of windows, columns of convolutions, one-dimensional
// linear maps (interpolation, means of windows), gathers along dimensions (padding, nearest neighbours), sampling at points of a
// grid. Fewer dimensions have leading sizes of 1. "T" below is the table's dtype.
//
// Threads: every call takes a range, writes nothing outside it, and computes each result in the same order whatever the range.
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

// Windows along one dimension: result i reads positions begin[i], begin[i] + step, ... below end[i].
typedef struct {
  int64_t size, out, step;
  const int64_t *begin, *end;
} torch_window_axis;

typedef struct {
  torch_window_axis axis[3];
  int64_t inner;  // neighbours in memory at every position: channels, or 1
} torch_windows;

// A linear map of a line of `in` elements to one of `out`: result i is the sum of weight[t] * line[index[t]] over t from start[i]
// to start[i + 1] - 1. `taps` is the number of terms where all results have equally many, otherwise 0.
typedef struct {
  int64_t in, out, taps;
  const int64_t *start, *index;
  const void *weight;  // T
} torch_line_map;

// The geometry of a convolution between an image of `size` and positions `out`.
typedef struct { int64_t size[3], out[3], kernel[3], stride[3], pad[3], dilation[3]; } torch_columns;

// out[o, a, b, c, :] = in[o, index[0][a], index[1][b], index[2][c], :], with `inner` bytes at every position.
typedef struct {
  int64_t size[3], out[3], inner;
  const int64_t *_Nonnull index[3];
} torch_axis_gather;

enum { TORCH_GRID_BILINEAR = 0, TORCH_GRID_NEAREST, TORCH_GRID_BICUBIC };
enum { TORCH_GRID_ZEROS = 0, TORCH_GRID_BORDER, TORCH_GRID_REFLECTION };

// Images (batch, channels, size) sampled at `points` positions each, given as `dims` coordinates (x, y, z: last dimension first)
// from -1 to 1.
typedef struct {
  int64_t channels, size[3], points;
  int dims, mode, padding;  // bicubic for 2 dims only
  bool align_corners;
} torch_grid;

// float32, float64 and int64; float16 and bfloat16 are given and returned as float32, only sampling at points rounds to them. int64
// has nothing after col2im, the half types no gradients.
typedef struct {
  // Maxima, and for each its place in its plane (unless index is NULL). The last NaN of a window wins. in: (outer, sizes, inner).
  // Range: rows (outer * out[0] * out[1]).
  void (*max_windows)(
      void *out, int64_t *_Nullable index, const void *in, const torch_windows *windows, int64_t row_begin, int64_t row_end);
  // (outer, in, inner) to (outer, out, inner). Range: outer * out.
  void (*line_map)(void *out, const void *in, const torch_line_map *map, int64_t inner, int64_t row_begin, int64_t row_end);
  // Adds columns (channels * kernel, positions) up into in (channels, size), which is zeroed first; every element is `lanes` Ts.
  // Range: channels.
  void (*col2im)(
      void *in, const void *columns, const torch_columns *geometry, int64_t lanes, int64_t channel_begin, int64_t channel_end);
  // out (batch, channels, points) from in (batch, channels, size) at grid (batch, points, dims). Range: batch * points.
  void (*_Nullable grid_sample)(
      void *out, const void *in, const void *grid, const torch_grid *geometry, int64_t begin, int64_t end);
  // Adds into grad_in, which is zero. Range: planes (batch * channels).
  void (*_Nullable grid_grad_in)(
      void *grad_in, const void *grad_out, const void *grid, const torch_grid *geometry, int64_t plane_begin, int64_t plane_end);
  // Range: batch * points.
  void (*_Nullable grid_grad_grid)(
      void *grad_grid, const void *grad_out, const void *in, const void *grid, const torch_grid *geometry, int64_t begin,
      int64_t end);
} torch_spatial_kernels;

// The kernels for TORCH_F32, TORCH_F64, TORCH_I64, TORCH_F16 or TORCH_BF16 at the level, or NULL for other dtypes.
const torch_spatial_kernels *_Nullable torch_spatial(int level, int dtype);

// Of any type of 1, 2, 4, 8 or 16 bytes.
// columns (channels * kernel, positions) of in (channels, size); 0 outside the image. Range: channels.
void torch_im2col(
    void *columns, const void *in, const torch_columns *geometry, int64_t width, int64_t channel_begin, int64_t channel_end);
// Range: rows (outer * out[0] * out[1]).
void torch_gather_axes(void *out, const void *in, const torch_axis_gather *gather, int64_t row_begin, int64_t row_end);

#pragma clang assume_nonnull end
