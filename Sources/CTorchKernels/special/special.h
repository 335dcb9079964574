// The scalar special functions and what they share.
#pragma once
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "special_list.h"

#define DECLARE_ONE_(name) double torch_special_##name(double x);
#define DECLARE_TWO_(name) double torch_special_##name(double x, double y);
#define DECLARE_NONE_(name)
TORCH_SPECIAL_FUNCTIONS(DECLARE_ONE_, DECLARE_TWO_, DECLARE_NONE_)
#undef DECLARE_ONE_
#undef DECLARE_TWO_
#undef DECLARE_NONE_

#define TORCH_PI 3.14159265358979323846
#define TORCH_SQRT1_2 0.70710678118654752440

// The sum of c[k] T_k(t), by Clenshaw's recurrence.
static inline double torch_chebyshev(double t, const double *c, int count) {
  double b1 = 0, b2 = 0;
  for (int k = count - 1; k > 0; k--) {
    const double b0 = 2 * t * b1 - b2 + c[k];
    b2 = b1;
    b1 = b0;
  }
  return t * b1 - b2 + c[0];
}
#define TORCH_CHEBYSHEV(t, table) torch_chebyshev(t, table, (int)(sizeof(table) / sizeof(table[0])))

// c[0] + c[1] x + ..., by Horner's rule.
static inline double torch_polynomial(double x, const double *c, int count) {
  double sum = c[count - 1];
  for (int k = count - 2; k >= 0; k--) sum = sum * x + c[k];
  return sum;
}
#define TORCH_POLYNOMIAL(x, table) torch_polynomial(x, table, (int)(sizeof(table) / sizeof(table[0])))
