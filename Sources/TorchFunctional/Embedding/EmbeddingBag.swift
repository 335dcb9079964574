import TorchCore
import CTorchKernels

/// Sums, means and maxima of bags of rows of a table.
enum EmbeddingBag {
  enum Mode: Int, Boxable {
    case sum = 0
    case mean = 1
    case max = 2

    static var schemaTypes: [String] { ["int"] }
    static func unbox(_ value: IValue) throws -> Mode {
      let number = try Int.unbox(value)
      guard let mode = Mode(rawValue: number) else {
        throw TorchError(.value, "the mode of a bag is 0 (sum), 1 (mean) or 2 (max), got \(number)")
      }
      return mode
    }
    func box() -> IValue { rawValue.box() }
  }

  /// Judged arguments. Offsets say where bags begin, and, with a last one, where the last bag ends.
  private struct Plan {
    let rows: Int
    let width: Int
    let bags: Int
    let indexType: DType

    init(_ weight: Tensor, _ indices: Tensor, _ offsets: Tensor, _ mode: Mode, _ factors: Tensor?, _ hasLast: Bool) throws {
      guard weight.rank == 2 else { throw TorchError(.shape, "weight must have sizes (rows, width), got \(weight.impl.sizes)") }
      try NNKernels.require(weight.dtype, "weight")
      for (name, list) in [("indices", indices), ("offsets", offsets)] {
        guard list.rank == 1 else { throw TorchError(.shape, "\(name) must have one dimension, got \(list.summary)") }
        guard list.dtype == .int64 || list.dtype == .int32 else {
          throw TorchError(.dtype, "\(name) must be int32 or int64, got \(list.dtype)")
        }
      }
      if let factors {
        guard mode == .sum else { throw TorchError(.value, "per_sample_weights are for sums, not for mode \(mode)") }
        guard factors.dtype == weight.dtype, factors.impl.sizes == indices.impl.sizes else {
          throw TorchError(
            .shape,
            "per_sample_weights must be of type \(weight.dtype), one for each of \(indices.count) indices, got \(factors.summary)"
          )
        }
      }
      guard !hasLast || offsets.count > 0 else { throw TorchError(.shape, "offsets must hold at least the last offset") }
      (rows, width) = (weight.impl.sizes[0], weight.impl.sizes[1])
      bags = hasLast ? offsets.count - 1 : offsets.count
      indexType = indices.dtype == .int32 && offsets.dtype == .int32 ? .int32 : .int64
    }

    /// Where each bag begins and, last, where the last one ends.
    func starts(_ offsets: Tensor, _ count: Int, _ hasLast: Bool) throws -> Tensor {
      var list = offsets.array(as: Int64.self)
      if !hasLast { list.append(Int64(count)) }
      guard list.first == 0 || bags == 0 else { throw TorchError(.value, "offsets[0] must be 0, got \(list[0])") }
      for (a, b) in zip(list, list.dropFirst()) where b < a || b > Int64(count) {
        throw TorchError(.value, "offsets must not fall and not exceed the \(count) indices, got \(offsets.array(as: Int64.self))")
      }
      return Tensor(list)
    }

    /// The indices in order, each of them a row.
    func places(_ indices: Tensor) throws -> Tensor {
      let places = indices.to(.int64).contiguous()
      let list = places.pointer(Int64.self)
      for i in 0..<places.count where list[i] < 0 || list[i] >= Int64(rows) {
        throw TorchError(.index, "index \(list[i]) at position \(i) is out of range for \(rows) rows")
      }
      return places
    }
  }

  /// The bag of each index; those behind the last bag count as its.
  private static func bagOfIndex(_ indices: Tensor, _ offsets: Tensor, _ bags: Int) -> Tensor {
    (offsets.to(.int64).searchsorted(Tensor.arange(Scalar(indices.count)), right: true) - 1).clamp(max: Scalar(bags - 1))
  }

