// The parts and neighbours of floating-point numbers.
#include "special.h"

// Mantissa and exponent; the exponent of what has none is zero.
double torch_special_frexp_mantissa(double x) {
  int exponent;
  return isfinite(x) ? frexp(x, &exponent) : x;
}
double torch_special_frexp_exponent(double x) {
  int exponent = 0;
  if (isfinite(x)) frexp(x, &exponent);
  return exponent;
}

// In a narrow type with `bits` bits of mantissa and normal exponents `low` ... `high`.
static double next_narrow(double x, double y, int bits, int low, int high) {
  if (isnan(x) || isnan(y)) return NAN;
  if (x == y) return y;
  if (x == 0) return copysign(ldexp(1, low - bits), y);
  if (isinf(x)) return copysign(ldexp(2 - ldexp(1, -bits), high), x);
  int exponent = ilogb(x);
  if (exponent < low) exponent = low;
  const bool grows = (y > x) == (x > 0);
  // Below a power of two the numbers lie twice as dense.
  if (!grows && exponent > low && fabs(x) == ldexp(1, exponent)) exponent--;
  const double step = ldexp(1, exponent - bits);
  const double next = fabs(x) + (grows ? step : -step);
  return copysign(next >= ldexp(2, high) ? INFINITY : next, x);
}
double torch_special_nextafter_f16(double x, double y) { return next_narrow(x, y, 10, -14, 15); }
double torch_special_nextafter_bf16(double x, double y) { return next_narrow(x, y, 7, -126, 127); }
