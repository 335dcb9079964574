/// Ops that create tensors from sizes and numbers.
package enum Factories {
  /// dtype, layout, device and pinning, as every factory schema ends.
  package typealias SizedOp = Op<[Int], DType?, Layout?, Device?, Bool?, Tensor>
  package typealias LikeOp = Op<Tensor, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>
  static let tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"

  package static func checkedSizes(_ sizes: [Int]) throws -> Dims {
    if let bad = sizes.first(where: { $0 < 0 }) { throw TorchError(.shape, "sizes must not be negative, got \(bad) in \(sizes)") }
    return Dims(sizes)
  }

  package static func make(_ value: Scalar?, _ sizes: [Int], _ dtype: DType?, _ device: Device?) throws -> Tensor {
    try filled(value, TensorSpec(try checkedSizes(sizes), dtype ?? value?.dtype ?? defaultDType, device ?? .cpu))
  }

  private static func like(_ value: Scalar?, _ x: Tensor, _ dtype: DType?, _ device: Device?, _ format: MemoryFormat?) throws -> Tensor {
    try x.requireStrided()
    let strides = try CopyOps.strides(x, format ?? .preserve)
    let spec = TensorSpec(x.impl.sizes, dtype ?? x.dtype, device ?? x.device, strides: strides)
    return try filled(value, spec)
  }

  /// A tensor of one number, or uninitialised.
  static func filled(_ value: Scalar?, _ spec: TensorSpec) throws -> Tensor {
    guard let value else { return try Tensor.allocate(spec) }
    try ValueCheck.fits(value, spec.dtype)
    return try Tensor.filled(value, spec)
  }

  /// Uninitialised memory with these strides, which may leave gaps or overlap.
  static func strided(_ sizes: [Int], _ strides: [Int], _ dtype: DType, _ device: Device?) throws -> Tensor {
    guard sizes.count == strides.count else {
      throw TorchError(.shape, "got \(sizes.count) sizes but \(strides.count) strides")
    }
    let (dims, steps) = (try checkedSizes(sizes), Dims(strides))
    guard !strides.contains(where: { $0 < 0 }), let extent = dims.extent(strides: steps) else {
      throw TorchError(.shape, "strides must not be negative nor reach further than memory, got \(strides) for sizes \(sizes)")
    }
    return try Tensor.allocate(TensorSpec([extent], dtype, device ?? .cpu)).alias(sizes: dims, strides: steps)
  }

  package static let zeros = SizedOp.factory("aten::zeros(SymInt[] size, *, \(tail)) -> Tensor") { sizes, dtype, _, device, _ in
    try make(0, sizes, dtype ?? defaultDType, device)
  }
  package static let ones = SizedOp.factory("aten::ones(SymInt[] size, *, \(tail)) -> Tensor") { sizes, dtype, _, device, _ in
    try make(1, sizes, dtype ?? defaultDType, device)
  }
  package static let empty = Op<[Int], DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>.factory(
    "aten::empty.memory_format(SymInt[] size, *, \(tail), MemoryFormat? memory_format=None) -> Tensor"
  ) { sizes, dtype, _, device, _, format in
    let dims = try checkedSizes(sizes)
    var strides: Dims?
    if format == .channelsLast {
      guard dims.count == 4 else { throw TorchError(.shape, "the channels-last format needs 4 sizes, got \(dims)") }
      strides = dims.channelsLastStrides
    }
    return try Tensor.allocate(TensorSpec(dims, dtype ?? defaultDType, device ?? .cpu, strides: strides))
  }
  package static let full = Op<[Int], Scalar, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::full(SymInt[] size, Scalar fill_value, *, \(tail)) -> Tensor"
  ) { sizes, value, dtype, _, device, _ in try make(value, sizes, dtype, device) }
  package static let zerosLike = LikeOp.factory("aten::zeros_like(Tensor self, *, \(tail), MemoryFormat? memory_format=None) -> Tensor") {
    x, dtype, _, device, _, format in try like(0, x, dtype, device, format)
  }
  package static let onesLike = LikeOp.factory("aten::ones_like(Tensor self, *, \(tail), MemoryFormat? memory_format=None) -> Tensor") {
    x, dtype, _, device, _, format in try like(1, x, dtype, device, format)
  }
  package static let emptyLike = LikeOp.factory("aten::empty_like(Tensor self, *, \(tail), MemoryFormat? memory_format=None) -> Tensor") {
    x, dtype, _, device, _, format in try like(nil, x, dtype, device, format)
  }
  package static let fullLike = Op<Tensor, Scalar, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>.factory(
    "aten::full_like(Tensor self, Scalar fill_value, *, \(tail), MemoryFormat? memory_format=None) -> Tensor"
  ) { x, value, dtype, _, device, _, format in try like(value, x, dtype, device, format) }

  package static let emptyStrided = Op<[Int], [Int], DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::empty_strided(SymInt[] size, SymInt[] stride, *, \(tail)) -> Tensor"
  ) { sizes, strides, dtype, _, device, _ in try strided(sizes, strides, dtype ?? defaultDType, device) }

  package static let emptyPermuted = Op<[Int], [Int], DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::empty_permuted(SymInt[] size, int[] physical_layout, *, \(tail)) -> Tensor"
  ) { sizes, order, dtype, _, device, _ in
    let places = try permutation(order, rank: sizes.count)
    var strides = try checkedSizes(sizes)
    let packed = Dims(places.map { sizes[$0] }).contiguousStrides
    for (i, d) in places.enumerated() { strides[d] = packed[i] }
    return try Tensor.allocate(TensorSpec(Dims(sizes), dtype ?? defaultDType, device ?? .cpu, strides: strides))
  }

  package static let scalarTensor = Op<Scalar, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::scalar_tensor(Scalar s, *, \(tail)) -> Tensor"
  ) { value, dtype, _, device, _ in try make(value, [], dtype ?? defaultDType, device) }

  package static let square = Op<Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::eye(SymInt n, *, \(tail)) -> Tensor"
  ) { n, dtype, layout, device, pin in try eye.run(n, n, dtype, layout, device, pin) }

  package static let eye = Op<Int, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::eye.m(SymInt n, SymInt m, *, \(tail)) -> Tensor"
  ) { n, m, dtype, _, device, _ in
    let out = try make(0, [n, m], dtype ?? defaultDType, device)
    let count = Swift.min(n, m)
    if out.isCPU && count > 0 {
      let diagonal = out.alias(sizes: [count], strides: [m + 1])
      Copying.copy(try Tensor.filled(1, TensorSpec([], out.dtype)), into: diagonal)
    }
    return out
  }

  package static let table: [AnyOp] = [
    zeros.erased, ones.erased, empty.erased, full.erased, zerosLike.erased, onesLike.erased, emptyLike.erased, fullLike.erased,
    emptyStrided.erased, emptyPermuted.erased, scalarTensor.erased, eye.erased, square.erased,
  ]
}

