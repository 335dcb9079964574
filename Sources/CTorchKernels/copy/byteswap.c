#include <stdint.h>
#include <string.h>

#include "torch_copy.h"

#define SWAP_LOOP(TYPE, SWAP)                    \
  for (int64_t i = 0; i < n; i++) {              \
    TYPE unit;                                   \
    memcpy(&unit, from + i * width, sizeof unit); \
    unit = SWAP(unit);                           \
    memcpy(to + i * width, &unit, sizeof unit);  \
  }                                              \
  break;

void torch_byteswap(void *dst, const void *src, int32_t width, int64_t n) {
  char *to = dst;
  const char *from = src;
  switch (width) {
    case 2: SWAP_LOOP(uint16_t, __builtin_bswap16)
    case 4: SWAP_LOOP(uint32_t, __builtin_bswap32)
    case 8: SWAP_LOOP(uint64_t, __builtin_bswap64)
    default: memcpy(to, from, (size_t)n * (size_t)width);
  }
}
