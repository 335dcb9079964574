/// Special functions. `torch.special`. All of them are computed element by element, in the promoted floating-point type of their
/// arguments; integers become the default floating-point type, complex numbers are an error.
///
/// The Bessel functions, the Airy function and the orthogonal polynomials have no derivatives, as in PyTorch.
public enum Special {
  // MARK: The error function and the normal distribution

  /// The error function. `torch.special.erf`.
  public static func erf(_ x: Tensor) -> Tensor { x.erf() }
  /// 1 - erf(x). `torch.special.erfc`.
  public static func erfc(_ x: Tensor) -> Tensor { x.erfc() }
  /// exp(x²) erfc(x). `torch.special.erfcx`.
  public static func erfcx(_ x: Tensor) -> Tensor { SpecialOps.erfcx(x) }
  /// The inverse of `erf`; NaN outside -1...1. `torch.special.erfinv`.
  public static func erfinv(_ x: Tensor) -> Tensor { SpecialOps.erfinv(x) }
  /// The normal distribution function. `torch.special.ndtr`.
  public static func ndtr(_ x: Tensor) -> Tensor { SpecialOps.ndtr(x) }
  /// The inverse of `ndtr`; NaN outside 0...1. `torch.special.ndtri`.
  public static func ndtri(_ x: Tensor) -> Tensor { SpecialOps.ndtri(x) }
  /// The logarithm of `ndtr`, precise in the lower tail. `torch.special.log_ndtr`.
  public static func logNdtr(_ x: Tensor) -> Tensor { SpecialOps.logNdtr(x) }

  // MARK: Exponentials, logarithms, entropy

  /// -x log(x), 0 at zero, minus infinity below. `torch.special.entr`.
  public static func entr(_ x: Tensor) -> Tensor { SpecialOps.entr(x) }
  /// 2 to the power of x. `torch.special.exp2`.
  public static func exp2(_ x: Tensor) -> Tensor { x.exp2() }
  /// exp(x) - 1. `torch.special.expm1`.
  public static func expm1(_ x: Tensor) -> Tensor { x.expm1() }
  /// 1 / (1 + exp(-x)). `torch.special.expit`.
  public static func expit(_ x: Tensor) -> Tensor { x.sigmoid() }
  /// log(x / (1 - x)), of x clamped to `eps` ... 1 - eps where `eps` is given. `torch.special.logit`.
  public static func logit(_ x: Tensor, eps: Double? = nil) -> Tensor { SpecialOps.logit(x, eps) }
  /// log(1 + x). `torch.special.log1p`.
  public static func log1p(_ x: Tensor) -> Tensor { x.log1p() }
  /// sin(pi x) / (pi x). `torch.special.sinc`.
  public static func sinc(_ x: Tensor) -> Tensor { x.sinc() }
  /// x log(y), and 0 where x is 0. `torch.special.xlogy`.
  public static func xlogy(_ x: Tensor, _ y: Tensor) -> Tensor { x.xlogy(y) }
  /// x log(1 + y), and 0 where x is 0. `torch.special.xlog1py`.
  public static func xlog1py(_ x: Tensor, _ y: Tensor) -> Tensor { x.xlog1py(y) }

  // MARK: Gamma and zeta

  /// log |gamma(x)|. `torch.special.gammaln`.
  public static func gammaln(_ x: Tensor) -> Tensor { x.lgamma() }
  /// The derivative of `gammaln`. `torch.special.digamma`.
  public static func digamma(_ x: Tensor) -> Tensor { x.digamma() }
  /// `digamma`. `torch.special.psi`.
  public static func psi(_ x: Tensor) -> Tensor { x.digamma() }
  /// The n-th derivative of `digamma`. A negative n is an error. `torch.special.polygamma`.
  public static func polygamma(_ n: Int, _ x: Tensor) -> Tensor { SpecialOps.specialPolygamma(n, x) }
  /// The logarithm of the multivariate gamma function of dimension p, which must be positive. `torch.special.multigammaln`.
  public static func multigammaln(_ x: Tensor, _ p: Int) -> Tensor { SpecialOps.mvlgamma(x, p) }
  /// The regularised lower incomplete gamma function P(a, x); NaN for negative arguments. It has a derivative by x alone.
  /// `torch.special.gammainc`.
  public static func gammainc(_ a: Tensor, _ x: Tensor) -> Tensor { SpecialOps.igamma(a, x) }
  /// The regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x). It has a derivative by x alone.
  /// `torch.special.gammaincc`.
  public static func gammaincc(_ a: Tensor, _ x: Tensor) -> Tensor { SpecialOps.igammac(a, x) }
  /// Hurwitz's zeta function, the sum of 1 / (q + k)^x over k from 0 on; NaN for x < 1. It has a derivative by q alone.
  /// `torch.special.zeta`.
  public static func zeta(_ x: Tensor, _ q: Tensor) -> Tensor { SpecialOps.zeta(x, q) }

