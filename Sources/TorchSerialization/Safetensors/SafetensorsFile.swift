/// A safetensors file, open for reading: the header is parsed and checked at once, the tensors' bytes are touched when used.
///
/// Everything the format asks for is checked before a tensor can be reached: every byte of data belongs to exactly one tensor,
/// sizes agree with shapes, names are unique. Memory taken is proportional to the header, which is part of the file.
public final class SafetensorsFile: SafetensorsSource {
  /// The path as it was given.
  public let path: String
  /// The free-form `__metadata__` of the file.
  public let metadata: [String: String]
  /// The tensors in file order: by the place of their bytes.
  public let tensors: [SafetensorsTensor]
  /// Size of the file in bytes.
  public var byteCount: Int { file.bytes.count }

  let file: MappedFile
  private let ranges: [Range<Int>]
  private let index: [ExactName: Int]

  /// Opens and checks a file; throws `FileError` where it cannot be read and `SafetensorsError` where it is not well formed.
  public convenience init(_ path: String, access: FileAccess = .mapped) throws {
    try self.init(MappedFile(path, access: access))
  }

  /// The tensors in an open file.
  package init(_ file: MappedFile) throws {
    let header = try SafetensorsHeader(file.bytes, path: file.path)
    path = file.path
    self.file = file
    metadata = header.metadata
    tensors = header.entries.map(\.tensor)
    ranges = header.entries.map(\.range)
    index = header.index
  }

  /// The names in file order.
  public var names: [String] { tensors.map(\.name) }

  /// Whether there is a tensor of that name.
  public func contains(_ name: String) -> Bool { index[ExactName(name)] != nil }

  public func tensor(named name: String) throws -> SafetensorsTensor { tensors[try position(of: name)] }

  public func bytes(of name: String) throws -> UnsafeRawBufferPointer { bytes(at: try position(of: name)) }

  public func file(of name: String) throws -> SafetensorsFile { self }

  /// The raw bytes of `tensors[position]`. Valid while this object lives, which may end at its last use.
  public func bytes(at position: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: file.bytes[ranges[position]]) }

  /// Calls `body` with the raw bytes of a tensor, keeping the file open meanwhile.
  public func withBytes<Result>(of name: String, _ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
    try withExtendedLifetime(self) { try body(bytes(of: name)) }
  }

  private func position(of name: String) throws(SafetensorsError) -> Int {
    guard let position = index[ExactName(name)] else {
      throw SafetensorsError(.missingTensor, path, tensor: name, "not in the file, which holds \(tensors.count) tensors")
    }
    return position
  }
}
