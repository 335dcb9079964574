import TorchCore

/// What the ops of strided tensors do when they meet sparse ones: the handlers to which `SparseParts.answer` leads.
enum SparseAnswers {
  typealias Handler = @Sendable (AnyOp, [IValue]) throws -> [IValue]

  static func answer(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue]? {
    if let handler = handlers[op.name] { return try handler(op, arguments) }
    let base = String(op.name.prefix { $0 != "." })
    if valueOps[base] != nil { return try onValues(op, arguments, ordered: valueOps[base] ?? true) }
    return nil
  }

  // MARK: Ops of the values alone

  /// Functions that map zero to zero, so that the values alone matter; true for those before which entries at one place must be
  /// summed, false for linear ones.
  private static let valueOps: [String: Bool] = {
    var known: [String: Bool] = [:]
    let linear = ["neg", "negative", "conj_physical", "positive", "clone", "_to_copy", "deg2rad", "rad2deg"]
    for name in linear { known["aten::" + name] = false }
    let nonlinear = [
      "abs", "absolute", "asin", "arcsin", "asinh", "arcsinh", "atan", "arctan", "atanh", "arctanh", "ceil", "erf", "erfinv",
      "expm1", "floor", "frac", "isinf", "isnan", "isneginf", "isposinf", "log1p", "nan_to_num", "relu", "round", "sgn", "sign",
      "signbit", "sin", "sinh", "sqrt", "square", "tan", "tanh", "trunc", "angle",
    ]
    for name in nonlinear { known["aten::" + name] = true }
    return known
  }()

  private static func onValues(_ op: AnyOp, _ arguments: [IValue], ordered: Bool) throws -> [IValue] {
    var x = try Tensor.unbox(arguments.first ?? .none)
    if ordered, x.coo != nil { x = try Conversion.coalesced(x) }
    guard let pattern = Pattern(x) else { throw TorchError(.value, "expected a sparse tensor, got \(x.summary)") }
    let results = try op.call([.tensor(Entries.values(x))] + arguments.dropFirst())
    return [.tensor(try Entries.place(Tensor.unbox(results.first ?? .none), pattern, x.impl.sizes))]
  }

  // MARK: Others

  private static let handlers: [String: Handler] = {
    var known: [String: Handler] = [:]
    func tensor(_ name: String, _ body: @escaping @Sendable ([IValue]) throws -> Tensor) {
      known["aten::" + name] = { _, arguments in [.tensor(try body(arguments))] }
    }
    func inPlace(_ name: String, _ body: @escaping @Sendable ([IValue]) throws -> Tensor) {
      known["aten::" + name] = { _, arguments in [.tensor(try replace(t(arguments, 0), with: body(arguments)))] }
    }
    tensor("add.Tensor") { try SparseArithmetic.add(t($0, 0), t($0, 1), alpha: Scalar.unbox($0[2])) }
    tensor("sub.Tensor") { try SparseArithmetic.add(t($0, 0), t($0, 1), alpha: negated(Scalar.unbox($0[2]))) }
    tensor("mul.Tensor") { try SparseArithmetic.mul(t($0, 0), t($0, 1)) }
    tensor("mul.Scalar") { try SparseArithmetic.mul(t($0, 0), Tensor(scalar: Scalar.unbox($0[1]))) }
    tensor("div.Tensor") { try SparseArithmetic.div(t($0, 0), t($0, 1)) }
    tensor("div.Scalar") { try SparseArithmetic.div(t($0, 0), Tensor(scalar: Scalar.unbox($0[1]))) }
    func adds(_ name: String, _ factor: @escaping @Sendable (Scalar) throws -> Scalar) {
      known["aten::" + name] = { _, arguments in
        let (a, b, alpha) = (try t(arguments, 0), try t(arguments, 1), try factor(Scalar.unbox(arguments[2])))
        if try SparseArithmetic.addEntries(b, alpha: alpha, to: a) { return [.tensor(a)] }
        return [.tensor(try replace(a, with: SparseArithmetic.add(a, b, alpha: alpha)))]
      }
    }
    adds("add_.Tensor") { $0 }
    adds("sub_.Tensor") { negated($0) }
    inPlace("mul_.Tensor") { try SparseArithmetic.mul(t($0, 0), t($0, 1)) }
    inPlace("mul_.Scalar") { try SparseArithmetic.mul(t($0, 0), Tensor(scalar: Scalar.unbox($0[1]))) }
    inPlace("div_.Tensor") { try SparseArithmetic.div(t($0, 0), t($0, 1)) }
    inPlace("div_.Scalar") { try SparseArithmetic.div(t($0, 0), Tensor(scalar: Scalar.unbox($0[1]))) }
    inPlace("zero_") { try empty(like: t($0, 0)) }
    inPlace("copy_") { arguments in
      let (target, source) = (try t(arguments, 0), try t(arguments, 1))
      guard target.layout == source.layout else {
        throw TorchError(.unsupported, "elements of layout \(source.layout.rawValue) cannot be copied into \(target.layout.rawValue)")
      }
      return source.to(target.dtype)
    }
    tensor("zeros_like") { arguments in
      let x = try t(arguments, 0)
      return try empty(like: x, dtype: Optional<DType>.unbox(arguments[1]))
    }
    tensor("sum") { SparseArithmetic.sum(try t($0, 0), try Optional<DType>.unbox($0[1])) }
    tensor("sum.dim_IntList") { arguments in
      let dims = try Optional<[Int]>.unbox(arguments[1]) ?? []
      return try SparseArithmetic.sum(
        t(arguments, 0), dims, keepDim: Bool.unbox(arguments[2]), Optional<DType>.unbox(arguments[3]))
    }
    tensor("pow.Tensor_Scalar") { arguments in
      let exponent = try Scalar.unbox(arguments[1])
      guard exponent.doubleValue > 0 else {
        throw TorchError(.unsupported, "sparse tensors have powers with positive exponents alone, got \(exponent)")
      }
      let x = try Conversion.coalesced(Conversion.coordinates(t(arguments, 0)))
      guard let pattern = Pattern(x) else { throw TorchError(.internal, "a sparse tensor expected") }
      return try Entries.place(Entries.values(x).pow(exponent), pattern, x.impl.sizes)
    }
    tensor("t") { arguments in
      let x = try t(arguments, 0)
      guard x.rank <= 2 else { throw TorchError(.shape, "expected a matrix or vector, got \(x.summary)") }
      return x.rank < 2 ? x : try SparseProducts.transposed(x)
    }
    tensor("transpose.int") { arguments in
      let x = try t(arguments, 0)
      let a = try normalizeDim(Int.unbox(arguments[1]), rank: x.rank)
      let b = try normalizeDim(Int.unbox(arguments[2]), rank: x.rank)
      if a == b { return x }
      if x.csr != nil { return try SparseProducts.transposed(x) }
      var order = Array(0..<x.rank)
      order.swapAt(a, b)
      return try SparseProducts.permuted(x, order)
    }
    tensor("permute") { arguments in
      let x = try t(arguments, 0)
      return try SparseProducts.permuted(x, [Int].unbox(arguments[1]).map { try normalizeDim($0, rank: x.rank) })
    }
    tensor("mm") { try SparseProducts.mm(t($0, 0), t($0, 1)) }
    tensor("mv") { try SparseProducts.mv(t($0, 0), t($0, 1)) }
    tensor("matmul") { try SparseProducts.matmul(t($0, 0), t($0, 1)) }
    tensor("addmm") {
      try SparseProducts.addmm(t($0, 0), t($0, 1), t($0, 2), beta: Scalar.unbox($0[3]), alpha: Scalar.unbox($0[4]))
    }
    return known
  }()

