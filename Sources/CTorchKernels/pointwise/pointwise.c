#include "torch_pointwise.h"
#include "pointwise_tables.h"

static const torch_pointwise_kernel *table(int level) {
#if TORCH_X86
  if (level == TORCH_LEVEL_AVX512) return torch_pointwise_table_avx512;
  if (level == TORCH_LEVEL_AVX2) return torch_pointwise_table_avx2;
#endif
  (void)level;
  return torch_pointwise_table_baseline;
}

#define ENTRY(name, inputs, is_mask, has_float, has_integer, has_complex) +1
enum {
  COUNT = 0
#include "../Generated/pointwise_list.inc"
};
#undef ENTRY

int torch_pointwise_count(void) { return COUNT; }

const torch_pointwise_kernel *torch_pointwise_at(int index, int level) { return &table(level)[index]; }

const torch_pointwise_kernel *torch_pointwise_find(const char *name, int level) {
  const torch_pointwise_kernel *kernels = table(level);
  for (int i = 0; i < COUNT; i++) {
    if (strcmp(kernels[i].name, name) == 0) return &kernels[i];
  }
  return NULL;
}
