// Functions of the normal distribution and the error function.
#include "special.h"

// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37 (1988), PPND16:
// rational approximations in the middle and in two ranges of the tails, good to 16 digits.
static const double middle_above[] = {
  3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
  45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
};
static const double middle_below[] = {
  1, 42.313330701600911252, 687.18700749205790830, 5394.1960214247511077,
  21213.794301586595867, 39307.895800092710610, 28729.085735721942674, 5226.4952788528545610,
};
static const double tail_above[] = {
  1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
  1.27045825245236838258, 0.241780725177450611770, 0.0227238449892691845833, 7.74545014278341407640e-4,
};
static const double tail_below[] = {
  1, 2.05319162663775882187, 1.67638483018380384940, 0.689767334985100004550,
  0.148103976427480074590, 0.0151986665636164571966, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
};
static const double far_above[] = {
  6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 0.296560571828504891230,
  0.0265321895265761230930, 0.00124266094738807843860, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
};
static const double far_below[] = {
  1, 0.599832206555887937690, 0.136929880922735805310, 0.0148753612908506148525,
  7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
};

// The quantile, from the distance q to the middle and the probability of the nearer tail.
static double quantile(double q, double tail) {
  if (fabs(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * TORCH_POLYNOMIAL(r, middle_above) / TORCH_POLYNOMIAL(r, middle_below);
  }
  const double r = sqrt(-log(tail));
  const double size = r <= 5 ? TORCH_POLYNOMIAL(r - 1.6, tail_above) / TORCH_POLYNOMIAL(r - 1.6, tail_below)
                             : TORCH_POLYNOMIAL(r - 5, far_above) / TORCH_POLYNOMIAL(r - 5, far_below);
  return copysign(size, q);
}

double torch_special_ndtri(double p) {
  if (!(p >= 0 && p <= 1)) return NAN;
  if (p == 0) return -INFINITY;
  if (p == 1) return INFINITY;
  return quantile(p - 0.5, p < 0.5 ? p : 1 - p);
}

double torch_special_erfinv(double x) {
  const double size = fabs(x);
  if (!(size <= 1)) return NAN;
  if (size == 1) return copysign(INFINITY, x);
  return TORCH_SQRT1_2 * quantile(0.5 * x, 0.5 * (1 - size));
}

// exp(x^2) erfc(x)
double torch_special_erfcx(double x) {
  if (x < -26.7) return INFINITY;
  if (x < 12) {
    // The square as a sum, so that its rounding error does not grow in the exponential.
    const double high = (double)(float)x, low = x - high;
    return exp(high * high) * exp(low * (x + high)) * erfc(x);
  }
  // The asymptotic series 1 / (x sqrt(pi)) (1 - 1/(2 x^2) + 3/(2 x^2)^2 - ...).
  const double ratio = 0.5 / (x * x);
  double sum = 1;
  for (int k = 14; k > 0; k--) sum = 1 - (2 * k - 1) * ratio * sum;
  return isnan(x) ? x : sum * (0.56418958354775628695 / x);
}

// log of the normal distribution function
double torch_special_log_ndtr(double x) {
  const double t = x * TORCH_SQRT1_2;
  if (x < -1) return log(torch_special_erfcx(-t) / 2) - t * t;
  return log1p(-erfc(t) / 2);
}
