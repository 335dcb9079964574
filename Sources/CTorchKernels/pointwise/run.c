// Element-wise calls over strided operands of any types. Elements are taken in blocks; an operand that already lies as the kernel
// wants it is used in place, any other is gathered and converted into a block on the stack.
#include "walk.h"

enum {
  BLOCK_BYTES = 4096,    // of the compute type, an operand
  BLOCK_ELEMENTS = 1024, // of a four-byte compute type
  LONG_ROW = 256,        // rows from this length on are handled one by one, shorter ones share blocks
};

// Moves `count` elements, from the walk's index on, between operand k and a contiguous block: into it, or out of it for the
// output.
static void move(const walk *w, int k, char *block, int64_t count) {
  const torch_pointwise_plan *plan = w->plan;
  const int last = plan->ndim - 1;
  const int64_t *strides = plan->strides + (int64_t)k * plan->ndim;
  const int64_t inner = plan->size[last], size = w->operands[k].size;
  const torch_gather_fn gather = w->kernels->gather[w->operands[k].size_index];
  const torch_scatter_fn scatter = w->kernels->scatter[w->operands[k].size_index];
  char *p = plan->data[k];
  for (int d = 0; d <= last; d++) p += w->index[d] * strides[d];
  const int64_t column = w->index[last];
  int64_t index[TORCH_MAX_DIMENSIONS];
  bool copied = false;  // the index is needed only by a move of more than one row
  int64_t position = column;
  while (count > 0) {
    int64_t rows = 1, cols = inner - position < count ? inner - position : count;
    int64_t row_stride = 0, advanced = 1;
    if (last > 0) {
      if (!copied && cols < count) {
        memcpy(index, w->index, sizeof(int64_t) * (size_t)plan->ndim);
        copied = true;
      }
      if (cols == inner && count >= 2 * inner) {
        const int64_t left = plan->size[last - 1] - index[last - 1], wanted = count / inner;
        rows = left < wanted ? left : wanted;
        row_stride = strides[last - 1];
        advanced = rows;
      }
    }
    if (k == 0) scatter(p, block, rows, cols, row_stride, strides[last]);
    else gather(block, p, rows, cols, row_stride, strides[last]);
    block += rows * cols * size;
    count -= rows * cols;
    if (count == 0) return;
    // To the beginning of the next row.
    p -= position * strides[last];
    position = 0;
    int d = last - 1;
    index[d] += advanced;
    p += advanced * strides[d];
    while (d > 0 && index[d] == plan->size[d]) {
      p -= index[d] * strides[d];
      index[d] = 0;
      d--;
      index[d]++;
      p += strides[d];
    }
  }
}

static void set_index(walk *w, int64_t position) {
  for (int d = w->plan->ndim - 1; d > 0; d--) {
    const int64_t size = w->plan->size[d];
    const int64_t above = position == 0 ? 0 : position / size;
    w->index[d] = position - above * size;
    position = above;
  }
  w->index[0] = position;
}

static void run_blocks(walk *w, int64_t begin, int64_t end);

void torch_pointwise_run(const torch_pointwise_plan *plan, int64_t begin, int64_t end) {
  if (begin >= end) return;
  walk w;
  w.plan = plan;
  const int ndim = plan->ndim;
  bool direct = true;
  for (int k = 0; k <= plan->inputs; k++) {
    operand *o = &w.operands[k];
    const int64_t *strides = plan->strides + (int64_t)k * ndim;
    o->kernel_type = k == 0 && plan->is_mask ? TORCH_BOOL : plan->compute_dtype;
    o->size = torch_copy_element_sizes[plan->dtype[k]];
    o->size_index = torch_copy_size_indices[plan->dtype[k]];
    o->native = plan->dtype[k] == o->kernel_type;
    o->contiguous = true;
    o->constant = k > 0;
    int64_t expected = o->size;
    for (int d = ndim - 1; d >= 0; d--) {
      if (plan->size[d] != 1) {
        if (strides[d] != expected) o->contiguous = false;
        if (strides[d] != 0) o->constant = false;
      }
      expected *= plan->size[d];
    }
    direct = direct && o->native && o->contiguous;
  }
  if (direct) {
    char *p[5] = {NULL, NULL, NULL, NULL, NULL};
    for (int k = 0; k <= plan->inputs; k++) p[k] = plan->data[k] + begin * w.operands[k].size;
    plan->fn(end - begin, p[0], p[1], p[2], p[3], p[4], plan->params);
    return;
  }
  w.kernels = torch_copy(torch_level_current());
  if (!torch_pointwise_is_turned(&w)) return run_blocks(&w, begin, end);
  // Whole rows in tiles; what begins or ends within a row in blocks.
  const int64_t inner = plan->size[ndim - 1];
  const int64_t first = (begin + inner - 1) / inner, last = end / inner;
  if (first >= last) return run_blocks(&w, begin, end);
  if (begin < first * inner) run_blocks(&w, begin, first * inner);
  torch_pointwise_run_tiles(&w, first, last);
  if (last * inner < end) run_blocks(&w, last * inner, end);
}

