#pragma once
#include "torch_level.h"

// Counting.

// How the bin of a value is found between its edges: by its distance from the first edge, where all bins are equally wide; the
// same, then corrected by a look at the neighbouring edges; or by bisection.
enum { TORCH_BINS_EQUAL, TORCH_BINS_EQUAL_CORRECTED, TORCH_BINS_SEARCH };

// Adds n points of `dims` coordinates each, contiguous, of F16, BF16, F32 or F64, to the sums of their bins: 1 each or, given
// weights of the same dtype, theirs. edges[d] holds edge_counts[d] > 1 ascending edges; the last bin contains its upper edge.
// Points outside, or with a coordinate that is NaN, are left out. sums: (edge_counts[0] - 1, edge_counts[1] - 1, ...), not
// cleared here. Positions are computed in the dtype, each step rounded. Returns false for other dtypes.
bool torch_histogram(
    int dtype, int64_t n, int64_t dims, const void *_Nonnull x, const void *_Nullable weights,
    const void *_Nonnull const *_Nonnull edges, const int64_t *_Nonnull edge_counts, int mode, double *_Nonnull sums);

// Adds to out[x[i]], for x[i] inside out: 1 (I64) or, given weights (F32 or F64), weights[i] in their dtype.
void torch_bincount(
    int64_t n, const int64_t *_Nonnull x, int weight_dtype, const void *_Nullable weights, void *_Nonnull out);
