import TorchOps
import TorchReport

/// Holds results against recorded ones.
struct Comparison {
  let values: Values
  let tolerance: Tolerance
  /// Dtype and sizes only.
  var shapesOnly = false
  /// The elements may come in another order.
  var isUnordered = false

  /// What differs, in words; nil when nothing does.
  func difference(_ found: Tensor?, _ expected: JSONValue, _ what: String) throws -> String? {
    let dtype = try Values.dtype(expected.member("dtype").string())
    let shape = try expected.member("shape").array().map { try $0.int() }
    guard let found else { return "\(what): is absent; expected \(dtype)\(shape)" }
    guard found.dtype == dtype else { return "\(what): dtype \(found.dtype), expected \(dtype)" }
    guard found.shape == shape else { return "\(what): sizes \(found.shape), expected \(shape)" }
    if shapesOnly { return nil }
    if let layout = expected["layout"]?.stringValue, layout != "strided" { return try partsDifference(found, layout, expected, what) }
    guard !found.isSparse else { return "\(what): layout \(found.layout.rawValue), expected strided" }
    guard let at = expected["at"]?.intValue else { return nil }
    let bytes = try values.bytes(at: at, count: shape.reduce(1, *), dtype)
    return difference(found.withUnsafeBytes { Elements($0, dtype) }, Elements(bytes, dtype), shape, what)
  }

  /// What differs in the parts of a sparse tensor.
  private func partsDifference(_ found: Tensor, _ layout: String, _ expected: JSONValue, _ what: String) throws -> String? {
    guard found.layout.rawValue == layout else { return "\(what): layout \(found.layout.rawValue), expected \(layout)" }
    let parts: [Tensor]
    switch found.layout {
    case .strided: parts = []
    case .sparseCOO:
      let isCoalesced = expected["coalesced"]?.boolValue ?? found.isCoalesced
      guard found.isCoalesced == isCoalesced else { return "\(what): coalesced is \(found.isCoalesced), expected \(isCoalesced)" }
      parts = try ["aten::_indices", "aten::_values"].map { try part(found, $0) }
    case .sparseCSR: parts = [found.crowIndices(), found.colIndices(), found.values()]
    }
    for (i, (part, wanted)) in zip(parts, try expected.member("parts").array()).enumerated() {
      if let difference = try difference(part.detach(), wanted, "\(what), part \(i)") { return difference }
    }
    return nil
  }

  private func part(_ tensor: Tensor, _ op: String) throws -> Tensor {
    guard let op = OpTable.op(named: op) else { throw Unsupported(op) }
    return try Tensor.unbox(op.call([.tensor(tensor)]).first ?? .none)
  }

  /// A gradient, where an absent one is zero.
  func gradientDifference(_ found: Tensor?, _ expected: JSONValue, _ what: String) throws -> String? {
    // Where PyTorch has a strided gradient of a sparse tensor, a sparse one says the same.
    let found = found.map { $0.isSparse && expected["layout"] == nil ? $0.toDense() : $0 }
    if expected == .null {
      guard let found, !found.withUnsafeBytes({ Elements($0, found.dtype) }).areZero(within: tolerance) else { return nil }
      return "\(what): is \(Elements.text(found)), expected none"
    }
    guard found == nil else { return try difference(found, expected, what) }
    let dtype = try Values.dtype(expected.member("dtype").string())
    guard expected["layout"] == nil, let at = expected["at"]?.intValue else { return nil }
    let count = try expected.member("shape").array().map { try $0.int() }.reduce(1, *)
    let elements = Elements(try values.bytes(at: at, count: count, dtype), dtype)
    return elements.areZero(within: tolerance) ? nil : "\(what): is absent, expected \(elements.text(at: 0)) first"
  }

  /// A number, bool or other plain result.
  func difference(_ found: IValue?, scalar expected: JSONValue, _ what: String) throws -> String? {
    let wanted = try values.argument(expected, [:])
    guard let found else { return "\(what): is absent, expected \(wanted)" }
    switch (found, wanted) {
    case (.scalar(let a), .scalar(let b)):
      let close = agrees((a.doubleValue, a.imaginaryPart), (b.doubleValue, b.imaginaryPart))
      return close ? nil : "\(what): \(a), expected \(b)"
    default:
      return found.description == wanted.description ? nil : "\(what): \(found), expected \(wanted)"
    }
  }

  private func difference(_ found: Elements, _ expected: Elements, _ shape: [Int], _ what: String) -> String? {
    var first: Int?
    var wrong = 0
    for i in 0..<expected.count where !found.isIdentical(expected, i) && !agrees(found[i], expected[i]) {
      wrong += 1
      if first == nil { first = i }
    }
    guard let first else { return nil }
    if isUnordered, matches(found, expected, lineLength: shape.last ?? 1) { return nil }
    var index: [Int] = []
    var rest = first
    for size in shape.reversed() {
      index.insert(rest % size, at: 0)
      rest /= size
    }
    return "\(what): \(wrong) of \(expected.count) differ, first at \(index): \(found.text(at: first)), expected \(expected.text(at: first))"
  }

  private func agrees(_ a: (Double, Double), _ b: (Double, Double)) -> Bool {
    if a.0.isNaN || a.1.isNaN || b.0.isNaN || b.1.isNaN { return (a.0.isNaN || a.1.isNaN) && (b.0.isNaN || b.1.isNaN) }
    guard a.0.isFinite, a.1.isFinite, b.0.isFinite, b.1.isFinite else {
      return (a.0 == b.0 || close(a.0, b.0)) && (a.1 == b.1 || close(a.1, b.1))
    }
    let (re, im) = (a.0 - b.0, a.1 - b.1)
    if re == 0 && im == 0 { return true }
    return (re * re + im * im).squareRoot() <= tolerance.absolute + tolerance.relative * (b.0 * b.0 + b.1 * b.1).squareRoot()
  }

