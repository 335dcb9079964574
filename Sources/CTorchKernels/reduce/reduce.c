#include "reduce_kernels.h"

TORCH_LEVELS_DEFINE(torch_reduce_table, torch_reduce_at)

const torch_reduce_kernels *torch_reduce(int level, int dtype) {
  return dtype >= 0 && dtype < TORCH_DTYPE_COUNT ? torch_reduce_at(level)->by_dtype[dtype] : NULL;
}

void torch_moments_combine(double *out, const double *mean_m2, const int64_t *counts, int64_t parts, int64_t results) {
  for (int64_t r = 0; r < results; r++) {
    double count = 0, mean = 0, m2 = 0;
    for (int64_t part = 0; part < parts; part++) {
      if (counts[part] == 0) continue;
      const double *other = mean_m2 + 2 * (part * results + r);
      const double n = (double)counts[part], total = count + n, delta = other[0] - mean;
      mean += delta * (n / total);
      m2 += other[1] + delta * delta * (count * n / total);
      count = total;
    }
    out[2 * r] = mean;
    out[2 * r + 1] = m2;
  }
}