  /// Which indices take part: no padding, nothing behind the last bag.
  private static func counted(_ indices: Tensor, _ offsets: Tensor, _ hasLast: Bool, _ padding: Int) -> Tensor {
    let real = indices .!= Tensor(padding)
    return hasLast ? real.logicalAnd(Tensor.arange(Scalar(indices.count)) .< offsets.select(0, offsets.count - 1)) : real
  }

  /// How many indices of each bag take part.
  private static func sizes(
    _ indices: Tensor, _ offsets: Tensor, _ bags: Int, _ hasLast: Bool, _ padding: Int, _ type: DType
  ) -> Tensor {
    if bags == 0 { return Tensor.zeros([0], dtype: type) }
    return Tensor.zeros([bags], dtype: type).indexAdd(
      0, bagOfIndex(indices, offsets, bags), counted(indices, offsets, hasLast, padding).to(type))
  }

  /// PyTorch leaves the bags of indices out where its quickest kernel for sums does not need them.
  private static func omitsBags(_ weight: Tensor, _ mode: Mode, _ factors: Tensor?, _ padding: Int) -> Bool {
    mode == .sum && padding < 0 && weight.dtype != .float64 && weight.impl.strides[1] == 1 && (factors?.impl.strides[0] ?? 1) == 1
  }

  /// The bags (bags, width); for each index its bag; the sizes of the bags (of means and maxima); and for maxima where each came
  /// from, else the sizes again.
  static let full: Op<Tensor, Tensor, Tensor, Bool, Mode, Bool, Tensor?, Bool, Int, TensorQuadruple> = .structured(
    "aten::_embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)",
    rule: { weight, indices, offsets, _, mode, _, factors, hasLast, padding in
      let plan = try Plan(weight, indices, offsets, mode, factors, hasLast)
      func index(_ sizes: Dims) -> TensorSpec { TensorSpec(sizes, plan.indexType, weight.device) }
      return (
        TensorSpec(like: weight, sizes: [plan.bags, plan.width]),
        index([omitsBags(weight, mode, factors, padding) ? 0 : indices.count]), index([plan.bags]),
        index(mode == .max ? [plan.bags, plan.width] : [plan.bags])
      )
    },
    kernel: { out, weight, indices, offsets, _, mode, _, factors, hasLast, padding in
      let plan = try Plan(weight, indices, offsets, mode, factors, hasLast)
      let (starts, places) = (try plan.starts(offsets, indices.count, hasLast), try plan.places(indices))
      let (table, weights) = (weight.kernelInput, factors?.kernelInput)
      guard let kernels = torch_embedding(torch_level_current(), Int32(table.dtype.rawValue)) else {
        throw TorchError(.dtype, "bags are not defined for \(table.dtype)")
      }
      let largest = mode == .max ? try Tensor.allocate(TensorSpec(out.fourth.impl.sizes, .int64)) : nil
      try NNKernels.filling(out.first) { result in
        var spec = torch_bags(
          width: Int64(plan.width), indices: places.pointer(Int64.self), starts: starts.pointer(Int64.self),
          padding: Int64(padding), mode: Int32(mode.rawValue))
        let each = Swift.max(1, plan.width * Swift.max(1, places.count / Swift.max(1, plan.bags)))
        withUnsafePointer(to: &spec) { spec in
          parallelFor(plan.bags, grain: Swift.max(1, 16384 / each)) { part in
            kernels.pointee.bag(
              result.address, largest?.pointer(Int64.self), table.address, weights?.address, spec, Int64(part.lowerBound),
              Int64(part.upperBound))
          }
        }
      }
      if out.second.count > 0 { Copying.copy(bagOfIndex(indices, offsets, plan.bags), into: out.second) }
      if mode == .sum {
        Copying.fill(out.third, 0)
      } else {
        Copying.copy(sizes(places, offsets, plan.bags, hasLast, padding, .int64), into: out.third)
      }
      if let largest { Copying.copy(largest.clamp(min: 0), into: out.fourth) } else { Copying.copy(out.third, into: out.fourth) }
    },
    vjp: { tape, weight, indices, offsets, byFrequency, mode, sparse, factors, hasLast, padding in
      let (table, places, starts, weights) = (tape.save(weight), tape.save(indices), tape.save(offsets), tape.save(factors))
      let plan = try Plan(weight, indices, offsets, mode, factors, hasLast)
      let largest = tape.result.fourth.alias()
      return { g, sink in
        guard let gradient = g[0] else { return }
        let (indices, offsets) = (try sink.value(places).to(.int64), try sink.value(starts))
        if mode == .max {
          let filled = sizes(indices, offsets, plan.bags, hasLast, padding, gradient.dtype).unsqueeze(1) .> 0
          sink[0] = Tensor.zeros([plan.rows, plan.width], dtype: gradient.dtype).scatterAdd(
            0, largest.to(.int64), `where`(filled, gradient, Tensor(scalar: 0)))
          return
        }
        guard plan.bags > 0 else {
          sink[0] = Tensor.zeros([plan.rows, plan.width], dtype: gradient.dtype)
          if weights != nil { sink[3] = Tensor.zeros([indices.count], dtype: gradient.dtype) }
          return
        }
        let bags = bagOfIndex(indices, offsets, plan.bags)
        let takesPart = counted(indices, offsets, hasLast, padding).unsqueeze(1)
        var rows = `where`(takesPart, gradient.indexSelect(0, bags), Tensor(scalar: 0))
        if sink.wants(3) { sink[3] = (rows * (try sink.value(table)).indexSelect(0, indices)).sum(1) }
        guard sink.wants(0) else { return }
        if mode == .mean {
          let counts = sizes(indices, offsets, plan.bags, hasLast, padding, gradient.dtype).clamp(min: 1)
          rows = rows / counts.indexSelect(0, bags).unsqueeze(1)
        }
        if let weights { rows = rows * (try sink.value(weights)).unsqueeze(1) }
        sink[0] = try Embedding.tableGradient(rows, indices, plan.rows, padding, byFrequency, sparse: sparse)
      }
    },
    samples: samples)

