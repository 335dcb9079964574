// Vector types of the level, loads and stores, whole and partial, and conversions between lanes.
#pragma once
#ifndef TORCH_VECTOR_BYTES
#error "open a level first (level/baseline.h, avx2.h or avx512.h)"
#endif

#define L32 (TORCH_VECTOR_BYTES / 4)  // lanes of four bytes in a vector
#define L64 (TORCH_VECTOR_BYTES / 8)

#define VECTOR_(type, lanes) type __attribute__((ext_vector_type(lanes)))
typedef VECTOR_(float, L32) vf32;
typedef VECTOR_(double, L64) vf64;
typedef VECTOR_(int32_t, L32) vi32;
typedef VECTOR_(uint32_t, L32) vu32;
typedef VECTOR_(int64_t, L64) vi64;
typedef VECTOR_(uint64_t, L64) vu64;
// Half a vector of 32-bit lanes: as many lanes as vf64 has.
typedef VECTOR_(float, L64) vf32h;
typedef VECTOR_(int32_t, L64) vi32h;
typedef VECTOR_(uint32_t, L64) vu32h;
// Narrow lanes, as many as vf32 has.
typedef VECTOR_(int16_t, L32) vi16n;
typedef VECTOR_(uint16_t, L32) vu16n;
typedef VECTOR_(int8_t, L32) vi8n;
typedef VECTOR_(uint8_t, L32) vu8n;
typedef VECTOR_(uint8_t, L64) vu8nh;
// As many 64-bit lanes as vf32 has lanes: two registers.
typedef VECTOR_(double, L32) vf64w;
typedef VECTOR_(int64_t, L32) vi64w;

// Bit patterns. (type)value between vectors of one size is a reinterpretation in this dialect too, but says less.
#define BITCAST(type, value) __builtin_bit_cast(type, value)

// load(p), store(p, v): any alignment. load_n(p, n), store_n(p, v, n): the first n of the lanes, 0 <= n <= lanes; the other lanes
// load as zero and are not touched in memory.
#define DEFINE_MEMORY_(name, vector, scalar) \
  INLINE vector name##_load(const void *p) { \
    vector v; \
    __builtin_memcpy(&v, p, sizeof v); \
    return v; \
  } \
  INLINE void name##_store(void *p, vector v) { __builtin_memcpy(p, &v, sizeof v); } \
  INLINE vector name##_splat(scalar x) { return (vector)(x); }
DEFINE_MEMORY_(f32, vf32, float)
DEFINE_MEMORY_(f64, vf64, double)
DEFINE_MEMORY_(i32, vi32, int32_t)
DEFINE_MEMORY_(i64, vi64, int64_t)

#if TORCH_VECTOR_BYTES == 64
INLINE vi32 i32_load_n(const void *p, int64_t n) { return BITCAST(vi32, _mm512_maskz_loadu_epi32(_bzhi_u32(0xFFFF, (uint32_t)n), p)); }
INLINE void i32_store_n(void *p, vi32 v, int64_t n) {
  _mm512_mask_storeu_epi32(p, _bzhi_u32(0xFFFF, (uint32_t)n), BITCAST(__m512i, v));
}
INLINE vi64 i64_load_n(const void *p, int64_t n) { return BITCAST(vi64, _mm512_maskz_loadu_epi64(_bzhi_u32(0xFF, (uint32_t)n), p)); }
INLINE void i64_store_n(void *p, vi64 v, int64_t n) {
  _mm512_mask_storeu_epi64(p, _bzhi_u32(0xFF, (uint32_t)n), BITCAST(__m512i, v));
}
#elif TORCH_VECTOR_BYTES == 32
INLINE vi32 i32_first_lanes(int64_t n) { return (vi32){0, 1, 2, 3, 4, 5, 6, 7} < (vi32)((int32_t)n); }
INLINE vi64 i64_first_lanes(int64_t n) { return (vi64){0, 1, 2, 3} < (vi64)(n); }
INLINE vi32 i32_load_n(const void *p, int64_t n) {
  return BITCAST(vi32, _mm256_maskload_epi32(p, BITCAST(__m256i, i32_first_lanes(n))));
}
INLINE void i32_store_n(void *p, vi32 v, int64_t n) {
  _mm256_maskstore_epi32(p, BITCAST(__m256i, i32_first_lanes(n)), BITCAST(__m256i, v));
}
INLINE vi64 i64_load_n(const void *p, int64_t n) {
  return BITCAST(vi64, _mm256_maskload_epi64(p, BITCAST(__m256i, i64_first_lanes(n))));
}
INLINE void i64_store_n(void *p, vi64 v, int64_t n) {
  _mm256_maskstore_epi64(p, BITCAST(__m256i, i64_first_lanes(n)), BITCAST(__m256i, v));
}
#else
#define DEFINE_PARTIAL_(name, vector, scalar, lanes) \
  INLINE vector name##_load_n(const void *p, int64_t n) { \
    vector v = 0; \
    for (int64_t lane = 0; lane < lanes; lane++) { \
      scalar x; \
      if (lane >= n) break; \
      __builtin_memcpy(&x, (const char *)p + lane * (int64_t)sizeof x, sizeof x); \
      v[lane] = x; \
    } \
    return v; \
  } \
  INLINE void name##_store_n(void *p, vector v, int64_t n) { \
    for (int64_t lane = 0; lane < lanes; lane++) { \
      if (lane >= n) break; \
      const scalar x = v[lane]; \
      __builtin_memcpy((char *)p + lane * (int64_t)sizeof x, &x, sizeof x); \
    } \
  }
