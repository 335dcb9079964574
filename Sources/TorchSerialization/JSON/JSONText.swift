/// JSON text under construction, as UTF-8: compact, with the escapes that serialisers agree on, so that equal input gives
/// equal bytes.
struct JSONText {
  private(set) var bytes: [UInt8] = []

  mutating func append(_ literal: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
  }

  mutating func append(_ value: Int) { bytes.append(contentsOf: String(value).utf8) }

  /// Appends `text` as a quoted string.
  mutating func append(quoted text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x08: append("\\b")
      case 0x0c: append("\\f")
      case 0x0a: append("\\n")
      case 0x0d: append("\\r")
      case 0x09: append("\\t")
      case 0..<0x20:
        append("\\u00")
        bytes.append(contentsOf: byte < 16 ? [UInt8(ascii: "0")] : [UInt8(ascii: "1")])
        bytes.append(contentsOf: String(byte & 15, radix: 16).utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  mutating func pad(toMultipleOf alignment: Int, with byte: UInt8) {
    while bytes.count % alignment != 0 { bytes.append(byte) }
  }
}
