#include "torch_copy.h"
#include "copy_kernels.h"

TORCH_LEVELS_DEFINE(torch_copy_kernels, torch_copy)

const int64_t torch_copy_element_sizes[TORCH_DTYPE_COUNT] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16, 2, 4, 8, 1, 1, 4};
const uint8_t torch_copy_size_indices[TORCH_DTYPE_COUNT] = {0, 0, 0, 1, 2, 3, 1, 1, 2, 3, 3, 4, 1, 2, 3, 0, 0, 2};

int64_t torch_element_size(int32_t dtype) { return torch_copy_element_sizes[dtype]; }

// The neighbour through which a type without direct conversions goes to or comes from another one.
static int32_t neighbour(int32_t dtype, int32_t other) {
  switch (dtype) {
    case TORCH_F16: case TORCH_BF16: case TORCH_C64: case TORCH_F8E4M3: case TORCH_F8E5M2: case TORCH_C32: return TORCH_F32;
    case TORCH_C128: return TORCH_F64;
    case TORCH_U16: case TORCH_U32: return TORCH_I64;
    // Half of the values have no place in int64, but for integers the bits are all that counts.
    case TORCH_U64: return other <= TORCH_I64 || other == TORCH_U16 || other == TORCH_U32 ? TORCH_I64 : TORCH_F64;
    default: return dtype;
  }
}

void torch_copy_convert(
    const torch_copy_kernels *kernels, int32_t dst_dtype, void *dst, int32_t src_dtype, const void *src, int64_t n) {
  if (dst_dtype == src_dtype) {
    if (dst != src) memcpy(dst, src, (size_t)(n * torch_copy_element_sizes[dst_dtype]));
    return;
  }
  const torch_convert_fn direct = kernels->convert[dst_dtype][src_dtype];
  if (direct != NULL) {
    direct(dst, src, n);
    return;
  }
  // In at most three steps: source -> its neighbour -> the destination's neighbour -> destination.
  enum { BLOCK = 256 };
  _Alignas(64) char first[BLOCK * 8], second[BLOCK * 8];
  const int32_t from = neighbour(src_dtype, dst_dtype), to = neighbour(dst_dtype, src_dtype);
  const int64_t src_size = torch_copy_element_sizes[src_dtype], dst_size = torch_copy_element_sizes[dst_dtype];
  for (int64_t done = 0; done < n; done += BLOCK) {
    const int64_t count = n - done < BLOCK ? n - done : BLOCK;
    char *out = (char *)dst + done * dst_size;
    const char *in = (const char *)src + done * src_size;
    if (from != src_dtype) {
      kernels->convert[from][src_dtype](first, in, count);
      in = first;
    }
    if (to != from) {
      kernels->convert[to][from](to == dst_dtype ? out : second, in, count);
      in = second;
    }
    if (to != dst_dtype) kernels->convert[dst_dtype][to](out, in, count);
  }
}

void torch_convert(int32_t dst_dtype, void *dst, int32_t src_dtype, const void *src, int64_t n) {
  torch_copy_convert(torch_copy(torch_level_current()), dst_dtype, dst, src_dtype, src, n);
}

void torch_fill(void *dst, int32_t dtype, int64_t n, torch_scalar value) {
  const torch_copy_kernels *kernels = torch_copy(torch_level_current());
  _Alignas(16) char element[16];
  if (dtype <= TORCH_I64 || (dtype >= TORCH_U16 && dtype <= TORCH_U64)) {
    torch_copy_convert(kernels, dtype, element, TORCH_I64, &value.i, 1);
  } else {
    const double parts[2] = {value.re, value.im};
    torch_copy_convert(kernels, dtype, element, dtype == TORCH_C64 || dtype == TORCH_C128 || dtype == TORCH_C32 ? TORCH_C128 : TORCH_F64, parts, 1);
  }
  kernels->gather[torch_copy_size_indices[dtype]](dst, element, 1, n, 0, 0);
}

typedef struct {
  int64_t size, dst, src;  // elements; strides in bytes
} axis;

// Rows along one axis, which lies innermost in both arrays.
static void copy_rows(
    const torch_copy_kernels *kernels, const torch_copy_plan *plan, char *dst, const char *src, axis row, axis col) {
  const int64_t dst_size = torch_copy_element_sizes[plan->dst_dtype], src_size = torch_copy_element_sizes[plan->src_dtype];
  const int dst_index = torch_copy_size_indices[plan->dst_dtype], src_index = torch_copy_size_indices[plan->src_dtype];
  if (plan->dst_dtype == plan->src_dtype) {
    if (col.dst == dst_size) {
      if (row.dst == col.size * dst_size) {
        kernels->gather[src_index](dst, src, row.size, col.size, row.src, col.src);
      } else {
        for (int64_t i = 0; i < row.size; i++) {
          kernels->gather[src_index](dst + i * row.dst, src + i * row.src, 1, col.size, 0, col.src);
        }
      }
      return;
    }
    if (col.src == src_size) {
      for (int64_t i = 0; i < row.size; i++) {
        kernels->scatter[dst_index](dst + i * row.dst, src + i * row.src, 1, col.size, 0, col.dst);
      }
      return;
    }
  }
  // Through blocks: gather, convert, scatter, each left out where it has nothing to do. Short rows share a block.
  enum { BLOCK = 256 };
  _Alignas(64) char gathered[BLOCK * 16], converted[BLOCK * 16];
  const int64_t rows = col.size < BLOCK ? BLOCK / col.size : 1;
  for (int64_t i = 0; i < row.size; i += rows) {
    const int64_t some = row.size - i < rows ? row.size - i : rows;
    for (int64_t j = 0; j < col.size; j += BLOCK) {
      const int64_t count = col.size - j < BLOCK ? col.size - j : BLOCK;
      char *out = dst + i * row.dst + j * col.dst;
      const char *in = src + i * row.src + j * col.src;
      const bool whole_in = col.src == src_size && (some == 1 || row.src == col.size * src_size);
      const bool whole_out = col.dst == dst_size && (some == 1 || row.dst == col.size * dst_size);
      if (!whole_in) {
        kernels->gather[src_index](gathered, in, some, count, row.src, col.src);
        in = gathered;
      }
      if (whole_out) {
        torch_copy_convert(kernels, plan->dst_dtype, out, plan->src_dtype, in, some * count);
        continue;
      }
      if (plan->dst_dtype != plan->src_dtype) {
        torch_copy_convert(kernels, plan->dst_dtype, converted, plan->src_dtype, in, some * count);
        in = converted;
      }
      kernels->scatter[dst_index](out, in, some, count, row.dst, col.dst);
    }
  }
}

