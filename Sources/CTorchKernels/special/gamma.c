// The polygamma functions, Hurwitz's zeta function and the regularised incomplete gamma functions.
#include "special.h"

// The sum of 1 / (q + k)^s over k >= 0, for s > 1: some terms, then the Euler-Maclaurin formula.
static double zeta_sum(double s, double q) {
  // (2k)! / B(2k)
  static const double factors[] = {
    12, -720, 30240, -1209600, 47900160, -1307674368000.0 / 691, 74724249600, -10670622842880000.0 / 3617,
    5109094217170944000.0 / 43867, -802857662698291200000.0 / 174611,
  };
  double sum = pow(q, -s), a = q, term = sum;
  for (int k = 0; k < 9 || a <= 9; k++) {
    a += 1;
    term = pow(a, -s);
    sum += term;
    if (fabs(term) < 1e-17 * fabs(sum)) return sum;
  }
  sum += term * (a / (s - 1) - 0.5);
  double product = 1;
  for (int k = 0; k < 10; k++) {
    product *= s + 2 * k;
    term /= a;
    const double correction = product * term / factors[k];
    sum += correction;
    if (fabs(correction) < 1e-17 * fabs(sum)) break;
    product *= s + 2 * k + 1;
    term /= a;
  }
  return sum;
}

double torch_special_zeta(double s, double q) {
  if (isnan(s) || isnan(q)) return NAN;
  if (s == 1) return INFINITY;
  if (s < 1) return NAN;
  if (q > 0) return zeta_sum(s, q);
  if (q == floor(q)) return INFINITY;
  if (s != floor(s)) return NAN;
  // A whole power: the sum over all whole k, which depends on the fraction of q alone, less that over the negative ones.
  const double fraction = q - floor(q), sign = fmod(s, 2) == 0 ? 1 : -1;
  return zeta_sum(s, fraction) + sign * (zeta_sum(s, 1 - fraction) - zeta_sum(s, 1 - q));
}

static double digamma(double x) {
  // B(2n) / 2n
  static const double factors[] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12};
  if (x == 0) return copysign(INFINITY, -x);
  if (x < 0) {
    if (x == trunc(x)) return NAN;
    return digamma(1 - x) - TORCH_PI / tan(TORCH_PI * (x - nearbyint(x)));
  }
  double sum = 0;
  for (; x < 10; x += 1) sum -= 1 / x;
  const double square = 1 / (x * x);
  return sum + log(x) - 0.5 / x - square * TORCH_POLYNOMIAL(square, factors);
}

// The n-th derivative of digamma: (-1)^(n+1) n! zeta(n + 1, x).
double torch_special_polygamma(double x, double n) {
  if (n == 0) return digamma(x);
  // PyTorch's trigamma tends to zero at infinity and has no value at minus infinity; higher ones follow zeta.
  if (n == 1 && isinf(x)) return x > 0 ? 0 : NAN;
  if (n == 1 && x < 0) {
    // Reflected by the fraction, which is exact: close to a pole nothing is lost.
    const double pi = 3.14159265358979323846, s = sin(pi * (x - trunc(x)));
    return pi * pi / (s * s) - torch_special_zeta(2, 1 - x);
  }
  const double size = tgamma(n + 1) * torch_special_zeta(n + 1, x);
  return fmod(n, 2) == 0 ? -size : size;
}

// N. M. Temme's uniform expansion for large a ("The asymptotic expansion of the incomplete gamma functions", SIAM J. Math. Anal.
// 10 (1979); DLMF 8.12): the Taylor coefficients in eta of c[0], c[1], ..., each after the other, as far as a >= 100 needs them.
static const int temme_lengths[] = {19, 17, 15, 13, 11, 8, 5, 1};
static const double temme[] = {
  -0.33333333333333333, 0.083333333333333333, -0.014814814814814815, 0.0011574074074074074, 0.0003527336860670194,
  -0.00017875514403292181, 3.9192631785224378e-5, -2.1854485106799922e-6, -1.85406221071516e-6, 8.296711340953086e-7,
  -1.7665952736826079e-7, 6.7078535434014986e-9, 1.0261809784240308e-8, -4.3820360184533532e-9, 9.1476995822367902e-10,
  -2.551419399494625e-11, -5.8307721325504251e-11, 2.4361948020667416e-11, -5.0276692801141756e-12, -0.0018518518518518519,
  -0.0034722222222222222, 0.0026455026455026455, -0.00099022633744855967, 0.00020576131687242798, -4.0187757201646091e-7,
  -1.8098550334489978e-5, 7.6491609160811101e-6, -1.6120900894563446e-6, 4.6471278028074343e-9, 1.378633446915721e-7,
  -5.752545603517705e-8, 1.1951628599778147e-8, -1.7543241719747648e-11, -1.0091543710600413e-9, 4.1627929918425826e-10,
  -8.5639070264929806e-11, 0.0041335978835978836, -0.0026813271604938272, 0.00077160493827160494, 2.0093878600823045e-6,
  -0.00010736653226365161, 5.2923448829120125e-5, -1.2760635188618728e-5, 3.4235787340961381e-8, 1.3721957309062933e-6,
  -6.298992138380055e-7, 1.4280614206064242e-7, -2.0477098421990866e-10, -1.4092529910867521e-8, 6.228974084922022e-9,
  -1.3670488396617113e-9, 0.00064943415637860082, 0.00022947209362139918, -0.00046918949439525571, 0.00026772063206283885,
  -7.5618016718839764e-5, -2.3965051138672967e-7, 1.1082654115347302e-5, -5.6749528269915966e-6, 1.4230900732435884e-6,
  -2.7861080291528142e-11, -1.6958404091930277e-7, 8.0994649053880824e-8, -1.9111168485973654e-8, -0.0008618882909167117,
  0.00078403922172006663, -0.00029907248030319018, -1.4638452578843418e-6, 6.6414982154651222e-5, -3.9683650471794347e-5,
  1.1375726970678419e-5, 2.5074972262375328e-10, -1.6954149536558306e-6, 8.9075075322053097e-7, -2.2929348340008049e-7,
  -0.00033679855336635815, -6.9728137583658578e-5, 0.00027727532449593921, -0.00019932570516188848, 6.7977804779372078e-5,
  1.419062920643967e-7, -1.3594048189768693e-5, 8.0184702563342015e-6, 0.00053130793646399222, -0.00059216643735369388,
  0.00027087820967180448, 7.9023532326603279e-7, -8.1539693675619688e-5, 0.00034436760689237767,
};
static bool is_uniform(double a, double x) { return a >= 100 && fabs(x - a) < 0.4 * a; }

