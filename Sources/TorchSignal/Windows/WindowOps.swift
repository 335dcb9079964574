import Foundation
import TorchCore

/// The windows among PyTorch's operators: `torch.hann_window` and its kin.
package enum WindowOps {
  private static let tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"
  package typealias PlainOp = Op<Int, DType?, Layout?, Device?, Bool?, Tensor>
  package typealias PeriodicOp = Op<Int, Bool, DType?, Layout?, Device?, Bool?, Tensor>
  package typealias ShapedOp = Op<Int, Bool, Double, DType?, Layout?, Device?, Bool?, Tensor>
  package typealias TwiceShapedOp = Op<Int, Bool, Double, Double, DType?, Layout?, Device?, Bool?, Tensor>

  /// A window of `length` points, the values of `shape` at the places 0 ... of one that is symmetric over `last` steps. Windows
  /// that are to be repeated leave out the last point.
  private static func make(
    _ length: Int, _ periodic: Bool, _ dtype: DType?, _ device: Device?, _ shape: (_ place: Double, _ last: Double) -> Double
  ) throws -> Tensor {
    let type = dtype ?? defaultDType
    guard type.isFloatingPoint else { throw TorchError(.dtype, "dtype must be a floating-point type, got \(type)") }
    guard length >= 0 else { throw TorchError(.value, "window_length must not be negative, got \(length)") }
    if device == .meta { return try Tensor.allocate(TensorSpec([length], type, .meta)) }
    if length == 1 { return Tensor([1.0], dtype: type) }
    let last = Double(periodic ? length : length - 1)
    return Tensor((0..<length).map { shape(Double($0), last) }, shape: [length], dtype: type)
  }

  private static func cosines(_ a: [Double]) -> (Double, Double) -> Double { { cosineSum(a, 2 * .pi * $0 / $1) } }
  private static func triangle(_ place: Double, _ last: Double) -> Double {
    2 * place <= last ? 2 * place / last : 2 - 2 * place / last
  }
  private static func kaiser(_ beta: Double) -> (Double, Double) -> Double {
    { place, last in
      let offset = 2 * place / last - 1
      return besselI0(beta * abs(1 - offset * offset).squareRoot()) / besselI0(beta)
    }
  }

  package static let hann = PlainOp.factory("aten::hann_window(int window_length, *, \(tail)) -> Tensor") { n, dtype, _, device, _ in
    try make(n, true, dtype, device, cosines([0.5, 0.5]))
  }
  package static let hannPeriodic = PeriodicOp.factory(
    "aten::hann_window.periodic(int window_length, bool periodic, *, \(tail)) -> Tensor"
  ) { n, periodic, dtype, _, device, _ in try make(n, periodic, dtype, device, cosines([0.5, 0.5])) }

  package static let hamming = PlainOp.factory(
    "aten::hamming_window(int window_length, *, \(tail)) -> Tensor"
  ) { n, dtype, _, device, _ in try make(n, true, dtype, device, cosines([0.54, 0.46])) }
  package static let hammingPeriodic = PeriodicOp.factory(
    "aten::hamming_window.periodic(int window_length, bool periodic, *, \(tail)) -> Tensor"
  ) { n, periodic, dtype, _, device, _ in try make(n, periodic, dtype, device, cosines([0.54, 0.46])) }
  package static let hammingAlpha = ShapedOp.factory(
    "aten::hamming_window.periodic_alpha(int window_length, bool periodic, float alpha, *, \(tail)) -> Tensor"
  ) { n, periodic, alpha, dtype, _, device, _ in try make(n, periodic, dtype, device, cosines([alpha, 0.46])) }
  package static let hammingAlphaBeta = TwiceShapedOp.factory(
    "aten::hamming_window.periodic_alpha_beta(int window_length, bool periodic, float alpha, float beta, *, \(tail)) -> Tensor"
  ) { n, periodic, alpha, beta, dtype, _, device, _ in try make(n, periodic, dtype, device, cosines([alpha, beta])) }

  package static let blackman = PlainOp.factory(
    "aten::blackman_window(int window_length, *, \(tail)) -> Tensor"
  ) { n, dtype, _, device, _ in try make(n, true, dtype, device, cosines([0.42, 0.5, 0.08])) }
  package static let blackmanPeriodic = PeriodicOp.factory(
    "aten::blackman_window.periodic(int window_length, bool periodic, *, \(tail)) -> Tensor"
  ) { n, periodic, dtype, _, device, _ in try make(n, periodic, dtype, device, cosines([0.42, 0.5, 0.08])) }

  package static let bartlett = PlainOp.factory(
    "aten::bartlett_window(int window_length, *, \(tail)) -> Tensor"
  ) { n, dtype, _, device, _ in try make(n, true, dtype, device, triangle) }
  package static let bartlettPeriodic = PeriodicOp.factory(
    "aten::bartlett_window.periodic(int window_length, bool periodic, *, \(tail)) -> Tensor"
  ) { n, periodic, dtype, _, device, _ in try make(n, periodic, dtype, device, triangle) }

  package static let kaiser = PlainOp.factory(
    "aten::kaiser_window(int window_length, *, \(tail)) -> Tensor"
  ) { n, dtype, _, device, _ in try make(n, true, dtype, device, kaiser(12)) }
  package static let kaiserPeriodic = PeriodicOp.factory(
    "aten::kaiser_window.periodic(int window_length, bool periodic, *, \(tail)) -> Tensor"
  ) { n, periodic, dtype, _, device, _ in try make(n, periodic, dtype, device, kaiser(12)) }
  package static let kaiserBeta = ShapedOp.factory(
    "aten::kaiser_window.beta(int window_length, bool periodic, float beta, *, \(tail)) -> Tensor"
  ) { n, periodic, beta, dtype, _, device, _ in try make(n, periodic, dtype, device, kaiser(beta)) }

  package static let table: [AnyOp] = [
    hann.erased, hannPeriodic.erased, hamming.erased, hammingPeriodic.erased, hammingAlpha.erased, hammingAlphaBeta.erased,
    blackman.erased, blackmanPeriodic.erased, bartlett.erased, bartlettPeriodic.erased, kaiser.erased, kaiserPeriodic.erased,
    kaiserBeta.erased,
  ]
}

