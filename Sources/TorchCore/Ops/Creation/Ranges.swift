import CTorchKernels

/// Sequences of evenly spaced numbers.
package enum RangeOps {
  private static let tail = Factories.tail
  private static let grain = 32 << 10

  // MARK: arange

  package static let arangeStep = Op<Scalar, Scalar, Scalar, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::arange.start_step(Scalar start, Scalar end, Scalar step=1, *, \(tail)) -> Tensor"
  ) { start, end, step, dtype, _, device, _ in
    let whole = [start, end, step].allSatisfy { $0.dtype.category <= 1 }
    let type = dtype ?? (whole ? .int64 : defaultDType)
    let bounds = try Bounds(start, end, step, type)
    let out = try Tensor.allocate(TensorSpec([bounds.count], type, device ?? .cpu))
    guard out.isCPU else { return out }
    parallelFor(bounds.count, grain: grain) { range in
      torch_arange(
        Int32(type.rawValue), out.address, Int64(range.lowerBound), Int64(range.upperBound), bounds.start.parameter,
        bounds.step.parameter)
    }
    return out
  }

  /// The bounds of `arange` in the type of the result, and how many elements lie between them.
  private struct Bounds {
    let start: Scalar
    let step: Scalar
    let count: Int

    init(_ start: Scalar, _ end: Scalar, _ step: Scalar, _ type: DType) throws {
      guard type != .bool, !type.isComplex else { throw TorchError(.dtype, "a range has integers or real numbers, not \(type)") }
      for value in [start, end, step] {
        guard value.imaginaryPart == 0 else { throw TorchError(.value, "the bounds of a range must be real, got \(value)") }
      }
      let (a, b) = (start.doubleValue, end.doubleValue)
      guard a.isFinite, b.isFinite else { throw TorchError(.value, "the bounds must be finite, got \(start) and \(end)") }
      let by = type.isInteger ? Double(step.intValue) : step.doubleValue
      guard by != 0, !by.isNaN else { throw TorchError(.value, "the step must be a number other than zero in \(type), got \(step)") }
      guard by > 0 ? b >= a : b <= a else {
        throw TorchError(.value, "the step \(step) leads away from \(end), starting from \(start)")
      }
      self.start = type.isInteger ? .int(start.intValue) : .double(a)
      self.step = type.isInteger ? .int(step.intValue) : .double(by)
      count = try type == .int64 ? Bounds.exactCount(start.intValue, end.intValue, step.intValue) : Bounds.count((b - a) / step.doubleValue)
    }

    /// In whole numbers, which doubles would round.
    private static func exactCount(_ start: Int64, _ end: Int64, _ step: Int64) throws -> Int {
      let (distance, overflow) = end.subtractingReportingOverflow(start)
      guard !overflow else { throw TorchError(.value, "the range from \(start) to \(end) has more elements than can be counted") }
      let (quotient, rest) = distance.quotientAndRemainder(dividingBy: step)
      return Int(quotient) + (rest == 0 ? 0 : 1)
    }

    private static func count(_ steps: Double) throws -> Int {
      let count = steps.rounded(.up)
      guard count >= 0, count < 0x1p62 else { throw TorchError(.value, "the range has \(count) elements, more than can be counted") }
      return Int(count)
    }
  }

  package static let arangeStart = Op<Scalar, Scalar, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::arange.start(Scalar start, Scalar end, *, \(tail)) -> Tensor"
  ) { start, end, dtype, layout, device, pin in try arangeStep.run(start, end, 1, dtype, layout, device, pin) }

  package static let arange = Op<Scalar, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::arange(Scalar end, *, \(tail)) -> Tensor"
  ) { end, dtype, layout, device, pin in try arangeStep.run(0, end, 1, dtype, layout, device, pin) }

  // MARK: linspace and logspace

  /// Both ends and the step between neighbours, rounded to the type of the result as PyTorch rounds them.
  private struct Points {
    let count: Int
    let dtype: DType
    let start: Scalar
    let end: Scalar
    let step: Scalar

    init(_ start: Scalar, _ end: Scalar, _ steps: Int, _ dtype: DType, singleStep: Bool) throws {
      guard steps >= 0 else { throw TorchError(.value, "the number of steps must not be negative, got \(steps)") }
      guard dtype != .bool else { throw TorchError(.dtype, "a sequence has numbers, not bool") }
      try ValueCheck.fits(start, dtype)
      try ValueCheck.fits(end, dtype)
      count = steps
      self.dtype = dtype
      let a = Points.rounded(start, dtype)
      // One point lies at the start.
      let b = steps == 1 ? a : Points.rounded(end, dtype)
      self.start = a
      self.end = b
      let gaps = Double(Swift.max(steps - 1, 1))
      let (re, im) = ((b.doubleValue - a.doubleValue) / gaps, (b.imaginaryPart - a.imaginaryPart) / gaps)
      if dtype.isInteger {
        step = .double(singleStep ? Double(Float(re)) : re)
      } else {
        step = Points.rounded(dtype.isComplex ? .complex(re, im) : .double(re), dtype)
      }
    }

    private static func rounded(_ value: Scalar, _ dtype: DType) -> Scalar {
      let exact: Scalar = dtype.isInteger ? .int(value.intValue) : value
      var parts: (Double, Double) = (0, 0)
      withUnsafeMutableBytes(of: &parts) { buffer in
        guard let p = buffer.baseAddress else { return }
        torch_fill(p, Int32(dtype.rawValue), 1, exact.parameter)
        let wide: DType = dtype.isComplex ? .complex128 : .float64
        var element: (Double, Double) = (0, 0)
        withUnsafeMutableBytes(of: &element) { torch_convert(Int32(wide.rawValue), $0.baseAddress!, Int32(dtype.rawValue), p, 1) }
        withUnsafeBytes(of: &element) { buffer.copyMemory(from: $0) }
      }
      return dtype.isComplex ? .complex(parts.0, parts.1) : .double(parts.0)
    }
  }

  /// The type of a sequence between two ends: complex if one is, and then no real type may be asked for.
  private static func type(_ dtype: DType?, complex: Bool) throws -> DType {
    guard complex else { return dtype ?? defaultDType }
    let found = dtype ?? defaultDType.complexType
    guard found.isComplex else { throw TorchError(.dtype, "a sequence between complex numbers cannot be of type \(found)") }
    return found
  }

  private static func linspace(_ start: Scalar, _ end: Scalar, _ steps: Int, _ dtype: DType, _ device: Device?) throws -> Tensor {
    let points = try Points(start, end, steps, dtype, singleStep: false)
    let out = try Tensor.allocate(TensorSpec([steps], dtype, device ?? .cpu))
    guard out.isCPU else { return out }
    parallelFor(steps, grain: grain) { range in
      torch_linspace(
        Int32(dtype.rawValue), out.address, Int64(steps), Int64(range.lowerBound), Int64(range.upperBound),
        points.start.parameter, points.end.parameter, points.step.parameter)
    }
    return out
  }

  private static func logspace(
    _ start: Scalar, _ end: Scalar, _ steps: Int, _ base: Double, _ dtype: DType, _ device: Device?
  ) throws -> Tensor {
    let points = try Points(start, end, steps, dtype, singleStep: true)
    let out = try Tensor.allocate(TensorSpec([steps], dtype, device ?? .cpu))
    guard out.isCPU else { return out }
    parallelFor(steps, grain: grain / 8) { range in
      torch_logspace(
        Int32(dtype.rawValue), out.address, Int64(steps), Int64(range.lowerBound), Int64(range.upperBound),
        points.start.parameter, points.end.parameter, points.step.parameter, base)
    }
    return out
  }

  /// An end given as a tensor: 0-d; its value, or zero where there are no elements.
  private static func end(_ x: Tensor) throws -> Scalar {
    try x.requireStrided()
    guard x.rank == 0 else { throw TorchError(.shape, "the ends of a sequence must be 0-d tensors, got \(x.summary)") }
    return x.isCPU ? try x.scalar(at: 0) : 0
  }

  private static func device(_ given: Device?, _ tensors: Tensor...) -> Device? { given ?? tensors.first { !$0.isCPU }?.device }

  package static let linspace = Op<Scalar, Scalar, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::linspace(Scalar start, Scalar end, int steps, *, \(tail)) -> Tensor"
  ) { start, end, steps, dtype, _, device, _ in
    try linspace(start, end, steps, try type(dtype, complex: start.dtype.isComplex || end.dtype.isComplex), device)
  }
  package static let linspaceTensors = Op<Tensor, Tensor, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::linspace.Tensor_Tensor(Tensor start, Tensor end, int steps, *, \(tail)) -> Tensor", samples: tensorSamples
  ) { a, b, steps, dtype, _, place, _ in
    let type = try type(dtype, complex: a.dtype.isComplex || b.dtype.isComplex)
    return try linspace(try end(a), try end(b), steps, type, device(place, a, b))
  }
  package static let linspaceFromTensor = Op<Tensor, Scalar, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::linspace.Tensor_Scalar(Tensor start, Scalar end, int steps, *, \(tail)) -> Tensor"
  ) { a, b, steps, dtype, _, place, _ in
    let type = try type(dtype, complex: a.dtype.isComplex || b.dtype.isComplex)
    return try linspace(try end(a), b, steps, type, device(place, a))
  }
  package static let linspaceToTensor = Op<Scalar, Tensor, Int, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::linspace.Scalar_Tensor(Scalar start, Tensor end, int steps, *, \(tail)) -> Tensor"
  ) { a, b, steps, dtype, _, place, _ in
    let type = try type(dtype, complex: a.dtype.isComplex || b.dtype.isComplex)
    return try linspace(a, try end(b), steps, type, device(place, b))
  }

  package static let logspace = Op<Scalar, Scalar, Int, Double, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::logspace(Scalar start, Scalar end, int steps, float base=10., *, \(tail)) -> Tensor"
  ) { start, end, steps, base, dtype, _, device, _ in
    try logspace(start, end, steps, base, try type(dtype, complex: start.dtype.isComplex || end.dtype.isComplex), device)
  }
  package static let logspaceTensors = Op<Tensor, Tensor, Int, Double, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::logspace.Tensor_Tensor(Tensor start, Tensor end, int steps, float base=10., *, \(tail)) -> Tensor"
  ) { a, b, steps, base, dtype, _, place, _ in
    let type = try type(dtype, complex: a.dtype.isComplex || b.dtype.isComplex)
    return try logspace(try end(a), try end(b), steps, base, type, device(place, a, b))
  }
  package static let logspaceFromTensor = Op<Tensor, Scalar, Int, Double, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::logspace.Tensor_Scalar(Tensor start, Scalar end, int steps, float base=10., *, \(tail)) -> Tensor"
  ) { a, b, steps, base, dtype, _, place, _ in
    let type = try type(dtype, complex: a.dtype.isComplex || b.dtype.isComplex)
    return try logspace(try end(a), b, steps, base, type, device(place, a))
  }
  package static let logspaceToTensor = Op<Scalar, Tensor, Int, Double, DType?, Layout?, Device?, Bool?, Tensor>.factory(
    "aten::logspace.Scalar_Tensor(Scalar start, Tensor end, int steps, float base=10., *, \(tail)) -> Tensor"
  ) { a, b, steps, base, dtype, _, place, _ in
    let type = try type(dtype, complex: a.dtype.isComplex || b.dtype.isComplex)
    return try logspace(a, try end(b), steps, base, type, device(place, b))
  }

  private static let tensorSamples: @Sendable (inout SampleSource) -> [Sample] = { s in
    [Sample(.tensor(s.tensor([])), .tensor(s.tensor([])), 5.box(), .dtype(.float64), .none, .none, .none)]
  }

  package static let table: [AnyOp] = [
    arangeStep.erased, arangeStart.erased, arange.erased, linspace.erased, linspaceTensors.erased, linspaceFromTensor.erased,
    linspaceToTensor.erased, logspace.erased, logspaceTensors.erased, logspaceFromTensor.erased, logspaceToTensor.erased,
  ]
}

