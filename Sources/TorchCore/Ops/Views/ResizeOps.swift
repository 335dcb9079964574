/// Other sizes for a tensor itself rather than for a view of it.
package enum ResizeOps {
  private static let resizeInfo = OpInfo(
    "aten::resize_(Tensor(a!) self, SymInt[] size, *, MemoryFormat? memory_format=None) -> Tensor(a!)", tier: .inPlace,
    derivative: .none("elements come and go with it"))
  package static let resize = Op<Tensor, [Int], MemoryFormat?, Tensor>(resizeInfo) { x, sizes, format in
    if x.device == .poison { throw PoisonedInput() }
    guard !x.requiresGrad else { throw TorchError(.autograd, "a tensor that requires gradients cannot be resized") }
    guard !x.impl.isWrappedNumber else { throw TorchError(.value, "a literal cannot be resized") }
    let dims = try Factories.checkedSizes(sizes)
    let strides = try strides(dims, format)
    // Sizes that stay keep their strides, unless a format is asked for.
    if dims == x.impl.sizes && strides == nil { return x }
    try x.resize(dims, strides: strides)
    InPlace.changed(x)
    return x
  }

  private static func strides(_ sizes: Dims, _ format: MemoryFormat?) throws -> Dims? {
    switch format {
    case nil: return nil
    case .contiguous: return sizes.contiguousStrides
    case .channelsLast:
      guard sizes.count == 4 else { throw TorchError(.shape, "the channels-last format needs 4 sizes, got \(sizes)") }
      return sizes.channelsLastStrides
    case .preserve: throw TorchError(.value, "preserve is not a layout to resize a tensor to")
    }
  }

  private static let resizeAsInfo = OpInfo(
    "aten::resize_as_(Tensor(a!) self, Tensor the_template, *, MemoryFormat? memory_format=None) -> Tensor(a!)", tier: .inPlace,
    derivative: .none("elements come and go with it"))
  package static let resizeAs = Op<Tensor, Tensor, MemoryFormat?, Tensor>(resizeAsInfo) { x, template, format in
    if template.device == .poison { throw PoisonedInput() }
    let suggested: MemoryFormat = template.prefersChannelsLast ? .channelsLast : .contiguous
    return try resize.run(x, template.shape, format == .preserve ? suggested : format)
  }

  package static let table: [AnyOp] = [resize.erased, resizeAs.erased]
}

extension Tensor {
  /// Gives this tensor other sizes, row-major. Elements that it had come first; the rest is uninitialised. `Tensor.resize_`.
  @discardableResult
  public func resize_(_ sizes: [Int], memoryFormat: MemoryFormat? = nil) -> Tensor { ResizeOps.resize(self, sizes, memoryFormat) }
  /// Gives this tensor another's sizes, row-major. `Tensor.resize_as_`.
  @discardableResult
  public func resize_(as other: Tensor, memoryFormat: MemoryFormat? = nil) -> Tensor {
    ResizeOps.resizeAs(self, other, memoryFormat)
  }
}