  private static let samples: SampleMaker = { s in
    let (indices, offsets) = (s.integers([6], high: 5), Tensor([0, 2, 2]))
    let none = IValue.none
    return [
      Sample(
        .tensor(s.tensor([5, 3])), .tensor(indices), .tensor(offsets), false.box(), 0.box(), false.box(),
        .tensor(s.tensor([6], low: 0.5, high: 2)), false.box(), (-1).box()),
      Sample(
        .tensor(s.tensor([5, 3])), .tensor(indices), .tensor(offsets), false.box(), 1.box(), false.box(), none, false.box(),
        1.box()),
      Sample(
        .tensor(s.tensor([5, 3])), .tensor(indices), .tensor(offsets), false.box(), 2.box(), false.box(), none, false.box(),
        (-1).box()),
    ]
  }

  // MARK: PyTorch's ops

  private static let forwardInfo = OpInfo(
    "aten::_embedding_bag_forward_only(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False, int padding_idx=-1) -> (Tensor, Tensor, Tensor, Tensor)",
    tier: .composite, derivative: .none("it is the form for tables without gradients"), samples: samples)
  static let forwardOnly = Op<Tensor, Tensor, Tensor, Bool, Mode, Bool, Tensor?, Bool, Int, TensorQuadruple>(forwardInfo) {
    weight, indices, offsets, byFrequency, mode, sparse, factors, hasLast, padding in
    try noGrad { try full.callThrowing(weight, indices, offsets, byFrequency, mode, sparse, factors, hasLast, padding) }
  }

  static let padded = Op<Tensor, Tensor, Tensor, Bool, Mode, Bool, Tensor?, Bool, Int?, TensorQuadruple>.composite(
    "aten::embedding_bag.padding_idx(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq, int mode, bool sparse, Tensor? per_sample_weights, bool include_last_offset, int? padding_idx) -> (Tensor, Tensor, Tensor, Tensor)",
    samples: samples
  ) { weight, indices, offsets, byFrequency, mode, sparse, factors, hasLast, padding in
    var row = -1
    if let padding {
      guard weight.rank == 2 else { throw TorchError(.shape, "weight must have sizes (rows, width), got \(weight.impl.sizes)") }
      row = try normalizeDim(padding, rank: weight.impl.sizes[0], "padding_idx")
    }
    return try full.callThrowing(weight, indices, offsets, byFrequency, mode, sparse, factors, hasLast, row)
  }

