import TorchOps

extension Init {
  /// Normal, drawn again where it is not in [low, high]. `trunc_normal_`.
  @discardableResult
  public static func truncNormal_(
    _ tensor: Tensor, mean: Double = 0, std: Double = 1, low: Double = -2, high: Double = 2, generator: Generator? = nil
  ) -> Tensor {
    checked(tensor, "Init.truncNormal_") {
      guard tensor.isDefined, tensor.device == .cpu else { return tensor }
      guard std > 0, low < high else {
        throw TorchError(.value, "expected a positive deviation and low < high, got \(std) and [\(low), \(high)]")
      }
      return noGrad {
        let bounds = Tensor([low, high], dtype: .float64)
        let distribution = Special.ndtr((bounds - Tensor(mean, dtype: .float64)) / Tensor(std, dtype: .float64)).array(
          as: Double.self)
        if distribution[1] - distribution[0] > 0.3 {
          redrawNormal(tensor, mean, std, low, high, generator)
        } else {
          rejectUniform(tensor, mean, std, low, high, generator)
        }
        return tensor
      }
    }
  }

  /// Where much of the distribution lies between the bounds: normal numbers, again for those outside.
  private static func redrawNormal(
    _ tensor: Tensor, _ mean: Double, _ std: Double, _ low: Double, _ high: Double, _ generator: Generator?
  ) {
    tensor.normal_(mean, std, generator: generator)
    let (least, most) = (Tensor(low, dtype: tensor.dtype), Tensor(high, dtype: tensor.dtype))
    while true {
      let outside = (tensor .< least).logicalOr(tensor .> most)
      guard outside.any().item(as: Int.self) != 0 else { return }
      tensor.copy_(`where`(outside, tensor.emptyLike().normal_(mean, std, generator: generator), tensor))
    }
  }

  /// Where little of it does: uniform numbers, kept with the probability that the density gives them.
  private static func rejectUniform(
    _ tensor: Tensor, _ mean: Double, _ std: Double, _ low: Double, _ high: Double, _ generator: Generator?
  ) {
    let mode = Swift.max(low, Swift.min(mean, high))
    let peak = -0.5 * ((mode - mean) / std) * ((mode - mean) / std)
    var candidates = tensor.emptyLike()
    func number(_ value: Double) -> Tensor { Tensor(scalar: .double(value)) }
    func rejected() -> Tensor {
      let density = candidates.sub(number(mean)).div(number(std)).pow(2).mul(number(-0.5)).sub(number(peak))
      return tensor.emptyLike().uniform_(0, 1, generator: generator).log() .> density
    }
    tensor.uniform_(low, high, generator: generator)
    candidates = tensor.clone()
    var pending = rejected()
    while pending.any().item(as: Int.self) != 0 {
      candidates.uniform_(low, high, generator: generator)
      tensor.copy_(`where`(pending, candidates, tensor))
      pending = `where`(pending, rejected(), pending)
    }
  }

  /// Ones on the diagonal of a matrix, zeros elsewhere. `eye_`.
  @discardableResult
  public static func eye_(_ tensor: Tensor) -> Tensor {
    checked(tensor, "Init.eye_") {
      guard tensor.isDefined else { return tensor }
      guard tensor.rank == 2 else { throw TorchError(.shape, "expected a matrix, got \(tensor.summary)") }
      return noGrad { tensor.copy_(Tensor.eye(tensor.size(0), tensor.size(1), dtype: tensor.dtype)) }
    }
  }

  /// A convolution's weight (out, in / groups, kernel…) that passes its input on, as far as there are channels. `dirac_`.
  @discardableResult
  public static func dirac_(_ tensor: Tensor, groups: Int = 1) -> Tensor {
    checked(tensor, "Init.dirac_") {
      guard tensor.isDefined else { return tensor }
      guard (3...5).contains(tensor.rank) else { throw TorchError(.shape, "expected 3 to 5 dimensions, got \(tensor.summary)") }
      guard groups > 0, tensor.size(0) % groups == 0 else {
        throw TorchError(.value, "groups: expected a divisor of \(tensor.size(0)), got \(groups)")
      }
      return noGrad {
        tensor.zero_()
        let each = tensor.size(0) / groups
        for group in 0..<groups {
          for channel in 0..<Swift.min(each, tensor.size(1)) {
            var place = tensor.select(0, group * each + channel).select(0, channel)
            for size in tensor.shape.dropFirst(2) { place = place.select(0, size / 2) }
            place.fill_(1 as Scalar)
          }
        }
        return tensor
      }
    }
  }

  /// Rows or columns that are orthonormal, of a tensor taken as a matrix (first size, all others). `orthogonal_` (Saxe and others, 2013).
  @discardableResult
  public static func orthogonal_(_ tensor: Tensor, gain: Double = 1, generator: Generator? = nil) -> Tensor {
    checked(tensor, "Init.orthogonal_") {
      guard tensor.isDefined else { return tensor }
      guard tensor.rank >= 2 else { throw TorchError(.shape, "expected at least 2 dimensions, got \(tensor.summary)") }
      if tensor.count == 0 { return tensor }
      return noGrad {
        let rows = tensor.size(0)
        let columns = tensor.count / rows
        var flat = Tensor.empty([rows, columns], dtype: tensor.dtype).normal_(0, 1, generator: generator)
        if rows < columns { flat = flat.t() }
        let (q, r) = Linalg.qr(flat)
        // Unique, with a positive diagonal of R.
        var result = q * r.diagonal().sign()
        if rows < columns { result = result.t() }
        tensor.copy_(result.reshape(tensor.shape))
        return tensor.mul_(Tensor(scalar: .double(gain)))
      }
    }
  }

  /// Normal columns of a matrix with a part of each set to zero. `sparse_` (Martens, 2010).
  @discardableResult
  public static func sparse_(_ tensor: Tensor, sparsity: Double, std: Double = 0.01, generator: Generator? = nil) -> Tensor {
    checked(tensor, "Init.sparse_") {
      guard tensor.isDefined else { return tensor }
      guard tensor.rank == 2 else { throw TorchError(.shape, "expected a matrix, got \(tensor.summary)") }
      guard sparsity >= 0, sparsity <= 1 else {
        throw TorchError(.value, "sparsity: expected a part from 0 to 1, got \(sparsity)")
      }
      return noGrad {
        let (rows, columns) = (tensor.size(0), tensor.size(1))
        let zeros = Int((sparsity * Double(rows)).rounded(.up))
        tensor.normal_(0, std, generator: generator)
        for column in 0..<columns {
          let places = Tensor.randperm(rows, generator: generator).narrow(0, 0, zeros)
          tensor.select(1, column).indexFill_(0, places, 0 as Scalar)
        }
        return tensor
      }
    }
  }
}