// Q(a, x) for `upper`, else P(a, x).
static double uniform(double a, double x, bool upper) {
  const double mu = (x - a) / a;
  const double eta = copysign(sqrt(2 * fmax(mu - log1p(mu), 0)), mu);
  double rest = 0, power = 1;
  const double *row = temme;
  for (int k = 0; k < 8; k++) {
    rest += power * torch_polynomial(eta, row, temme_lengths[k]);
    power /= a;
    row += temme_lengths[k];
  }
  rest *= exp(-0.5 * a * eta * eta) / sqrt(2 * TORCH_PI * a);
  const double half = eta * sqrt(0.5 * a);
  return upper ? 0.5 * erfc(half) + rest : 0.5 * erfc(-half) - rest;
}

// log gamma(a + 1); near zero by its power series, whose coefficients are Euler's constant and zeta(k) / k.
static double log_gamma_1(double a) {
  static const double series[] = {
    -0.57721566490153286061, 0.82246703342411321824, -0.40068563438653142847, 0.27058080842778454788, -0.20738555102867398527,
    0.16955717699740818995,
  };
  if (a < 0.01) return a * TORCH_POLYNOMIAL(a, series);
  int sign;
  return lgamma_r(a + 1, &sign);
}

// log of x^a e^-x / gamma(a + 1)
static double log_prefix(double a, double x) { return a * log(x) - x - log_gamma_1(a); }

// P by its power series.
static double lower_series(double a, double x) {
  double sum = 1, term = 1;
  for (double n = a + 1; term > 1e-17 * sum; n += 1) {
    term *= x / n;
    sum += term;
  }
  return sum * exp(log_prefix(a, x));
}

// Q for small x, without taking P from 1: Q = 1 - x^a / gamma(a + 1) (1 + a sum of (-x)^n / (n! (a + n))).
static double upper_series(double a, double x) {
  double term = 1, sum = 0;
  for (int n = 1; n < 60; n++) {
    term *= -x / n;
    sum += term / (a + n);
    if (fabs(term) < 1e-18) break;
  }
  const double exponent = a * log(x) - log_gamma_1(a);
  return -expm1(exponent) - a * sum * exp(exponent);
}

// Q by Legendre's continued fraction, evaluated with Lentz's method.
static double upper_fraction(double a, double x) {
  const double tiny = 1e-300;
  double b = x + 1 - a, c = 1 / tiny, d = 1 / b, h = d;
  for (int n = 1; n < 2000; n++) {
    const double numerator = -n * (n - a);
    b += 2;
    d = numerator * d + b;
    c = b + numerator / c;
    d = 1 / (d == 0 ? tiny : d);
    c = c == 0 ? tiny : c;
    h *= c * d;
    if (fabs(c * d - 1) < 1e-16) break;
  }
  return h * a * exp(log_prefix(a, x));
}

// The values on the border of a > 0, x > 0; whether (a, x) is there. As PyTorch, P is 0 at x = 0 and where only a is infinite.
static bool is_border(double a, double x, double *lower) {
  if (isnan(a) || isnan(x) || a < 0 || x < 0 || (a == 0 && x == 0) || (isinf(a) && isinf(x))) {
    *lower = NAN;
    return true;
  }
  *lower = a == 0 || isinf(x) ? 1 : 0;
  return a == 0 || x == 0 || isinf(a) || isinf(x);
}

double torch_special_igamma(double a, double x) {
  double value;
  if (is_border(a, x, &value)) return value;
  if (is_uniform(a, x)) return uniform(a, x, false);
  return x > 1 && x > a ? 1 - torch_special_igammac(a, x) : lower_series(a, x);
}

double torch_special_igammac(double a, double x) {
  double value;
  if (is_border(a, x, &value)) return 1 - value;
  if (is_uniform(a, x)) return uniform(a, x, true);
  if (x > 1.1) return x < a ? 1 - lower_series(a, x) : upper_fraction(a, x);
  return a > 1 ? 1 - lower_series(a, x) : upper_series(a, x);
}
