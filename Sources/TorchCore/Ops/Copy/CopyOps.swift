import CTorchKernels

#if canImport(Glibc)
  import Glibc
#endif

/// Moving elements: conversion, copies of any layout, fills.
package enum Copying {
  private static let grain = 64 << 10

  /// Writes `source`, broadcast and converted, into `target`.
  package static func copy(_ source: Tensor, into target: Tensor) {
    let count = target.count
    if count == 0 || !target.isCPU || !source.isCPU { return }
    let (from, to) = (source.impl, target.impl)
    let sameLayout = from.sizes == to.sizes && (from.strides == to.strides || (from.isContiguous && to.isContiguous))
    if sameLayout && (to.isContiguous || to.sizes.isDense(strides: to.strides)) {
      convert(source.address, from.dtype, target.address, to.dtype, count)
      return
    }
    let plan = StridedLoop(
      sizes: to.sizes,
      operands: [
        (to.strides, to.dtype.byteCount),
        (to.sizes.broadcastStrides(from: from.sizes, strides: from.strides), from.dtype.byteCount),
      ])
    plan.sizes.withUnsafeBufferPointer { sizes in
      plan.strides.withUnsafeBufferPointer { strides in
        let call = torch_copy_plan(
          ndim: Int32(plan.sizes.count), dst_dtype: Int32(to.dtype.rawValue), src_dtype: Int32(from.dtype.rawValue),
          size: sizes.baseAddress!, dst_strides: strides.baseAddress!, src_strides: strides.baseAddress! + plan.sizes.count,
          dst: target.address.assumingMemoryBound(to: CChar.self),
          src: UnsafePointer(source.address.assumingMemoryBound(to: CChar.self)))
        withUnsafePointer(to: call) { call in
          parallelFor(count, grain: grain) { torch_strided_copy(call, Int64($0.lowerBound), Int64($0.upperBound)) }
        }
      }
    }
  }

  /// Contiguous conversion.
  package static func convert(
    _ source: UnsafeRawPointer, _ from: DType, _ target: UnsafeMutableRawPointer, _ to: DType, _ count: Int
  ) {
    parallelFor(count, grain: grain) { range in
      let s = range.lowerBound
      if from == to {
        memcpy(target + s * to.byteCount, source + s * from.byteCount, range.count * to.byteCount)
      } else {
        torch_convert(
          Int32(to.rawValue), target + s * to.byteCount, Int32(from.rawValue), source + s * from.byteCount, Int64(range.count))
      }
    }
  }

  /// Sets every element of a dense tensor.
  package static func fill(_ target: Tensor, _ value: Scalar) {
    let type = target.dtype
    let parameter = (type == .bool ? Scalar.bool(value.boolValue) : value).parameter
    parallelFor(target.count, grain: grain) { range in
      torch_fill(target.address + range.lowerBound * type.byteCount, Int32(type.rawValue), Int64(range.count), parameter)
    }
  }
}

extension Tensor {
  /// A fresh tensor full of one number.
  package static func filled(_ value: Scalar, _ spec: TensorSpec) throws -> Tensor {
    let out = try allocate(spec)
    if out.isCPU && out.count > 0 { Copying.fill(out, value) }
    return out
  }
}