/// a0 - a1 cos x + a2 cos 2x - ...
func cosineSum(_ a: [Double], _ x: Double) -> Double {
  var sum = 0.0
  for (i, weight) in a.enumerated() { sum += (i % 2 == 0 ? weight : -weight) * cos(Double(i) * x) }
  return sum
}

/// The modified Bessel function of order zero, by its series of positive terms.
func besselI0(_ x: Double) -> Double {
  let quarter = x * x / 4
  guard quarter.isFinite else { return quarter }
  var (sum, term, k) = (1.0, 1.0, 1.0)
  while term > sum * 1e-17 && sum.isFinite {
    term *= quarter / (k * k)
    sum += term
    k += 1
  }
  return sum
}

extension Tensor {
  /// A window that rises and falls as a cosine, to be repeated (`periodic`) or symmetric. `torch.hann_window`.
  public static func hannWindow(_ length: Int, periodic: Bool = true, dtype: DType? = nil) -> Tensor {
    WindowOps.hannPeriodic(length, periodic, dtype, nil, nil, nil)
  }
  /// alpha - beta cos, to be repeated (`periodic`) or symmetric. `torch.hamming_window`.
  public static func hammingWindow(
    _ length: Int, periodic: Bool = true, alpha: Double = 0.54, beta: Double = 0.46, dtype: DType? = nil
  ) -> Tensor { WindowOps.hammingAlphaBeta(length, periodic, alpha, beta, dtype, nil, nil, nil) }
  /// A sum of three cosines, to be repeated (`periodic`) or symmetric. `torch.blackman_window`.
  public static func blackmanWindow(_ length: Int, periodic: Bool = true, dtype: DType? = nil) -> Tensor {
    WindowOps.blackmanPeriodic(length, periodic, dtype, nil, nil, nil)
  }
  /// A triangle, to be repeated (`periodic`) or symmetric. `torch.bartlett_window`.
  public static func bartlettWindow(_ length: Int, periodic: Bool = true, dtype: DType? = nil) -> Tensor {
    WindowOps.bartlettPeriodic(length, periodic, dtype, nil, nil, nil)
  }
  /// A window of the shape that `beta` chooses between a rectangle and a narrow peak, to be repeated (`periodic`) or symmetric.
  /// `torch.kaiser_window`.
  public static func kaiserWindow(_ length: Int, periodic: Bool = true, beta: Double = 12, dtype: DType? = nil) -> Tensor {
    WindowOps.kaiserBeta(length, periodic, beta, dtype, nil, nil, nil)
  }
}
