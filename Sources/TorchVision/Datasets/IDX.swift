/// An array read from an IDX file, the format of MNIST and its successors.
///
/// Format: two zero bytes, an element-type code, the rank, one big-endian 32-bit length per dimension, then the elements in
/// row-major order, big-endian (http://yann.lecun.com/exdb/mnist/).
public struct IDXArray: Sendable {
  /// The element types of the format, by their codes in the file.
  public enum ElementType: UInt8, CaseIterable, Sendable, CustomStringConvertible {
    case uint8 = 0x08
    case int8 = 0x09
    case int16 = 0x0B
    case int32 = 0x0C
    case float32 = 0x0D
    case float64 = 0x0E

    /// Bytes per element.
    public var byteCount: Int {
      switch self {
      case .uint8, .int8: 1
      case .int16: 2
      case .int32, .float32: 4
      case .float64: 8
      }
    }

    public var description: String {
      switch self {
      case .uint8: "uint8"
      case .int8: "int8"
      case .int16: "int16"
      case .int32: "int32"
      case .float32: "float32"
      case .float64: "float64"
      }
    }
  }

  /// The largest content accepted by default, in bytes.
  public static let maximumByteCount = 1 << 33

  /// What each element is.
  public let elementType: ElementType
  /// The lengths of the dimensions, outermost first; empty for a single value.
  public let shape: [Int]
  /// The elements in row-major order, in this machine's byte order.
  public let bytes: [UInt8]

  /// The number of elements.
  public var count: Int { bytes.count / elementType.byteCount }

  /// Reads an IDX file, plain or gzip-compressed (told by its first bytes, not by its name).
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - maximumByteCount: a header that declares more content is refused. Memory grows with the content that is really
  ///     there, so a false header costs none.
  /// - Throws: ``VisionError`` naming the file and the cause: missing, a folder, wrong magic number (expected and found),
  ///   truncated (bytes expected and found), trailing garbage, dimensions that overflow, corrupt gzip data.
  public init(contentsOf path: String, maximumByteCount: Int = IDXArray.maximumByteCount) throws(VisionError) {
    let reader = try GzipReader(path)
    let header = try IDXHeader(reader, path: path, maximumByteCount: maximumByteCount)
    let expected = header.byteCount
    // A false header must not take memory: at first no more than the file can hold, and no more than 64 MiB on trust.
    var bytes = [UInt8](repeating: 0, count: min(expected, reader.maximumOutput ?? 1 << 20, 1 << 26))
    var filled = 0
    while filled < expected {
      if filled == bytes.count {
        bytes.append(contentsOf: repeatElement(0, count: min(expected - filled, max(filled, 4096))))
      }
      let count = try IDXHeader.read(reader, into: &bytes, from: filled)
      filled += count
      if filled < bytes.count {
        throw VisionError(
          .truncated, path: path,
          "truncated: \(header.dimensionText) \(header.elementType) elements need \(expected) bytes after the header, "
            + "found \(filled)")
      }
    }
    var probe: [UInt8] = [0]
    if try IDXHeader.read(reader, into: &probe, from: 0) > 0 {
      throw VisionError(
        .corrupt, path: path,
        "trailing garbage: there is more data after the \(expected) bytes that \(header.dimensionText) "
          + "\(header.elementType) elements need")
    }
    IDXArray.swapToHostOrder(&bytes, width: header.elementType.byteCount)
    elementType = header.elementType
    shape = header.shape
    self.bytes = bytes
  }

