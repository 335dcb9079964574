// sort, topk, kthvalue, median and mode of rows.
#include "keys.h"

// One element of 1, 2, 4 or 8 bytes.
INLINE void copy_element(int64_t size, void *to, const void *from) {
  switch (size) {
    case 1: memcpy(to, from, 1); break;
    case 2: memcpy(to, from, 2); break;
    case 4: memcpy(to, from, 4); break;
    default: memcpy(to, from, 8); break;
  }
}

INLINE bool is_float(int dtype) {
  return dtype == TORCH_F16 || dtype == TORCH_BF16 || dtype == TORCH_F32 || dtype == TORCH_F64;
}

// Keys of up to 32 bits and their place, packed into one word.
#define ELEMENT uint64_t
#define KEY_BYTES 4
#define KEY(e) ((e) >> 32)
#define PLACE(e) ((int64_t)(uint32_t)(e))
#define MAKE(key, place) ((key) << 32 | (uint64_t)(place))
#define ORDER(name) name##_packed
#include "order.inc"
#undef ELEMENT
#undef KEY_BYTES
#undef KEY
#undef PLACE
#undef MAKE
#undef ORDER

// Keys of 64 bits, or rows of 2^32 elements and more.
typedef struct { uint64_t key; int64_t place; } wide;
#define ELEMENT wide
#define KEY_BYTES 8
#define KEY(e) ((e).key)
#define PLACE(e) ((e).place)
#define MAKE(k, p) ((wide){(k), (p)})
#define ORDER(name) name##_wide
#include "order.inc"

static int64_t element_size(int dtype) {
  static const int64_t size[TORCH_DTYPE_COUNT] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 0, 0};
  return dtype >= 0 && dtype < TORCH_DTYPE_COUNT ? size[dtype] : 0;
}

static bool is_wide(int64_t size, int64_t length) { return size == 8 || length > UINT32_MAX; }

int64_t torch_sort_scratch(int dtype, int64_t length) {
  const int64_t size = element_size(dtype);
  if (size == 0) return 0;
  return length * (2 * (is_wide(size, length) ? 16 : 8) + size) + 16;
}

bool torch_sort(
    int dtype, int64_t rows, int64_t length, bool descending, bool stable, const void *x, void *values, int64_t *indices,
    void *scratch) {
  const int64_t size = element_size(dtype);
  if (size == 0) return false;
  if (length <= 0) return true;
  const bool steady = stable || size > 2;
  if (is_wide(size, length)) sort_rows_wide(dtype, size, rows, length, descending, steady, x, values, indices, scratch);
  else sort_rows_packed(dtype, size, rows, length, descending, steady, x, values, indices, scratch);
  return true;
}

bool torch_topk(
    int dtype, int64_t rows, int64_t length, int64_t k, bool largest, bool sorted, const void *x, void *values,
    int64_t *indices, void *scratch) {
  const int64_t size = element_size(dtype);
  if (size == 0 || k < 0 || k > length) return false;
  if (k == 0) return true;
  if (is_wide(size, length)) topk_rows_wide(dtype, size, rows, length, k, largest, sorted, x, values, indices, scratch);
  else topk_rows_packed(dtype, size, rows, length, k, largest, sorted, x, values, indices, scratch);
  return true;
}

bool torch_kthvalue(
    int dtype, int64_t rows, int64_t length, int64_t k, const void *x, void *values, int64_t *indices, void *scratch) {
  const int64_t size = element_size(dtype);
  if (size == 0 || k < 1 || k > length) return false;
  if (is_wide(size, length)) kth_rows_wide(dtype, size, rows, length, k, x, values, indices, scratch);
  else kth_rows_packed(dtype, size, rows, length, k, x, values, indices, scratch);
  return true;
}

bool torch_median(
    int dtype, int64_t rows, int64_t length, bool skips_nan, const void *x, void *values, int64_t *indices, void *scratch) {
  const int64_t size = element_size(dtype);
  if (size == 0 || length < 1) return false;
  if (is_wide(size, length)) median_rows_wide(dtype, size, rows, length, skips_nan, x, values, indices, scratch);
  else median_rows_packed(dtype, size, rows, length, skips_nan, x, values, indices, scratch);
  return true;
}

bool torch_mode(int dtype, int64_t rows, int64_t length, const void *x, void *values, int64_t *indices, void *scratch) {
  const int64_t size = element_size(dtype);
  if (size == 0 || length < 1) return false;
  if (is_wide(size, length)) mode_rows_wide(dtype, size, rows, length, x, values, indices, scratch);
  else mode_rows_packed(dtype, size, rows, length, x, values, indices, scratch);
  return true;
}
