// The special functions. ONE(name), TWO(name): double torch_special_name(double) or (double, double); float32 is computed in
// double. POLYNOMIAL(name): of x and a degree, scalar_name and scalar_name_f32 (polynomials.h), with a float32 form of its own
// because overflow inside it is part of the result.
#define TORCH_SPECIAL_FUNCTIONS(ONE, TWO, POLYNOMIAL) \
  ONE(airy_ai) \
  ONE(bessel_j0) \
  ONE(bessel_j1) \
  ONE(bessel_y0) \
  ONE(bessel_y1) \
  ONE(erfcx) \
  ONE(erfinv) \
  ONE(frexp_exponent) \
  ONE(frexp_mantissa) \
  ONE(i0) \
  ONE(i0e) \
  ONE(i1) \
  ONE(i1e) \
  ONE(log_ndtr) \
  ONE(modified_bessel_k0) \
  ONE(modified_bessel_k1) \
  ONE(ndtri) \
  ONE(scaled_modified_bessel_k0) \
  ONE(scaled_modified_bessel_k1) \
  ONE(spherical_bessel_j0) \
  TWO(igamma) \
  TWO(igammac) \
  TWO(nextafter_bf16) \
  TWO(nextafter_f16) \
  TWO(polygamma) \
  TWO(zeta) \
  POLYNOMIAL(chebyshev_polynomial_t) \
  POLYNOMIAL(chebyshev_polynomial_u) \
  POLYNOMIAL(chebyshev_polynomial_v) \
  POLYNOMIAL(chebyshev_polynomial_w) \
  POLYNOMIAL(shifted_chebyshev_polynomial_t) \
  POLYNOMIAL(shifted_chebyshev_polynomial_u) \
  POLYNOMIAL(shifted_chebyshev_polynomial_v) \
  POLYNOMIAL(shifted_chebyshev_polynomial_w) \
  POLYNOMIAL(hermite_polynomial_h) \
  POLYNOMIAL(hermite_polynomial_he) \
  POLYNOMIAL(laguerre_polynomial_l) \
  POLYNOMIAL(legendre_polynomial_p)
