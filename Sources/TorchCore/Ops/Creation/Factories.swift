/// Ops that create tensors from sizes and numbers.
package enum Factories {
  /// dtype, layout, device and pinning, as every factory schema ends.
  package typealias SizedOp = Op<[Int], DType?, Layout?, Device?, Bool?, Tensor>
  package typealias LikeOp = Op<Tensor, DType?, Layout?, Device?, Bool?, MemoryFormat?, Tensor>
  private static let tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"

  package static func checkedSizes(_ sizes: [Int]) throws -> Dims {
    if let bad = sizes.first(where: { $0 < 0 }) { throw TorchError(.shape, "sizes must not be negative, got \(bad) in \(sizes)") }
    return Dims(sizes)
  }

  package static func make(_ value: Scalar?, _ sizes: [Int], _ dtype: DType?, _ device: Device?) throws -> Tensor {
    let spec = TensorSpec(try checkedSizes(sizes), dtype ?? value?.dtype ?? defaultDType, device ?? .cpu)
    if let value { return try Tensor.filled(value, spec) }
    return try Tensor.allocate(spec)
  }

  private static func like(_ value: Scalar?, _ x: Tensor, _ dtype: DType?, _ device: Device?, _ format: MemoryFormat?) throws -> Tensor {
    try x.requireStrided()
    let strides = try CopyOps.strides(x, format ?? .preserve)
    let spec = TensorSpec(x.impl.sizes, dtype ?? x.dtype, device ?? x.device, strides: strides)
    if let value { return try Tensor.filled(value, spec) }
    return try Tensor.allocate(spec)
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

  package static let arange = Op<Scalar, Scalar, Scalar, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, \(tail)) -> Tensor"
  ) { start, end, step, dtype, _, device, _ in
    let (a, b, s) = (start.doubleValue, end.doubleValue, step.doubleValue)
    guard s != 0, s.isFinite, a.isFinite, b.isFinite else {
      throw TorchError(.value, "start and end must be finite and step finite and not zero, got \(start), \(end), \(step)")
    }
    guard (b - a) * s >= 0 else { throw TorchError(.value, "the step \(step) leads away from \(end)") }
    let whole = [start, end, step].allSatisfy { if case .double = $0 { false } else { true } }
    let type = dtype ?? (whole ? .int64 : defaultDType)
    let count = Int(((b - a) / s).rounded(.up))
    // Computed in double and rounded once, as PyTorch's values start + i * step are.
    let values: [Double] = (0..<count).map { a + Double($0) * s }
    if whole {
      let exact = (0..<count).map { start.intValue &+ Int64($0) &* step.intValue }
      return Tensor(exact, shape: [count], dtype: type).moved(to: device)
    }
    return Tensor(values, shape: [count], dtype: type).moved(to: device)
  }

  package static let linspace = Op<Scalar, Scalar, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::linspace(Scalar start, Scalar end, int steps, *, \(tail)) -> Tensor"
  ) { start, end, steps, dtype, _, device, _ in
    guard steps >= 0 else { throw TorchError(.value, "steps must not be negative, got \(steps)") }
    let (a, b) = (start.doubleValue, end.doubleValue)
    let step = steps > 1 ? (b - a) / Double(steps - 1) : 0
    // From both ends, so that the last value is exact.
    let values = (0..<steps).map { i -> Double in i < steps / 2 || steps == 1 ? a + step * Double(i) : b - step * Double(steps - i - 1) }
    return Tensor(values, shape: [steps], dtype: dtype ?? defaultDType).moved(to: device)
  }

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
    arange.erased, linspace.erased, eye.erased,
  ]
}

extension Tensor {
  fileprivate func moved(to device: Device?) -> Tensor {
    guard let device, device == .meta else { return self }
    return checked(.poison()) { try Tensor.allocate(TensorSpec(impl.sizes, dtype, .meta)) }
  }

  /// A tensor of zeros. `torch.zeros`.
  public static func zeros(_ sizes: [Int], dtype: DType? = nil, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
    Factories.zeros(sizes, dtype, nil, device, nil).marked(requiresGrad)
  }
  /// A tensor of zeros. `torch.zeros`.
  public static func zeros(_ sizes: Int..., dtype: DType? = nil, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
    zeros(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
  }
  /// A tensor of ones. `torch.ones`.
  public static func ones(_ sizes: [Int], dtype: DType? = nil, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
    Factories.ones(sizes, dtype, nil, device, nil).marked(requiresGrad)
  }
  /// A tensor of ones. `torch.ones`.
  public static func ones(_ sizes: Int..., dtype: DType? = nil, device: Device = .cpu, requiresGrad: Bool = false) -> Tensor {
    ones(sizes, dtype: dtype, device: device, requiresGrad: requiresGrad)
  }
  /// A tensor of one number. The type follows the number unless given. `torch.full`.
  public static func full(
    _ sizes: [Int], _ value: Scalar, dtype: DType? = nil, device: Device = .cpu, requiresGrad: Bool = false
  ) -> Tensor {
    Factories.full(sizes, value, dtype, nil, device, nil).marked(requiresGrad)
  }
  /// A tensor whose elements are whatever memory holds. `torch.empty`.
  public static func empty(
    _ sizes: [Int], dtype: DType? = nil, device: Device = .cpu, memoryFormat: MemoryFormat? = nil, requiresGrad: Bool = false
  ) -> Tensor {
    Factories.empty(sizes, dtype, nil, device, nil, memoryFormat).marked(requiresGrad)
  }
  /// Zeros of another tensor's sizes, type and layout. `torch.zeros_like`.
  public func zerosLike(dtype: DType? = nil) -> Tensor { Factories.zerosLike(self, dtype, nil, nil, nil, nil) }
  /// Ones of another tensor's sizes, type and layout. `torch.ones_like`.
  public func onesLike(dtype: DType? = nil) -> Tensor { Factories.onesLike(self, dtype, nil, nil, nil, nil) }
  /// Uninitialised memory of another tensor's sizes, type and layout. `torch.empty_like`.
  public func emptyLike(dtype: DType? = nil) -> Tensor { Factories.emptyLike(self, dtype, nil, nil, nil, nil) }
  /// One number in another tensor's sizes, type and layout. `torch.full_like`.
  public func fullLike(_ value: Scalar, dtype: DType? = nil) -> Tensor { Factories.fullLike(self, value, dtype, nil, nil, nil, nil) }

  /// `start`, `start + step`, … below `end`. Integers unless a bound is a float. `torch.arange`.
  public static func arange(_ start: Scalar, _ end: Scalar, step: Scalar = 1, dtype: DType? = nil) -> Tensor {
    Factories.arange(start, end, step, dtype, nil, nil, nil)
  }
  /// 0, 1, … below `end`. `torch.arange`.
  public static func arange(_ end: Scalar, dtype: DType? = nil) -> Tensor { arange(0, end, dtype: dtype) }
  /// `steps` numbers from `start` to `end`, both included. `torch.linspace`.
  public static func linspace(_ start: Scalar, _ end: Scalar, steps: Int, dtype: DType? = nil) -> Tensor {
    Factories.linspace(start, end, steps, dtype, nil, nil, nil)
  }
  /// A matrix with ones on the diagonal. `torch.eye`.
  public static func eye(_ n: Int, _ m: Int? = nil, dtype: DType? = nil) -> Tensor {
    Factories.eye(n, m ?? n, dtype, nil, nil, nil)
  }

  fileprivate func marked(_ requiresGrad: Bool) -> Tensor { requiresGrad ? requiresGrad_() : self }
}