  // MARK: Bessel functions

  /// Airy's function Ai. `torch.special.airy_ai`.
  public static func airyAi(_ x: Tensor) -> Tensor { SpecialOps.airyAi(x) }
  /// The Bessel function of the first kind and order 0. `torch.special.bessel_j0`.
  public static func besselJ0(_ x: Tensor) -> Tensor { SpecialOps.besselJ0(x) }
  /// The Bessel function of the first kind and order 1. `torch.special.bessel_j1`.
  public static func besselJ1(_ x: Tensor) -> Tensor { SpecialOps.besselJ1(x) }
  /// The Bessel function of the second kind and order 0; NaN below zero. `torch.special.bessel_y0`.
  public static func besselY0(_ x: Tensor) -> Tensor { SpecialOps.besselY0(x) }
  /// The Bessel function of the second kind and order 1; NaN below zero. `torch.special.bessel_y1`.
  public static func besselY1(_ x: Tensor) -> Tensor { SpecialOps.besselY1(x) }
  /// sin(x) / x, the spherical Bessel function of order 0. `torch.special.spherical_bessel_j0`.
  public static func sphericalBesselJ0(_ x: Tensor) -> Tensor { SpecialOps.sphericalBesselJ0(x) }
  /// The modified Bessel function of the first kind and order 0, with a derivative. `torch.special.i0`.
  public static func i0(_ x: Tensor) -> Tensor { SpecialOps.i0(x) }
  /// exp(-|x|) i0(x). `torch.special.i0e`.
  public static func i0e(_ x: Tensor) -> Tensor { SpecialOps.i0e(x) }
  /// The modified Bessel function of the first kind and order 1, with a derivative. `torch.special.i1`.
  public static func i1(_ x: Tensor) -> Tensor { SpecialOps.i1(x) }
  /// exp(-|x|) i1(x). `torch.special.i1e`.
  public static func i1e(_ x: Tensor) -> Tensor { SpecialOps.i1e(x) }
  /// `i0` without a derivative. `torch.special.modified_bessel_i0`.
  public static func modifiedBesselI0(_ x: Tensor) -> Tensor { SpecialOps.modifiedBesselI0(x) }
  /// `i1` without a derivative. `torch.special.modified_bessel_i1`.
  public static func modifiedBesselI1(_ x: Tensor) -> Tensor { SpecialOps.modifiedBesselI1(x) }
  /// The modified Bessel function of the second kind and order 0; NaN below zero. `torch.special.modified_bessel_k0`.
  public static func modifiedBesselK0(_ x: Tensor) -> Tensor { SpecialOps.modifiedBesselK0(x) }
  /// The modified Bessel function of the second kind and order 1; NaN below zero. `torch.special.modified_bessel_k1`.
  public static func modifiedBesselK1(_ x: Tensor) -> Tensor { SpecialOps.modifiedBesselK1(x) }
  /// exp(x) times `modifiedBesselK0`. `torch.special.scaled_modified_bessel_k0`.
  public static func scaledModifiedBesselK0(_ x: Tensor) -> Tensor { SpecialOps.scaledModifiedBesselK0(x) }
  /// exp(x) times `modifiedBesselK1`. `torch.special.scaled_modified_bessel_k1`.
  public static func scaledModifiedBesselK1(_ x: Tensor) -> Tensor { SpecialOps.scaledModifiedBesselK1(x) }