static int64_t magnitude(int64_t stride) { return stride < 0 ? -stride : stride; }

// Every element of a box, in whichever order suits the memory.
static void copy_box(
    const torch_copy_kernels *kernels, const torch_copy_plan *plan, char *dst, const char *src, axis *axes, int count) {
  const int64_t dst_size = torch_copy_element_sizes[plan->dst_dtype], src_size = torch_copy_element_sizes[plan->src_dtype];
  // Merge neighbours that one stride spans in both arrays.
  int kept = 0;
  for (int i = 0; i < count; i++) {
    if (axes[i].size == 1) continue;
    axis *last = kept > 0 ? &axes[kept - 1] : NULL;
    if (last != NULL && last->dst == axes[i].dst * axes[i].size && last->src == axes[i].src * axes[i].size) {
      *last = (axis){last->size * axes[i].size, axes[i].dst, axes[i].src};
    } else {
      axes[kept++] = axes[i];
    }
  }
  // The axes that lie innermost in each array; a broadcast axis of the source never counts as its innermost.
  const axis unit = {1, 0, 0};
  int inner_dst = -1, inner_src = -1;
  for (int i = kept - 1; i >= 0; i--) {
    if (inner_dst < 0 || magnitude(axes[i].dst) < magnitude(axes[inner_dst].dst)) inner_dst = i;
    if (axes[i].src != 0 && (inner_src < 0 || magnitude(axes[i].src) < magnitude(axes[inner_src].src))) inner_src = i;
  }
  if (inner_src < 0) inner_src = inner_dst;
  const bool crossed = kept > 1 && inner_src != inner_dst && plan->dst_dtype == plan->src_dtype &&
                       axes[inner_dst].dst == dst_size && axes[inner_src].src == src_size;
  const axis col = kept > 0 ? axes[inner_dst] : unit;
  // The second of the two innermost loops: the source's innermost axis when crossed, else the next outer one.
  int second = crossed ? inner_src : -1;
  for (int i = kept - 1; i >= 0 && second < 0; i--) {
    if (i != inner_dst) second = i;
  }
  const axis row = second >= 0 ? axes[second] : unit;
  axis outer[TORCH_MAX_DIMENSIONS];
  int64_t index[TORCH_MAX_DIMENSIONS];
  int outers = 0;
  for (int i = 0; i < kept; i++) {
    if (i != inner_dst && i != second) {
      index[outers] = 0;
      outer[outers++] = axes[i];
    }
  }
  const torch_transpose_fn transpose = kernels->transpose[torch_copy_size_indices[plan->dst_dtype]];
  const int64_t tile = 64;
  for (;;) {
    if (crossed) {
      for (int64_t i = 0; i < row.size; i += tile) {
        const int64_t rows = row.size - i < tile ? row.size - i : tile;
        for (int64_t j = 0; j < col.size; j += tile) {
          const int64_t cols = col.size - j < tile ? col.size - j : tile;
          transpose(dst + i * row.dst + j * col.dst, row.dst, src + i * row.src + j * col.src, col.src, rows, cols);
        }
      }
    } else {
      copy_rows(kernels, plan, dst, src, row, col);
    }
    int d = outers - 1;
    for (; d >= 0; d--) {
      dst += outer[d].dst;
      src += outer[d].src;
      if (++index[d] < outer[d].size) break;
      dst -= outer[d].dst * outer[d].size;
      src -= outer[d].src * outer[d].size;
      index[d] = 0;
    }
    if (d < 0) return;
  }
}

void torch_strided_copy(const torch_copy_plan *plan, int64_t begin, int64_t end) {
  const torch_copy_kernels *kernels = torch_copy(torch_level_current());
  const int ndim = plan->ndim;
  // Elements that one step along each dimension skips.
  int64_t span[TORCH_MAX_DIMENSIONS];
  int64_t total = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    span[d] = total;
    total *= plan->size[d];
  }
  // A range of the row-major order is a few boxes: a part of one dimension, all of the dimensions below it.
  while (begin < end) {
    int d = 0;
    while (begin % span[d] != 0 || span[d] > end - begin) d++;
    char *dst = plan->dst;
    const char *src = plan->src;
    int64_t first = 0;
    for (int64_t i = 0, rest = begin; i <= d; i++) {
      first = rest / span[i];
      rest %= span[i];
      dst += first * plan->dst_strides[i];
      src += first * plan->src_strides[i];
    }
    const int64_t left = plan->size[d] - first, wanted = (end - begin) / span[d];
    const int64_t count = left < wanted ? left : wanted;
    axis axes[TORCH_MAX_DIMENSIONS];
    for (int i = d; i < ndim; i++) {
      axes[i - d] = (axis){i == d ? count : plan->size[i], plan->dst_strides[i], plan->src_strides[i]};
    }
    copy_box(kernels, plan, dst, src, axes, ndim - d);
    begin += count * span[d];
  }
}
