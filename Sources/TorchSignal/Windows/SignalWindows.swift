import Foundation
import TorchCore

/// Signal processing. `torch.signal`.
public enum Signal {
  /// Windows of `length` points: symmetric, or (`sym: false`) to be repeated, for use with transforms. `torch.signal.windows`.
  ///
  /// No points give an empty tensor, one point a 1. `dtype` must be a floating-point type; the default type when omitted.
  public enum Windows {
    /// The values of `shape` at the places 0 ..< length; `last` is the place that mirrors place 0.
    private static func make(
      _ length: Int, _ sym: Bool, _ dtype: DType?, _ requiresGrad: Bool, _ name: String,
      check: () throws -> Void = {}, _ shape: (_ place: Double, _ last: Double) -> Double
    ) -> Tensor {
      let window = checked(.poison(), name) {
        guard length >= 0 else { throw TorchError(.value, "length must not be negative, got \(length)") }
        let type = dtype ?? defaultDType
        guard type.isFloatingPoint else { throw TorchError(.dtype, "dtype must be a floating-point type, got \(type)") }
        try check()
        let last = Double(sym ? length - 1 : length)
        let values = length == 1 ? [1] : (0..<length).map { shape(Double($0), last) }
        return Tensor(values, shape: [length], dtype: type)
      }
      return requiresGrad ? window.requiresGrad_() : window
    }

    /// A triangle. `torch.signal.windows.bartlett`.
    public static func bartlett(_ length: Int, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
      make(length, sym, dtype, requiresGrad, "Signal.Windows.bartlett") { 1 - abs(2 * $0 / $1 - 1) }
    }

    /// Three cosines, with weights 0.42, 0.5 and 0.08. `torch.signal.windows.blackman`.
    public static func blackman(_ length: Int, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
      make(length, sym, dtype, requiresGrad, "Signal.Windows.blackman") { cosineSum([0.42, 0.5, 0.08], 2 * .pi * $0 / $1) }
    }

    /// The positive half of a sine. `torch.signal.windows.cosine`.
    public static func cosine(_ length: Int, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
      make(length, sym, dtype, requiresGrad, "Signal.Windows.cosine") { sin(.pi * ($0 + 0.5) / ($1 + 1)) }
    }

    /// exp(-|x - center| / tau), around the middle unless a periodic window names another `center`.
    /// `torch.signal.windows.exponential`.
    public static func exponential(
      _ length: Int, center: Double? = nil, tau: Double = 1, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      func check() throws {
        guard tau > 0 else { throw TorchError(.value, "tau must be positive, got \(tau)") }
        if sym, center != nil { throw TorchError(.value, "a symmetric window has its center in the middle") }
      }
      return make(length, sym, dtype, requiresGrad, "Signal.Windows.exponential", check: check) {
        exp(-abs($0 - (center ?? $1 / 2)) / tau)
      }
    }

    /// exp(-x^2 / (2 std^2)) around the middle. `torch.signal.windows.gaussian`.
    public static func gaussian(
      _ length: Int, std: Double = 1, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      func check() throws {
        guard std > 0 else { throw TorchError(.value, "std must be positive, got \(std)") }
      }
      return make(length, sym, dtype, requiresGrad, "Signal.Windows.gaussian", check: check) {
        let x = ($0 - $1 / 2) / std
        return exp(-x * x / 2)
      }
    }

    /// a0 - a1 cos x + a2 cos 2x - ... over one round. `torch.signal.windows.general_cosine`.
    public static func generalCosine(
      _ length: Int, a: [Double], sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      func check() throws {
        guard !a.isEmpty else { throw TorchError(.value, "a must hold at least one weight") }
      }
      return make(length, sym, dtype, requiresGrad, "Signal.Windows.generalCosine", check: check) {
        cosineSum(a, 2 * .pi * $0 / $1)
      }
    }

    /// alpha - (1 - alpha) cos x over one round. `torch.signal.windows.general_hamming`.
    public static func generalHamming(
      _ length: Int, alpha: Double = 0.54, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false
    ) -> Tensor { generalCosine(length, a: [alpha, 1 - alpha], sym: sym, dtype: dtype, requiresGrad: requiresGrad) }

    /// 0.54 - 0.46 cos x over one round. `torch.signal.windows.hamming`.
    public static func hamming(_ length: Int, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
      generalHamming(length, sym: sym, dtype: dtype, requiresGrad: requiresGrad)
    }

    /// 0.5 - 0.5 cos x over one round. `torch.signal.windows.hann`.
    public static func hann(_ length: Int, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
      generalHamming(length, alpha: 0.5, sym: sym, dtype: dtype, requiresGrad: requiresGrad)
    }

    /// A window of the shape that `beta` chooses between a rectangle (0) and a narrow peak. `torch.signal.windows.kaiser`.
    public static func kaiser(
      _ length: Int, beta: Double = 12, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false
    ) -> Tensor {
      func check() throws {
        guard beta >= 0 else { throw TorchError(.value, "beta must not be negative, got \(beta)") }
      }
      return make(length, sym, dtype, requiresGrad, "Signal.Windows.kaiser", check: check) {
        let offset = Swift.min(2 * $0 / $1 - 1, 1)
        return besselI0(beta * (1 - offset * offset).squareRoot()) / besselI0(beta)
      }
    }

    /// Four cosines, with Nuttall's weights for the lowest side lobes. `torch.signal.windows.nuttall`.
    public static func nuttall(_ length: Int, sym: Bool = true, dtype: DType? = nil, requiresGrad: Bool = false) -> Tensor {
      generalCosine(length, a: [0.3635819, 0.4891775, 0.1365995, 0.0106411], sym: sym, dtype: dtype, requiresGrad: requiresGrad)
    }
  }
}