static void run_blocks(walk *w, int64_t begin, int64_t end) {
  const torch_pointwise_plan *plan = w->plan;
  const int last = plan->ndim - 1;
  const int64_t inner = plan->size[last];
  const int64_t block = BLOCK_BYTES / torch_copy_element_sizes[plan->compute_dtype];
  _Alignas(64) char staged[5][BLOCK_BYTES];
  _Alignas(64) char raw[BLOCK_ELEMENTS * 16];  // elements of an operand's own type before conversion

  // Operands that are one value fill their block once.
  const int64_t filled = end - begin < block ? end - begin : block;
  bool all_long = inner >= LONG_ROW;  // every operand can be used in place along a whole row
  for (int k = 0; k <= plan->inputs; k++) {
    const operand *o = &w->operands[k];
    if (o->constant) {
      _Alignas(16) char value[16];
      torch_copy_convert(w->kernels, o->kernel_type, value, plan->dtype[k], plan->data[k], 1);
      w->kernels->gather[torch_copy_size_indices[o->kernel_type]](staged[k], value, 1, filled, 0, 0);
    }
    if (!o->native || plan->strides[(int64_t)k * plan->ndim + last] != o->size) all_long = false;
  }

  set_index(w, begin);
  for (int64_t position = begin; position < end;) {
    int64_t count = end - position;
    const bool one_row = inner >= LONG_ROW || inner - w->index[last] >= count;
    if (one_row && inner - w->index[last] < count) count = inner - w->index[last];
    if (!all_long && count > block) count = block;
    char *p[5] = {NULL, NULL, NULL, NULL, NULL};
    bool used_in_place = false;
    for (int k = 0; k <= plan->inputs; k++) {
      const operand *o = &w->operands[k];
      const int64_t *strides = plan->strides + (int64_t)k * plan->ndim;
      if (o->constant) {
        p[k] = staged[k];
        continue;
      }
      char *place = NULL;  // where the block's elements lie contiguously, if they do
      if (o->contiguous) {
        place = plan->data[k] + position * o->size;
      } else if (one_row && strides[last] == o->size) {
        place = plan->data[k];
        for (int d = 0; d <= last; d++) place += w->index[d] * strides[d];
      }
      if (place != NULL && o->native) {
        p[k] = place;
        if (k == 0) used_in_place = true;
        continue;
      }
      p[k] = staged[k];
      if (k == 0) continue;
      if (place != NULL) {
        torch_copy_convert(w->kernels, o->kernel_type, staged[k], plan->dtype[k], place, count);
      } else if (o->native) {
        move(w, k, staged[k], count);
      } else {
        move(w, k, raw, count);
        torch_copy_convert(w->kernels, o->kernel_type, staged[k], plan->dtype[k], raw, count);
      }
    }
    plan->fn(count, p[0], p[1], p[2], p[3], p[4], plan->params);
    if (!used_in_place) {
      const operand *o = &w->operands[0];
      if (o->contiguous) {
        torch_copy_convert(
            w->kernels, plan->dtype[0], plan->data[0] + position * o->size, o->kernel_type, staged[0], count);
      } else if (o->native) {
        move(w, 0, staged[0], count);
      } else {
        torch_copy_convert(w->kernels, plan->dtype[0], raw, o->kernel_type, staged[0], count);
        move(w, 0, raw, count);
      }
    }
    position += count;
    if (position == end) return;
    // The common step stays inside a row.
    w->index[last] += count;
    if (w->index[last] >= inner) set_index(w, position);
  }
}
