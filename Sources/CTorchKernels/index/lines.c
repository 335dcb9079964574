// gather and scatter along one dimension.
#include "combine.h"
#include "index_kernels.h"

int64_t torch_line_count(const torch_line_plan *plan) {
  int64_t lines = 1;
  for (int d = 0; d < plan->ndim; d++) {
    if (d != plan->dim) lines *= plan->size[d];
  }
  return lines;
}

// Consecutive lines along the fastest dimension other than dim: offsets of their first elements, and how to walk them.
typedef struct {
  int64_t lines, length;                       // how many lines, elements in each
  int64_t index, self, src;                    // offsets of the first line
  int64_t index_next, self_next, src_next;     // from line to line
  int64_t index_along, self_along, src_along;  // along a line
  bool line_by_line;                           // the order in which the index is read with the smaller steps
} segment;

static segment locate(const torch_line_plan *plan, int64_t line, int64_t end) {
  const int dim = plan->dim;
  segment s = {
      .lines = 1, .length = plan->size[dim], .index_along = plan->index_strides[dim], .self_along = plan->self_strides[dim],
      .src_along = plan->src_strides[dim], .line_by_line = true};
  bool fastest = true;
  for (int d = plan->ndim - 1; d >= 0; d--) {
    if (d == dim) continue;
    const int64_t at = line % plan->size[d];
    line /= plan->size[d];
    s.index += at * plan->index_strides[d];
    s.self += at * plan->self_strides[d];
    s.src += at * plan->src_strides[d];
    if (fastest) {
      fastest = false;
      s.lines = plan->size[d] - at;
      s.index_next = plan->index_strides[d];
      s.self_next = plan->self_strides[d];
      s.src_next = plan->src_strides[d];
      s.line_by_line = dim > d;
    }
  }
  if (s.lines > end) s.lines = end;
  return s;
}

// Row-major position in the index tensor of element i of a line.
static int64_t position(const torch_line_plan *plan, int64_t line, int64_t i) {
  int64_t result = 0, scale = 1;
  for (int d = plan->ndim - 1; d >= 0; d--) {
    if (d == plan->dim) {
      result += i * scale;
    } else {
      result += line % plan->size[d] * scale;
      line /= plan->size[d];
    }
    scale *= plan->size[d];
  }
  return result;
}

// Runs BODY for every element of lines begin ..< end, with `self_at` and `src_at` its places.
#define EACH_ELEMENT(BODY) \
  const uint64_t limit = (uint64_t)plan->self_size; \
  for (int64_t line = begin; line < end;) { \
    const segment s = locate(plan, line, end - line); \
    const int64_t outer = s.line_by_line ? s.lines : s.length, inner = s.line_by_line ? s.length : s.lines; \
    for (int64_t o = 0; o < outer; o++) { \
      for (int64_t k = 0; k < inner; k++) { \
        const int64_t j = s.line_by_line ? o : k, i = s.line_by_line ? k : o; \
        const int64_t target = index[s.index + j * s.index_next + i * s.index_along]; \
        if ((uint64_t)target >= limit) return position(plan, line + j, i); \
        const int64_t self_at = s.self + j * s.self_next + target * s.self_along; \
        const int64_t src_at = s.src + j * s.src_next + i * s.src_along; \
        BODY; \
      } \
    } \
    line += s.lines; \
  } \
  return -1

typedef struct { uint64_t words[2]; } sixteen;

// Along contiguous lines: the index is checked before elements are fetched, and neither step waits for the other.
#define DEFINE_GATHER(bytes, T) \
  static int64_t gather_lines_##bytes( \
      const torch_line_plan *plan, int64_t begin, int64_t end, T *out, const T *self, const int64_t *index) { \
    const torch_index_kernels *kernels = torch_index_table(torch_level_current()); \
    for (int64_t line = begin; line < end;) { \
      const segment s = locate(plan, line, end - line); \
      for (int64_t j = 0; j < s.lines; j++) { \
        const int64_t *restrict places = index + s.index + j * s.index_next; \
        const T *from = self + s.self + j * s.self_next; \
        T *restrict to = out + s.src + j * s.src_next; \
        const int64_t outside = kernels->check(places, s.length, 0, plan->self_size); \
        if (outside >= 0) return position(plan, line + j, outside); \
        _Pragma("clang loop unroll_count(8)") for (int64_t i = 0; i < s.length; i++) to[i] = from[places[i]]; \
      } \
      line += s.lines; \
    } \
    return -1; \
  } \
  static int64_t gather_##bytes( \
      const torch_line_plan *plan, int64_t begin, int64_t end, T *out, const T *self, const int64_t *index) { \
    const int dim = plan->dim; \
    if (plan->index_strides[dim] == 1 && plan->self_strides[dim] == 1 && plan->src_strides[dim] == 1) { \
      return gather_lines_##bytes(plan, begin, end, out, self, index); \
    } \
    EACH_ELEMENT(out[src_at] = self[self_at]); \
  }
DEFINE_GATHER(1, uint8_t)
DEFINE_GATHER(2, uint16_t)
DEFINE_GATHER(4, uint32_t)
DEFINE_GATHER(8, uint64_t)
DEFINE_GATHER(16, sixteen)

int64_t torch_gather(
    const torch_line_plan *plan, int element_size, int64_t begin, int64_t end, void *out, const void *self,
    const int64_t *index) {
  switch (element_size) {
    case 1: return gather_1(plan, begin, end, out, self, index);
    case 2: return gather_2(plan, begin, end, out, self, index);
    case 4: return gather_4(plan, begin, end, out, self, index);
    case 8: return gather_8(plan, begin, end, out, self, index);
    case 16: return gather_16(plan, begin, end, out, self, index);
    default: return -2;
  }
}

#define DEFINE_SCATTER(name, T, dtype) \
  INLINE int64_t scatter_mode_##name( \
      const torch_line_plan *plan, int64_t begin, int64_t end, T *self, const int64_t *index, const T *src, int mode) { \
    EACH_ELEMENT(self[self_at] = combine_##name(self[self_at], src[src_at], mode)); \
  } \
  static int64_t scatter_##name( \
      const torch_line_plan *plan, int mode, int64_t begin, int64_t end, void *self, const int64_t *index, const void *src) { \
    switch (mode) { \
      case TORCH_SCATTER_ADD: return scatter_mode_##name(plan, begin, end, self, index, src, TORCH_SCATTER_ADD); \
      case TORCH_SCATTER_MUL: return scatter_mode_##name(plan, begin, end, self, index, src, TORCH_SCATTER_MUL); \
      case TORCH_SCATTER_AMAX: return scatter_mode_##name(plan, begin, end, self, index, src, TORCH_SCATTER_AMAX); \
      case TORCH_SCATTER_AMIN: return scatter_mode_##name(plan, begin, end, self, index, src, TORCH_SCATTER_AMIN); \
      default: return scatter_mode_##name(plan, begin, end, self, index, src, TORCH_SCATTER_SET); \
    } \
  }
TORCH_EACH_DTYPE(DEFINE_SCATTER)

int64_t torch_scatter(
    const torch_line_plan *plan, int dtype, int mode, int64_t begin, int64_t end, void *self, const int64_t *index,
    const void *src) {
  if (!can_combine(dtype, mode)) return -2;
  switch (dtype) {
#define CASE(name, T, dtype) case dtype: return scatter_##name(plan, mode, begin, end, self, index, src);
    TORCH_EACH_DTYPE(CASE)
#undef CASE
    default: return -2;
  }
}
