// Orthogonal polynomials of a degree that is given as a number, in both types.
#include "special.h"

#define T float
#define REAL(name) name##f
#define POLYNOMIAL(name) float torch_special_##name##_f32(float x, float degree)
#define HERMITE_LIMIT 128
#include "polynomials.inc"
#undef T
#undef REAL
#undef POLYNOMIAL
#undef HERMITE_LIMIT

#define T double
#define REAL(name) name
#define POLYNOMIAL(name) double torch_special_##name(double x, double degree)
#define HERMITE_LIMIT 512
#include "polynomials.inc"
