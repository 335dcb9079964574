/// The header of a safetensors file: the tensors in file order, where their bytes lie, and the metadata.
///
/// Layout of a file: 8 bytes, the header's length as a little-endian integer; the header, JSON padded with spaces; the tensors'
/// bytes without gaps. Format: https://github.com/huggingface/safetensors.
struct SafetensorsHeader {
  /// Longest header that the format allows, in bytes.
  static let maximumSize = 100_000_000
  static let metadataName = "__metadata__"

  struct Entry {
    let tensor: SafetensorsTensor
    /// Byte range within the file.
    let range: Range<Int>
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  private(set) var index: [ExactName: Int] = [:]

  /// Parses and checks the header of a whole file.
  init(_ file: UnsafeRawBufferPointer, path: String) throws(SafetensorsError) {
    guard file.count >= 8 else {
      throw SafetensorsError(.truncated, path, "\(file.count) bytes are too few for a safetensors file, which starts with 8")
    }
    let length = UInt64(littleEndian: file.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.maximumSize) else {
      throw SafetensorsError(.headerTooLarge, path, "the header claims \(length) bytes; at most \(Self.maximumSize) are allowed")
    }
    let dataStart = 8 + Int(length)
    guard dataStart <= file.count else {
      throw SafetensorsError(.truncated, path, "the header claims \(length) bytes but only \(file.count - 8) follow")
    }
    let text = UnsafeRawBufferPointer(rebasing: file[8..<dataStart])
    guard text.first == UInt8(ascii: "{") else {
      throw SafetensorsError(.malformedHeader, path, "not a safetensors file: the header does not start with '{'")
    }
    var parser = HeaderParser(path: path, dataStart: dataStart, dataSize: file.count - dataStart)
    try parser.parse(text)
    metadata = parser.metadata
    entries = parser.entries
    try checkCoverage(path: path, dataStart: dataStart, fileSize: file.count)
    index = Dictionary(uniqueKeysWithValues: entries.enumerated().map { (ExactName($1.tensor.name), $0) })
  }

  /// Brings the entries into file order and checks that they follow each other from the first byte of data to the last.
  private mutating func checkCoverage(path: String, dataStart: Int, fileSize: Int) throws(SafetensorsError) {
    let isOrdered = zip(entries, entries.dropFirst()).allSatisfy { $0.range.upperBound <= $1.range.lowerBound }
    if !isOrdered {
      // The offset in the list makes the order of empty tensors stable.
      let order = entries.indices.sorted { left, right in
        let (a, b) = (entries[left].range, entries[right].range)
        return (a.lowerBound, a.upperBound, left) < (b.lowerBound, b.upperBound, right)
      }
      entries = order.map { entries[$0] }
    }
    var end = dataStart
    var previous = ""
    for entry in entries {
      let start = entry.range.lowerBound
      if start < end {
        throw SafetensorsError(
          .overlap, path, tensor: entry.tensor.name,
          "starts at data byte \(start - dataStart), inside \"\(printable(previous))\"")
      }
      if start > end {
        throw SafetensorsError(
          .hole, path, tensor: entry.tensor.name,
          "starts at data byte \(start - dataStart); bytes \(end - dataStart) to \(start - dataStart) belong to no tensor")
      }
      end = entry.range.upperBound
      previous = entry.tensor.name
    }
    guard end == fileSize else {
      throw SafetensorsError(.hole, path, "the last \(fileSize - end) bytes of the file belong to no tensor")
    }
  }
}

/// The JSON side of reading a header. Errors of the format pass through the JSON reader by way of `failure`.
private struct HeaderParser {
  let path: String
  let dataStart: Int
  let dataSize: Int
  var metadata: [String: String] = [:]
  var entries: [SafetensorsHeader.Entry] = []
  private var seen: Set<ExactName> = []
  private var failure: SafetensorsError?

  init(path: String, dataStart: Int, dataSize: Int) {
    self.path = path
    self.dataStart = dataStart
    self.dataSize = dataSize
  }

