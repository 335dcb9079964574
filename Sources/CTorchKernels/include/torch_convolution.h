#pragma once
#include "torch_level.h"

// Convolutions with 3 x 3 kernels, stride 1 and dilation 1 by Winograd's method F(4 x 4, 3 x 3): tiles of 4 x 4 results need
// 36 products a pair of channels where the definition needs 144. Interpolation points 0, +-1/sqrt(2), +-sqrt(2), infinity, for
// which the error is smallest among symmetric ones.
enum {
  TORCH_WINOGRAD_POINTS = 36,
  TORCH_WINOGRAD_TILE = 4,    // results of a tile along each dimension
  TORCH_WINOGRAD_CHANNELS = 8 // the numbers of input channels must be multiples of this
};

typedef struct {
  int64_t channels, filters;          // multiples of TORCH_WINOGRAD_CHANNELS and of the level's `panel`
  int64_t height, width;              // of the input
  int64_t out_height, out_width;
  int64_t padding_y, padding_x;
  int64_t tiles_y, tiles_x;           // tiles of an image: the output's sizes divided by 4, rounded up
  int64_t x_strides[4], y_strides[4]; // of (N, C, H, W), in elements; the last or the second is 1
  int64_t rows;                       // tiles that v and m have room for
} torch_winograd_shape;

typedef struct {
  // How many filters lie side by side in transformed weights.
  int64_t panel;
  // Transforms the weights of panels [begin, end): u has 36 x filters x channels elements. The nine weights of a filter and a
  // channel are contiguous, at the given strides; `turned` ones are rotated by half a turn, as the input's gradient needs them.
  void (*_Nonnull weights)(
      const torch_winograd_shape *_Nonnull s, const float *_Nonnull w, int64_t filter_stride, int64_t channel_stride, bool turned,
      float *_Nonnull u, int64_t begin, int64_t end);
  // Transforms tiles [begin, end), counted over all images, into rows 0... of v, which has 36 x rows x channels elements.
  // `first` is the tile that has row 0.
  void (*_Nonnull input)(
      const torch_winograd_shape *_Nonnull s, const float *_Nonnull x, float *_Nonnull v, int64_t first, int64_t begin, int64_t end);
  // m = v u for the points [begin, end) and the first `rows` rows; m has 36 x rows x filters elements.
  void (*_Nonnull product)(
      const torch_winograd_shape *_Nonnull s, const float *_Nonnull v, const float *_Nonnull u, float *_Nonnull m, int64_t rows,
      int64_t begin, int64_t end);
  // Transforms rows of m back to tiles [begin, end) of the output, with a bias for each filter.
  void (*_Nonnull output)(
      const torch_winograd_shape *_Nonnull s, const float *_Nonnull m, const float *_Nullable bias, float *_Nonnull y,
      int64_t first, int64_t begin, int64_t end);
  // The gradient of the weights, F(3 x 3, 4 x 4). Transforms tiles [begin, end) of the output's gradient, as `input` does those of
  // the input, into rows of z, which has 36 x rows x filters elements.
  void (*_Nonnull gradient)(
      const torch_winograd_shape *_Nonnull s, const float *_Nonnull g, float *_Nonnull z, int64_t first, int64_t begin, int64_t end);
  // m = (or +=) v transposed z for the points [begin, end); m has 36 x channels x filters elements.
  void (*_Nonnull weight_product)(
      const torch_winograd_shape *_Nonnull s, const float *_Nonnull v, const float *_Nonnull z, float *_Nonnull m, bool adds,
      int64_t rows, int64_t begin, int64_t end);
  // Transforms m back to contiguous weights (filters, channels, 3, 3), for the channels [begin, end).
  void (*_Nonnull weight_output)(
      const torch_winograd_shape *_Nonnull s, const float *_Nonnull m, float *_Nonnull w, int64_t begin, int64_t end);
} torch_winograd_kernels;


const torch_winograd_kernels *_Nonnull torch_winograd(int level);

// Depthwise convolutions of contiguous planes, with as many outputs as channels and dilation 1.
enum { TORCH_DEPTHWISE_KERNEL = 7 };  // the largest kernel

typedef struct {
  int64_t channels;
  int64_t height, width, out_height, out_width;
  int64_t kernel_y, kernel_x;
  int64_t stride_y, stride_x;   // 1 or 2
  int64_t padding_y, padding_x;
  bool turned;                  // kernels are rotated by half a turn, as the input's gradient needs them
} torch_depthwise_shape;

// Elements of a row of the frame of zeros around a plane, and of the whole: with room behind for whole vectors.
static inline int64_t torch_depthwise_line(const torch_depthwise_shape *_Nonnull s) {
  const int64_t reach = (s->out_width - 1) * s->stride_x + s->kernel_x, row = s->width + s->padding_x;
  return ((reach > row ? reach : row) + 15) / 16 * 16 + 16;
}
static inline int64_t torch_depthwise_frame(const torch_depthwise_shape *_Nonnull s) {
  const int64_t reach = (s->out_height - 1) * s->stride_y + s->kernel_y, rows = s->height + s->padding_y;
  return (reach > rows ? reach : rows) * torch_depthwise_line(s) + 128;
}

// Planes [begin, end) of the output, counted over all images.
typedef void (*torch_depthwise_fn)(
    const torch_depthwise_shape *_Nonnull s, const float *_Nonnull x, const float *_Nonnull w, const float *_Nullable bias,
    float *_Nonnull y, float *_Nonnull frame, int64_t begin, int64_t end);
torch_depthwise_fn _Nonnull torch_depthwise(int level);
// Elements of v for one point: a little more than rows x channels, so that points do not meet in the same lines of a cache.
int64_t torch_winograd_point_size(int64_t rows, int64_t channels);
