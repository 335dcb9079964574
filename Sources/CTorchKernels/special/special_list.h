// The special functions. ONE(name), TWO(name): double torch_special_name(double) or (double, double); float32 is computed in
// double. TYPED(name): two arguments, with a float32 form of its own, torch_special_name_f32, because overflow inside it is part
// of the result.
#define TORCH_SPECIAL_FUNCTIONS(ONE, TWO, TYPED) \
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
  TYPED(nextafter) \
  TYPED(chebyshev_polynomial_t) \
  TYPED(chebyshev_polynomial_u) \
  TYPED(chebyshev_polynomial_v) \
  TYPED(chebyshev_polynomial_w) \
  TYPED(shifted_chebyshev_polynomial_t) \
  TYPED(shifted_chebyshev_polynomial_u) \
  TYPED(shifted_chebyshev_polynomial_v) \
  TYPED(shifted_chebyshev_polynomial_w) \
  TYPED(hermite_polynomial_h) \
  TYPED(hermite_polynomial_he) \
  TYPED(laguerre_polynomial_l) \
  TYPED(legendre_polynomial_p)
