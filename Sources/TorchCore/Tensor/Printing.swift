#if canImport(Glibc)
  import Glibc
#endif

extension Tensor: CustomStringConvertible {
  /// `float32[2, 3]`: what error messages call a tensor.
  public var summary: String {
    guard isDefined else { return "poison" }
    if impl.isWrappedNumber, isCPU, let value = try? scalar(at: 0) { return value.description }
    return "\(dtype)\(impl.sizes)" + (isMeta ? " (meta)" : layout == .strided ? "" : " (\(layout.rawValue))")
  }

  /// The elements as PyTorch prints them: `tensor([[1., 2.], [3., 4.]])`.
  public var description: String { isWrapped ? impl.wrapper.text : TensorPrinter(self).text }
}

/// PyTorch's rules: four digits, one column width, scientific notation where magnitudes differ widely, and the middle left out of
/// tensors of more than 1,000 elements.
private struct TensorPrinter {
  private static let precision = 4
  private static let threshold = 1000
  private static let edge = 3
  private static let lineWidth = 80

  private let tensor: Tensor
  private let summarized: Bool

  init(_ tensor: Tensor) {
    self.tensor = tensor.detach()
    summarized = tensor.count > TensorPrinter.threshold
    suffixes = TensorPrinter.suffixes(tensor)
  }

  private let suffixes: [String]

  private static func suffixes(_ t: Tensor) -> [String] {
    var out: [String] = []
    if t.isSparse {
      let sizes = t.shape.map(String.init).joined(separator: ", ") + (t.rank == 1 ? "," : "")
      out += ["size=(\(sizes))", "nnz=\(t.impl.parts.entryCount)"]
    }
    if t.isMeta { out.append("device='meta'") }
    if t.isMeta || (t.count == 0 && t.rank != 1 && !t.isSparse) { out.append("size=(\(t.shape.map(String.init).joined(separator: ", "))\(t.rank == 1 ? "," : ""))") }
    let isDefault = t.dtype == defaultDType || t.dtype == .int64 || t.dtype == .bool || (t.dtype == .complex64 && defaultDType == .float32)
    if !isDefault || (t.count == 0 && t.dtype != defaultDType) { out.append("dtype=torch.\(t.dtype)") }
    if t.isSparse { out.append("layout=torch.\(t.layout.rawValue)") }
    if let node = t.gradNode { out.append("grad_fn=<\(node.name)>") } else if t.requiresGrad { out.append("requires_grad=True") }
    return out
  }

  var text: String {
    guard tensor.isDefined else { return "tensor(<failed>)" }
    let prefix = "tensor("
    if tensor.isMeta { return prefix + "..., " + suffixes.joined(separator: ", ") + ")" }
    var body: String
    if tensor.isSparse {
      body = tensor.impl.parts.text
    } else if tensor.count == 0 {
      body = "[]"
    } else {
      let format = ElementFormat(shownElements(), tensor.dtype)
      body = render(dim: 0, offset: 0, indent: prefix.count, format)
    }
    var line = prefix + body
    // PyTorch counts two columns more for the first line.
    var last = (line.split(separator: "\n", omittingEmptySubsequences: false).last?.count ?? 0) + 2
    for (i, suffix) in suffixes.enumerated() {
      let startsLine = i == 0 && tensor.layout == .sparseCOO
      if startsLine || last + suffix.count + 2 > TensorPrinter.lineWidth {
        line += ",\n" + String(repeating: " ", count: prefix.count) + suffix
        last = prefix.count + suffix.count
      } else {
        line += ", " + suffix
        last += suffix.count + 2
      }
    }
    return line + ")"
  }

  /// Positions along a dimension; nil marks the gap.
  private func positions(_ size: Int) -> [Int?] {
    if !summarized || size <= 2 * TensorPrinter.edge { return Array(0..<size) }
    return Array(0..<TensorPrinter.edge) + [nil] + Array((size - TensorPrinter.edge)..<size)
  }

  private func value(_ offset: Int) -> Scalar { (try? tensor.scalar(at: offset)) ?? .int(0) }

  private func shownElements() -> [Scalar] {
    var offsets = [0]
    for d in 0..<tensor.rank {
      let steps = positions(tensor.impl.sizes[d]).compactMap { $0 }
      offsets = offsets.flatMap { base in steps.map { base + $0 * tensor.impl.strides[d] } }
    }
    return offsets.map(value)
  }

