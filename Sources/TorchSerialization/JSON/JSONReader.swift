/// Why a JSON text was refused, and at which byte.
struct JSONError: Error {
  let offset: Int
  let message: String
}

/// A strict reader of JSON (RFC 8259) that builds no tree: the caller asks for what it expects, value by value.
///
/// It allocates nothing but the strings asked for, which are never longer than their text; nesting is limited; numbers are the
/// non-negative integers that file headers consist of. The bytes must outlive the reader.
struct JSONReader {
  /// Deepest nesting of arrays and objects in a value that is skipped.
  private static let maximumDepth = 64
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func failure(_ message: String, at place: Int? = nil) -> JSONError { JSONError(offset: place ?? offset, message: message) }

  private mutating func skipWhitespace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0a, 0x0d: offset += 1
      default: return
      }
    }
  }

  /// The next byte that is not white space, not consumed; nil at the end.
  mutating func peek() -> UInt8? {
    skipWhitespace()
    return offset < bytes.count ? bytes[offset] : nil
  }

  private mutating func consume(_ byte: UInt8) -> Bool {
    guard peek() == byte else { return false }
    offset += 1
    return true
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws(JSONError) {
    guard consume(byte) else { throw failure("expected \(what), found \(found())") }
  }

  /// What stands at the current place, for messages.
  private func found() -> String {
    guard offset < bytes.count else { return "the end of the text" }
    let byte = bytes[offset]
    return (0x21...0x7e).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16))"
  }

  /// Reads an object, calling `member` after each name and colon; `member` reads exactly the value.
  mutating func object(_ member: (inout JSONReader, String) throws(JSONError) -> Void) throws(JSONError) {
    try expect(UInt8(ascii: "{"), "an object")
    if consume(UInt8(ascii: "}")) { return }
    repeat {
      let name = try string()
      try expect(UInt8(ascii: ":"), "':'")
      try member(&self, name)
    } while consume(UInt8(ascii: ","))
    try expect(UInt8(ascii: "}"), "',' or '}'")
  }

  /// Reads an array, calling `element` for each element, which it reads.
  mutating func array(_ element: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
    try expect(UInt8(ascii: "["), "an array")
    if consume(UInt8(ascii: "]")) { return }
    repeat { try element(&self) } while consume(UInt8(ascii: ","))
    try expect(UInt8(ascii: "]"), "',' or ']'")
  }

  /// Reads an integer from 0 to `Int.max`, written without sign, leading zeros, fraction or exponent.
  mutating func unsignedInteger() throws(JSONError) -> Int {
    guard let first = peek(), isDigit(first) else { throw failure("expected a non-negative integer, found \(found())") }
    let start = offset
    var value = 0
    while offset < bytes.count, isDigit(bytes[offset]) {
      let (product, overflow1) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow2) = product.addingReportingOverflow(Int(bytes[offset] &- UInt8(ascii: "0")))
      guard !overflow1, !overflow2 else { throw failure("the integer is larger than 2^63 - 1", at: start) }
      value = sum
      offset += 1
    }
    guard first != UInt8(ascii: "0") || offset == start + 1 else { throw failure("an integer with leading zeros", at: start) }
    if offset < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[offset]) {
      throw failure("expected an integer, found a fraction or an exponent", at: start)
    }
    return value
  }

  /// Reads a string.
  mutating func string() throws(JSONError) -> String {
    try expect(UInt8(ascii: "\""), "a string")
    let start = offset
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        defer { offset += 1 }
        return try text(of: UnsafeRawBufferPointer(rebasing: bytes[start..<offset]), at: start)
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw failure("a control character in a string")
      default: offset += 1
      }
    }
    throw failure("a string without an end", at: start - 1)
  }

  private func text(of part: some Sequence<UInt8>, at place: Int) throws(JSONError) -> String {
    guard let text = String(validating: part, as: UTF8.self) else { throw failure("a string that is not valid UTF-8", at: place) }
    return text
  }

  /// Reads the rest of a string with escapes, from its first character on.
  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var result = Array(bytes[start..<offset])
    while offset < bytes.count {
      let byte = bytes[offset]
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return try text(of: result, at: start)
      case UInt8(ascii: "\\"):
        offset += 1
        try readEscape(into: &result)
      case 0..<0x20: throw failure("a control character in a string")
      default:
        result.append(byte)
        offset += 1
      }
    }
    throw failure("a string without an end", at: start - 1)
  }

  private mutating func readEscape(into result: inout [UInt8]) throws(JSONError) {
    guard offset < bytes.count else { throw failure("a string without an end") }
    let kind = bytes[offset]
    offset += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(kind)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0c)
    case UInt8(ascii: "n"): result.append(0x0a)
    case UInt8(ascii: "r"): result.append(0x0d)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      var value = try hexadecimalUnit()
      if (0xd800..<0xdc00).contains(value) {
        guard offset + 1 < bytes.count, bytes[offset] == UInt8(ascii: "\\"), bytes[offset + 1] == UInt8(ascii: "u") else {
          throw failure("half of a surrogate pair in a string")
        }
        offset += 2
        let low = try hexadecimalUnit()
        guard (0xdc00..<0xe000).contains(low) else { throw failure("half of a surrogate pair in a string") }
        value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw failure("half of a surrogate pair in a string") }
      result.append(contentsOf: UTF8.encode(scalar)!)
    default: throw failure("an unknown escape in a string", at: offset - 2)
    }
  }

  private mutating func hexadecimalUnit() throws(JSONError) -> UInt32 {
    guard offset + 4 <= bytes.count else { throw failure("a string without an end") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      let byte = bytes[offset]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw failure("expected four hexadecimal digits after \\u")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  /// Passes over a value of any kind, checking its syntax.
  mutating func skipValue(depth: Int = 0) throws(JSONError) {
    guard depth < Self.maximumDepth else { throw failure("nested more than \(Self.maximumDepth) deep") }
    switch peek() {
    case UInt8(ascii: "{"):
      try object { (reader, _) throws(JSONError) in try reader.skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      try array { (reader) throws(JSONError) in try reader.skipValue(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try skip("true")
    case UInt8(ascii: "f"): try skip("false")
    case UInt8(ascii: "n"): try skip("null")
    default: try skipNumber()
    }
  }

  private mutating func skip(_ literal: StaticString) throws(JSONError) {
    let start = offset
    for index in 0..<literal.utf8CodeUnitCount {
      guard offset < bytes.count, bytes[offset] == literal.utf8Start[index] else {
        throw failure("expected \(literal)", at: start)
      }
      offset += 1
    }
  }

  private mutating func skipNumber() throws(JSONError) {
    let start = offset
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let whole = skipDigits()
    guard whole == 1 || (whole > 1 && bytes[offset - whole] != UInt8(ascii: "0")) else {
      offset = start
      throw failure("expected a value, found \(found())")
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      guard skipDigits() > 0 else { throw failure("expected digits after '.'") }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") { offset += 1 }
      guard skipDigits() > 0 else { throw failure("expected digits in the exponent") }
    }
  }

  private mutating func skipDigits() -> Int {
    let start = offset
    while offset < bytes.count, isDigit(bytes[offset]) { offset += 1 }
    return offset - start
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  /// Checks that nothing but white space is left.
  mutating func end() throws(JSONError) {
    guard peek() == nil else { throw failure("expected the end of the text, found \(found())") }
  }
}
