import TorchCore

/// Coordinates and values: `indices` (sparse dimensions, entries) and `values` (entries, dense sizes...), both off the tape.
final class COOParts: SparseParts, @unchecked Sendable {
  // Changed by in-place ops alone, which are their caller's business to keep apart.
  var indices: Tensor
  var values: Tensor
  /// Whether the entries are in row-major order of their coordinates, each at most once.
  var isCoalesced: Bool

  init(indices: Tensor, values: Tensor, isCoalesced: Bool) {
    self.indices = indices
    self.values = values
    self.isCoalesced = isCoalesced
  }

  var layout: Layout { .sparseCOO }
  var device: Device { values.device }
  var sparseDim: Int { indices.impl.sizes[0] }
  var entryCount: Int { indices.impl.sizes[1] }

  func answer(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue]? { try SparseAnswers.answer(op, arguments) }
  var text: String { PartsText.lines([("indices", indices), ("values", values)]) }
}

/// Compressed rows: where each row's entries start (and, last, their count), their columns, and their values; off the tape.
final class CSRParts: SparseParts, @unchecked Sendable {
  // As for COOParts.
  var starts: Tensor
  var columns: Tensor
  var values: Tensor

  init(starts: Tensor, columns: Tensor, values: Tensor) {
    self.starts = starts
    self.columns = columns
    self.values = values
  }

  var layout: Layout { .sparseCSR }
  var device: Device { values.device }
  var entryCount: Int { columns.impl.sizes[0] }

  func answer(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue]? { try SparseAnswers.answer(op, arguments) }
  var text: String { PartsText.lines([("crow_indices", starts), ("col_indices", columns), ("values", values)]) }
}

/// Parts as PyTorch prints them.
private enum PartsText {
  static func lines(_ parts: [(name: String, tensor: Tensor)]) -> String {
    let texts = parts.map { name, tensor in
      let prefix = "\(name)="
      // The type is told once, behind the parts.
      var text = tensor.description
      if let type = text.range(of: ", dtype=torch.\(tensor.dtype))") { text.replaceSubrange(type, with: ")") }
      return prefix + text.replacing("\n", with: "\n" + String(repeating: " ", count: 7 + prefix.count))
    }
    return texts.joined(separator: ",\n       ")
  }
}

extension Tensor {
  var coo: COOParts? { isSparse ? impl.parts as? COOParts : nil }
  var csr: CSRParts? { isSparse ? impl.parts as? CSRParts : nil }

  /// The coordinates and values, for an op of that layout alone.
  func requireCOO(_ what: String) throws -> COOParts {
    if impl.device == .poison { throw PoisonedInput() }
    guard let coo else { throw unsuited(what, .sparseCOO) }
    return coo
  }

  /// The compressed rows, for an op of that layout alone.
  func requireCSR(_ what: String) throws -> CSRParts {
    if impl.device == .poison { throw PoisonedInput() }
    guard let csr else { throw unsuited(what, .sparseCSR) }
    return csr
  }

  private func unsuited(_ what: String, _ wanted: Layout) -> TorchError {
    TorchError(.unsupported, "\(what) is of \(wanted.rawValue) tensors, got \(summary) of layout \(layout.rawValue)")
  }
}
