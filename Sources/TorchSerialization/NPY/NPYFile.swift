import CTorchKernels

/// An array read from an `.npy` file or an `.npz` archive; the bytes are valid while the value's owner lives.
public final class NPYArray: Sendable {
  /// Element type.
  public let dtype: NPYDType
  /// Extents; empty for a scalar.
  public let shape: [Int]
  /// Whether the first dimension varies fastest (Fortran order); the caller reads the data with the strides that follow.
  public let isColumnMajor: Bool
  private let owner: any Sendable
  private nonisolated(unsafe) let storage: UnsafeRawBufferPointer

  /// Reads a `.npy` file; big-endian data is swapped. Throws `FileError` where the file cannot be read, `NPYError` where it is
  /// malformed, truncated, or of a type that tensors do not have.
  public convenience init(_ path: String, access: FileAccess = .mapped) throws {
    try self.init(MappedFile(path, access: access))
  }

  /// The array in an open file.
  package convenience init(_ file: MappedFile) throws {
    let header = try NPYHeader(file.bytes, path: file.path)
    self.init(header, bytes: file.bytes, owner: file)
  }

  /// An array within the bytes of a whole `.npy` file, which `owner` keeps alive.
  init(_ header: NPYHeader, bytes: UnsafeRawBufferPointer, owner: any Sendable) {
    dtype = header.dtype
    shape = header.shape
    isColumnMajor = header.isColumnMajor
    let data = UnsafeRawBufferPointer(rebasing: bytes[header.dataStart..<header.dataStart + header.byteCount])
    guard header.isSwapped else {
      self.owner = owner
      storage = data
      return
    }
    let swapped = OwnedBytes(count: data.count)
    if let from = data.baseAddress, let to = swapped.bytes.baseAddress {
      let unit = header.dtype.swapUnit
      torch_byteswap(to, from, Int32(unit), Int64(data.count / unit))
    }
    self.owner = swapped
    storage = UnsafeRawBufferPointer(swapped.bytes)
  }

  /// The raw bytes, little-endian, with no particular alignment. Valid while this object lives, which may end at its last use.
  public var bytes: UnsafeRawBufferPointer { storage }

  /// Calls `body` with the raw bytes, keeping the object alive meanwhile.
  public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(storage) }
  }

  /// Writes a row-major array as an `.npy` file (format version 1.0, the bytes that NumPy writes), atomically.
  ///
  /// Throws `NPYError` where `bytes` is not of the size that shape and dtype take, and `FileError`.
  public static func write(_ bytes: UnsafeRawBufferPointer, dtype: NPYDType, shape: [Int], to path: String) throws {
    guard let count = dtype.byteCount(shape: shape), count == bytes.count else {
      throw NPYError(path, "\(abbreviated(shape)) of \(dtype.descriptor) does not take the \(bytes.count) bytes given")
    }
    try AtomicFile.write(to: path) { file in
      try NPYHeader.bytes(dtype: dtype, shape: shape).withUnsafeBytes { try file.write($0) }
      try file.write(bytes)
    }
  }
}

/// Memory of a fixed size, freed with the object.
final class OwnedBytes: Sendable {
  nonisolated(unsafe) let bytes: UnsafeMutableRawBufferPointer

  init(count: Int) { bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 64) }

  deinit { bytes.deallocate() }
}
