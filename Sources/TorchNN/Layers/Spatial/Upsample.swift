import TorchOps

/// Resizes inputs (N, C, L), (N, C, H, W) or (N, C, D, H, W). `torch.nn.Upsample`.
open class Upsample: Module {
  public let size: [Int]?
  public let scaleFactor: [Double]?
  public let mode: InterpolationMode
  public let alignCorners: Bool
  public let recomputeScaleFactor: Bool
  private let given: String

  /// To given spatial sizes: one number for all, or one for each.
  public init(size: any SpatialSize, mode: InterpolationMode = .nearest, alignCorners: Bool = false) {
    self.size = (size as? Int).map { [$0] } ?? (size as? [Int])
    scaleFactor = nil
    self.mode = mode
    self.alignCorners = alignCorners
    recomputeScaleFactor = false
    given = "size=\(size.described)"
  }

  /// By a factor.
  /// - Parameter recomputeScaleFactor: whether positions follow from the sizes, rather than from the factor.
  public convenience init(
    scaleFactor: Double, mode: InterpolationMode = .nearest, alignCorners: Bool = false, recomputeScaleFactor: Bool = false
  ) {
    self.init([scaleFactor], Described.number(scaleFactor), mode, alignCorners, recomputeScaleFactor)
  }

  /// By a factor for each spatial dimension.
  public convenience init(
    scaleFactor: [Double], mode: InterpolationMode = .nearest, alignCorners: Bool = false, recomputeScaleFactor: Bool = false
  ) {
    let text = "(\(scaleFactor.map(Described.number).joined(separator: ", "))\(scaleFactor.count == 1 ? "," : ""))"
    self.init(scaleFactor, text, mode, alignCorners, recomputeScaleFactor)
  }

  fileprivate init(
    _ scaleFactor: [Double], _ text: String, _ mode: InterpolationMode, _ alignCorners: Bool, _ recomputeScaleFactor: Bool
  ) {
    size = nil
    self.scaleFactor = scaleFactor
    self.mode = mode
    self.alignCorners = alignCorners
    self.recomputeScaleFactor = recomputeScaleFactor
    given = "scale_factor=\(text)"
  }

  open override func forward(_ x: Tensor) -> Tensor {
    let dims = x.isDefined ? Swift.max(x.rank - 2, 1) : 1
    func each<Value>(_ values: [Value]?) -> [Value]? {
      values.map { $0.count == 1 ? Array(repeating: $0[0], count: dims) : $0 }
    }
    return interpolate(
      x, size: each(size), scaleFactor: each(scaleFactor), mode: mode, alignCorners: alignCorners,
      recomputeScaleFactor: recomputeScaleFactor)
  }

  /// PyTorch's name of the mode, where the number of dimensions is known from the factors or else from the layer's own name.
  fileprivate var modeName: String { mode.rawValue }
  open override var extraDescription: String { "\(given), mode='\(modeName)'" }
}

/// ``Upsample`` of images (N, C, H, W) by repeated elements. `torch.nn.UpsamplingNearest2d`.
open class UpsamplingNearest2d: Upsample {
  public init(size: any SpatialSize) { super.init(size: size, mode: .nearest) }
  public init(scaleFactor: Double) { super.init([scaleFactor], Described.number(scaleFactor), .nearest, false, false) }
}

/// ``Upsample`` of images (N, C, H, W) by straight lines between the corners. `torch.nn.UpsamplingBilinear2d`.
open class UpsamplingBilinear2d: Upsample {
  public init(size: any SpatialSize) { super.init(size: size, mode: .linear, alignCorners: true) }
  public init(scaleFactor: Double) { super.init([scaleFactor], Described.number(scaleFactor), .linear, true, false) }

  fileprivate override var modeName: String { "bilinear" }
}
