/// A strict parser of JSON (RFC 8259) with a limit on nesting.
struct JSONParser {
  /// What was wrong, and where in bytes from the start.
  struct Failure: Error {
    let offset: Int
    let expectation: String
  }

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  /// The one value that `bytes` holds.
  static func parse(_ bytes: ArraySlice<UInt8>) throws(Failure) -> JSONValue {
    var parser = JSONParser(bytes)
    parser.skipSpace()
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.position == bytes.endIndex else { throw parser.expected("the end of the value") }
    return value
  }

  private func expected(_ what: String) -> Failure { Failure(offset: position - bytes.startIndex, expectation: what) }

  private var current: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    guard depth < 64 else { throw expected("at most 64 levels of nesting") }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(Failure) -> JSONValue {
    guard bytes[position...].starts(with: text.utf8) else { throw expected("a value") }
    position += text.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(Failure) -> JSONValue {
    position += 1
    var members: [JSONValue.Member] = []
    skipSpace()
    if take("}") { return .object(members) }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw expected("a key") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw expected("a colon") }
      skipSpace()
      members.append(JSONValue.Member(key, try value(depth: depth + 1)))
      skipSpace()
      if take("}") { return .object(members) }
      guard take(",") else { throw expected("a comma or a closing brace") }
    }
  }

  private mutating func array(depth: Int) throws(Failure) -> JSONValue {
    position += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .array(values) }
    while true {
      skipSpace()
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw expected("a comma or a closing bracket") }
    }
  }

  private mutating func digits() throws(Failure) {
    let start = position
    while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
    guard position > start else { throw expected(start == bytes.startIndex ? "a value" : "a digit") }
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = position
    _ = take("-")
    if !take("0") { try digits() }
    var isWhole = true
    if take(".") {
      isWhole = false
      try digits()
    }
    if take("e") || take("E") {
      isWhole = false
      if !take("+") { _ = take("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .int(value) }
    guard let value = Double(text) else { throw expected("a number") }
    return .double(value)
  }

  private mutating func string() throws(Failure) -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else { throw expected("text in UTF-8") }
        return result
      case UInt8(ascii: "\\"): text += try escape()
      case 0..<0x20: throw expected("no control character in a string")
      default: text.append(byte)
      }
    }
    throw expected("a closing quotation mark")
  }

  private mutating func escape() throws(Failure) -> [UInt8] {
    guard let byte = current else { throw expected("an escape") }
    position += 1
    switch Character(Unicode.Scalar(byte)) {
    case "\"", "\\", "/": return [byte]
    case "b": return [0x08]
    case "f": return [0x0C]
    case "n": return [0x0A]
    case "r": return [0x0D]
    case "t": return [0x09]
    case "u":
      var code = try hexUnit()
      if (0xD800..<0xDC00).contains(code) {
        guard take("\\"), take("u") else { throw expected("the second half of a surrogate pair") }
        let low = try hexUnit()
        guard (0xDC00..<0xE000).contains(low) else { throw expected("the second half of a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw expected("a Unicode scalar") }
      return Array(String(scalar).utf8)
    default: throw expected("an escape")
    }
  }

  private mutating func hexUnit() throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw expected("four hex digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}

extension JSONValue {
  /// Parses JSON text; throws ``ReportError`` saying what was expected and at which byte.
  public init(parsing text: String) throws(ReportError) {
    do throws(JSONParser.Failure) {
      self = try JSONParser.parse(Array(text.utf8)[...])
    } catch {
      throw ReportError(path: "", "JSON: expected \(error.expectation) at byte \(error.offset)")
    }
  }
}

extension JSONValue {
  /// The one JSON value that `bytes` holds; nested at most to the parser's limit.
  public init(parsing bytes: ArraySlice<UInt8>) throws(ReportError) {
    do { self = try JSONParser.parse(bytes) } catch {
      throw ReportError(path: "", "not JSON: expected \(error.expectation) at byte \(error.offset)")
    }
  }
}
