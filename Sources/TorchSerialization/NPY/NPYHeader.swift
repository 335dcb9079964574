/// The header of an `.npy` file (format versions 1, 2 and 3): magic, version, length, and a Python dictionary literal with
/// exactly `descr`, `fortran_order` and `shape`.
///
/// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
struct NPYHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// NumPy's own limit for headers it does not trust, in bytes.
  static let maximumSize = 10_000

  let dtype: NPYDType
  /// Whether the elements are stored most significant byte first.
  let isSwapped: Bool
  let isColumnMajor: Bool
  let shape: [Int]
  /// First byte of the data.
  let dataStart: Int
  /// Bytes of data.
  let byteCount: Int

  /// Parses the header at the start of `bytes` and checks that exactly the array's data follows.
  init(_ bytes: UnsafeRawBufferPointer, path: String, member: String? = nil) throws(NPYError) {
    guard bytes.count >= 10, bytes.prefix(6).elementsEqual(Self.magic) else {
      throw NPYError(path, member: member, "not an .npy file: it does not start with \\x93NUMPY")
    }
    let version = bytes[6]
    guard (1...3).contains(version), bytes[7] == 0 else {
      throw NPYError(path, member: member, "npy format version \(version).\(bytes[7]); this library reads 1.0, 2.0 and 3.0")
    }
    let start = version == 1 ? 10 : 12
    guard bytes.count >= start else { throw NPYError(path, member: member, "truncated within the header") }
    let length =
      version == 1
      ? Int(UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt16.self)))
      : Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    guard version == 1 || length <= Self.maximumSize else {
      throw NPYError(path, member: member, "the header claims \(length) bytes; at most \(Self.maximumSize) are allowed")
    }
    guard bytes.count - start >= length else { throw NPYError(path, member: member, "truncated within the header") }
    var literal = DictionaryLiteral(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]), path: path, member: member)
    try literal.parse()
    guard let descriptor = literal.descriptor, let isColumnMajor = literal.isColumnMajor, let shape = literal.shape else {
      throw NPYError(path, member: member, "the header lacks one of descr, fortran_order and shape")
    }
    guard let (dtype, isSwapped) = NPYDType.parse(descriptor) else {
      throw NPYError(
        path, member: member,
        "dtype \"\(printable(descriptor, limit: 40))\" has no tensor equivalent; expected one of "
          + NPYDType.allCases.map(\.descriptor).joined(separator: ", "))
    }
    guard let byteCount = dtype.byteCount(shape: shape) else {
      throw NPYError(path, member: member, "shape \(abbreviated(shape)) of \(descriptor) overflows")
    }
    let available = bytes.count - start - length
    guard available == byteCount else {
      throw NPYError(
        path, member: member,
        "\(abbreviated(shape)) of \(descriptor) takes \(byteCount) bytes, but \(available) follow the header"
          + (available < byteCount ? " (truncated?)" : ""))
    }
    self.dtype = dtype
    self.isSwapped = isSwapped
    self.isColumnMajor = isColumnMajor
    self.shape = shape
    dataStart = start + length
    self.byteCount = byteCount
  }

  /// The header of a row-major, little-endian array, as NumPy writes it: version 1.0, the data aligned to 64 bytes.
  static func bytes(dtype: NPYDType, shape: [Int]) -> [UInt8] {
    let extents = shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
    var text = Array("{'descr': '\(dtype.descriptor)', 'fortran_order': False, 'shape': \(extents), }".utf8)
    // NumPy leaves room for the first extent to grow to 21 digits.
    if let first = shape.first { text += [UInt8](repeating: 0x20, count: 21 - String(first).utf8.count) }
    var prefix = magic + [1, 0]
    let isLong = text.count + 75 > 65535
    if isLong { prefix[6] = 2 }
    let start = prefix.count + (isLong ? 4 : 2)
    // One to 64 spaces: NumPy pads a header that is aligned already, too.
    text += [UInt8](repeating: 0x20, count: 64 - (start + text.count + 1) % 64) + [0x0a]
    let length = UInt32(text.count)
    return prefix + withUnsafeBytes(of: length.littleEndian) { Array($0.prefix(isLong ? 4 : 2)) } + text
  }
}

/// The little of Python's syntax that headers consist of.
private struct DictionaryLiteral {
  private let bytes: UnsafeRawBufferPointer
  private let path: String
  private let member: String?
  private var offset = 0
  private(set) var descriptor: String?
  private(set) var isColumnMajor: Bool?
  private(set) var shape: [Int]?

  init(_ bytes: UnsafeRawBufferPointer, path: String, member: String?) {
    self.bytes = bytes
    self.path = path
    self.member = member
  }

  private func failure(_ detail: String) -> NPYError {
    NPYError(path, member: member, "malformed header, at its byte \(offset): \(detail)")
  }

  private mutating func skipSpace() {
    while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x0a { offset += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(NPYError) {
    guard take(character) else { throw failure("expected '\(character)'") }
  }

  mutating func parse() throws(NPYError) {
    try expect("{")
    while !take("}") {
      let key = try string()
      try expect(":")
      switch key {
      case "descr" where descriptor == nil:
        skipSpace()
        guard offset < bytes.count, bytes[offset] != UInt8(ascii: "[") else {
          throw failure("a structured dtype, which has no tensor equivalent")
        }
        descriptor = try string()
      case "fortran_order" where isColumnMajor == nil: isColumnMajor = try boolean()
      case "shape" where shape == nil: shape = try tuple()
      default: throw failure("unexpected or repeated key '\(printable(key, limit: 40))'")
      }
      guard take(",") else {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard offset == bytes.count else { throw failure("expected the end of the header") }
  }

  private mutating func string() throws(NPYError) -> String {
    let quote: UInt8 = take("'") ? UInt8(ascii: "'") : UInt8(ascii: "\"")
    if quote == UInt8(ascii: "\"") { try expect("\"") }
    let start = offset
    while offset < bytes.count, bytes[offset] != quote {
      guard (0x20..<0x7f).contains(bytes[offset]), bytes[offset] != UInt8(ascii: "\\") else {
        throw failure("an unexpected character in a string")
      }
      offset += 1
    }
    guard offset < bytes.count else { throw failure("a string without an end") }
    defer { offset += 1 }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  private mutating func boolean() throws(NPYError) -> Bool {
    skipSpace()
    for (word, value) in [("True", true), ("False", false)] where bytes[offset...].starts(with: word.utf8) {
      offset += word.utf8.count
      return value
    }
    throw failure("expected True or False")
  }

  private mutating func tuple() throws(NPYError) -> [Int] {
    try expect("(")
    var extents: [Int] = []
    while !take(")") {
      extents.append(try integer())
      let hasComma = take(",")
      guard hasComma || extents.count > 1 else { throw failure("expected ',' after the only extent") }
      if !hasComma {
        try expect(")")
        break
      }
    }
    return extents
  }

  private mutating func integer() throws(NPYError) -> Int {
    skipSpace()
    let start = offset
    while offset < bytes.count, bytes[offset] &- UInt8(ascii: "0") < 10 { offset += 1 }
    // Python 2 wrote long integers with a suffix.
    defer { if offset < bytes.count, bytes[offset] == UInt8(ascii: "L") { offset += 1 } }
    guard offset > start, let value = Int(String(decoding: bytes[start..<offset], as: UTF8.self)) else {
      throw failure("expected a non-negative integer below 2^63")
    }
    return value
  }
}
