// Every real dtype as an unsigned integer that sorts the same way: NaN last, all NaN equal, -0 equal to 0.
#pragma once
#include "torch_index.h"
#include "../level/level.h"

INLINE uint64_t key_bool(uint8_t x) { return x != 0; }
INLINE uint64_t key_u8(uint8_t x) { return x; }
INLINE uint64_t key_i8(int8_t x) { return (uint8_t)x ^ 0x80u; }
INLINE uint64_t key_i16(int16_t x) { return (uint16_t)x ^ 0x8000u; }
INLINE uint64_t key_i32(int32_t x) { return (uint32_t)x ^ 0x80000000u; }
INLINE uint64_t key_i64(int64_t x) { return (uint64_t)x ^ 0x8000000000000000ull; }

// Sign and magnitude of 16 bits, NaN above `infinity`.
INLINE uint64_t key_half(uint16_t bits, uint16_t infinity) {
  const uint16_t magnitude = bits & 0x7fff;
  if (magnitude > infinity) return 0xffff;
  return bits & 0x8000 ? 0x8000u - magnitude : 0x8000u + magnitude;
}
INLINE uint64_t key_f16(uint16_t bits) { return key_half(bits, 0x7c00); }
INLINE uint64_t key_bf16(uint16_t bits) { return key_half(bits, 0x7f80); }

INLINE uint64_t key_f32(uint32_t bits) {
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return 0xffffffffu;
  return bits >> 31 ? 0x80000000u - magnitude : 0x80000000u + magnitude;
}
INLINE uint64_t key_f64(uint64_t bits) {
  const uint64_t magnitude = bits & 0x7fffffffffffffffull;
  if (magnitude > 0x7ff0000000000000ull) return ~0ull;
  return bits >> 63 ? 0x8000000000000000ull - magnitude : 0x8000000000000000ull + magnitude;
}

// X(name, type as it is stored, dtype) for every dtype that has an order.
#define TORCH_EACH_ORDERED(X) \
  X(bool, uint8_t, TORCH_BOOL) \
  X(u8, uint8_t, TORCH_U8) \
  X(i8, int8_t, TORCH_I8) \
  X(i16, int16_t, TORCH_I16) \
  X(i32, int32_t, TORCH_I32) \
  X(i64, int64_t, TORCH_I64) \
  X(f16, uint16_t, TORCH_F16) \
  X(bf16, uint16_t, TORCH_BF16) \
  X(f32, uint32_t, TORCH_F32) \
  X(f64, uint64_t, TORCH_F64)