DEFINE_PARTIAL_(i32, vi32, int32_t, L32)
DEFINE_PARTIAL_(i64, vi64, int64_t, L64)
#endif
INLINE vf32 f32_load_n(const void *p, int64_t n) { return BITCAST(vf32, i32_load_n(p, n)); }
INLINE void f32_store_n(void *p, vf32 v, int64_t n) { i32_store_n(p, BITCAST(vi32, v), n); }
INLINE vf64 f64_load_n(const void *p, int64_t n) { return BITCAST(vf64, i64_load_n(p, n)); }
INLINE void f64_store_n(void *p, vf64 v, int64_t n) { i64_store_n(p, BITCAST(vi64, v), n); }

// Half precision and bfloat16, L32 elements at a time; stores round to nearest even.
INLINE vf32 f32_load_bf16(const void *p) {
  vu16n h;
  __builtin_memcpy(&h, p, sizeof h);
  return BITCAST(vf32, __builtin_convertvector(h, vu32) << 16);
}
INLINE void f32_store_bf16(void *p, vf32 v) {
  const vu32 bits = BITCAST(vu32, v);
  const vu32 rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  const vu16n h = __builtin_convertvector(v == v ? rounded : (vu32)(0x7FC0), vu16n);
  __builtin_memcpy(p, &h, sizeof h);
}
#if TORCH_FMA
typedef VECTOR_(_Float16, L32) vf16n;
INLINE vf32 f32_load_f16(const void *p) {
  vf16n h;
  __builtin_memcpy(&h, p, sizeof h);
  return __builtin_convertvector(h, vf32);
}
INLINE void f32_store_f16(void *p, vf32 v) {
  const vf16n h = __builtin_convertvector(v, vf16n);
  __builtin_memcpy(p, &h, sizeof h);
}
#else
// Without conversion instructions: exponents are moved by exact multiplications with powers of two.
INLINE vf32 f32_load_f16(const void *p) {
  vu16n h;
  __builtin_memcpy(&h, p, sizeof h);
  const vu32 bits = __builtin_convertvector(h, vu32);
  const vu32 magnitude = (bits & 0x7FFF) << 13;
  const vu32 scaled = BITCAST(vu32, BITCAST(vf32, magnitude) * 0x1p112f);
  const vu32 special = magnitude | 0x7F800000 | (((bits & 0x3FF) != 0) ? (vu32)(0x400000) : (vu32)(0));
  return BITCAST(vf32, ((bits & 0x7C00) == 0x7C00 ? special : scaled) | ((bits & 0x8000) << 16));
}
INLINE void f32_store_f16(void *p, vf32 v) {
  const vu32 bits = BITCAST(vu32, v), sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7FFFFFFF;
  // Normal results: rebias, round by adding just under half a unit plus the lowest kept bit.
  const vu32 normal = (magnitude - (112u << 23) + 0xFFF + ((magnitude >> 13) & 1)) >> 13;
  // Subnormal results: the addition of 0.5 puts the wanted bits, correctly rounded, at the bottom of the mantissa.
  const vu32 subnormal = BITCAST(vu32, BITCAST(vf32, magnitude) + 0.5f) - 0x3F000000;
  vu32 h = magnitude < 0x38800000 ? subnormal : normal;
  h = magnitude >= 0x47800000 ? (vu32)(0x7C00) : h;
  h = magnitude > 0x7F800000 ? 0x7E00 | ((magnitude >> 13) & 0x3FF) : h;
  const vu16n out = __builtin_convertvector(h | sign, vu16n);
  __builtin_memcpy(p, &out, sizeof out);
}
#endif

// f32 lanes widened: the lower and the upper half of v, and back.
INLINE vf64w f32_widen(vf32 v) { return __builtin_convertvector(v, vf64w); }
INLINE vf32 f32_narrow(vf64w v) { return __builtin_convertvector(v, vf32); }

// Masks as bytes 0 or 1, one a lane.
INLINE void f32_store_mask(uint8_t *p, vi32 m) {
  const vu8n bytes = __builtin_convertvector(m, vu8n) & 1;
  __builtin_memcpy(p, &bytes, L32);
}
INLINE void f64_store_mask(uint8_t *p, vi64 m) {
  const vu8nh bytes = __builtin_convertvector(m, vu8nh) & 1;
  __builtin_memcpy(p, &bytes, L64);
}
INLINE void f32_store_mask_n(uint8_t *p, vi32 m, int64_t n) {
  uint8_t bytes[L32];
  f32_store_mask(bytes, m);
  for (int64_t lane = 0; lane < n; lane++) p[lane] = bytes[lane];
}
INLINE void f64_store_mask_n(uint8_t *p, vi64 m, int64_t n) {
  uint8_t bytes[L64];
  f64_store_mask(bytes, m);
  for (int64_t lane = 0; lane < n; lane++) p[lane] = bytes[lane];
}
#define i32_store_mask f32_store_mask
#define i64_store_mask f64_store_mask
#define i32_store_mask_n f32_store_mask_n
#define i64_store_mask_n f64_store_mask_n