extension Tensor {
  /// A tensor of zeros. `torch.zeros`.
  public static func zeros(_ sizes: [Int], dtype: DType? = nil, device: Device = defaultDevice, requiresGrad: Bool = false) -> Tensor {
    Factories.zeros(sizes, dtype, nil, device, nil).marked(requiresGrad)
  }
  /// A tensor of zeros. `torch.zeros`.
  public static func zeros(_ sizes: Int..., dtype: DType? = nil, device: Device = defaultDevice, requiresGrad: Bool = false) -> Tensor {
    zeros(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
  }
  /// A tensor of ones. `torch.ones`.
  public static func ones(_ sizes: [Int], dtype: DType? = nil, device: Device = defaultDevice, requiresGrad: Bool = false) -> Tensor {
    Factories.ones(sizes, dtype, nil, device, nil).marked(requiresGrad)
  }
  /// A tensor of ones. `torch.ones`.
  public static func ones(_ sizes: Int..., dtype: DType? = nil, device: Device = defaultDevice, requiresGrad: Bool = false) -> Tensor {
    ones(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
  }
  /// A tensor of one number. The type follows the number unless given. `torch.full`.
  public static func full(
    _ sizes: [Int], _ value: Scalar, dtype: DType? = nil, device: Device = defaultDevice, requiresGrad: Bool = false
  ) -> Tensor {
    Factories.full(sizes, value, dtype, nil, device, nil).marked(requiresGrad)
  }
  /// A tensor whose elements are whatever memory holds. `torch.empty`.
  public static func empty(
    _ sizes: [Int], dtype: DType? = nil, device: Device = defaultDevice, memoryFormat: MemoryFormat? = nil, requiresGrad: Bool = false
  ) -> Tensor {
    Factories.empty(sizes, dtype, nil, device, nil, memoryFormat).marked(requiresGrad)
  }
  /// Uninitialised memory with the given strides, in elements. `torch.empty_strided`.
  public static func emptyStrided(_ sizes: [Int], _ strides: [Int], dtype: DType? = nil, device: Device = defaultDevice) -> Tensor {
    Factories.emptyStrided(sizes, strides, dtype, nil, device, nil)
  }
  /// Uninitialised memory whose dimensions lie in the given order, slowest first. `torch.empty_permuted`.
  public static func emptyPermuted(_ sizes: [Int], order: [Int], dtype: DType? = nil, device: Device = defaultDevice) -> Tensor {
    Factories.emptyPermuted(sizes, order, dtype, nil, device, nil)
  }
  /// Zeros of another tensor's sizes, type and layout. `torch.zeros_like`.
  public func zerosLike(dtype: DType? = nil) -> Tensor { Factories.zerosLike(self, dtype, nil, nil, nil, nil) }
  /// Ones of another tensor's sizes, type and layout. `torch.ones_like`.
  public func onesLike(dtype: DType? = nil) -> Tensor { Factories.onesLike(self, dtype, nil, nil, nil, nil) }
  /// Uninitialised memory of another tensor's sizes, type and layout. `torch.empty_like`.
  public func emptyLike(dtype: DType? = nil) -> Tensor { Factories.emptyLike(self, dtype, nil, nil, nil, nil) }
  /// One number in another tensor's sizes, type and layout. `torch.full_like`.
  public func fullLike(_ value: Scalar, dtype: DType? = nil) -> Tensor { Factories.fullLike(self, value, dtype, nil, nil, nil, nil) }

  /// A matrix with ones on the diagonal. `torch.eye`.
  public static func eye(_ n: Int, _ m: Int? = nil, dtype: DType? = nil) -> Tensor {
    Factories.eye(n, m ?? n, dtype, nil, nil, nil)
  }

  fileprivate func marked(_ requiresGrad: Bool) -> Tensor { requiresGrad ? requiresGrad_() : self }
}
