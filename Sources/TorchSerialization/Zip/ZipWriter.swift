import CZlib

/// Writes a zip archive member by member, zip64 where sizes ask for it; the same bytes for the same input.
package final class ZipWriter {
  private let path: String
  private let write: (UnsafeRawBufferPointer) throws -> Void
  private var offset = 0
  private var directory: [UInt8] = []
  private var count = 0
  private var names: Set<ExactName> = []

  /// An archive whose bytes go to `write`; `path` is for messages.
  package init(path: String, write: @escaping (UnsafeRawBufferPointer) throws -> Void) {
    self.path = path
    self.write = write
  }

  /// Adds a member.
  /// - Parameters:
  ///   - alignment: the contents start at a multiple of this many bytes, as files that are mapped want it.
  ///   - isCompressed: whether the contents are deflated.
  package func add(_ name: String, _ contents: UnsafeRawBufferPointer, alignment: Int = 1, isCompressed: Bool = false) throws {
    let name8 = Array(name.utf8)
    guard name8.count <= 65535, names.insert(ExactName(name)).inserted else {
      throw ZipError(path, member: name, "a name that is given twice or is longer than 65535 bytes")
    }
    let deflated = isCompressed ? try Self.deflate(contents, path, name) : nil
    let storedCount = deflated?.bytes.count ?? contents.count
    let needsWide = contents.count >= 0xffff_ffff || storedCount >= 0xffff_ffff
    let start = offset
    var extra: [UInt8] = []
    if needsWide {
      extra.append(little: 1, 2)
      extra.append(little: 16, 2)
      extra.append(little: contents.count, 8)
      extra.append(little: storedCount, 8)
    }
    let unpadded = start + 30 + name8.count + extra.count
    if alignment > 1, unpadded % alignment != 0 {
      // A field of its own, whose contents mean nothing.
      let padding = (alignment - (unpadded + 4) % alignment) % alignment
      extra.append(little: 0x4246, 2)
      extra.append(little: padding, 2)
      extra += [UInt8](repeating: UInt8(ascii: "Z"), count: padding)
    }
    var common: [UInt8] = []
    common.append(little: needsWide ? 45 : 20, 2)
    common.append(little: 0x800, 2)
    common.append(little: isCompressed ? 8 : 0, 2)
    common.append(little: 0x0021_0000, 4)
    common.append(little: Int(zipChecksum(contents)), 4)
    common.append(little: needsWide ? 0xffff_ffff : storedCount, 4)
    common.append(little: needsWide ? 0xffff_ffff : contents.count, 4)
    common.append(little: name8.count, 2)
    var header: [UInt8] = []
    header.append(little: 0x0403_4b50, 4)
    header += common
    header.append(little: extra.count, 2)
    try emit(header + name8 + extra)
    try withExtendedLifetime(deflated) { try emit(deflated?.bytes ?? contents) }

    var wide: [UInt8] = []
    if needsWide {
      wide.append(little: contents.count, 8)
      wide.append(little: storedCount, 8)
    }
    if start >= 0xffff_ffff { wide.append(little: start, 8) }
    directory.append(little: 0x0201_4b50, 4)
    directory.append(little: 45, 2)
    directory += common
    directory.append(little: wide.isEmpty ? 0 : wide.count + 4, 2)
    directory += [UInt8](repeating: 0, count: 10)
    directory.append(little: min(start, 0xffff_ffff), 4)
    directory += name8
    if !wide.isEmpty {
      directory.append(little: 1, 2)
      directory.append(little: wide.count, 2)
      directory += wide
    }
    count += 1
  }

  /// Adds a member of a few bytes.
  package func add(_ name: String, _ contents: [UInt8], alignment: Int = 1) throws {
    try contents.withUnsafeBytes { try add(name, $0, alignment: alignment) }
  }

  /// Writes the directory, which ends the archive.
  package func finish() throws {
    let start = offset
    let size = directory.count
    try emit(directory)
    var end: [UInt8] = []
    if count >= 0xffff || start >= 0xffff_ffff || size >= 0xffff_ffff {
      let record = offset
      end.append(little: 0x0606_4b50, 4)
      end.append(little: 44, 8)
      end.append(little: 45, 2)
      end.append(little: 45, 2)
      end.append(little: 0, 8)
      for value in [count, count, size, start] { end.append(little: value, 8) }
      end.append(little: 0x0706_4b50, 4)
      end.append(little: 0, 4)
      end.append(little: record, 8)
      end.append(little: 1, 4)
    }
    end.append(little: 0x0605_4b50, 4)
    end.append(little: 0, 4)
    end.append(little: min(count, 0xffff), 2)
    end.append(little: min(count, 0xffff), 2)
    end.append(little: min(size, 0xffff_ffff), 4)
    end.append(little: min(start, 0xffff_ffff), 4)
    end.append(little: 0, 2)
    try emit(end)
  }

  private func emit(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try emit($0) } }

  private func emit(_ bytes: UnsafeRawBufferPointer) throws {
    try write(bytes)
    offset += bytes.count
  }

  /// Raw deflate data.
  private static func deflate(_ contents: UnsafeRawBufferPointer, _ path: String, _ name: String) throws -> Deflated {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw ZipError(path, member: name, "cannot be deflated: not enough memory") }
    defer { deflateEnd(&stream) }
    let result = Deflated(capacity: Int(deflateBound(&stream, UInt(contents.count))) + 64)
    var (consumed, produced) = (0, 0)
    while true {
      // zlib counts in 32 bits.
      let input = min(1 << 30, contents.count - consumed)
      let output = min(1 << 30, result.memory.count - produced)
      stream.next_in = contents.baseAddress.map { UnsafeMutablePointer(mutating: ($0 + consumed).assumingMemoryBound(to: UInt8.self)) }
      stream.avail_in = UInt32(input)
      stream.next_out = (result.memory.baseAddress! + produced).assumingMemoryBound(to: UInt8.self)
      stream.avail_out = UInt32(output)
      let status = CZlib.deflate(&stream, consumed + input == contents.count ? Z_FINISH : Z_NO_FLUSH)
      consumed += input - Int(stream.avail_in)
      produced += output - Int(stream.avail_out)
      if status == Z_STREAM_END { break }
      guard status == Z_OK, output > 0 else { throw ZipError(path, member: name, "cannot be deflated") }
    }
    result.count = produced
    return result
  }
}

/// Compressed bytes.
private final class Deflated {
  let memory: UnsafeMutableRawBufferPointer
  var count = 0

  init(capacity: Int) { memory = .allocate(byteCount: capacity, alignment: 16) }
  deinit { memory.deallocate() }

  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }
}

extension [UInt8] {
  /// Appends the lowest `width` bytes of a number, the lowest first.
  mutating func append(little value: Int, _ width: Int) {
    for i in 0..<width { append(UInt8(truncatingIfNeeded: value >> (8 * i))) }
  }
}
