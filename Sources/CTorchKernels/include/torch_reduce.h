// Reductions and scans over one dimension of contiguous tensors.
//
// A tensor is seen as (outer, n, inner), row-major, and reduced over n: the result is (outer, inner). `inner == 1` reduces
// rows, `outer == 1` columns. To reduce several dimensions, merge them where they are adjacent, or reduce one after the
// other.
//
// Threads: a call computes the results [outer_begin, outer_end) x [inner_begin, inner_end) and touches no others, and every
// result is computed in the same order whatever the ranges, so it does not depend on how the caller splits the work. Where
// there are fewer results than threads, split n as well: view n as (n / TORCH_REDUCE_BLOCK, TORCH_REDUCE_BLOCK) and the
// remainder as one shorter block (a second call), reduce every block as if it were an outer index, and reduce the partial
// results with a second call (for indices: add the winning block's start; for mean and variance: `moments`, then
// torch_moments_combine). Whether to do so must depend on the shape only, never on the number of threads.
//
// Empty reductions (n == 0): sums and counts 0, products 1, any false, all true, logsumexp -infinity, mean and variance NaN.
// Maximum, minimum and their indices have no value for n == 0; the caller rejects it (the results then mean nothing).
#pragma once
#include "torch_level.h"

#pragma clang assume_nonnull begin

// Length of the blocks in which the caller splits a long reduction among threads.
enum { TORCH_REDUCE_BLOCK = 65536 };

// What a call reduces: rows of n elements at a distance of inner, and the part of the results to compute.
typedef struct {
  int64_t n, inner;
  int64_t outer_begin, outer_end;
  int64_t inner_begin, inner_end;
} torch_reduce_range;

// in: (outer, n, inner) of the table's dtype. out: (outer, inner), or (outer, n, inner) for scans. Never overlapping, except
// that a scan may write over its input.
typedef void (*torch_reduce_fn)(void *out, const void *in, torch_reduce_range range);
// Indices along n, counted from 0, of type int64.
typedef void (*torch_reduce_index_fn)(int64_t *index, const void *in, torch_reduce_range range);
// Values and their indices along n.
typedef void (*torch_reduce_pair_fn)(void *value, int64_t *index, const void *in, torch_reduce_range range);
// Mean and variance (or, with take_sqrt, standard deviation): the squared deviations are divided by max(0, n - correction).
typedef void (*torch_reduce_var_fn)(
    void *_Nullable mean, void *_Nullable var, const void *in, torch_reduce_range range, double correction, bool take_sqrt);
// Mean and sum of squared deviations as pairs of doubles: (outer, inner, 2).
typedef void (*torch_reduce_moments_fn)(double *mean_m2, const void *in, torch_reduce_range range);

// The reductions of one dtype at one level; NULL where the dtype has none.
typedef struct {
  // All dtypes. Integers and bool (counted as 0 and 1) give int64, half types float32; the others give their own dtype. float32 is
  // accumulated in short float32 runs that are added in double.
  torch_reduce_fn _Nullable sum;
  // All dtypes; results as for sum.
  torch_reduce_fn _Nullable prod;
  // Real dtypes and bool; NaN wins.
  torch_reduce_fn _Nullable max, min;
  // The first of equal values; the first NaN wins over all.
  torch_reduce_index_fn _Nullable argmax, argmin;
  torch_reduce_pair_fn _Nullable max_with_index, min_with_index;
  // float32 and float64.
  torch_reduce_var_fn _Nullable var;
  torch_reduce_moments_fn _Nullable moments;
  // float32 and float64: the sum without NaN.
  torch_reduce_fn _Nullable nansum;
  // float32 and float64: sums of absolute values and of squares (the norms 1 and, after a square root, 2), largest and
  // smallest absolute value (the norms infinity and -infinity; NaN wins; 0 for n == 0).
  torch_reduce_fn _Nullable sum_abs, sum_squares, max_abs, min_abs;
  // float32 and float64: log of the sum of exponentials, safe from overflow.
  torch_reduce_fn _Nullable logsumexp;
  // Scans: int64, float32, float64, complex; float32 is accumulated in double.
  torch_reduce_fn _Nullable cumsum, cumprod;
  // Scans: running maximum and minimum and their indices, the last of equal values as PyTorch has it; after a NaN, NaN. Real
  // dtypes.
  torch_reduce_pair_fn _Nullable cummax, cummin;
  // All dtypes: does any element, do all elements differ from zero (NaN does). Results are bool bytes.
  torch_reduce_fn _Nullable any, all;
  // All dtypes: number of elements that differ from zero, int64.
  torch_reduce_fn _Nullable count_nonzero;
} torch_reduce_kernels;

// The reductions of a dtype (TORCH_BOOL, U8, I8, I16, I32, I64, F32, F64, C64 or C128; F16 and BF16, which have sums
// alone) at the level, or NULL for other dtypes.
const torch_reduce_kernels *_Nullable torch_reduce(int level, int dtype);

// Combines the moments of `parts` blocks of counts[i] elements each: pairs (mean, sum of squared deviations), where part i of
// result r stands at mean_m2[2 * (i * results + r)]; the combination goes to out[2 * r], in the order of the parts.
void torch_moments_combine(double *out, const double *mean_m2, const int64_t *counts, int64_t parts, int64_t results);

// Scan of the logarithms of running sums of exponentials, safe from overflow. F32, F64, C64 and C128 (computed in double); false
// for other dtypes.
bool torch_logcumsumexp(int dtype, void *out, const void *in, torch_reduce_range range);
// Scan of a linear recurrence: s[i] = x[i] + factor[i] s[i - 1] or, reversed, x[i] + factor[i] s[i + 1]; s is zero beyond the
// ends. F32, F64, C64 and C128 (computed in double); false for other dtypes.
bool torch_linear_scan(
    int dtype, void *out, const void *x, const void *factor, bool reversed, torch_reduce_range range);

#pragma clang assume_nonnull end