  private static func t(_ arguments: [IValue], _ i: Int) throws -> Tensor {
    guard i < arguments.count else { throw TorchError(.value, "argument \(i) is missing") }
    return try Tensor.unbox(arguments[i])
  }

  private static func negated(_ alpha: Scalar) -> Scalar {
    switch alpha {
    case .bool(let b): .int(b ? -1 : 0)
    case .int(let i): .int(0 &- i)
    case .double(let d): .double(-d)
    case .complex(let re, let im): .complex(-re, -im)
    }
  }

  private static func empty(like x: Tensor, dtype: DType? = nil) throws -> Tensor {
    guard let csr = x.csr else {
      return try Construction.zeros(x.shape, dtype ?? x.dtype, x.device, sparseDim: Pattern(x)?.sparseDim)
    }
    let columns = Tensor.zeros([0], dtype: csr.columns.dtype, device: x.device)
    let pattern = Pattern.csr(starts: csr.starts.zerosLike(), columns: columns)
    return try Entries.place(Tensor.zeros([0], dtype: dtype ?? x.dtype, device: x.device), pattern, x.impl.sizes)
  }

  // MARK: In place

  /// Makes a result the contents of the first argument of an in-place op.
  static func replace(_ target: Tensor, with result: Tensor) throws -> Tensor {
    if !target.isSparse {
      // The strided target takes the result as any in-place op does.
      return target.copy_(result)
    }
    guard target.impl.sizes == result.impl.sizes else {
      throw TorchError(.shape, "the result has sizes \(result.impl.sizes), which do not fit into \(target.summary) in place")
    }
    guard result.dtype.category <= target.dtype.category else {
      throw TorchError(.dtype, "the result type \(result.dtype) cannot be stored in \(target.dtype) in place")
    }
    if target.impl.leafRequiresGrad && isGradEnabled {
      throw TorchError(
        .autograd, "a leaf that requires gradients cannot be changed in place; wrap the change in noGrad, or clone it first")
    }
    let typed = result.to(target.dtype)
    if let mine = target.coo, let theirs = typed.coo {
      mine.indices = theirs.indices
      mine.values = theirs.values
      mine.isCoalesced = theirs.isCoalesced
    } else if let mine = target.csr, let theirs = typed.csr {
      mine.starts = theirs.starts
      mine.columns = theirs.columns
      mine.values = theirs.values
    } else {
      throw TorchError(
        .unsupported, "a result of layout \(typed.layout.rawValue) cannot be stored in one of \(target.layout.rawValue)")
    }
    InPlace.changed(target)
    target.impl.gradNode = typed.impl.gradNode
    target.impl.gradIndex = typed.impl.gradIndex
    return target
  }
}
