// Kernels of neural-network layers, for float32 and float64, on contiguous tensors. "T" below is the table's dtype.
//
// Threads: every call takes a range of the dimension named with it, writes nothing outside that range, and computes each
// result in the same order whatever the range. Kernels that sum over the split dimension add into (or write) partial buffers
// that the caller provides per fixed block of TORCH_NN_ROW_BLOCK rows and combines in the order of the blocks.
#pragma once
#include "torch_level.h"
#include "torch_reduce.h"

#pragma clang assume_nonnull begin

// Rows per partial buffer where a kernel sums over rows.
enum { TORCH_NN_ROW_BLOCK = 1024 };

// Activations that follow a bias.
enum { TORCH_ACT_NONE = 0, TORCH_ACT_RELU, TORCH_ACT_GELU, TORCH_ACT_GELU_TANH };

// What cross entropy and negative log-likelihood share. A target that is neither ignore_index nor in 0 ..< classes is an
// error.
typedef struct {
  int64_t classes;
  int64_t inner;  // positions after the class dimension: (rows, classes, inner); cross entropy wants 1
  int64_t ignore_index;
  double label_smoothing;          // 0 for nll
  const void *_Nullable weight;    // T (classes), or NULL for ones
} torch_class_loss;

// The window of a pooling over (height, width).
typedef struct {
  int64_t height, width, out_height, out_width;
  int64_t kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w;
  bool count_include_pad;    // average pooling only
  int64_t divisor_override;  // average pooling only; 0 for none
} torch_window2d;

