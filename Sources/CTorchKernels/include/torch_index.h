#pragma once
#include "torch_level.h"

// Indexing, selection and ordering. Indices are int64. A kernel that reads indices returns the position of a bad one in its
// range (the first in the order in which it reads), or -1; it never touches memory outside the tensors. When it reports a bad
// index, what it has written is unspecified: check first (torch_index_check) where the destination must stay intact. -2 means
// that the dtype has no such operation.

// First position in index[0 ..< n] outside 0 ..< size (or -size ..< size where negative indices count from the end), or -1.
int64_t torch_index_check(const int64_t *_Nonnull index, int64_t n, int64_t size, bool allow_negative);

// How duplicates and previous values combine.
enum { TORCH_SCATTER_SET = 0, TORCH_SCATTER_ADD, TORCH_SCATTER_MUL, TORCH_SCATTER_AMAX, TORCH_SCATTER_AMIN };

// gather and scatter along one dimension. A line is one position in all dimensions of the index but `dim`; lines never meet in
// self, so that ranges of lines are what callers split among threads, and the result does not depend on the split. Strides are
// in elements.
typedef struct {
  int32_t ndim;  // at least 1 and at most 64 (a 0-d tensor is one of size 1)
  int32_t dim;
  const int64_t *_Nonnull size;           // of the index tensor
  const int64_t *_Nonnull index_strides;  // of the index tensor
  const int64_t *_Nonnull self_strides;   // of self
  const int64_t *_Nonnull src_strides;    // of gather's output or scatter's source (all zero: one value for all)
  int64_t self_size;                      // self's size along dim
} torch_line_plan;

// Number of lines: the product of size without size[dim].
int64_t torch_line_count(const torch_line_plan *_Nonnull plan);
// out = self.gather(dim, index), lines begin ..< end; element_size is 1, 2, 4, 8 or 16 bytes. The position returned is
// row-major in the index tensor. Negative indices are bad, as in PyTorch.
int64_t torch_gather(
    const torch_line_plan *_Nonnull plan, int element_size, int64_t begin, int64_t end, void *_Nonnull out,
    const void *_Nonnull self, const int64_t *_Nonnull index);
// self.scatter_(dim, index, src) and scatter_reduce_(include_self=True); along a line, sources apply in index order. Complex
// dtypes have SET, ADD and MUL only; bool has ADD as or, MUL as and. A NaN wins AMAX and AMIN.
int64_t torch_scatter(
    const torch_line_plan *_Nonnull plan, int dtype, int mode, int64_t begin, int64_t end, void *_Nonnull self,
    const int64_t *_Nonnull index, const void *_Nonnull src);

// out = self.index_select(dim, index), and embedding(weight, index): rows of row_bytes contiguous bytes. self has `outer`
// blocks (outer_stride bytes apart) of self_rows rows (row_stride bytes apart); out is contiguous: outer x count x row_bytes.
// Output rows begin ..< end of outer * count. The position returned is in index.
int64_t torch_index_select(
    int64_t begin, int64_t end, void *_Nonnull out, const void *_Nonnull self, const int64_t *_Nonnull index, int64_t count,
    int64_t self_rows, int64_t row_bytes, int64_t row_stride, int64_t outer_stride, bool allow_negative);
// self.index_add_(dim, index, src, alpha) (alpha is a pointer to a value of the dtype, NULL for 1) and index_copy (mode SET), and
// index_reduce: self and src contiguous: outer x self_rows x inner and outer x count x inner elements. Applies the sources whose
// destination row lies in first_row ..< last_row, in index order; ranges of destination rows are what callers split.
int64_t torch_index_add(
    int dtype, int mode, int64_t first_row, int64_t last_row, void *_Nonnull self, const int64_t *_Nonnull index,
    const void *_Nonnull src, const void *_Nullable alpha, int64_t outer, int64_t self_rows, int64_t count, int64_t inner);

// Embedding's dense backward: grad_weight[index[i], :] += grad[i, :] (divided by the index's frequency when counts is given)
// for the destination rows first_row ..< last_row, which the caller has zeroed. Rows of `padding` get nothing (padding = -1:
// none). F16, BF16, F32, F64. counts, if given, has one zeroed int64 per weight row and is filled by torch_embedding_counts.
int64_t torch_embedding_backward(
    int dtype, int64_t first_row, int64_t last_row, void *_Nonnull grad_weight, const int64_t *_Nonnull index,
    const void *_Nonnull grad, int64_t count, int64_t rows, int64_t inner, int64_t padding, const int64_t *_Nullable counts);
int64_t torch_embedding_counts(
    int64_t *_Nonnull counts, const int64_t *_Nonnull index, int64_t count, int64_t rows);

// out[i] = mask[i] ? *value : self[i], n contiguous elements. out may be self.
void torch_masked_fill(
    int element_size, int64_t n, void *_Nonnull out, const void *_Nonnull self, const uint8_t *_Nonnull mask,
    const void *_Nonnull value);
// Number of nonzero bytes.
int64_t torch_mask_count(const uint8_t *_Nonnull mask, int64_t n);
// Copies the elements whose mask is set, in order, and returns how many: exactly torch_mask_count(mask, n) elements are
// written. Threads take ranges, with out offset by the counts of earlier ranges.
int64_t torch_masked_select(
    int element_size, int64_t n, void *_Nonnull out, const void *_Nonnull self, const uint8_t *_Nonnull mask);
