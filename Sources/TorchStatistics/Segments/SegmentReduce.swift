import CTorchKernels
import TorchCore

/// Reductions of consecutive segments along a dimension, given by their lengths or by where they start.
enum SegmentReduce {
  private enum Kind: String {
    case sum, mean, max, min, prod
    var code: Int32 {
      switch self {
      case .sum: Int32(TORCH_SEGMENT_SUM)
      case .mean: Int32(TORCH_SEGMENT_MEAN)
      case .max: Int32(TORCH_SEGMENT_MAX)
      case .min: Int32(TORCH_SEGMENT_MIN)
      case .prod: Int32(TORCH_SEGMENT_PROD)
      }
    }
    /// What the reduction of no elements gives.
    var start: Double {
      switch self {
      case .sum, .mean: 0
      case .max: -.infinity
      case .min: .infinity
      case .prod: 1
      }
    }
  }

  private static func kind(_ name: String) throws -> Kind {
    guard let kind = Kind(rawValue: name) else {
      throw TorchError(.value, "reduce must be 'sum', 'mean', 'max', 'min' or 'prod', got '\(name)'")
    }
    return kind
  }

  /// Rows before the axis, along it, and elements after it.
  private struct Layout {
    let axis: Int
    let outer: Int
    let rows: Int
    let inner: Int
    let segments: Int
    let sizes: Dims

    init(_ data: Tensor, _ lengths: Tensor?, _ indices: Tensor?, _ offsets: Tensor?, _ axis: Int) throws {
      if indices != nil { throw TorchError(.unsupported, "segments by indices are not available; pass lengths or offsets") }
      guard data.rank > 0 else { throw TorchError(.shape, "expected at least one dimension, got \(data.summary)") }
      guard let borders = offsets ?? lengths else { throw TorchError(.value, "either lengths or offsets must be given") }
      let name = offsets == nil ? "lengths" : "offsets"
      guard borders.dtype == .int64 || borders.dtype == .int32 else { throw TorchError(.dtype, "\(name) must be int32 or int64, got \(borders.dtype)") }
      let d = try normalizeDim(axis, rank: data.rank, "axis")
      guard borders.rank == d + 1, borders.impl.sizes.dropLast().elementsEqual(data.impl.sizes.prefix(d)) else {
        throw TorchError(
          .shape, "\(name) must have the sizes of the data before dimension \(d) and one more dimension, got \(borders.impl.sizes) for \(data.impl.sizes)")
      }
      segments = Swift.max(borders.impl.sizes[d] - (offsets == nil ? 0 : 1), 0)
      self.axis = d
      outer = data.impl.sizes.prefix(d).reduce(1, *)
      rows = data.impl.sizes[d]
      inner = data.impl.sizes.dropFirst(d + 1).reduce(1, *)
      var result = data.impl.sizes
      result[d] = segments
      sizes = result
    }
  }

  /// Where segments start and end, as contiguous int64 of equal steps; checked against the data.
  private static func borders(_ layout: Layout, _ lengths: Tensor?, _ offsets: Tensor?, unsafe: Bool) throws -> (Tensor, Tensor) {
    if let offsets {
      let all = offsets.detach().to(.int64)
      let (starts, ends) = (all.narrow(-1, 0, layout.segments).contiguous(), all.narrow(-1, Swift.min(1, all.size(-1)), layout.segments).contiguous())
      try verify(starts, ends, layout)
      return (starts, ends)
    }
    let all = lengths!.detach().to(.int64)
    if !unsafe || all.isCPU {
      if all.count > 0, (all .< Tensor(scalar: 0)).any().item().boolValue { throw TorchError(.value, "lengths must not be negative") }
      if !unsafe, (all.sum(-1) .!= Tensor(scalar: .int(Int64(layout.rows)))).any().item().boolValue {
        throw TorchError(.value, "the lengths must add up to the size \(layout.rows) of the data along dimension \(layout.axis)")
      }
    }
    let ends = all.cumsum(-1).contiguous()
    let starts = (ends - all).contiguous()
    try verify(starts, ends, layout)
    return (starts, ends)
  }