  // MARK: Orthogonal polynomials, of x and the degree n, which is cut to a whole number; 0 for a negative one

  /// Chebyshev polynomials of the first kind. `torch.special.chebyshev_polynomial_t`.
  public static func chebyshevPolynomialT(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.chebyshevT.op(x, n) }
  /// Chebyshev polynomials of the second kind. `torch.special.chebyshev_polynomial_u`.
  public static func chebyshevPolynomialU(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.chebyshevU.op(x, n) }
  /// Chebyshev polynomials of the third kind. `torch.special.chebyshev_polynomial_v`.
  public static func chebyshevPolynomialV(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.chebyshevV.op(x, n) }
  /// Chebyshev polynomials of the fourth kind. `torch.special.chebyshev_polynomial_w`.
  public static func chebyshevPolynomialW(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.chebyshevW.op(x, n) }
  /// `chebyshevPolynomialT` at 2 x - 1. `torch.special.shifted_chebyshev_polynomial_t`.
  public static func shiftedChebyshevPolynomialT(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.shiftedChebyshevT.op(x, n) }
  /// `chebyshevPolynomialU` at 2 x - 1. `torch.special.shifted_chebyshev_polynomial_u`.
  public static func shiftedChebyshevPolynomialU(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.shiftedChebyshevU.op(x, n) }
  /// `chebyshevPolynomialV` at 2 x - 1. `torch.special.shifted_chebyshev_polynomial_v`.
  public static func shiftedChebyshevPolynomialV(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.shiftedChebyshevV.op(x, n) }
  /// `chebyshevPolynomialW` at 2 x - 1. `torch.special.shifted_chebyshev_polynomial_w`.
  public static func shiftedChebyshevPolynomialW(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.shiftedChebyshevW.op(x, n) }
  /// Hermite polynomials of the physicists. NaN for degrees above 128 (float32) or 512 (float64).
  /// `torch.special.hermite_polynomial_h`.
  public static func hermitePolynomialH(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.hermiteH.op(x, n) }
  /// Hermite polynomials of the probabilists. NaN for degrees above 128 (float32) or 512 (float64).
  /// `torch.special.hermite_polynomial_he`.
  public static func hermitePolynomialHe(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.hermiteHe.op(x, n) }
  /// Laguerre polynomials. `torch.special.laguerre_polynomial_l`.
  public static func laguerrePolynomialL(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.laguerreL.op(x, n) }
  /// Legendre polynomials. `torch.special.legendre_polynomial_p`.
  public static func legendrePolynomialP(_ x: Tensor, _ n: Tensor) -> Tensor { SpecialOps.legendreP.op(x, n) }
}

extension Tensor {
  /// The inverse of `erf`; NaN outside -1...1. `torch.erfinv`.
  public func erfinv() -> Tensor { SpecialOps.erfinv(self) }
  /// `erfinv` in place.
  @discardableResult
  public func erfinv_() -> Tensor { SpecialOps.erfinv.inPlace(self) }
  /// The modified Bessel function of the first kind and order 0. `torch.i0`.
  public func i0() -> Tensor { SpecialOps.i0(self) }
  /// log(x / (1 - x)), of x clamped to `eps` ... 1 - eps where `eps` is given. `torch.logit`.
  public func logit(eps: Double? = nil) -> Tensor { SpecialOps.logit(self, eps) }
  /// The n-th derivative of `digamma`. A negative n is an error. `torch.polygamma`.
  public func polygamma(_ n: Int) -> Tensor { SpecialOps.polygamma(n, self) }
  /// The logarithm of the multivariate gamma function of dimension p, which must be positive. `torch.mvlgamma`.
  public func mvlgamma(_ p: Int) -> Tensor { SpecialOps.mvlgamma(self, p) }
  /// The regularised lower incomplete gamma function P(self, other), with a derivative by `other` alone. `torch.igamma`.
  public func igamma(_ other: Tensor) -> Tensor { SpecialOps.igamma(self, other) }
  /// The regularised upper incomplete gamma function Q(self, other), with a derivative by `other` alone. `torch.igammac`.
  public func igammac(_ other: Tensor) -> Tensor { SpecialOps.igammac(self, other) }
}
