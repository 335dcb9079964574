#pragma once
#include "torch_dtype.h"

// Reductions of consecutive segments, and of bits.
enum { TORCH_SEGMENT_SUM = 0, TORCH_SEGMENT_MEAN, TORCH_SEGMENT_MAX, TORCH_SEGMENT_MIN, TORCH_SEGMENT_PROD };

// data is (outer, rows, inner) and out (outer, segments, inner), F32 or F64, contiguous; segment s of outer position o is rows
// starts[o * start_step + s] ..< ends[o * start_step + s], which lie inside the data. `initial` is where a segment's reduction
// starts; a mean of no rows is NaN unless has_initial. Outer positions first ..< last are done. False for another type.
bool torch_segment_reduce(
    int dtype, int reduction, int64_t first, int64_t last, int64_t segments, int64_t rows, int64_t inner,
    const int64_t *_Nonnull starts, const int64_t *_Nonnull ends, int64_t start_step, double initial, bool has_initial,
    const void *_Nonnull data, void *_Nonnull out);

// out[o, i] = exclusive or over r of data[o, r, i]; outer positions first ..< last.
void torch_xor_reduce(
    int64_t first, int64_t last, int64_t rows, int64_t inner, const uint64_t *_Nonnull data, uint64_t *_Nonnull out);