  private static func verify(_ starts: Tensor, _ ends: Tensor, _ layout: Layout) throws {
    for i in 0..<starts.count {
      guard starts.int64s[i] >= 0, starts.int64s[i] <= ends.int64s[i], ends.int64s[i] <= Int64(layout.rows) else {
        throw TorchError(
          .index, "segment \(i) from \(starts.int64s[i]) to \(ends.int64s[i]) does not lie within the \(layout.rows) elements of dimension \(layout.axis)")
      }
    }
  }

  static let op: Op<Tensor, String, Tensor?, Tensor?, Tensor?, Int, Bool, Scalar?, Tensor> = .structured(
    "aten::segment_reduce(Tensor data, str reduce, *, Tensor? lengths=None, Tensor? indices=None, Tensor? offsets=None, int axis=0, bool unsafe=False, Scalar? initial=None) -> Tensor",
    rule: { data, reduce, lengths, indices, offsets, axis, _, _ in
      guard data.dtype.isFloatingPoint else { throw TorchError(.dtype, "expected a floating-point type, got \(data.dtype)") }
      _ = try kind(reduce)
      return TensorSpec(like: data, sizes: try Layout(data, lengths, indices, offsets, axis).sizes)
    },
    kernel: { out, data, reduce, lengths, indices, offsets, axis, unsafe, initial in
      let layout = try Layout(data, lengths, indices, offsets, axis)
      let kind = try kind(reduce)
      let (starts, ends) = try borders(layout, lengths, offsets, unsafe: unsafe)
      let source = data.to(data.dtype.widened).contiguous()
      let target = out.dtype == source.dtype ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, source.dtype))
      let (type, first) = (Int32(source.dtype.rawValue), initial?.doubleValue ?? kind.start)
      let work = Swift.max(layout.rows * layout.inner, 1)
      if layout.outer > 1 || layout.segments == 0 {
        parallelFor(layout.outer, grain: Swift.max(1, 65536 / work)) { part in
          _ = torch_segment_reduce(
            type, kind.code, Int64(part.lowerBound), Int64(part.upperBound), Int64(layout.segments), Int64(layout.rows),
            Int64(layout.inner), starts.int64s, ends.int64s, Int64(layout.segments), first, initial != nil, source.address, target.address)
        }
      } else if layout.outer == 1 {
        let bytes = layout.inner * source.dtype.byteCount
        parallelFor(layout.segments, grain: Swift.max(1, 65536 * layout.segments / work)) { part in
          _ = torch_segment_reduce(
            type, kind.code, 0, 1, Int64(part.count), Int64(layout.rows), Int64(layout.inner), starts.int64s + part.lowerBound,
            ends.int64s + part.lowerBound, 0, first, initial != nil, source.address, target.address + part.lowerBound * bytes)
        }
      }
      if !(target === out) { Copying.copy(target, into: out) }
    },
    vjp: { tape, data, reduce, lengths, indices, offsets, axis, unsafe, initial in
      let layout = try Layout(data, lengths, indices, offsets, axis)
      let kind = try kind(reduce)
      let (input, result) = (tape.save(data), tape.save(result: tape.result))
      let (sizes, starts) = (tape.save(lengths), tape.save(offsets))
      return { g, sink in
        let (lengths, offsets) = (try sizes.map { try sink.value($0) }, try starts.map { try sink.value($0) })
        let (x, y) = (try sink.value(input), try sink.value(result))
        let spread = try Spread(layout, lengths, offsets, x)
        func segments(_ reduction: Kind, _ values: Tensor, _ start: Scalar?) throws -> Tensor {
          try op.callThrowing(values, reduction.rawValue, lengths, nil, offsets, axis, true, start)
        }
        switch kind {
        case .sum: sink[0] = spread(g.first)
        case .mean: sink[0] = spread(g.first / spread.counts(try segments(.sum, x.detach().onesLike(), nil)))
        case .max, .min:
          let chosen = x .== spread(y)
          let ties = (chosen.logicalOr(x.isNaN())).to(x.dtype)
          sink[0] = ties * spread(g.first / spread.counts(try segments(.sum, ties, nil)))
        case .prod:
          // The product of the other elements of the segment: zeros and NaN are left out of it, and then decide.
          let (isZero, isNaN) = (x .== Tensor(scalar: 0), x.isNaN())
          let factors = `where`(isZero.logicalOr(isNaN), Tensor(scalar: 1), x)
          func others(_ mask: Tensor) throws -> Tensor {
            let flags = mask.to(x.dtype)
            return (spread(try segments(.sum, flags, nil)) - flags) .> Tensor(scalar: 0)
          }
          let product = spread(try segments(.prod, factors, initial)) / factors
          let finite = `where`(try others(isZero), Tensor(scalar: 0), product)
          sink[0] = spread(g.first) * `where`(try others(isNaN), Tensor(scalar: .double(.nan)), finite)
        }
      }
    },
    samples: { s in
      let lengths = Tensor([2, 0, 3] as [Int])
      var all = ["sum", "mean", "max", "min", "prod"].map { name in
        Sample(.tensor(s.tensor([5, 2])), name.box(), .tensor(lengths), .none, .none, 0.box(), false.box(), .scalar(.double(1)))
      }
      all.append(
        Sample(
          .tensor(s.tensor([2, 4])), "sum".box(), .none, .none, .tensor(Tensor([[0, 1, 4], [0, 2, 4]] as [[Int]])), 1.box(), false.box(), .none))
      return all
    })

  /// Gives every element the value of its segment; 0 where there is none.
  private struct Spread {
    private let places: Tensor
    private let covered: Tensor
    private let layout: Layout
    private let sizes: [Int]

    init(_ layout: Layout, _ lengths: Tensor?, _ offsets: Tensor?, _ x: Tensor) throws {
      self.layout = layout
      sizes = x.shape
      let lead = Array(sizes.prefix(layout.axis))
      let shape = lead + [layout.rows] + Array(repeating: 1, count: x.rank - layout.axis - 1)
      for case let borders? in [lengths, offsets] where borders.isWrapped {
        throw TorchError(.transform, "vmap: gradients of segment_reduce need segments that are the same in all calls")
      }
      guard x.isCPU || x.isWrapped, layout.segments > 0 else {
        places = Tensor.zeros(sizes, dtype: .int64, device: x.device)
        covered = Tensor.zeros(shape, dtype: .bool, device: x.device)
        return
      }
      let (starts, ends) = try noGrad { try borders(layout, lengths, offsets, unsafe: true) }
      (places, covered) = noGrad {
        let rows = Tensor.arange(Scalar(layout.rows), dtype: .int64).expand(lead + [layout.rows]).contiguous()
        let found = ends.searchsorted(rows, right: true)
        let inside = (found .< Tensor(scalar: .int(Int64(layout.segments)))).logicalAnd(rows .>= starts.narrow(-1, 0, 1))
        return (found.clamp(max: .int(Int64(layout.segments - 1))).reshape(shape).expand(x.shape), inside.reshape(shape))
      }
    }

    func callAsFunction(_ values: Tensor) -> Tensor {
      if layout.segments == 0 { return Tensor.zeros(sizes, dtype: values.dtype, device: values.device) }
      return `where`(covered, values.gather(layout.axis, places), Tensor(scalar: 0))
    }

    /// Numbers of elements, at least one.
    func counts(_ sums: Tensor) -> Tensor { sums.detach().clamp(min: 1) }
  }

  static let table: [AnyOp] = [op.erased]
}

/// Reduces consecutive segments along `axis` by `"sum"`, `"mean"`, `"max"`, `"min"` or `"prod"`: floating-point data of sizes
/// (…, n, …), segments given by lengths (…, segments) or by offsets (…, segments + 1), which have the data's leading sizes.
/// `torch.segment_reduce`.
/// - Parameters:
///   - unsafe: leaves out the check that the lengths add up to n.
///   - initial: what every reduction starts from.
public func segmentReduce(
  _ data: Tensor, _ reduce: String, lengths: Tensor? = nil, offsets: Tensor? = nil, axis: Int = 0, unsafe: Bool = false,
  initial: Scalar? = nil
) -> Tensor { SegmentReduce.op(data, reduce, lengths, nil, offsets, axis, unsafe, initial) }
