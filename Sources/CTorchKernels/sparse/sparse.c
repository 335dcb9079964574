#include "sparse_kernels.h"

TORCH_LEVELS_DEFINE(torch_sparse_table, torch_sparse_at)

const torch_sparse_kernels *torch_sparse(int level, int dtype) {
  return dtype >= 0 && dtype < TORCH_DTYPE_COUNT ? torch_sparse_at(level)->by_dtype[dtype] : NULL;
}
