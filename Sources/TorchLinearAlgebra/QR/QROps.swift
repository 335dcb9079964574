import TorchCore

/// QR factors: A = Q R with orthonormal columns in Q and R upper triangular.
enum QROps {
  /// Which parts are computed, and how large.
  private enum Mode: String {
    case reduced, complete, r

    static func parse(_ text: String) throws -> Mode {
      guard let mode = Mode(rawValue: text) else {
        throw TorchError(.value, "mode must be 'reduced', 'complete' or 'r', got '\(text)'")
      }
      return mode
    }
  }

  static let linalgQR: Op<Tensor, String, TensorPair> = .structured(
    "aten::linalg_qr(Tensor A, str mode='reduced') -> (Tensor Q, Tensor R)",
    rule: { a, mode in
      let mode = try Mode.parse(mode)
      try MatrixCheck.matrices(a)
      let (m, n, k) = (a.rowCount, a.columnCount, Swift.min(a.rowCount, a.columnCount))
      let q: TensorSpec =
        mode == .r ? TensorSpec(like: a, sizes: [0]) : .columnMajor(like: a, a.batchSizes + [m, mode == .complete ? m : k])
      return (q, .columnMajor(like: a, a.batchSizes + [mode == .complete ? m : k, n]))
    },
    kernel: { out, a, mode in
      let mode = try Mode.parse(mode)
      let (m, n, k) = (a.rowCount, a.columnCount, Swift.min(a.rowCount, a.columnCount))
      let packed = try Tensor.allocate(.columnMajor(like: a, a.shape))
      let tau = try Tensor.allocate(TensorSpec(Dims(a.batchSizes + [k]), a.dtype))
      Copying.copy(a, into: packed)
      try Householder.factorInPlace(packed, tau)
      let r = packed.triu()
      if mode == .complete && m > n {
        Copying.fill(out.indices, 0)
        Copying.copy(r, into: out.indices.narrow(-2, 0, m))
      } else {
        Copying.copy(r.narrow(-2, 0, k), into: out.indices)
      }
      if mode == .r { return }
      let q = out.values
      if n == 0 && q.count > 0 {
        Copying.copy(identity(m, like: a).expand(q.shape), into: q)
        return
      }
      let filled = Swift.min(n, q.columnCount)
      Copying.fill(q, 0)
      Copying.copy(packed.narrow(-1, 0, filled), into: q.narrow(-1, 0, filled))
      try Householder.productInPlace(q, tau)
    },
    vjp: { tape, a, mode in
      let mode = try Mode.parse(mode)
      let (q, r) = (tape.save(result: tape.result.values), tape.save(result: tape.result.indices, index: 1))
      let (m, n) = (a.rowCount, a.columnCount)
      return { g, sink in
        guard mode != .r else {
          throw TorchError(.autograd, "the derivative of qr with mode 'r' does not exist, as it needs Q; use 'reduced'")
        }
        guard mode != .complete || m <= n else {
          throw TorchError(
            .autograd, "the derivative of qr with mode 'complete' does not exist for more rows than columns; use 'reduced'")
        }
        sink[0] = pullback(g[0], g[1], try sink.value(q), try sink.value(r))
      }
    },
    samples: { s in [[3, 3], [2, 4, 3], [2, 4]].map { Sample(.tensor(s.tensor($0)), "reduced".box()) } })

  private static func pullback(_ gq: Tensor?, _ gr: Tensor?, _ q: Tensor, _ r: Tensor) -> Tensor? {
    let (m, n) = (q.rowCount, r.columnCount)
    guard n > m else { return tallPullback(gq, gr, q, r) }
    // A = [A1 A2] with A1 = Q R1 square and R2 = Qᴴ A2, through which Q has a further gradient.
    let (r1, r2) = (r.narrow(-1, 0, m), r.narrow(-1, m, n - m))
    guard let gr else {
      return tallPullback(gq, nil, q, r1)?.constantPad([0, n - m])
    }
    let gr2 = gr.narrow(-1, m, n - m)
    let through = q.matmul(r2.matmul(gr2.conjugateTransposed))
    let first = tallPullback(gq.map { $0 + through } ?? through, gr.narrow(-1, 0, m), q, r1)
    return first.map { cat([$0, q.matmul(gr2)], dim: -1) }
  }

  /// For at least as many rows as columns: [gQ + Q (X + Xᴴ - Re diag X)] R⁻ᴴ with X = triu(gR Rᴴ - Qᴴ gQ).
  private static func tallPullback(_ gq: Tensor?, _ gr: Tensor?, _ q: Tensor, _ r: Tensor) -> Tensor? {
    var x: Tensor?
    if let gr { x = gr.matmul(r.conjugateTransposed) }
    if let gq {
      let product = q.conjugateTransposed.matmul(gq)
      x = x.map { $0 - product } ?? -product
    }
    guard let x else { return nil }
    let upper = x.triu()
    let halved = x.matrixDiagonal.realPart.to(x.dtype).diagEmbed()
    var inner = q.matmul(upper + upper.conjugateTransposed - halved)
    if let gq { inner = inner + gq }
    return SolveTriangular.op(r.conjugateTransposed, inner, false, false, false)
  }

  static let qr: Op<Tensor, Bool, TensorPair> = .composite(
    "aten::qr(Tensor self, bool some=True) -> (Tensor Q, Tensor R)",
    samples: { s in [Sample(.tensor(s.tensor([4, 3])), true.box())] }
  ) { a, some in try linalgQR.callThrowing(a, some ? "reduced" : "complete") }

  static let table: [AnyOp] = [linalgQR.erased, qr.erased]
}

/// What `Linalg.qr` returns.
public enum QRMode: String, Sendable {
  /// As many columns in Q as the smaller of rows and columns.
  case reduced
  /// A square Q.
  case complete
  /// R alone.
  case r
}

extension Linalg {
  /// The factors of A = Q R. `torch.linalg.qr`.
  public static func qr(_ a: Tensor, mode: QRMode = .reduced) -> (q: Tensor, r: Tensor) {
    let result = QROps.linalgQR(a, mode.rawValue)
    return (result.values, result.indices)
  }
}

extension Tensor {
  /// The factors of A = Q R; without `some` Q is square. `torch.qr`, the older form of `Linalg.qr`.
  public func qr(some: Bool = true) -> (q: Tensor, r: Tensor) {
    let result = QROps.qr(self, some)
    return (result.values, result.indices)
  }
}
