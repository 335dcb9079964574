import TorchOps

/// Splits a weight into lengths and directions: w = g v / ‖v‖. `torch.nn.utils.parametrizations.weight_norm` (Salimans and Kingma,
/// 2016). Keys: `parametrizations.weight.original0` (g) and `original1` (v).
/// - Parameter dim: the dimension whose slices have lengths of their own; nil for one length of the whole.
@discardableResult
public func weightNorm<M: Module>(_ module: M, name: String = "weight", dim: Int? = 0) -> M {
  module.registerParametrization(name, WeightNormalization(dim), isUnsafe: true)
}

final class WeightNormalization: Module, RightInvertible {
  private let dim: Int?

  init(_ dim: Int?) { self.dim = dim }

  override var typeName: String { "_WeightNorm" }
  override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { y * (x / length(y)) }
  func rightInverse(_ x: Tensor) throws -> [Tensor] { [length(x), x] }

  private func length(_ v: Tensor) -> Tensor {
    guard let dim, v.isDefined else { return v.norm(2) }
    let kept = dim < 0 ? dim + v.rank : dim
    return v.norm(2, (0..<v.rank).filter { $0 != kept }, keepDim: true)
  }
}

/// Divides a weight by its largest singular value, which power iterations follow in training.
/// `torch.nn.utils.parametrizations.spectral_norm` (Miyato and others, 2018). Buffers: `parametrizations.weight.0._u` and `_v`.
/// - Parameters:
///   - iterations: of the power method in each forward pass in training.
///   - eps: the least norm that is divided by.
///   - dim: the dimension of the outputs; nil for 1 in transposed convolutions and 0 elsewhere.
@discardableResult
public func spectralNorm<M: Module>(
  _ module: M, name: String = "weight", iterations: Int = 1, eps: Double = 1e-12, dim: Int? = nil
) -> M {
  checked((), "spectralNorm") {
    guard let weight = try module.declaredSlot(name).tensor else { throw TorchError(.value, "\(name) has no tensor yet") }
    let norm = try SpectralNormalization(weight, iterations, dim ?? (module is TransposedConvolution ? 1 : 0), eps)
    module.registerParametrization(name, norm)
  }
  return module
}

final class SpectralNormalization: Module, RightInvertible {
  private let iterations: Int
  private let dim: Int
  private let eps: Double
  @Buffer(key: "_u") var u: Tensor? = nil
  @Buffer(key: "_v") var v: Tensor? = nil

  init(_ weight: Tensor, _ iterations: Int, _ dim: Int, _ eps: Double) throws {
    guard dim >= -weight.rank, dim < weight.rank else {
      throw TorchError(.index, "dim \(dim) is out of range for \(weight.summary)")
    }
    guard iterations > 0 else { throw TorchError(.value, "iterations: expected a positive number, got \(iterations)") }
    self.iterations = iterations
    self.dim = dim < 0 ? dim + weight.rank : dim
    self.eps = eps
    super.init()
    guard weight.rank > 1 else { return }
    noGrad {
      let matrix = flattened(weight.detach())
      u = normalized(Tensor.empty([matrix.size(0)], dtype: weight.dtype).normal_(0, 1))
      v = normalized(Tensor.empty([matrix.size(1)], dtype: weight.dtype).normal_(0, 1))
      iterate(matrix, 15)
    }
  }

  override var typeName: String { "_SpectralNorm" }

  private func flattened(_ weight: Tensor) -> Tensor {
    guard dim != 0 else { return weight.flatten(1) }
    return weight.permute([dim] + (0..<weight.rank).filter { $0 != dim }).flatten(1)
  }

  private func normalized(_ x: Tensor) -> Tensor { x / x.norm(2).clamp(min: Scalar(eps)) }

  private func iterate(_ matrix: Tensor, _ count: Int) {
    for _ in 0..<count {
      u = normalized(matrix.mv(v!))
      v = normalized(matrix.t().mv(u!))
    }
  }

  override func forward(_ x: Tensor) -> Tensor {
    guard x.rank > 1 else { return normalized(x) }
    let matrix = flattened(x)
    if isTraining { noGrad { iterate(matrix.detach(), iterations) } }
    return x / u!.dot(matrix.mv(v!))
  }

  func rightInverse(_ x: Tensor) throws -> [Tensor] { [x] }
}
