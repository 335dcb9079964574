// What the loops over strided operands know of a call.
#pragma once
#include "torch_pointwise.h"
#include "../copy/copy_kernels.h"

typedef struct {
  int64_t size;        // bytes of one element in memory
  uint8_t size_index;
  bool native;         // has the type the kernel reads or writes
  bool contiguous;     // row-major without gaps over all dimensions
  bool constant;       // one element for all
  int32_t kernel_type; // the type the kernel reads or writes
} operand;

typedef struct {
  const torch_pointwise_plan *plan;
  const torch_copy_kernels *kernels;
  operand operands[5];
  int64_t index[TORCH_MAX_DIMENSIONS];  // where the block begins
} walk;

// Whether an operand lies along the last dimension but one, so that its rows are read across memory.
bool torch_pointwise_is_turned(const walk *w);
// Rows [first, last) of the call, in tiles of several rows that are transposed on the way.
void torch_pointwise_run_tiles(const walk *w, int64_t first, int64_t last);