  private func close(_ a: Double, _ b: Double) -> Bool {
    a.isFinite && b.isFinite && abs(a - b) <= tolerance.absolute + tolerance.relative * abs(b)
  }

  /// Whether every line holds the same values in some order: each expected value takes a found one that agrees.
  private func matches(_ found: Elements, _ expected: Elements, lineLength: Int) -> Bool {
    for start in stride(from: 0, to: expected.count, by: max(lineLength, 1)) {
      var left = Array(start..<start + lineLength)
      for i in start..<start + lineLength {
        guard let at = left.firstIndex(where: { agrees(found[$0], expected[i]) }) else { return false }
        left.remove(at: at)
      }
    }
    return true
  }
}

/// Elements as real and imaginary parts, whole numbers also exactly.
struct Elements {
  private let real: [Double]
  private let imaginary: [Double]
  private let whole: [Int64]
  let count: Int

  init(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) {
    func load<T, U>(_ type: T.Type, _ convert: (T) -> U) -> [U] {
      (0..<bytes.count / MemoryLayout<T>.stride).map { convert(bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.stride, as: T.self)) }
    }
    func even(_ parts: [Double]) -> [Double] { stride(from: 0, to: parts.count, by: 2).map { parts[$0] } }
    func odd(_ parts: [Double]) -> [Double] { stride(from: 1, to: parts.count, by: 2).map { parts[$0] } }
    var (real, imaginary, whole): ([Double], [Double], [Int64]) = ([], [], [])
    switch dtype {
    case .bool: whole = load(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .uint8: whole = load(UInt8.self) { Int64($0) }
    case .int8: whole = load(Int8.self) { Int64($0) }
    case .int16: whole = load(Int16.self) { Int64($0) }
    case .int32: whole = load(Int32.self) { Int64($0) }
    case .int64: whole = load(Int64.self) { $0 }
    case .float16:
      real = load(UInt16.self) { bits in Elements.half(bits) }
    case .bfloat16: real = load(UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }
    case .float32: real = load(Float.self) { Double($0) }
    case .float64: real = load(Double.self) { $0 }
    case .complex64:
      let parts = load(Float.self) { Double($0) }
      (real, imaginary) = (even(parts), odd(parts))
    case .complex128:
      let parts = load(Double.self) { $0 }
      (real, imaginary) = (even(parts), odd(parts))
    case .complex32:
      let parts = load(UInt16.self) { Elements.half($0) }
      (real, imaginary) = (even(parts), odd(parts))
    case .uint16: whole = load(UInt16.self) { Int64($0) }
    case .uint32: whole = load(UInt32.self) { Int64($0) }
    // The bits decide whether two are the same.
    case .uint64: whole = load(Int64.self) { $0 }
    case .float8E4M3FN: real = load(UInt8.self) { Elements.small($0, exponentBits: 4) }
    case .float8E5M2: real = load(UInt8.self) { Elements.small($0, exponentBits: 5) }
    }
    if !whole.isEmpty { real = whole.map { Double($0) } }
    self.real = real
    self.imaginary = imaginary
    self.whole = whole
    count = real.count
  }

  /// An IEEE half from its bits.
  private static func half(_ bits: UInt16) -> Double {
    let sign = bits >> 15 == 0 ? 1.0 : -1.0
    let (exponent, fraction) = (Int(bits >> 10 & 0x1f), Double(bits & 0x3ff))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction * 0x1p-10) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
    }
  }

  /// An eight-bit float from its bits; with four bits of exponent there are no infinities.
  private static func small(_ bits: UInt8, exponentBits: Int) -> Double {
    let fractionBits = 7 - exponentBits
    let (sign, top) = (bits >> 7 == 0 ? 1.0 : -1.0, (1 << exponentBits) - 1)
    let (exponent, fraction) = (Int(bits & 0x7f) >> fractionBits, Int(bits) & ((1 << fractionBits) - 1))
    let bias = top >> 1
    if exponent == top && (exponentBits == 5 || fraction == 7) { return fraction == 0 ? sign * .infinity : .nan }
    let part = Double(fraction) / Double(1 << fractionBits)
    let scale = Double(sign: .plus, exponent: Swift.max(exponent, 1) - bias, significand: 1)
    return sign * (exponent == 0 ? part : 1 + part) * scale
  }

  subscript(i: Int) -> (Double, Double) { (real[i], imaginary.isEmpty ? 0 : imaginary[i]) }

  /// Whole numbers beyond 2^53 agree only if they are the same.
  func isIdentical(_ other: Elements, _ i: Int) -> Bool { !whole.isEmpty && !other.whole.isEmpty && whole[i] == other.whole[i] }

  func areZero(within tolerance: Tolerance) -> Bool {
    real.allSatisfy { abs($0) <= tolerance.absolute } && imaginary.allSatisfy { abs($0) <= tolerance.absolute }
  }

  func text(at i: Int) -> String {
    guard i < count else { return "nothing" }
    if !whole.isEmpty { return "\(whole[i])" }
    return imaginary.isEmpty ? "\(real[i])" : "\(real[i])\(imaginary[i] < 0 ? "" : "+")\(imaginary[i])i"
  }

  static func text(_ tensor: Tensor) -> String {
    "\(tensor.summary) starting with " + tensor.withUnsafeBytes { Elements($0, tensor.dtype) }.text(at: 0)
  }
}
