// float16 and bfloat16 as bits, for loops that handle them one by one at every instruction-set level. Branch-free, so that loops
// over them vectorise.
#pragma once
#include <stdint.h>
#include <string.h>

static inline float torch_float_from_bits(uint32_t bits) {
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

static inline uint32_t torch_bits_from_float(float f) {
  uint32_t bits;
  memcpy(&bits, &f, 4);
  return bits;
}

static inline float torch_widen_bf16(uint16_t h) { return torch_float_from_bits((uint32_t)h << 16); }

// Nearest, ties to even; NaN stays NaN.
static inline uint16_t torch_narrow_bf16(float f) {
  uint32_t bits = torch_bits_from_float(f);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return f != f ? 0x7fc0 : (uint16_t)rounded;
}

static inline float torch_widen_f16(uint16_t h) {
  // The exponent is moved by multiplication, which also normalises subnormals; infinities and NaN get the top exponent back.
  uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13, sign = (uint32_t)(h & 0x8000) << 16;
  uint32_t bits = torch_bits_from_float(torch_float_from_bits(magnitude) * 0x1p112f);
  bits = magnitude >= 0x0f800000 ? bits | 0x7f800000 : bits;
  return torch_float_from_bits(bits | sign);
}

// Nearest, ties to even; overflow gives infinity, NaN stays NaN.
static inline uint16_t torch_narrow_f16(float f) {
  uint32_t bits = torch_bits_from_float(f), sign = (bits >> 16) & 0x8000;
  uint32_t magnitude = bits & 0x7fffffff;
  uint32_t normal = (magnitude - (112u << 23) + 0xfff + ((magnitude >> 13) & 1)) >> 13;
  // Adding 0.5 puts a subnormal's last bit at the float's last bit, so that the addition rounds it.
  uint32_t subnormal = torch_bits_from_float(torch_float_from_bits(magnitude) + 0.5f) - 0x3f000000;
  uint32_t result = magnitude < (113u << 23) ? subnormal : normal;
  result = magnitude >= 0x477ff000 ? 0x7c00 : result;
  result = magnitude > 0x7f800000 ? 0x7e00 : result;
  return (uint16_t)(result | sign);
}
