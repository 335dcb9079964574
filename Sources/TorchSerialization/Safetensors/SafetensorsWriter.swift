/// The order in which a writer lays tensors out.
public enum SafetensorsOrder: Sendable {
  /// The reference implementation's: the widest element types first, so that all tensors are aligned, then by name.
  case reference
  /// As given by the caller.
  case insertion
}

/// The plan of a safetensors file: its header and the place of each tensor, known before any data is.
public struct SafetensorsLayout: Sendable {
  /// The tensors in file order.
  public let tensors: [SafetensorsTensor]
  /// Bytes of each tensor, in file order.
  public let byteCounts: [Int]
  /// The start of the file, up to the first tensor's bytes; a multiple of 8 bytes.
  public let header: [UInt8]
  /// Position in the caller's list of each tensor, in file order.
  let sourcePositions: [Int]

  /// Plans a file. Throws `SafetensorsError` for duplicate or reserved names, impossible shapes and headers above the format's
  /// limit; `path` is for the messages.
  public init(
    _ list: [SafetensorsTensor], metadata: [String: String] = [:], order: SafetensorsOrder = .reference, path: String
  ) throws(SafetensorsError) {
    var positions = Array(list.indices)
    if order == .reference {
      positions.sort { left, right in
        let (a, b) = (list[left], list[right])
        return a.dtype == b.dtype ? precedes(a.name, b.name) : a.dtype > b.dtype
      }
    }
    var json = JSONText()
    json.append("{")
    var isFirst = true
    if !metadata.isEmpty {
      Self.append(metadata, to: &json)
      isFirst = false
    }
    var seen: Set<ExactName> = []
    var offset = 0
    var byteCounts: [Int] = []
    for position in positions {
      let tensor = list[position]
      guard tensor.name != SafetensorsHeader.metadataName, seen.insert(ExactName(tensor.name)).inserted else {
        throw SafetensorsError(.duplicateName, path, tensor: tensor.name, "the name is given twice, or reserved by the format")
      }
      guard let count = tensor.dtype.byteCount(shape: tensor.shape), !offset.addingReportingOverflow(count).overflow else {
        throw SafetensorsError(
          .invalidShape, path, tensor: tensor.name,
          "shape \(abbreviated(tensor.shape)) of \(tensor.dtype.rawValue) is negative, overflows or does not fill whole bytes")
      }
      if !isFirst { json.append(",") }
      isFirst = false
      Self.append(tensor, from: offset, to: offset + count, in: &json)
      offset += count
      byteCounts.append(count)
    }
    json.append("}")
    json.pad(toMultipleOf: 8, with: UInt8(ascii: " "))
    guard json.bytes.count <= SafetensorsHeader.maximumSize else {
      throw SafetensorsError(
        .headerTooLarge, path,
        "the header would take \(json.bytes.count) bytes; at most \(SafetensorsHeader.maximumSize) are allowed")
    }
    tensors = positions.map { list[$0] }
    sourcePositions = positions
    self.byteCounts = byteCounts
    header = withUnsafeBytes(of: UInt64(json.bytes.count).littleEndian, Array.init) + json.bytes
  }

  private static func append(_ metadata: [String: String], to json: inout JSONText) {
    json.append("\"__metadata__\":{")
    for (position, key) in metadata.keys.sorted(by: precedes).enumerated() {
      if position > 0 { json.append(",") }
      json.append(quoted: key)
      json.append(":")
      json.append(quoted: metadata[key]!)
    }
    json.append("}")
  }

  private static func append(_ tensor: SafetensorsTensor, from begin: Int, to end: Int, in json: inout JSONText) {
    json.append(quoted: tensor.name)
    json.append(":{\"dtype\":")
    json.append(quoted: tensor.dtype.rawValue)
    json.append(",\"shape\":[")
    for (position, extent) in tensor.shape.enumerated() {
      if position > 0 { json.append(",") }
      json.append(extent)
    }
    json.append("],\"data_offsets\":[")
    json.append(begin)
    json.append(",")
    json.append(end)
    json.append("]}")
  }
}

/// Writes safetensors files: atomically, streaming, the same bytes for the same input (metadata sorted by key).
public enum SafetensorsWriter {
  /// Takes the bytes of one tensor, in as many pieces as the caller likes.
  public struct Sink {
    fileprivate let file: AtomicFile
    fileprivate let tensor: SafetensorsTensor
    fileprivate let end: Int

    /// Appends a piece; throws `SafetensorsError` when the tensor would get more bytes than its shape says.
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
      let surplus = bytes.count - (end - file.byteCount)
      guard surplus <= 0 else {
        throw SafetensorsError(
          .sizeMismatch, file.path, tensor: tensor.name,
          "was given \(surplus) bytes more than \(abbreviated(tensor.shape)) of \(tensor.dtype.rawValue) take")
      }
      try file.write(bytes)
    }
  }

  /// Writes a file whose data the caller produces tensor by tensor: `data` is called for each of `layout.tensors`, in that
  /// order, and must hand exactly its bytes to the sink. Nothing appears under `path` when an error is thrown.
  public static func write(
    to path: String, layout: SafetensorsLayout, data: (SafetensorsTensor, Sink) throws -> Void
  ) throws {
    try AtomicFile.write(to: path) { file in
      try layout.header.withUnsafeBytes { try file.write($0) }
      var end = layout.header.count
      for (tensor, count) in zip(layout.tensors, layout.byteCounts) {
        end += count
        try data(tensor, Sink(file: file, tensor: tensor, end: end))
        guard file.byteCount == end else {
          throw SafetensorsError(
            .sizeMismatch, path, tensor: tensor.name,
            "was given \(end - file.byteCount) bytes less than the \(count) that "
            + "\(abbreviated(tensor.shape)) of \(tensor.dtype.rawValue) take")
        }
      }
    }
  }

  /// Writes a file from tensors in memory. Throws `FileError` or `SafetensorsError`; nothing appears under `path` then.
  public static func write(
    _ blocks: [SafetensorsBlock], to path: String, metadata: [String: String] = [:], order: SafetensorsOrder = .reference
  ) throws {
    let layout = try SafetensorsLayout(blocks.map(\.tensor), metadata: metadata, order: order, path: path)
    try write(blocks, layout: layout, to: path)
  }

  static func write(_ blocks: [SafetensorsBlock], layout: SafetensorsLayout, to path: String) throws {
    var next = layout.sourcePositions.makeIterator()
    try write(to: path, layout: layout) { _, sink in try sink.write(blocks[next.next()!].bytes) }
  }
}
