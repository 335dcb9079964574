import CZlib

/// A zip archive, open for reading: members stored or deflated, zip64 included; not encrypted, not split over files.
///
/// The directory at the end of the archive is checked when it is opened; a member's bytes and checksum when it is read.
/// Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
public final class ZipArchive: Sendable {
  /// A file within the archive.
  public struct Member: Equatable, Sendable {
    /// Its path within the archive.
    public let name: String
    /// Its size, in bytes.
    public let byteCount: Int
    /// Whether it is deflated; else it is stored as it is.
    public let isCompressed: Bool
    let storedCount: Int
    let checksum: UInt32
    let headerOffset: Int
  }

  /// The bytes of a member; valid while this object lives.
  public final class Contents: Sendable {
    /// The bytes.
    public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
    private let owner: any Sendable

    init(_ bytes: UnsafeRawBufferPointer, owner: any Sendable) {
      self.bytes = bytes
      self.owner = owner
    }
  }

  /// Deflate cannot shrink data more than this: a member that claims more is refused before memory is taken.
  private static let maximumRatio = 1032

  /// The path as it was given.
  public let path: String
  /// The members in the order of the directory.
  public let members: [Member]
  /// Whether the writer computed checksums: where all of them are zero, it left them out, as PyTorch does when it is told to.
  let hasChecksums: Bool
  private let index: [ExactName: Int]
  private let file: MappedFile

  /// Opens an archive; throws `FileError` where it cannot be read and `ZipError` where it is not well formed.
  public convenience init(_ path: String, access: FileAccess = .mapped) throws {
    try self.init(MappedFile(path, access: access))
  }

  /// An archive in an open file.
  package init(_ file: MappedFile) throws {
    self.file = file
    path = file.path
    members = try ZipDirectory(file.bytes, path: path).members()
    var index: [ExactName: Int] = [:]
    for (position, member) in members.enumerated() {
      guard index.updateValue(position, forKey: ExactName(member.name)) == nil else {
        throw ZipError(path, member: member.name, "occurs twice in the archive")
      }
    }
    self.index = index
    hasChecksums = members.contains { $0.checksum != 0 }
  }

  /// The member of that name, or nil.
  public func member(named name: String) -> Member? { index[ExactName(name)].map { members[$0] } }

  /// Reads a member and checks it against its checksum; without copying where it is stored uncompressed.
  public func contents(of member: Member) throws(ZipError) -> Contents { try contents(of: member, verify: true) }

  /// Reads a member. Without `verify`, bytes that are stored uncompressed are not touched.
  func contents(of member: Member, verify: Bool) throws(ZipError) -> Contents {
    let stored = try storedBytes(of: member)
    guard member.isCompressed else {
      if verify { try check(stored, member) }
      return Contents(stored, owner: file)
    }
    guard member.byteCount / Self.maximumRatio <= member.storedCount else {
      throw ZipError(
        path, member: member.name, "claims \(member.byteCount) bytes, more than \(member.storedCount) deflated ones can give")
    }
    let memory = OwnedBytes(count: member.byteCount)
    try inflate(stored, into: memory.bytes, member)
    try check(UnsafeRawBufferPointer(memory.bytes), member)
    return Contents(UnsafeRawBufferPointer(memory.bytes), owner: memory)
  }

  private func storedBytes(of member: Member) throws(ZipError) -> UnsafeRawBufferPointer {
    let bytes = file.bytes
    let header = member.headerOffset
    guard header <= bytes.count - 30, bytes.loadUnaligned(fromByteOffset: header, as: UInt32.self).littleEndian == 0x0403_4b50
    else { throw ZipError(path, member: member.name, "its local header is missing") }
    let nameLength = Int(bytes.loadUnaligned(fromByteOffset: header + 26, as: UInt16.self).littleEndian)
    let extraLength = Int(bytes.loadUnaligned(fromByteOffset: header + 28, as: UInt16.self).littleEndian)
    let start = header + 30 + nameLength + extraLength
    guard start <= bytes.count, member.storedCount <= bytes.count - start else {
      throw ZipError(path, member: member.name, "reaches beyond the end of the archive")
    }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<start + member.storedCount])
  }

  private func check(_ bytes: UnsafeRawBufferPointer, _ member: Member) throws(ZipError) {
    guard !hasChecksums || zipChecksum(bytes) == member.checksum else {
      throw ZipError(path, member: member.name, "damaged: its contents do not have the recorded CRC-32")
    }
  }

  private func inflate(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, _ member: Member
  ) throws(ZipError) {
    var stream = z_stream()
    // Negative window bits: raw deflate data, without zlib's own header.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw ZipError(path, member: member.name, "cannot be inflated: not enough memory")
    }
    defer { inflateEnd(&stream) }
    // zlib counts in 32 bits: both sides go in pieces.
    let piece = 1 << 30
    var consumed = 0
    var produced = 0
    // One byte more than promised shows that there is too much.
    var surplus: UInt8 = 0
    while true {
      let input = min(piece, source.count - consumed)
      let output = min(piece, target.count - produced)
      let (status, inputLeft, outputLeft): (Int32, Int, Int) = withUnsafeMutablePointer(to: &surplus) { surplus in
        let place = target.baseAddress.map { ($0 + produced).assumingMemoryBound(to: UInt8.self) }
        stream.next_in = source.baseAddress.map {
          UnsafeMutablePointer(mutating: ($0 + consumed).assumingMemoryBound(to: UInt8.self))
        }
        stream.avail_in = UInt32(input)
        stream.next_out = output > 0 ? place : surplus
        stream.avail_out = output > 0 ? UInt32(output) : 1
        let status = CZlib.inflate(&stream, Z_NO_FLUSH)
        return (status, Int(stream.avail_in), Int(stream.avail_out))
      }
      consumed += input - inputLeft
      let written = (output > 0 ? output : 1) - outputLeft
      guard output > 0 || written == 0 else {
        throw ZipError(path, member: member.name, "holds more than the \(target.count) bytes it claims")
      }
      produced += written
      if status == Z_STREAM_END { break }
      guard status == Z_OK, written > 0 || input > inputLeft else {
        throw ZipError(path, member: member.name, "its deflated data is damaged or truncated")
      }
    }
    guard produced == target.count, consumed == source.count else {
      throw ZipError(path, member: member.name, "inflates to \(produced) bytes, but \(target.count) were promised")
    }
  }
}

/// The CRC-32 of `bytes`.
func zipChecksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
  UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
}
