#include "fft_kernels.h"

TORCH_LEVELS_DEFINE(torch_fft_table, torch_fft_at)

const torch_fft_kernels *torch_fft(int level, int dtype) {
  const torch_fft_table *table = torch_fft_at(level);
  return dtype == TORCH_C64 ? table->f32 : dtype == TORCH_C128 ? table->f64 : NULL;
}

// A complex line, rounded up so that what follows it stays aligned.
static int64_t line_bytes(int64_t length, int64_t real_bytes) { return (2 * length * real_bytes + 63) / 64 * 64; }

// What a transform of up to TORCH_FFT_MAX_LANES lines needs.
static int64_t plan_scratch(const torch_fft_plan *plan, int64_t real_bytes) {
  const int64_t lanes = TORCH_FFT_MAX_LANES * 4 / real_bytes;
  switch (plan->kind) {
    case TORCH_FFT_DIRECT: return 2 * lanes * line_bytes(plan->length, real_bytes);
    case TORCH_FFT_SPLIT: {
      const int64_t columns = plan_scratch(plan->columns, real_bytes), rows = plan_scratch(plan->rows, real_bytes);
      // Lines that do not lie contiguously are gathered first, and the elements between the two phases kept.
      return (lanes + 1) * line_bytes(plan->length, real_bytes) + (columns > rows ? columns : rows);
    }
    default: return TORCH_FFT_MAX_LANES * line_bytes(plan->convolution->length, 8) + plan_scratch(plan->convolution, 8);
  }
}

int64_t torch_fft_scratch(const torch_fft_plan *plan, int64_t real_length, bool is_double) {
  const int64_t real_bytes = is_double ? 8 : 4;
  return TORCH_FFT_MAX_LANES * line_bytes(real_length, real_bytes) + plan_scratch(plan, real_bytes) + 64;
}

#define MIRROR(name, REAL) \
  static void name(REAL *row, const REAL *from, int64_t n) { \
    for (int64_t k = 1; k < n - n / 2; k++) { \
      row[2 * (n - k)] = from[2 * k]; \
      row[2 * (n - k) + 1] = -from[2 * k + 1]; \
    } \
  }
MIRROR(mirror_f32, float)
MIRROR(mirror_f64, double)

void torch_fft_mirror(
    void *data, bool is_double, int32_t ndim, const int64_t *sizes, const bool *flip, int64_t begin, int64_t end) {
  const int64_t n = sizes[ndim - 1];
  for (int64_t row = begin; row < end; row++) {
    int64_t rest = row, other = 0, scale = 1;
    for (int32_t d = ndim - 2; d >= 0; d--) {
      const int64_t i = rest % sizes[d];
      rest /= sizes[d];
      other += (flip[d] && i != 0 ? sizes[d] - i : i) * scale;
      scale *= sizes[d];
    }
    if (is_double) {
      mirror_f64((double *)data + 2 * n * row, (double *)data + 2 * n * other, n);
    } else {
      mirror_f32((float *)data + 2 * n * row, (float *)data + 2 * n * other, n);
    }
  }
}