  /// The elements converted to another integer or floating-point type; floating-point elements are rounded towards zero.
  ///
  /// Throws ``VisionError`` of kind ``VisionError/Kind/unexpectedContent`` when a value does not fit.
  public func values<T: FixedWidthInteger>(as type: T.Type = T.self) throws(VisionError) -> [T] {
    var result: [T] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      let value: T? =
        switch elementType {
        case .uint8: T(exactly: bytes[index])
        case .int8: T(exactly: load(Int8.self, index))
        case .int16: T(exactly: load(Int16.self, index))
        case .int32: T(exactly: load(Int32.self, index))
        case .float32: T(exactly: load(Float.self, index).rounded(.towardZero))
        case .float64: T(exactly: load(Double.self, index).rounded(.towardZero))
        }
      guard let value else {
        throw VisionError(.unexpectedContent, path: "", "IDX: element \(index) does not fit into \(T.self)")
      }
      result.append(value)
    }
    return result
  }

  /// The elements as floating-point numbers.
  public func values<T: BinaryFloatingPoint>(as type: T.Type = T.self) -> [T] {
    (0..<count).map { index in
      switch elementType {
      case .uint8: T(bytes[index])
      case .int8: T(load(Int8.self, index))
      case .int16: T(load(Int16.self, index))
      case .int32: T(load(Int32.self, index))
      case .float32: T(load(Float.self, index))
      case .float64: T(load(Double.self, index))
      }
    }
  }

  private func load<T: BitwiseCopyable>(_ type: T.Type, _ index: Int) -> T {
    bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self) }
  }

  private static func swapToHostOrder(_ bytes: inout [UInt8], width: Int) {
    guard width > 1, 1.bigEndian != 1 else { return }
    for start in stride(from: 0, to: bytes.count, by: width) { bytes[start..<start + width].reverse() }
  }
}

/// The header of an IDX file.
private struct IDXHeader {
  var elementType: IDXArray.ElementType
  var shape: [Int]
  var byteCount: Int

  /// The dimensions in words, such as "60000x28x28".
  var dimensionText: String { shape.isEmpty ? "1" : shape.map(String.init).joined(separator: "x") }

  init(_ reader: GzipReader, path: String, maximumByteCount: Int) throws(VisionError) {
    var magic = [UInt8](repeating: 0, count: 4)
    let count = try IDXHeader.read(reader, into: &magic, from: 0)
    guard count == 4 else {
      throw VisionError(.truncated, path: path, "truncated: an IDX header has at least 4 bytes, found \(count)")
    }
    guard magic[0] == 0, magic[1] == 0, let type = IDXArray.ElementType(rawValue: magic[2]) else {
      let codes = IDXArray.ElementType.allCases.map { hex($0.rawValue) }.joined(separator: ", ")
      let found = magic.map { hex($0) }.joined(separator: " ")
      var hint = ""
      if case .other(let kind) = FileSignature(magic), !kind.hasPrefix("unknown") { hint = "; it looks like \(kind)" }
      throw VisionError(
        .unsupportedType, path: path,
        "not an IDX file: expected the magic number 00 00 TT RR (element type TT one of \(codes), rank RR), "
          + "found \(found)\(hint)")
    }
    var lengths = [UInt8](repeating: 0, count: 4 * Int(magic[3]))
    let lengthCount = try IDXHeader.read(reader, into: &lengths, from: 0)
    guard lengthCount == lengths.count else {
      throw VisionError(
        .truncated, path: path,
        "truncated: the header of an IDX file of rank \(magic[3]) has \(4 + lengths.count) bytes, found \(4 + lengthCount)")
    }
    elementType = type
    shape = (0..<Int(magic[3])).map { dimension in
      lengths[4 * dimension..<4 * dimension + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var product = type.byteCount
    var overflow = false
    // Zero lengths make the array empty whatever the others are.
    if shape.contains(0) {
      product = 0
    } else {
      for length in shape where !overflow { (product, overflow) = product.multipliedReportingOverflow(by: length) }
    }
    byteCount = product
    guard !overflow, product <= maximumByteCount else {
      let size = overflow ? "more bytes than a 64-bit number counts" : "\(product) bytes"
      throw VisionError(
        .tooLarge, path: path,
        "the header declares \(dimensionText) \(type) elements, \(size), more than the limit of \(maximumByteCount) bytes")
    }
  }

  /// Reads into `bytes` from position `start` to its end; returns how many bytes came.
  static func read(_ reader: GzipReader, into bytes: inout [UInt8], from start: Int) throws(VisionError) -> Int {
    var failure: VisionError?
    let count = bytes.withUnsafeMutableBytes { buffer in
      do throws(VisionError) {
        return try reader.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[start...]))
      } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    return count
  }
}

private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
