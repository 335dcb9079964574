// Selection by masks.
#include "index_kernels.h"

TORCH_LEVELS_DEFINE(torch_index_kernels, torch_index_table)

#define KERNELS torch_index_table(torch_level_current())

void torch_masked_fill(int size, int64_t n, void *out, const void *self, const uint8_t *mask, const void *value) {
  const torch_index_kernels *kernels = KERNELS;
  switch (size) {
    case 1: kernels->fill_1(n, out, self, mask, value); break;
    case 2: kernels->fill_2(n, out, self, mask, value); break;
    case 4: kernels->fill_4(n, out, self, mask, value); break;
    case 8: kernels->fill_8(n, out, self, mask, value); break;
    default:
      for (int64_t i = 0; i < n; i++) {
        memmove((char *)out + i * size, mask[i] ? value : (const char *)self + i * size, (size_t)size);
      }
  }
}

int64_t torch_mask_count(const uint8_t *mask, int64_t n) { return KERNELS->count(mask, n); }

// Calls BODY for every set position i, eight mask bytes at a time.
#define EACH_SET(BODY) \
  { \
    int64_t start = 0; \
    for (; start + 8 <= n; start += 8) { \
      for (uint64_t set = set_bytes(mask + start); set; set &= set - 1) { \
        const int64_t i = start + (__builtin_ctzll(set) >> 3); \
        BODY; \
      } \
    } \
    for (int64_t i = start; i < n; i++) { \
      if (mask[i]) { BODY; } \
    } \
  }

int64_t torch_masked_select(int size, int64_t n, void *out, const void *self, const uint8_t *mask) {
  int64_t taken = 0;
  switch (size) {
    case 1: EACH_SET(((uint8_t *)out)[taken++] = ((const uint8_t *)self)[i]) return taken;
    case 2: EACH_SET(((uint16_t *)out)[taken++] = ((const uint16_t *)self)[i]) return taken;
    case 4: return KERNELS->select_4(n, out, self, mask);
    case 8: return KERNELS->select_8(n, out, self, mask);
    default: EACH_SET(memcpy((char *)out + taken++ * size, (const char *)self + i * size, (size_t)size)) return taken;
  }
}

int64_t torch_masked_scatter(
    int size, int64_t n, void *out, const void *self, const uint8_t *mask, const void *src, int64_t src_count) {
  if (torch_mask_count(mask, n) > src_count) return -1;
  if (out != self) memcpy(out, self, (size_t)(n * size));
  int64_t taken = 0;
  switch (size) {
    case 1: EACH_SET(((uint8_t *)out)[i] = ((const uint8_t *)src)[taken++]) return taken;
    case 2: EACH_SET(((uint16_t *)out)[i] = ((const uint16_t *)src)[taken++]) return taken;
    case 4: EACH_SET(((uint32_t *)out)[i] = ((const uint32_t *)src)[taken++]) return taken;
    case 8: EACH_SET(((uint64_t *)out)[i] = ((const uint64_t *)src)[taken++]) return taken;
    default: EACH_SET(memcpy((char *)out + i * size, (const char *)src + taken++ * size, (size_t)size)) return taken;
  }
}

void torch_nonzero_mask(int dtype, int64_t n, uint8_t *mask, const void *x) {
  const torch_index_kernels *kernels = KERNELS;
  switch (dtype) {
    case TORCH_BOOL: case TORCH_U8: case TORCH_I8: kernels->nonzero_1(n, mask, x); break;
    case TORCH_I16: kernels->nonzero_2(n, mask, x); break;
    case TORCH_I32: kernels->nonzero_4(n, mask, x); break;
    case TORCH_I64: kernels->nonzero_8(n, mask, x); break;
    case TORCH_F16: case TORCH_BF16: kernels->nonzero_16f(n, mask, x); break;
    case TORCH_F32: kernels->nonzero_f32(n, mask, x); break;
    case TORCH_F64: kernels->nonzero_f64(n, mask, x); break;
    case TORCH_C64:
      for (int64_t i = 0; i < n; i++) mask[i] = ((const float *)x)[2 * i] != 0 || ((const float *)x)[2 * i + 1] != 0;
      break;
    case TORCH_C128:
      for (int64_t i = 0; i < n; i++) mask[i] = ((const double *)x)[2 * i] != 0 || ((const double *)x)[2 * i + 1] != 0;
      break;
    default: break;
  }
}

int64_t torch_mask_positions(const uint8_t *mask, int64_t n, int64_t base, int64_t *out) {
  int64_t taken = 0;
  EACH_SET(out[taken++] = base + i)
  return taken;
}

void torch_unravel(const int64_t *positions, int64_t n, int ndim, const int64_t *size, int64_t *out) {
  for (int64_t i = 0; i < n; i++) {
    int64_t rest = positions[i];
    for (int d = ndim - 1; d > 0; d--) {
      out[i * ndim + d] = rest % size[d];
      rest /= size[d];
    }
    if (ndim > 0) out[i * ndim] = rest;
  }
}
