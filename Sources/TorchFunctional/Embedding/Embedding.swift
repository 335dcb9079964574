import TorchCore
import TorchSparse
import CTorchKernels

/// Rows of a table by index, and one-hot rows.
enum Embedding {
  private static func check(_ indices: Tensor) throws {
    guard indices.dtype == .int64 || indices.dtype == .int32 else {
      throw TorchError(.dtype, "indices must be int32 or int64, got \(indices.dtype)")
    }
  }

  static let embedding: Op<Tensor, Tensor, Int, Bool, Bool, Tensor> = .structured(
    "aten::embedding(Tensor weight, Tensor indices, SymInt padding_idx=-1, bool scale_grad_by_freq=False, bool sparse=False) -> Tensor",
    rule: { weight, indices, _, _, _ in
      guard weight.rank == 2 else { throw TorchError(.shape, "weight must have sizes (rows, width), got \(weight.impl.sizes)") }
      try check(indices)
      var sizes = indices.impl.sizes
      sizes.append(weight.impl.sizes[1])
      return TensorSpec(like: weight, sizes: sizes)
    },
    kernel: { out, weight, indices, _, _, _ in
      let source = weight.contiguous()
      let places = indices.to(.int64).contiguous()
      let (rows, width) = (weight.impl.sizes[0], weight.impl.sizes[1])
      let rowBytes = width * weight.dtype.byteCount
      let list = places.pointer(Int64.self)
      // Before anything is read.
      for i in 0..<places.count where list[i] < 0 || list[i] >= Int64(rows) {
        throw TorchError(.index, "index \(list[i]) at position \(i) is out of range for \(rows) rows")
      }
      parallelFor(places.count, grain: Swift.max(1, parallelGrainBytes / Swift.max(rowBytes, 1))) { part in
        _ = torch_index_select(
          Int64(part.lowerBound), Int64(part.upperBound), out.address, source.address, list, Int64(places.count), Int64(rows),
          Int64(rowBytes), Int64(rowBytes), Int64(rows * rowBytes), false)
      }
    },
    vjp: { tape, weight, indices, padding, byFrequency, sparse in
      let places = tape.save(indices)
      let rows = weight.impl.sizes[0]
      return { g, sink in
        sink[0] = try tableGradient(g.first, try sink.value(places), rows, padding, byFrequency, sparse: sparse)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([5, 3])), .tensor(s.integers([2, 4], high: 5)), (-1).box(), false.box(), false.box()),
        Sample(.tensor(s.tensor([5, 3])), .tensor(s.integers([6], high: 5)), 2.box(), false.box(), false.box()),
      ]
    })

  /// The gradient of a table of `rows` rows from those of the rows at `indices`. A sparse one has an entry for each index that is
  /// not the padding.
  static func tableGradient(
    _ g: Tensor, _ indices: Tensor, _ rows: Int, _ padding: Int, _ byFrequency: Bool, sparse: Bool
  ) throws -> Tensor {
    // On other devices nobody knows which indices are the padding.
    guard sparse, g.isCPU, indices.isCPU else { return try denseBackward.callThrowing(g, indices, rows, padding, byFrequency) }
    if byFrequency { throw TorchError(.unsupported, "a sparse gradient cannot be scaled by the frequency of its rows") }
    var (places, values) = (indices.to(.int64).reshape([indices.count]), g.reshape([indices.count, g.impl.sizes[g.rank - 1]]))
    if padding >= 0 {
      let kept = (places .!= Tensor(padding)).nonzero().select(1, 0)
      (places, values) = (places.indexSelect(0, kept), values.indexSelect(0, kept))
    }
    return try Tensor.sparseRows(places, values, count: rows)
  }

  static let denseBackward: Op<Tensor, Tensor, Int, Int, Bool, Tensor> = .structured(
    "aten::embedding_dense_backward(Tensor grad_output, Tensor indices, SymInt num_weights, SymInt padding_idx, bool scale_grad_by_freq) -> Tensor",
    rule: { g, indices, rows, _, _ in
      try check(indices)
      guard g.rank == indices.rank + 1, g.impl.sizes.dropLast().elementsEqual(indices.impl.sizes), rows >= 0 else {
        throw TorchError(
          .shape, "grad_output must have the sizes of the indices and a width, got \(g.summary) for \(indices.summary)")
      }
      return TensorSpec(like: g, sizes: [rows, g.impl.sizes[g.rank - 1]])
    },
    kernel: { out, g, indices, rows, padding, byFrequency in
      let places = indices.to(.int64).contiguous()
      let list = places.pointer(Int64.self)
      var counts = [Int](repeating: 0, count: byFrequency ? rows : 0)
      for i in 0..<places.count {
        guard list[i] >= 0 && list[i] < Int64(rows) else {
          throw TorchError(.index, "index \(list[i]) at position \(i) is out of range for \(rows) rows")
        }
        if byFrequency { counts[Int(list[i])] += 1 }
      }
      let width = out.impl.sizes[1]
      try NNKernels.filling(out) { result in
        Copying.fill(result, 0)
        let gradient = g.kernelInput
        let one = try Tensor.filled(1, TensorSpec([], result.dtype))
        _ = torch_index_add(
          Int32(result.dtype.rawValue), Int32(TORCH_SCATTER_ADD), 0, Int64(rows), result.address, list, gradient.address,
          one.address, 1,
          Int64(rows), Int64(places.count), Int64(width))
        if padding >= 0 && padding < rows { result.select(0, padding).zero_() }
        if byFrequency {
          let divisors = Tensor(counts.map { Double(Swift.max($0, 1)) }, shape: [rows, 1], dtype: result.dtype)
          result.div_(divisors)
        }
      }
    },
    vjp: { tape, _, indices, _, padding, _ in
      let saved = tape.save(indices)
      return { v, sink in
        let places = try sink.value(saved)
        // As in PyTorch, how often a row was asked for plays no part in this derivative.
        let rows = embedding(v.first, places, -1, false, false)
        sink[0] = padding >= 0 ? rows.maskedFill((places .== Tensor(padding)).unsqueeze(-1), 0) : rows
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 4, 3])), .tensor(s.integers([2, 4], high: 5)), 5.box(), 2.box(), false.box())
      ]
    })

  /// Scales rows whose norm is too large.
  static let renormalize = Op<Tensor, Tensor, Double, Double, Tensor>(renormalizeInfo) { weight, indices, limit, order in
    if weight.device == .poison || indices.device == .poison { throw PoisonedInput() }
    guard weight.rank == 2 else { throw TorchError(.shape, "self must have sizes (rows, width), got \(weight.impl.sizes)") }
    try NNKernels.require(weight.dtype, "self")
    try check(indices)
    guard indices.rank == 1 || indices.rank == 2 else {
      throw TorchError(.shape, "indices must have one or two dimensions, got \(indices.summary)")
    }
    try InPlace.check(weight, recording: isGradEnabled && weight.requiresGrad)
    return noGrad {
      let places = indices.reshape([-1])
      let rows = weight.indexSelect(0, places)
      let norms = rows.norm(.double(order), [1], keepDim: true)
      let factors = Tensor(scalar: .double(limit)) / (norms + Tensor(scalar: .double(1e-7)))
      let most = Tensor(scalar: .double(limit))
      return weight.indexCopy_(0, places, `where`(norms .> most, rows * factors, rows))
    }
  }
  private static let renormalizeInfo = OpInfo(
    "aten::embedding_renorm_(Tensor(a!) self, Tensor indices, float max_norm, float norm_type) -> Tensor(a!)", tier: .inPlace,
    derivative: .none("it bounds parameters in place, outside any graph"))

  static let oneHot = Op<Tensor, Int, Tensor>.composite(
    "aten::one_hot(Tensor self, int num_classes=-1) -> Tensor",
    rule: { x, classes in
      guard x.dtype == .int64 else { throw TorchError(.dtype, "class indices must be int64, got \(x.dtype)") }
      guard classes >= -1, classes != 0 else {
        throw TorchError(.value, "num_classes must be positive, or -1 to infer it, got \(classes)")
      }
      if x.count == 0 && classes == -1 { throw TorchError(.value, "the number of classes cannot be inferred from no elements") }
    },
    samples: { s in
      [Sample(.tensor(s.integers([2, 3], high: 4)), 5.box()), Sample(.tensor(s.integers([6], high: 4)), (-1).box())]
    }
  ) { x, classes in
    let count: Int
    if x.count > 0 {
      let (low, high) = (Int(x.amin().item().intValue), Int(x.amax().item().intValue))
      guard low >= 0, classes == -1 || high < classes else {
        throw TorchError(.index, "class indices must lie in 0...\(classes == -1 ? high : classes - 1), got \(low) to \(high)")
      }
      count = classes == -1 ? high + 1 : classes
    } else {
      count = classes
    }
    return (x.unsqueeze(-1) .== Tensor.arange(Scalar(count))).to(.int64)
  }

  static let table: [AnyOp] = [embedding.erased, denseBackward.erased, renormalize.erased, oneHot.erased]
}