package enum CopyOps {
  private static let copyInfo = OpInfo(
    "aten::copy_(Tensor(a!) self, Tensor src, bool non_blocking=False) -> Tensor(a!)", tier: .inPlace, derivative: .own)
  package static let copy = Op<Tensor, Tensor, Bool, Tensor>(copyInfo) { target, source, _ in
    let recorded = isGradEnabled && (target.requiresGrad || source.requiresGrad)
    try InPlace.check(target, recording: recorded)
    try source.requireStrided()
    guard try broadcastSizes(target.impl.sizes, source.impl.sizes) == target.impl.sizes else {
      throw TorchError(.shape, "sizes \(source.impl.sizes) do not broadcast to \(target.impl.sizes)")
    }
    let edges = recorded ? Edges(target, source) : Edges()
    // Overlapping memory would be read after it is written. PyTorch rejects it; taking it first is what the caller means.
    let from = source.impl.storage === target.impl.storage && source.impl !== target.impl ? noGrad { source.clone() } : source
    Copying.copy(from, into: target)
    InPlace.changed(target)
    if recorded {
      let sizes = source.impl.sizes
      let type = source.dtype
      let node = RecordedNode(copyInfo, edges: edges, resultCount: 1) { g, sink in
        if sink.wants(1) {
          let reduced = g.first.sum(toSizes: sizes)
          sink[1] = reduced.dtype == type ? reduced : reduced.to(type)
        }
      }
      InPlace.rebase(target, to: node)
    }
    return target
  }

  package static let copied = Op<Tensor, Tensor, Bool, Tensor>.structured(
    "aten::copy(Tensor self, Tensor src, bool non_blocking=False) -> Tensor",
    rule: { x, source, _ in
      guard try broadcastSizes(x.impl.sizes, source.impl.sizes) == x.impl.sizes else {
        throw TorchError(.shape, "sizes \(source.impl.sizes) do not broadcast to \(x.impl.sizes)")
      }
      return TensorSpec(x.impl.sizes, x.dtype, x.device, strides: try strides(x, .preserve))
    },
    kernel: { out, _, source, _ in Copying.copy(source, into: out) },
    vjp: { _, _, source, _ in
      let (sizes, dtype) = (source.impl.sizes, source.dtype)
      return { g, sink in if sink.wants(1) { sink[1] = g.first.sum(toSizes: sizes).to(dtype) } }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3])), false.box())] })

  package static let clone = Op<Tensor, MemoryFormat?, Tensor>.structured(
    "aten::clone(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
    rule: { x, format in TensorSpec(x.impl.sizes, x.dtype, strides: try strides(x, format ?? .preserve)) },
    kernel: { out, x, _ in Copying.copy(x, into: out) },
    vjp: { _, _, _ in { g, sink in sink[0] = g.first } },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .none), Sample(.tensor(s.tensor([])), .none)] })

  /// Strides of a result in the given format; nil is row-major.
  package static func strides(_ x: Tensor, _ format: MemoryFormat) throws -> Dims? {
    switch format {
    case .contiguous: return nil
    case .preserve:
      if x.impl.isContiguous || !x.impl.sizes.isDense(strides: x.impl.strides) { return nil }
      return x.impl.strides
    case .channelsLast:
      guard x.rank == 4 else {
        throw TorchError(.shape, "the channels-last format needs 4 dimensions (N, C, H, W), got \(x.rank)")
      }
      return x.impl.sizes.channelsLastStrides
    }
  }

  package static let to = Op<Tensor, DType, Bool, Bool, MemoryFormat?, Tensor>(
    OpInfo(
      "aten::to.dtype(Tensor(a) self, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
      tier: .structured, derivative: .own)
  ) { x, dtype, _, copies, format in
    if x.device == .poison { throw PoisonedInput() }
    if x.dtype == dtype && !copies && !x.impl.isWrappedNumber {
      guard let format, format != .preserve else { return x }
      return try formatted(x, format)
    }
    return try converted.callThrowing(x, dtype, nil, nil, nil, false, format)
  }

  private static func formatted(_ x: Tensor, _ format: MemoryFormat) throws -> Tensor {
    let done = format == .channelsLast ? x.isChannelsLast : x.isContiguous
    if !done { return try clone.callThrowing(x, format) }
    // With sizes of 1 both layouts are one; the strides say which is meant, and later ops follow them.
    let wanted = try strides(x, format) ?? x.impl.sizes.contiguousStrides
    return x.impl.strides == wanted ? x : try ViewOps.asStrided.callThrowing(x, x.shape, Array(wanted), x.impl.offset)
  }

  package static let converted = Op<Tensor, DType?, Layout?, Device?, Bool?, Bool, MemoryFormat?, Tensor>.structured(
    "aten::_to_copy(Tensor self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, MemoryFormat? memory_format=None) -> Tensor",
    rule: { x, dtype, _, device, _, _, format in
      if let device, device != x.device, device != .meta {
        throw TorchError(.unsupported, "elements cannot be copied from \(x.device) to \(device)")
      }
      return TensorSpec(x.impl.sizes, dtype ?? x.dtype, device ?? x.device, strides: try strides(x, format ?? .preserve))
    },
    kernel: { out, x, _, _, _, _, _, _ in Copying.copy(x, into: out) },
    vjp: { tape, x, _, _, _, _, _, _ in
      let original = x.dtype
      return { g, sink in sink[0] = g.first.to(original) }
    },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .dtype(.float64), .none, .none, .none, false.box(), .none)] })

  package static let contiguous = Op<Tensor, MemoryFormat, Tensor>.composite(
    "aten::contiguous(Tensor(a) self, *, MemoryFormat memory_format=contiguous_format) -> Tensor(a)"
  ) { x, format in
    if format == .preserve { throw TorchError(.value, "preserve is not a layout to make a tensor contiguous in") }
    return try formatted(x, format)
  }

  package static let table: [AnyOp] = [
    [copy.erased, copied.erased, clone.erased, to.erased, converted.erased, contiguous.erased], conversions, filling,
  ].flatMap { $0 }
}

extension Tensor {
  /// Copies the elements of `source`, broadcast and converted, into this tensor. `Tensor.copy_`.
  @discardableResult
  public func copy_(_ source: Tensor) -> Tensor { CopyOps.copy(self, source, false) }

  /// A copy with memory of its own, recorded. `torch.clone`.
  public func clone(memoryFormat: MemoryFormat = .preserve) -> Tensor { CopyOps.clone(self, memoryFormat) }

  /// The elements in another type; the tensor itself if it has the type already. `Tensor.to(dtype)`.
  public func to(_ dtype: DType, copy: Bool = false) -> Tensor {
    if dtype == self.dtype, !copy, isPlain { return self }
    return CopyOps.to(self, dtype, false, copy, nil)
  }

  /// The elements in another memory layout; the tensor itself if it has the layout already. `Tensor.to(memory_format=)`.
  public func to(memoryFormat: MemoryFormat) -> Tensor { CopyOps.to(self, dtype, false, false, memoryFormat) }

  /// The elements in row-major (or channels-last) order without gaps; the tensor itself if they lie so. `Tensor.contiguous()`.
  public func contiguous(memoryFormat: MemoryFormat = .contiguous) -> Tensor {
    if memoryFormat == .contiguous, isPlain, isContiguous { return self }
    return CopyOps.contiguous(self, memoryFormat)
  }

  /// Whether ops that would return the tensor itself need not be called: it has memory, and nothing watches calls.
  private var isPlain: Bool { impl.device == .cpu && !ThreadState.has(ThreadState.modeActive) }
}