  private func render(dim: Int, offset: Int, indent: Int, _ format: ElementFormat) -> String {
    if tensor.rank == 0 { return format.text(value(0), padded: false) }
    let stride = tensor.impl.strides[dim]
    if dim == tensor.rank - 1 {
      let perLine = Swift.max(1, (TensorPrinter.lineWidth - indent) / (format.width + 2))
      let cells = positions(tensor.impl.sizes[dim]).map { p in p.map { format.text(value(offset + $0 * stride)) } ?? " ..." }
      let lines = stride == 0 && cells.isEmpty ? [] : cells.chunked(perLine)
      return "[" + lines.map { $0.joined(separator: ", ") }.joined(separator: ",\n" + String(repeating: " ", count: indent + 1)) + "]"
    }
    let parts = positions(tensor.impl.sizes[dim]).map { p in
      p.map { render(dim: dim + 1, offset: offset + $0 * stride, indent: indent + 1, format) } ?? "..."
    }
    let newlines = String(repeating: "\n", count: tensor.rank - dim - 1)
    return "[" + parts.joined(separator: "," + newlines + String(repeating: " ", count: indent + 1)) + "]"
  }
}

extension Array {
  fileprivate func chunked(_ size: Int) -> [[Element]] {
    stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
  }
}

/// One way to write all shown elements.
private struct ElementFormat {
  private let real: RealFormat
  private let imaginary: RealFormat?

  init(_ elements: [Scalar], _ dtype: DType) {
    real = RealFormat(elements, dtype.realType) { $0.doubleValue }
    imaginary = dtype.isComplex ? RealFormat(elements, dtype.realType) { $0.imaginaryPart.magnitude } : nil
  }

  var width: Int { real.width + (imaginary.map { $0.width + 2 } ?? 0) }

  func text(_ element: Scalar, padded: Bool = true) -> String {
    let re = real.text(element, element.doubleValue, padded: padded)
    guard let imaginary else { return re }
    let im = element.imaginaryPart
    let sign = im < 0 || (im == 0 && im.sign == .minus) ? "-" : "+"
    return re + sign + imaginary.text(element, im.magnitude, padded: false) + "j"
  }
}

private struct RealFormat {
  private let isFloat: Bool
  private let isBool: Bool
  private let scientific: Bool
  private let wholeNumbers: Bool
  private(set) var width = 0

  init(_ elements: [Scalar], _ dtype: DType, _ part: (Scalar) -> Double) {
    isFloat = dtype.isFloatingPoint
    isBool = dtype == .bool
    let values = elements.map(part)
    let finite = values.filter { $0.isFinite && $0 != 0 }.map(\.magnitude)
    let (low, high) = (finite.min() ?? 0, finite.max() ?? 0)
    wholeNumbers = values.allSatisfy { !$0.isFinite || $0 == $0.rounded() }
    scientific =
      isFloat && !finite.isEmpty
      && (wholeNumbers ? high / low > 1000 || high > 1e8 : high / low > 1000 || high > 1e8 || low < 1e-4)
    // As in PyTorch, zeros and what is not finite do not widen the column.
    for (element, value) in zip(elements, values) where !isFloat || (value.isFinite && value != 0) {
      width = Swift.max(width, text(element, value, padded: false).count)
    }
  }

  func text(_ element: Scalar, _ value: Double, padded: Bool = true) -> String {
    let plain: String
    if isBool {
      plain = element.boolValue ? "True" : "False"
    } else if !isFloat {
      plain = "\(element.intValue)"
    } else if value.isNaN {
      plain = "nan"
    } else if value.isInfinite {
      plain = value < 0 ? "-inf" : "inf"
    } else if scientific {
      plain = formatted("%.4e", value)
    } else if wholeNumbers {
      plain = formatted("%.0f", value) + "."
    } else {
      plain = formatted("%.4f", value)
    }
    return padded && plain.count < width ? String(repeating: " ", count: width - plain.count) + plain : plain
  }
}

/// C's printf for one double.
private func formatted(_ format: String, _ value: Double) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
    _ = withVaList([value]) { vsnprintf(buffer.baseAddress!, 400, format, $0) }
    return String(cString: buffer.baseAddress!)
  }
}