extension Embedding {
  /// A row that is treated apart, counted from the end when negative; -1 for none.
  static func row(_ padding: Int?, of weight: Tensor) throws -> Int {
    guard let padding, weight.isDefined, weight.rank == 2 else { return -1 }
    let rows = weight.impl.sizes[0]
    guard padding == 0 || (padding >= -rows && padding < rows) else {
      throw TorchError(.index, "paddingIndex: expected a row from \(-rows) to \(rows - 1), got \(padding)")
    }
    return padding < 0 ? padding + rows : padding
  }

  /// Shortens, outside the tape, those of the rows at `indices` that are longer than `limit`.
  static func bound(_ weight: Tensor, _ indices: Tensor, _ limit: Double?, _ order: Double) throws {
    guard let limit, weight.isDefined, indices.isDefined else { return }
    _ = try renormalize.callThrowing(weight.detach(), indices.reshape([indices.count]), limit, order)
  }
}

/// The rows of `weight` (rows, width) at `indices`, of the indices' sizes and the width. `torch.nn.functional.embedding`.
/// - Parameters:
///   - paddingIndex: a row that gets no gradient; a negative one counts from the end.
///   - maxNorm: the rows at `indices` that are longer are shortened to it first, in `weight` itself.
///   - normType: the order of the norm that `maxNorm` bounds.
///   - scaleGradByFrequency: divides each row's gradient by how often it was asked for.
///   - sparse: whether the gradient of `weight` is a sparse tensor of the rows that were asked for.
public func embedding(
  _ indices: Tensor, _ weight: Tensor, paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
  scaleGradByFrequency: Bool = false, sparse: Bool = false
) -> Tensor {
  let padding = checked(-1, "embedding") {
    let padding = try Embedding.row(paddingIndex, of: weight)
    try Embedding.bound(weight, indices, maxNorm, normType)
    return padding
  }
  return Embedding.embedding(weight, indices, padding, scaleGradByFrequency, sparse)
}

/// For each class index a row of zeros with a one at the index, as `int64`. `torch.nn.functional.one_hot`.
/// - Parameter classes: the length of the rows; nil takes the largest index plus one.
public func oneHot(_ indices: Tensor, classes: Int? = nil) -> Tensor { Embedding.oneHot(indices, classes ?? -1) }