  mutating func parse(_ text: UnsafeRawBufferPointer) throws(SafetensorsError) {
    var reader = JSONReader(text)
    var current: String?
    do throws(JSONError) {
      try reader.object { (reader, name) throws(JSONError) in
        current = name
        guard seen.insert(ExactName(name)).inserted else {
          throw note(.duplicateName, name, "the name occurs twice in the header", &reader)
        }
        if name == SafetensorsHeader.metadataName {
          try readMetadata(&reader)
        } else {
          try readEntry(named: name, &reader)
        }
        current = nil
      }
      try reader.end()
    } catch {
      if let failure { throw failure }
      let isMetadata = current == SafetensorsHeader.metadataName
      throw SafetensorsError(
        isMetadata ? .malformedMetadata : .malformedHeader, path, tensor: isMetadata ? nil : current,
        "malformed \(isMetadata ? "__metadata__" : "header"), at byte \(8 + error.offset): \(error.message)")
    }
  }

  /// Remembers the real error and gives the one that unwinds the JSON reader.
  private mutating func note(
    _ reason: SafetensorsError.Reason, _ tensor: String?, _ detail: String, _ reader: inout JSONReader
  ) -> JSONError {
    failure = SafetensorsError(reason, path, tensor: tensor, detail)
    return reader.failure(detail)
  }

  private mutating func readMetadata(_ reader: inout JSONReader) throws(JSONError) {
    try reader.object { (reader, key) throws(JSONError) in
      guard reader.peek() == UInt8(ascii: "\"") else {
        throw note(.malformedMetadata, nil, "__metadata__ \"\(printable(key))\" is not a string", &reader)
      }
      guard metadata.updateValue(try reader.string(), forKey: key) == nil else {
        throw note(.duplicateName, nil, "__metadata__ \"\(printable(key))\" occurs twice", &reader)
      }
    }
  }

  private mutating func readEntry(named name: String, _ reader: inout JSONReader) throws(JSONError) {
    var dtype: SafetensorsDType?
    var shape: [Int]?
    var offsets: [Int]?
    try reader.object { (reader, key) throws(JSONError) in
      switch key {
      case "dtype" where dtype == nil:
        let spelling = try reader.string()
        guard let known = SafetensorsDType(rawValue: spelling) else {
          throw note(.unknownDType, name, SafetensorsDType.rejection(of: spelling), &reader)
        }
        dtype = known
      case "shape" where shape == nil:
        var extents: [Int] = []
        try reader.array { (reader) throws(JSONError) in extents.append(try reader.unsignedInteger()) }
        shape = extents
      case "data_offsets" where offsets == nil:
        var pair: [Int] = []
        try reader.array { (reader) throws(JSONError) in
          guard pair.count < 2 else { throw reader.failure("more than two data_offsets") }
          pair.append(try reader.unsignedInteger())
        }
        guard pair.count == 2 else { throw reader.failure("\(pair.count) data_offsets; expected two, the begin and the end") }
        offsets = pair
      case "dtype", "shape", "data_offsets": throw note(.duplicateName, name, "\"\(key)\" occurs twice", &reader)
      // Fields of later versions of the format.
      default: try reader.skipValue()
      }
    }
    guard let dtype else { throw reader.failure("no dtype") }
    guard let shape else { throw reader.failure("no shape") }
    guard let offsets else { throw reader.failure("no data_offsets") }
    try check(name, dtype, shape, offsets[0], offsets[1], &reader)
  }

  private mutating func check(
    _ name: String, _ dtype: SafetensorsDType, _ shape: [Int], _ begin: Int, _ end: Int, _ reader: inout JSONReader
  ) throws(JSONError) {
    guard begin <= end else { throw note(.invalidOffsets, name, "data_offsets [\(begin), \(end)] run backwards", &reader) }
    guard end <= dataSize else {
      throw note(
        .truncated, name, "data_offsets [\(begin), \(end)] reach beyond the file, which holds \(dataSize) bytes of data", &reader)
    }
    guard let size = dtype.byteCount(shape: shape) else {
      throw note(
        .invalidShape, name, "shape \(abbreviated(shape)) of \(dtype.rawValue) overflows or does not fill whole bytes", &reader)
    }
    guard size == end - begin else {
      throw note(
        .sizeMismatch, name,
        "needs \(size) bytes (\(abbreviated(shape)) of \(dtype.rawValue)) but its data_offsets span \(end - begin)", &reader)
    }
    let tensor = SafetensorsTensor(name: name, dtype: dtype, shape: shape)
    entries.append(SafetensorsHeader.Entry(tensor: tensor, range: dataStart + begin..<dataStart + end))
  }
}

/// A shape for a message: the first extents of a long one.
func abbreviated(_ shape: [Int]) -> String {
  guard shape.count > 16 else { return "\(shape)" }
  return "[\(shape.prefix(16).map(String.init).joined(separator: ", ")), …] (\(shape.count) dimensions)"
}
