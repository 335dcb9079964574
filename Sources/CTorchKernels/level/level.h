// How one kernel source becomes one set of kernels per instruction-set level.
//
// A family of kernels is a file `family.inc` and three files that compile it, one a level:
//
//   #include "torch_family.h"            // the family's public declarations, before the level opens
//   #include "family_kernels.h"          // see below
//   #include "../level/avx2.h"           // or baseline.h, avx512.h: opens the level, through function target attributes
//   #ifdef TORCH_LEVEL_SUFFIX            // absent where the processor family lacks the level: then the file compiles to nothing
//   #include "family.inc"
//   #endif
//   #include "../level/end.h"            // closes it
//
// family_kernels.h lists the entry points and declares one table a level and the function that chooses:
//
//   typedef struct { void (*sum_f32)(const float *, int64_t, float *); } torch_family_kernels;
//   TORCH_LEVELS_DECLARE(torch_family_kernels, torch_family)     // torch_family_baseline, ..., and torch_family(int level)
//
// family.inc (static functions only) ends with its table:
//
//   const torch_family_kernels LEVEL(torch_family) = {.sum_f32 = sum_f32};
//
// and exactly one ordinary .c file says TORCH_LEVELS_DEFINE(torch_family_kernels, torch_family); it calls
// torch_family(torch_level_current())->sum_f32(...).
//
// Vectors of 32 and 64 bytes must not be parameters of a function that is not inlined and defined in another file: how they are
// passed depends on compiler flags rather than on target attributes. Everything in math/ is always inlined.
#pragma once
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "torch_dtype.h"
#include "torch_level.h"

#if defined(__x86_64__)
#define TORCH_X86 1
#include <immintrin.h>
#else
#define TORCH_X86 0
#endif

#define TORCH_PASTE_(a, b) a##_##b
#define TORCH_PASTE(a, b) TORCH_PASTE_(a, b)
// name_baseline, name_avx2 or name_avx512 inside the level.
#define LEVEL(name) TORCH_PASTE(name, TORCH_LEVEL_SUFFIX)
#define INLINE static inline __attribute__((always_inline, unused))

#if TORCH_X86
#define TORCH_LEVELS_DECLARE(type, name) \
  extern const type name##_baseline; \
  extern const type name##_avx2; \
  extern const type name##_avx512; \
  const type *name(int level);
#define TORCH_LEVELS_DEFINE(type, name) \
  const type *name(int level) { \
    return level == TORCH_LEVEL_AVX512 ? &name##_avx512 : level == TORCH_LEVEL_AVX2 ? &name##_avx2 : &name##_baseline; \
  }
#else
#define TORCH_LEVELS_DECLARE(type, name) \
  extern const type name##_baseline; \
  const type *name(int level);
#define TORCH_LEVELS_DEFINE(type, name) \
  const type *name(int level) { \
    (void)level; \
    return &name##_baseline; \
  }
#endif
