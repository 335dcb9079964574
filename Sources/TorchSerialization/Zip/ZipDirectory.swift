/// The directory at the end of a zip archive, checked against the archive's size.
struct ZipDirectory {
  private let bytes: UnsafeRawBufferPointer
  private let path: String

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  private func u16(_ offset: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self).littleEndian) }
  private func u32(_ offset: Int) -> Int { Int(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian) }

  /// A 64-bit field; values beyond the archive's size, which no field may have, all become `Int.max`.
  private func u64(_ offset: Int) -> Int {
    Int(exactly: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian) ?? .max
  }

  /// The members, directories left out.
  func members() throws(ZipError) -> [ZipArchive.Member] {
    let (count, start, end) = try locate()
    var result: [ZipArchive.Member] = []
    var offset = start
    // Members lie one after another: those that overlap would make a small archive unpack to any size.
    var room = start
    for _ in 0..<count {
      guard offset <= end - 46, u32(offset) == 0x0201_4b50 else { throw ZipError(path, "the archive's directory is damaged") }
      let (nameLength, extraLength, commentLength) = (u16(offset + 28), u16(offset + 30), u16(offset + 32))
      let next = offset + 46 + nameLength + extraLength + commentLength
      guard next <= end else { throw ZipError(path, "the archive's directory is damaged") }
      guard let name = String(validating: bytes[offset + 46..<offset + 46 + nameLength], as: UTF8.self) else {
        throw ZipError(path, "a member's name is not valid UTF-8")
      }
      let extra = offset + 46 + nameLength..<offset + 46 + nameLength + extraLength
      if !name.hasSuffix("/") {
        let member = try member(name, at: offset, extra: extra)
        room -= member.storedCount + 30
        guard room >= 0 else { throw ZipError(path, member: name, "overlaps other members") }
        result.append(member)
      }
      offset = next
    }
    guard offset == end else { throw ZipError(path, "the archive's directory is damaged") }
    return result
  }

  private func member(_ name: String, at offset: Int, extra: Range<Int>) throws(ZipError) -> ZipArchive.Member {
    guard u16(offset + 8) & 1 == 0 else { throw ZipError(path, member: name, "encrypted members are not supported") }
    let method = u16(offset + 10)
    guard method == 0 || method == 8 else {
      throw ZipError(path, member: name, "compression method \(method); expected 0 (stored) or 8 (deflated)")
    }
    var size = u32(offset + 24)
    var storedSize = u32(offset + 20)
    var header = u32(offset + 42)
    // The fields that do not fit 32 bits stand in the zip64 extra field, in this order.
    if var field = try zip64(in: extra, name) {
      for (value, set) in [(size, 0), (storedSize, 1), (header, 2)] where value == 0xffff_ffff {
        guard field.count >= 8 else { throw ZipError(path, member: name, "its zip64 sizes are missing") }
        let wide = u64(field.lowerBound)
        if set == 0 { size = wide } else if set == 1 { storedSize = wide } else { header = wide }
        field = field.lowerBound + 8..<field.upperBound
      }
    }
    guard storedSize <= bytes.count, header <= bytes.count, method == 8 || size == storedSize else {
      throw ZipError(path, member: name, "its sizes do not fit the archive")
    }
    return ZipArchive.Member(
      name: name, byteCount: size, isCompressed: method == 8, storedCount: storedSize,
      checksum: UInt32(truncatingIfNeeded: u32(offset + 16)), headerOffset: header)
  }

  /// The contents of the zip64 extra field, or nil where there is none.
  private func zip64(in extra: Range<Int>, _ name: String) throws(ZipError) -> Range<Int>? {
    var offset = extra.lowerBound
    while offset + 4 <= extra.upperBound {
      let end = offset + 4 + u16(offset + 2)
      guard end <= extra.upperBound else { throw ZipError(path, member: name, "its extra fields are damaged") }
      if u16(offset) == 1 { return offset + 4..<end }
      offset = end
    }
    return nil
  }

  /// Finds the directory: how many members, and its byte range.
  private func locate() throws(ZipError) -> (count: Int, start: Int, end: Int) {
    guard bytes.count >= 22 else { throw ZipError(path, "not a zip archive, or truncated: \(bytes.count) bytes") }
    var end = bytes.count - 22
    // The record at the very end may be followed by a comment of at most 65535 bytes, whose length it gives.
    let lowest = max(0, end - 65535)
    while !(u32(end) == 0x0605_4b50 && end + 22 + u16(end + 20) == bytes.count) {
      guard end > lowest else { throw ZipError(path, "not a zip archive, or truncated: no directory at the end") }
      end -= 1
    }
    guard u16(end + 4) == 0, u16(end + 6) == 0 else { throw ZipError(path, "archives split over files are not supported") }
    var (count, size, start) = (u16(end + 10), u32(end + 12), u32(end + 16))
    if end >= 20, u32(end - 20) == 0x0706_4b50 {
      let record = u64(end - 12)
      guard record <= end - 20 - 56, u32(record) == 0x0606_4b50 else { throw ZipError(path, "the zip64 directory is damaged") }
      (count, size, start) = (u64(record + 32), u64(record + 40), u64(record + 48))
      end = record
    }
    // Each entry takes 46 bytes, so the count is bounded by the file's size.
    guard size <= end, start == end - size, count <= size / 46 else { throw ZipError(path, "the archive's directory is damaged") }
    return (count, start, end)
  }
}
