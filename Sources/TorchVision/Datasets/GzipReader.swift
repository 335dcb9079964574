import CZlib

/// The bytes of a plain or gzip-compressed file, in order; which of the two is told by the first two bytes.
///
/// A gzip file may have several members, which are concatenated, as `gzip -d` does. Checksums are verified.
final class GzipReader {
  /// Whether the file is compressed.
  let isCompressed: Bool
  /// No more than this many bytes can come out, as far as the file's size tells; nil for pipes.
  let maximumOutput: Int?

  private let file: InputFile
  private var input = [UInt8](repeating: 0, count: 1 << 18)
  private var inputStart = 0
  private var inputEnd = 0
  private var stream = z_stream()
  private var isBetweenMembers = false

  /// Opens `path`. Throws ``VisionError`` when it is missing, a folder, or cannot be read.
  init(_ path: String) throws(VisionError) {
    file = try InputFile(path)
    let head = try GzipReader.fill(&input, from: file)
    inputEnd = head
    isCompressed = head >= 2 && input[0] == 0x1F && input[1] == 0x8B
    // Deflate packs at most 1032 bytes into one.
    maximumOutput = isCompressed ? file.size.map { $0.multipliedReportingOverflow(by: 1032).partialValue } : file.size
    if isCompressed {
      // 16 asks for the gzip format.
      guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
        throw VisionError(.unreadable, path: path, "zlib cannot be initialised")
      }
    }
  }

  deinit { if isCompressed { inflateEnd(&stream) } }

  /// Fills `output` as far as the content goes; the number of bytes is smaller than `output.count` only at the end.
  func read(into output: UnsafeMutableRawBufferPointer) throws(VisionError) -> Int {
    var filled = 0
    while filled < output.count {
      if inputStart == inputEnd {
        inputStart = 0
        inputEnd = try GzipReader.fill(&input, from: file)
        if inputEnd == 0 {
          if isCompressed && !isBetweenMembers {
            throw VisionError(.truncated, path: file.path, "the gzip data is truncated: it ends in the middle of a stream")
          }
          break
        }
      }
      let space = UnsafeMutableRawBufferPointer(rebasing: output[filled...])
      filled += isCompressed ? try inflate(into: space) : copy(into: space)
    }
    return filled
  }

  private static func fill(_ input: inout [UInt8], from file: InputFile) throws(VisionError) -> Int {
    var failure: VisionError?
    let count = input.withUnsafeMutableBytes { buffer in
      do throws(VisionError) { return try file.read(into: buffer) } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    return count
  }

  private func copy(into output: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(output.count, inputEnd - inputStart)
    input.withUnsafeBytes { output.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[inputStart..<inputStart + count])) }
    inputStart += count
    return count
  }

  private func inflate(into output: UnsafeMutableRawBufferPointer) throws(VisionError) -> Int {
    if isBetweenMembers {
      guard input[inputStart] == 0x1F else {
        throw VisionError(.corrupt, path: file.path, "trailing garbage after the end of the gzip data")
      }
      inflateReset(&stream)
      isBetweenMembers = false
    }
    let available = inputEnd - inputStart
    let space = min(output.count, 1 << 30)
    let status = input.withUnsafeMutableBufferPointer { buffer in
      stream.next_in = buffer.baseAddress! + inputStart
      stream.avail_in = UInt32(available)
      stream.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
      stream.avail_out = UInt32(space)
      let status = CZlib.inflate(&stream, Z_NO_FLUSH)
      stream.next_in = nil
      return status
    }
    inputStart += available - Int(stream.avail_in)
    switch status {
    case Z_STREAM_END: isBetweenMembers = true
    case Z_OK, Z_BUF_ERROR: break
    case Z_MEM_ERROR: throw VisionError(.unreadable, path: file.path, "out of memory while decompressing")
    default:
      let reason = stream.msg.map { String(cString: $0) } ?? "zlib status \(status)"
      throw VisionError(.corrupt, path: file.path, "the gzip data is corrupt (zlib: \(reason))")
    }
    return space - Int(stream.avail_out)
  }
}