extension Tensor {
  /// `start`, `start + step`, … below `end`. Integers unless a bound is a float. `torch.arange`.
  public static func arange(_ start: Scalar, _ end: Scalar, step: Scalar = 1, dtype: DType? = nil) -> Tensor {
    RangeOps.arangeStep(start, end, step, dtype, nil, nil, nil)
  }
  /// 0, 1, … below `end`. `torch.arange`.
  public static func arange(_ end: Scalar, dtype: DType? = nil) -> Tensor { arange(0, end, dtype: dtype) }
  /// `steps` numbers from `start` to `end`, both included. `torch.linspace`.
  public static func linspace(_ start: Scalar, _ end: Scalar, steps: Int, dtype: DType? = nil) -> Tensor {
    RangeOps.linspace(start, end, steps, dtype, nil, nil, nil)
  }
  /// `steps` numbers between two 0-d tensors, both included. Off the tape. `torch.linspace`.
  public static func linspace(from start: Tensor, to end: Tensor, steps: Int, dtype: DType? = nil) -> Tensor {
    RangeOps.linspaceTensors(start, end, steps, dtype, nil, nil, nil)
  }
  /// Powers of `base` whose exponents are `steps` numbers from `start` to `end`, both included. `torch.logspace`.
  public static func logspace(_ start: Scalar, _ end: Scalar, steps: Int, base: Double = 10, dtype: DType? = nil) -> Tensor {
    RangeOps.logspace(start, end, steps, base, dtype, nil, nil, nil)
  }
  /// Powers of `base` with exponents between two 0-d tensors, both included. Off the tape. `torch.logspace`.
  public static func logspace(from start: Tensor, to end: Tensor, steps: Int, base: Double = 10, dtype: DType? = nil) -> Tensor {
    RangeOps.logspaceTensors(start, end, steps, base, dtype, nil, nil, nil)
  }
}
