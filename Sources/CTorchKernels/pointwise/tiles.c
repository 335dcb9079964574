// Element-wise calls in which an operand is transposed: along a row its elements lie a whole line apart, and neighbours lie in
// neighbouring rows. Several rows are taken at once, so that each line of memory is fetched once.
#include "walk.h"

enum {
  TILE_BYTES = 16384,  // of one operand
  TILE_ROWS = 16,      // a line of memory holds that many four-byte elements
  SQUARE = 8,          // what the transposition takes at once
};

static bool turned(const walk *w, int k) {
  const int last = w->plan->ndim - 1;
  const int64_t *strides = w->plan->strides + (int64_t)k * w->plan->ndim;
  const int64_t size = w->operands[k].size;
  return strides[last - 1] == size && strides[last] > size;
}

bool torch_pointwise_is_turned(const walk *w) {
  const int ndim = w->plan->ndim;
  if (ndim < 2 || w->plan->size[ndim - 1] < SQUARE || w->plan->size[ndim - 2] < SQUARE) return false;
  for (int k = 0; k <= w->plan->inputs; k++) {
    if (turned(w, k)) return true;
  }
  return false;
}

void torch_pointwise_run_tiles(const walk *w, int64_t first, int64_t last) {
  const torch_pointwise_plan *plan = w->plan;
  const int ndim = plan->ndim;
  const int64_t inner = plan->size[ndim - 1];
  int64_t widest = torch_copy_element_sizes[plan->compute_dtype], kernel_sizes[5];
  bool is_turned[5];
  for (int k = 0; k <= plan->inputs; k++) {
    is_turned[k] = turned(w, k);
    kernel_sizes[k] = torch_copy_element_sizes[w->operands[k].kernel_type];
    if (w->operands[k].size > widest) widest = w->operands[k].size;
  }
  const int64_t cols = TILE_BYTES / TILE_ROWS / widest;
  _Alignas(64) char tiles[5][TILE_BYTES];  // of the types the kernel reads and writes; one row for operands that are not turned
  _Alignas(64) char raw[TILE_BYTES];       // of an operand's own type
  for (int k = 1; k <= plan->inputs; k++) {
    const operand *o = &w->operands[k];
    if (!o->constant) continue;
    _Alignas(16) char value[16];
    torch_copy_convert(w->kernels, o->kernel_type, value, plan->dtype[k], plan->data[k], 1);
    w->kernels->gather[torch_copy_size_indices[o->kernel_type]](tiles[k], value, 1, cols, 0, 0);
  }
  for (int64_t row = first; row < last;) {
    const int64_t place = row % plan->size[ndim - 2];
    int64_t rows = plan->size[ndim - 2] - place;
    if (rows > TILE_ROWS) rows = TILE_ROWS;
    if (rows > last - row) rows = last - row;
    char *start[5];
    for (int k = 0; k <= plan->inputs; k++) {
      start[k] = plan->data[k];
      int64_t position = row;
      for (int d = ndim - 2; d >= 0; d--) {
        start[k] += position % plan->size[d] * plan->strides[(int64_t)k * ndim + d];
        position /= plan->size[d];
      }
    }
    for (int64_t col = 0; col < inner; col += cols) {
      const int64_t width = inner - col < cols ? inner - col : cols;
      for (int k = 1; k <= plan->inputs; k++) {
        if (!is_turned[k]) continue;
        const operand *o = &w->operands[k];
        const int64_t stride = plan->strides[(int64_t)k * ndim + ndim - 1];
        char *target = o->native ? tiles[k] : raw;
        // A few columns at a time: all rows' parts of a line while it is at hand.
        for (int64_t c = 0; c < width; c += SQUARE) {
          w->kernels->transpose[o->size_index](
              target + c * o->size, width * o->size, start[k] + (col + c) * stride, stride, rows,
              width - c < SQUARE ? width - c : SQUARE);
        }
        if (!o->native) torch_copy_convert(w->kernels, o->kernel_type, tiles[k], plan->dtype[k], raw, rows * width);
      }
      for (int64_t r = 0; r < rows; r++) {
        char *p[5] = {NULL, NULL, NULL, NULL, NULL};
        char *result = NULL;  // where the output's row goes, if the kernel cannot write it there
        for (int k = 0; k <= plan->inputs; k++) {
          const operand *o = &w->operands[k];
          const int64_t *strides = plan->strides + (int64_t)k * ndim;
          if (o->constant) {
            p[k] = tiles[k];
            continue;
          }
          if (is_turned[k]) {
            p[k] = tiles[k] + r * width * kernel_sizes[k];
            continue;
          }
          char *line = start[k] + r * strides[ndim - 2] + col * strides[ndim - 1];
          if (o->native && strides[ndim - 1] == o->size) {
            p[k] = line;
            continue;
          }
          p[k] = tiles[k];
          if (k == 0) {
            result = line;
          } else if (strides[ndim - 1] == o->size) {
            torch_copy_convert(w->kernels, o->kernel_type, tiles[k], plan->dtype[k], line, width);
          } else {
            char *target = o->native ? tiles[k] : raw;
            w->kernels->gather[o->size_index](target, line, 1, width, 0, strides[ndim - 1]);
            if (!o->native) torch_copy_convert(w->kernels, o->kernel_type, tiles[k], plan->dtype[k], raw, width);
          }
        }
        plan->fn(width, p[0], p[1], p[2], p[3], p[4], plan->params);
        if (result != NULL) {
          const operand *o = &w->operands[0];
          char *block = tiles[0];
          if (!o->native) {
            torch_copy_convert(w->kernels, plan->dtype[0], raw, o->kernel_type, tiles[0], width);
            block = raw;
          }
          w->kernels->scatter[o->size_index](result, block, 1, width, 0, plan->strides[ndim - 1]);
        }
      }
      if (is_turned[0]) {
        const operand *o = &w->operands[0];
        char *block = tiles[0];
        if (!o->native) {
          torch_copy_convert(w->kernels, plan->dtype[0], raw, o->kernel_type, tiles[0], rows * width);
          block = raw;
        }
        const int64_t stride = plan->strides[ndim - 1];
        w->kernels->transpose[o->size_index](start[0] + col * stride, stride, block, width * o->size, width, rows);
      }
    }
    row += rows;
  }
}
