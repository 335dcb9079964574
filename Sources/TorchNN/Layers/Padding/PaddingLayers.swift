import TorchOps

/// What the padding layers share: elements around the last dimensions.
open class PaddingLayer: Module {
  /// Before and after the last dimension, then before and after the one before it, and so on; negative ones cut off.
  public let padding: [Int]
  public let mode: PaddingMode
  /// Of constant padding.
  public let value: Double

  init(_ padding: any SpatialSize, dims: Int, _ mode: PaddingMode, value: Double = 0, _ name: String) {
    self.padding = checked(Array(repeating: 0, count: 2 * dims), name) {
      guard let values = padding.expanded(2 * dims) else {
        throw TorchError(.value, "padding: expected one number or \(2 * dims), two for each dimension, got \(padding)")
      }
      return values
    }
    self.mode = mode
    self.value = value
  }

  open override func forward(_ x: Tensor) -> Tensor { x.pad(padding, mode: mode, value: mode == .constant ? value : nil) }
  open override var extraDescription: String { Described.tuple(padding) }
}

/// A number around inputs (N, C, L). `torch.nn.ConstantPad1d`.
open class ConstantPad1d: PaddingLayer {
  public init(_ padding: any SpatialSize, value: Double) {
    super.init(padding, dims: 1, .constant, value: value, "ConstantPad1d")
  }
  open override var extraDescription: String { "padding=\(Described.tuple(padding)), value=\(Described.number(value))" }
}

/// A number around inputs (N, C, H, W). `torch.nn.ConstantPad2d`.
open class ConstantPad2d: PaddingLayer {
  public init(_ padding: any SpatialSize, value: Double) {
    super.init(padding, dims: 2, .constant, value: value, "ConstantPad2d")
  }
  open override var extraDescription: String { "padding=\(Described.tuple(padding)), value=\(Described.number(value))" }
}

/// A number around inputs (N, C, D, H, W). `torch.nn.ConstantPad3d`.
open class ConstantPad3d: PaddingLayer {
  public init(_ padding: any SpatialSize, value: Double) {
    super.init(padding, dims: 3, .constant, value: value, "ConstantPad3d")
  }
  open override var extraDescription: String { "padding=\(Described.tuple(padding)), value=\(Described.number(value))" }
}

/// Zeros around inputs (N, C, L). `torch.nn.ZeroPad1d`.
open class ZeroPad1d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 1, .constant, "ZeroPad1d") }
}

/// Zeros around inputs (N, C, H, W). `torch.nn.ZeroPad2d`.
open class ZeroPad2d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 2, .constant, "ZeroPad2d") }
}

/// Zeros around inputs (N, C, D, H, W). `torch.nn.ZeroPad3d`.
open class ZeroPad3d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 3, .constant, "ZeroPad3d") }
}

/// Elements mirrored at the edge around inputs (N, C, L). `torch.nn.ReflectionPad1d`.
open class ReflectionPad1d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 1, .reflect, "ReflectionPad1d") }
}

/// Elements mirrored at the edge around inputs (N, C, H, W). `torch.nn.ReflectionPad2d`.
open class ReflectionPad2d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 2, .reflect, "ReflectionPad2d") }
}

/// Elements mirrored at the edge around inputs (N, C, D, H, W). `torch.nn.ReflectionPad3d`.
open class ReflectionPad3d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 3, .reflect, "ReflectionPad3d") }
}

/// The outermost elements around inputs (N, C, L). `torch.nn.ReplicationPad1d`.
open class ReplicationPad1d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 1, .replicate, "ReplicationPad1d") }
}

/// The outermost elements around inputs (N, C, H, W). `torch.nn.ReplicationPad2d`.
open class ReplicationPad2d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 2, .replicate, "ReplicationPad2d") }
}

/// The outermost elements around inputs (N, C, D, H, W). `torch.nn.ReplicationPad3d`.
open class ReplicationPad3d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 3, .replicate, "ReplicationPad3d") }
}

/// The elements of the other end around inputs (N, C, L). `torch.nn.CircularPad1d`.
open class CircularPad1d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 1, .circular, "CircularPad1d") }
}

/// The elements of the other end around inputs (N, C, H, W). `torch.nn.CircularPad2d`.
open class CircularPad2d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 2, .circular, "CircularPad2d") }
}

/// The elements of the other end around inputs (N, C, D, H, W). `torch.nn.CircularPad3d`.
open class CircularPad3d: PaddingLayer {
  public init(_ padding: any SpatialSize) { super.init(padding, dims: 3, .circular, "CircularPad3d") }
}
