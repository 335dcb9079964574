// Whole rows: index_select, index_add, embedding.
#include "combine.h"
#include "index_kernels.h"

static const int dtype_size[TORCH_DTYPE_COUNT] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16, 2, 4, 8, 1, 1, 4};

int64_t torch_index_check(const int64_t *index, int64_t n, int64_t size, bool allow_negative) {
  if (size <= 0) return n > 0 ? 0 : -1;
  return torch_index_table(torch_level_current())->check(index, n, allow_negative ? -size : 0, size);
}

// Asks for the beginning of the row that an index names, if it names one; the rest follows as it is read.
static void prefetch_row(const char *block, int64_t at, int64_t self_rows, int64_t row_stride, int64_t row_bytes) {
  if ((uint64_t)at >= (uint64_t)self_rows) return;
  const char *row = block + at * row_stride;
  for (int64_t byte = 0; byte < row_bytes && byte < 512; byte += 64) __builtin_prefetch(row + byte);
}

#define COPY_ROWS(COPY) \
  for (int64_t row = begin; row < end; row++) { \
    int64_t at = index[i]; \
    if (at < 0 && allow_negative) at += self_rows; \
    if ((uint64_t)at >= (uint64_t)self_rows) return i; \
    const char *from = block + at * row_stride; \
    COPY; \
    to += row_bytes; \
    if (++i == count) { \
      i = 0; \
      block += outer_stride; \
    } \
  } \
  return -1

int64_t torch_index_select(
    int64_t begin, int64_t end, void *out, const void *self, const int64_t *index, int64_t count, int64_t self_rows,
    int64_t row_bytes, int64_t row_stride, int64_t outer_stride, bool allow_negative) {
  if (count <= 0 || begin >= end) return -1;
  int64_t i = begin % count;
  const char *block = (const char *)self + begin / count * outer_stride;
  char *to = (char *)out + begin * row_bytes;
  switch (row_bytes) {
    case 1: COPY_ROWS(memcpy(to, from, 1));
    case 2: COPY_ROWS(memcpy(to, from, 2));
    case 4: COPY_ROWS(memcpy(to, from, 4));
    case 8: COPY_ROWS(memcpy(to, from, 8));
    case 16: COPY_ROWS(memcpy(to, from, 16));
    default:
      COPY_ROWS({
        if (i + 1 < count) prefetch_row(block, index[i + 1], self_rows, row_stride, row_bytes);
        memcpy(to, from, (size_t)row_bytes);
      });
  }
}

int64_t torch_index_add(
    int dtype, int mode, int64_t first_row, int64_t last_row, void *self, const int64_t *index, const void *src,
    const void *alpha, int64_t outer, int64_t self_rows, int64_t count, int64_t inner) {
  if (!can_combine(dtype, mode)) return -2;
  const torch_index_kernels *kernels = torch_index_table(torch_level_current());
  const int64_t bad = self_rows > 0 ? kernels->check(index, count, 0, self_rows) : count > 0 ? 0 : -1;
  if (bad >= 0) return bad;
  const int64_t row_bytes = inner * dtype_size[dtype];
  for (int64_t o = 0; o < outer; o++) {
    char *self_block = (char *)self + o * self_rows * row_bytes;
    const char *src_block = (const char *)src + o * count * row_bytes;
    for (int64_t i = 0; i < count; i++) {
      if (index[i] < first_row || index[i] >= last_row) continue;
      kernels->combine(dtype, mode, inner, self_block + index[i] * row_bytes, src_block + i * row_bytes, alpha);
    }
  }
  return -1;
}

int64_t torch_embedding_counts(int64_t *counts, const int64_t *index, int64_t count, int64_t rows) {
  const int64_t bad = torch_index_check(index, count, rows, false);
  if (bad >= 0) return bad;
  for (int64_t i = 0; i < count; i++) counts[index[i]]++;
  return -1;
}

int64_t torch_embedding_backward(
    int dtype, int64_t first_row, int64_t last_row, void *grad_weight, const int64_t *index, const void *grad, int64_t count,
    int64_t rows, int64_t inner, int64_t padding, const int64_t *counts) {
  if (dtype != TORCH_F16 && dtype != TORCH_BF16 && dtype != TORCH_F32 && dtype != TORCH_F64) return -2;
  const int64_t bad = torch_index_check(index, count, rows, false);
  if (bad >= 0) return bad;
  const torch_index_kernels *kernels = torch_index_table(torch_level_current());
  const int64_t row_bytes = inner * dtype_size[dtype];
  for (int64_t i = 0; i < count; i++) {
    if (index[i] < first_row || index[i] >= last_row || index[i] == padding) continue;
    union { uint16_t half; float f32; double f64; } scale;
    if (counts) {
      const double value = 1.0 / (double)counts[index[i]];
      switch (dtype) {
        case TORCH_F16: scale.half = torch_narrow_f16((float)value); break;
        case TORCH_BF16: scale.half = torch_narrow_bf16((float)value); break;
        case TORCH_F32: scale.f32 = (float)value; break;
        default: scale.f64 = value; break;
      }
    }
    kernels->combine(
        dtype, TORCH_SCATTER_ADD, inner, (char *)grad_weight + index[i] * row_bytes, (const char *)grad + i * row_bytes,
        counts ? &scale : NULL);
  }
  return -1;
}