  static let plain = Op<Tensor, Tensor, Tensor, Bool, Mode, Bool, Tensor?, Bool, TensorQuadruple>.composite(
    "aten::embedding_bag(Tensor weight, Tensor indices, Tensor offsets, bool scale_grad_by_freq=False, int mode=0, bool sparse=False, Tensor? per_sample_weights=None, bool include_last_offset=False) -> (Tensor, Tensor, Tensor, Tensor)",
    samples: { s in samples(&s).map { Sample(Array($0.arguments.dropLast())) } }
  ) { weight, indices, offsets, byFrequency, mode, sparse, factors, hasLast in
    try full.callThrowing(weight, indices, offsets, byFrequency, mode, sparse, factors, hasLast, -1)
  }

  static let table: [AnyOp] = [full.erased, forwardOnly.erased, padded.erased, plain.erased]
}

/// What becomes of the rows of a bag.
public enum BagMode: Int, Sendable { case sum, mean, max }

/// Sums, means or maxima of bags of rows of `weight` (rows, width): (bags, width). `torch.nn.functional.embedding_bag`.
/// - Parameters:
///   - indices: rows, those of all bags one after the other, or (bags, n).
///   - offsets: where each bag begins; nil when the indices have two dimensions, and only then.
///   - perSampleWeights: factors of the rows, of the indices' sizes; sums only.
///   - paddingIndex: a row that is left out; a negative one counts from the end.
///   - maxNorm: the rows at `indices` that are longer are shortened to it first, in `weight` itself.
///   - normType: the order of the norm that `maxNorm` bounds.
///   - scaleGradByFrequency: divides each row's gradient by how often it was asked for; not for maxima.
///   - sparse: whether the gradient of `weight` is a sparse tensor of the rows that were asked for; not for maxima.
///   - includesLastOffset: whether the last offset is where the last bag ends.
public func embeddingBag(
  _ indices: Tensor, _ weight: Tensor, offsets: Tensor? = nil, mode: BagMode = .mean, perSampleWeights: Tensor? = nil,
  paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2, scaleGradByFrequency: Bool = false,
  sparse: Bool = false, includesLastOffset: Bool = false
) -> Tensor {
  checked(.poison(), "embeddingBag") {
    guard indices.isDefined, weight.isDefined else { return .poison() }
    guard indices.rank == 1 || indices.rank == 2 else {
      throw TorchError(.shape, "indices must have one or two dimensions, got \(indices.summary)")
    }
    guard (offsets == nil) == (indices.rank == 2) else {
      throw TorchError(
        .value,
        indices.rank == 2 ? "offsets are not for indices of two dimensions, whose rows are the bags"
          : "indices of one dimension need offsets that say where the bags begin")
    }
    if let perSampleWeights, perSampleWeights.isDefined, perSampleWeights.shape != indices.shape {
      throw TorchError(.shape, "perSampleWeights must have the indices' sizes \(indices.shape), got \(perSampleWeights.summary)")
    }
    guard mode != .max || !(scaleGradByFrequency || sparse) else {
      throw TorchError(.unsupported, "gradients of maxima cannot be \(sparse ? "sparse" : "scaled by the frequency of the rows")")
    }
    var (list, factors, starts) = (indices, perSampleWeights, offsets)
    if indices.rank == 2 {
      starts = Tensor.arange(Scalar(indices.shape[0])) * Tensor(scalar: .int(Int64(indices.shape[1])))
      (list, factors) = (indices.reshape([indices.count]), perSampleWeights?.reshape([indices.count]))
    }
    try Embedding.bound(weight, list, maxNorm, normType)
    return EmbeddingBag.padded(
      weight, list, starts ?? Tensor([0]), scaleGradByFrequency, EmbeddingBag.Mode(rawValue: mode.rawValue) ?? .mean, sparse,
      factors, includesLastOffset && indices.rank == 1, paddingIndex
    ).first
  }
}