typedef struct {
  // ---- Softmax over n of (outer, n, inner); ranges as in torch_reduce.h. out may be in; grad_in may be grad_out.
  void (*softmax)(void *out, const void *in, torch_reduce_range range);
  void (*log_softmax)(void *out, const void *in, torch_reduce_range range);
  void (*softmax_backward)(void *grad_in, const void *grad_out, const void *out, torch_reduce_range range);
  void (*log_softmax_backward)(void *grad_in, const void *grad_out, const void *out, torch_reduce_range range);

  // ---- Cross entropy with class indices. Range: rows. Per row: loss (weighted, smoothed, not divided; 0 for an ignored
  // row), the log of the sum of exponentials, and, unless NULL, the weight of its target (0 for an ignored row), by whose sum
  // the mean divides. Returns -1, or the first row in the range whose target is out of range (nothing is then guaranteed
  // about the results).
  int64_t (*cross_entropy)(
      void *loss, void *logsumexp, void *_Nullable row_weight, const void *logits, const int64_t *targets,
      const torch_class_loss *spec, int64_t row_begin, int64_t row_end);
  // grad_logits (rows, classes), from the gradient of each row's loss, grad[row * grad_stride] * grad_scale (grad_stride 0:
  // one gradient for all rows; grad_scale: 1 / sum of weights for the mean). grad_logits may be logits.
  void (*cross_entropy_backward)(
      void *grad_logits, const void *grad, int64_t grad_stride, double grad_scale, const void *logits, const void *logsumexp,
      const int64_t *targets, const torch_class_loss *spec, int64_t row_begin, int64_t row_end);
  // The same from log-probabilities (rows, classes, inner) with targets, loss and row_weight (rows, inner).
  int64_t (*nll_loss)(
      void *loss, void *_Nullable row_weight, const void *log_probs, const int64_t *targets, const torch_class_loss *spec,
      int64_t row_begin, int64_t row_end);
  // Writes all of grad_in's rows, zeros included. grad[(row * inner + position) * grad_stride].
  void (*nll_loss_backward)(
      void *grad_in, const void *grad, int64_t grad_stride, double grad_scale, const int64_t *targets,
      const torch_class_loss *spec, int64_t row_begin, int64_t row_end);

  // ---- Normalisation of rows of n elements. Range: rows. mean, rstd: T (rows); gamma, beta: T (n) or NULL. out may be in.
  void (*layer_norm)(
      void *out, void *_Nullable mean, void *_Nullable rstd, const void *in, const void *_Nullable gamma,
      const void *_Nullable beta, double eps, int64_t n, int64_t row_begin, int64_t row_end);
  // grad_in (unless NULL) by rows; grad_gamma and grad_beta (unless NULL) are T (n) and are added to: one zeroed buffer per
  // block of rows. grad_in may be grad_out.
  void (*layer_norm_backward)(
      void *_Nullable grad_in, void *_Nullable grad_gamma, void *_Nullable grad_beta, const void *grad_out, const void *in,
      const void *mean, const void *rstd, const void *_Nullable gamma, int64_t n, int64_t row_begin, int64_t row_end);
  // x / sqrt(mean(x^2) + eps) * gamma.
  void (*rms_norm)(
      void *out, void *_Nullable rstd, const void *in, const void *_Nullable gamma, double eps, int64_t n, int64_t row_begin,
      int64_t row_end);
  void (*rms_norm_backward)(
      void *_Nullable grad_in, void *_Nullable grad_gamma, const void *grad_out, const void *in, const void *rstd,
      const void *_Nullable gamma, int64_t n, int64_t row_begin, int64_t row_end);

  // ---- Batch normalisation. NCHW is (batch, channels, area); NHWC is (rows, channels) with rows = batch * area. Statistics
  // and sums are doubles; per-channel coefficients are T (channels).
  // Mean and biased variance per channel. Range: channels. (For area 1 the NHWC kernels are the faster ones.)
  void (*channel_stats_nchw)(
      double *mean, double *var, const void *in, int64_t batch, int64_t channels, int64_t area, int64_t channel_begin,
      int64_t channel_end);
  // Mean and sum of squared deviations per channel, pairs of doubles (channels, 2), of the rows in the range: one buffer per
  // block of rows; combine them with torch_moments_combine. Range: rows.
  void (*channel_moments_nhwc)(double *mean_m2, const void *in, int64_t channels, int64_t row_begin, int64_t row_end);
  // out = in * scale[c] + shift[c], then max(0, .) if relu (NaN stays). Range: planes (batch * channels) or rows. out may be
  // in.
  void (*channel_affine_nchw)(
      void *out, const void *in, const void *scale, const void *shift, bool relu, int64_t channels, int64_t area,
      int64_t plane_begin, int64_t plane_end);
  void (*channel_affine_nhwc)(
      void *out, const void *in, const void *scale, const void *shift, bool relu, int64_t channels, int64_t row_begin,
      int64_t row_end);
  // Per channel the sums of g and of g * (in - center[c]), where g is grad_out, set to 0 where relu_out (the layer's output,
  // unless NULL) is not above 0. NCHW: range of channels. NHWC: sums of the rows in the range, one buffer per block of rows.
  void (*channel_grad_sums_nchw)(
      double *sum_grad, double *sum_grad_centered, const void *grad_out, const void *in, const void *_Nullable relu_out,
      const void *center, int64_t batch, int64_t channels, int64_t area, int64_t channel_begin, int64_t channel_end);
  void (*channel_grad_sums_nhwc)(
      double *sum_grad, double *sum_grad_centered, const void *grad_out, const void *in, const void *_Nullable relu_out,
      const void *center, int64_t channels, int64_t row_begin, int64_t row_end);
  // grad_in = g * a[c] + (in - center[c]) * b[c] + d[c]. Batch norm over m elements a channel: a = gamma * rstd, b = -a *
  // rstd^2 * sum_grad_centered / m, d = -a * sum_grad / m (b and d zero when evaluating). grad_in may be grad_out or in.
  // Range: planes, or rows.
  void (*channel_grad_in_nchw)(
      void *grad_in, const void *grad_out, const void *in, const void *_Nullable relu_out, const void *center, const void *a,
      const void *b, const void *d, int64_t channels, int64_t area, int64_t plane_begin, int64_t plane_end);
  void (*channel_grad_in_nhwc)(
      void *grad_in, const void *grad_out, const void *in, const void *_Nullable relu_out, const void *center, const void *a,
      const void *b, const void *d, int64_t channels, int64_t row_begin, int64_t row_end);
  // Group norm: layer statistics over (batch * groups) rows of channels / groups * area elements (torch_reduce's var or
  // layer_norm's), then the NCHW kernels above with `channels` = batch * channels, so that every plane has coefficients of
  // its own.

  // ---- Pooling. NCHW ranges: planes (batch * channels). NHWC ranges: forward, output rows (batch * out_height); backward,
  // batch. Indices are PyTorch's: h * width + w in the input plane. The last NaN of a window wins.
  void (*max_pool2d_nchw)(
      void *out, int64_t *_Nullable index, const void *in, const torch_window2d *window, int64_t plane_begin,
      int64_t plane_end);
  void (*max_pool2d_nhwc)(
      void *out, int64_t *_Nullable index, const void *in, const torch_window2d *window, int64_t channels, int64_t row_begin,
      int64_t row_end);
  // Writes all of grad_in. Indices outside the plane are skipped. Serves adaptive_max_pool2d as well (kernel and stride 0).
  void (*max_pool2d_backward_nchw)(
      void *grad_in, const void *grad_out, const int64_t *index, const torch_window2d *window, int64_t plane_begin,
      int64_t plane_end);
  void (*max_pool2d_backward_nhwc)(
      void *grad_in, const void *grad_out, const int64_t *index, const torch_window2d *window, int64_t channels,
      int64_t batch_begin, int64_t batch_end);
  void (*avg_pool2d_nchw)(void *out, const void *in, const torch_window2d *window, int64_t plane_begin, int64_t plane_end);
  void (*avg_pool2d_nhwc)(
      void *out, const void *in, const torch_window2d *window, int64_t channels, int64_t row_begin, int64_t row_end);
  void (*avg_pool2d_backward_nchw)(
      void *grad_in, const void *grad_out, const torch_window2d *window, int64_t plane_begin, int64_t plane_end);
  void (*avg_pool2d_backward_nhwc)(
      void *grad_in, const void *grad_out, const torch_window2d *window, int64_t channels, int64_t batch_begin,
      int64_t batch_end);
  // Adaptive: only the four sizes of the window are read. out_height = out_width = 1 is global pooling.
  void (*adaptive_avg_pool2d_nchw)(
      void *out, const void *in, const torch_window2d *window, int64_t plane_begin, int64_t plane_end);
  void (*adaptive_avg_pool2d_nhwc)(
      void *out, const void *in, const torch_window2d *window, int64_t channels, int64_t row_begin, int64_t row_end);
  void (*adaptive_avg_pool2d_backward_nchw)(
      void *grad_in, const void *grad_out, const torch_window2d *window, int64_t plane_begin, int64_t plane_end);
  void (*adaptive_avg_pool2d_backward_nhwc)(
      void *grad_in, const void *grad_out, const torch_window2d *window, int64_t channels, int64_t batch_begin,
      int64_t batch_end);

  // ---- out = activation(in + bias) over rows of n. Range: rows. out may be in. (The bias's gradient is torch_reduce's sum
  // with outer = 1, n = rows, inner = n.)
  void (*bias_add)(
      void *out, const void *in, const void *_Nullable bias, int activation, int64_t n, int64_t row_begin, int64_t row_end);
} torch_nn_kernels;

// The kernels for TORCH_F32 or TORCH_F64 at the level, or NULL for other dtypes.
const torch_nn_kernels *_Nullable torch_nn(int level, int dtype);

#pragma clang assume_nonnull end