// out[i] = next element of src where the mask is set, self[i] elsewhere. Returns the number of elements taken; reads at most
// src_count elements and returns -1 if that is not enough. out may be self.
int64_t torch_masked_scatter(
    int element_size, int64_t n, void *_Nonnull out, const void *_Nonnull self, const uint8_t *_Nonnull mask,
    const void *_Nonnull src, int64_t src_count);
// mask[i] = x[i] != 0 (NaN is nonzero), any dtype, n contiguous elements.
void torch_nonzero_mask(int dtype, int64_t n, uint8_t *_Nonnull mask, const void *_Nonnull x);
// Positions of the set bytes, each plus `base`, in order; returns how many (exactly torch_mask_count written).
int64_t torch_mask_positions(const uint8_t *_Nonnull mask, int64_t n, int64_t base, int64_t *_Nonnull out);
// Row-major positions to coordinates: out[i * ndim + d] (nonzero's layout).
void torch_unravel(
    const int64_t *_Nonnull positions, int64_t n, int ndim, const int64_t *_Nonnull size, int64_t *_Nonnull out);

// out[i] = self[index[i]] over self's numel contiguous elements (torch.take). Negative indices allowed.
int64_t torch_take(
    int element_size, int64_t n, void *_Nonnull out, const void *_Nonnull self, int64_t numel, const int64_t *_Nonnull index);
// self[index[i]] = src[i] or, with mode ADD, += (tensor.put_). Serial: one call for the whole index.
int64_t torch_put(
    int dtype, int mode, int64_t n, void *_Nonnull self, int64_t numel, const int64_t *_Nonnull index,
    const void *_Nonnull src);

// Advanced indexing x[:, i, j, ...]: first every index tensor (broadcast to n elements by the caller) adds its part to the
// offsets, offsets[k] += index[k] * stride (elements; the first call on zeroed offsets; negative indices allowed) ...
int64_t torch_index_offsets(
    int64_t n, int64_t *_Nonnull offsets, const int64_t *_Nonnull index, int64_t size, int64_t stride);
// ... then elements move: self[outer_offsets[o] + offsets[i] + inner_offsets[k]] for o < outer, i < n, k < inner; out and src
// are contiguous outer x n x inner. outer_offsets may be NULL when outer is 1; inner_offsets NULL means k itself. Offsets are
// trusted.
typedef struct {
  int64_t outer, n, inner;
  const int64_t *_Nullable outer_offsets;
  const int64_t *_Nonnull offsets;
  const int64_t *_Nullable inner_offsets;
} torch_offset_plan;
// Rows begin ..< end of outer * n.
void torch_offset_gather(
    const torch_offset_plan *_Nonnull plan, int element_size, int64_t begin, int64_t end, void *_Nonnull out,
    const void *_Nonnull self);
// Set (the last duplicate wins) or combine, in index order, for outer positions first ..< last and inner positions
// inner_first ..< inner_last: ranges of either may be split among threads. Returns false if the dtype has no such operation.
bool torch_offset_put(
    const torch_offset_plan *_Nonnull plan, int dtype, int mode, int64_t first, int64_t last, int64_t inner_first,
    int64_t inner_last, void *_Nonnull self, const void *_Nonnull src);

// Ordering: all real dtypes. NaN is larger than everything; -0 equals 0. Rows are contiguous, `length` elements each. Which of
// several equal elements is named is PyTorch's choice, to the index.

// Bytes of scratch, aligned to 8, for one call of a function on rows of this length (one thread; reused from row to row). 0 for
// a dtype that cannot be ordered.
int64_t torch_sort_scratch(int dtype, int64_t length);
// Sorts each row, in linear time. values (same dtype) and indices may each be NULL. values may be x. Equal elements keep their
// order, except that without `stable` elements of up to 16 bits, among which many are equal, come in PyTorch's order (n log n).
// Returns false for complex dtypes.
bool torch_sort(
    int dtype, int64_t rows, int64_t length, bool descending, bool stable, const void *_Nonnull x, void *_Nullable values,
    int64_t *_Nullable indices, void *_Nonnull scratch);
// The k largest or smallest of each row, with `sorted` in order. 0 <= k <= length.
bool torch_topk(
    int dtype, int64_t rows, int64_t length, int64_t k, bool largest, bool sorted, const void *_Nonnull x,
    void *_Nonnull values, int64_t *_Nonnull indices, void *_Nonnull scratch);
// The k-th smallest of each row, k = 1 ... length.
bool torch_kthvalue(
    int dtype, int64_t rows, int64_t length, int64_t k, const void *_Nonnull x, void *_Nonnull values,
    int64_t *_Nonnull indices, void *_Nonnull scratch);
// The middle of each row, the lower of two. A row that contains NaN gives its first NaN or, with skips_nan, the middle of the
// other elements. length > 0.
bool torch_median(
    int dtype, int64_t rows, int64_t length, bool skips_nan, const void *_Nonnull x, void *_Nonnull values,
    int64_t *_Nonnull indices, void *_Nonnull scratch);
// The most frequent value of each row, the smallest of several. length > 0.
bool torch_mode(
    int dtype, int64_t rows, int64_t length, const void *_Nonnull x, void *_Nonnull values, int64_t *_Nonnull indices,
    void *_Nonnull scratch);
// out[i] = how many elements of the sorted row are < values[i] (right: <=); NaN counts as the largest value, equal to itself.
// sorter, if given, is the argsort of an unsorted row; its entries must be in 0 ..< length: the first position that is not is
// returned, else -1 (-2: complex dtype).
int64_t torch_searchsorted(
    int dtype, int64_t length, const void *_Nonnull sorted, const int64_t *_Nullable sorter, int64_t n,
    const void *_Nonnull values, bool right, int64_t *_Nonnull out);
