// The orthogonal polynomials in both types, as scalar_name and scalar_name_f32: static, so that each level has its own.
#define SCALAR __attribute__((unused)) static inline
#if TORCH_FMA
#define MULTIPLY_ADD(a, b, c) REAL(__builtin_fma)(a, b, c)
#else
#define MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif

#define T float
#define REAL(name) name##f
#define POLYNOMIAL(name) SCALAR float scalar_##name##_f32(float x, float degree)
#define HERMITE_LIMIT 128
#include "polynomials.inc"
#undef T
#undef REAL
#undef POLYNOMIAL
#undef HERMITE_LIMIT

#define T double
#define REAL(name) name
#define POLYNOMIAL(name) SCALAR double scalar_##name(double x, double degree)
#define HERMITE_LIMIT 512
#include "polynomials.inc"
#undef T
#undef REAL
#undef POLYNOMIAL
#undef HERMITE_LIMIT

#undef SCALAR
#undef MULTIPLY_ADD
