#if canImport(Glibc)
  import Glibc
#endif

/// An open file, read in order; closed with the last reference.
final class InputFile {
  let path: String
  /// The size in bytes, or nil for pipes and devices, whose size is unknown.
  let size: Int?
  private let descriptor: Int32

  /// Opens `path` for reading. Throws ``VisionError`` when it is missing, a folder, or cannot be opened.
  init(_ path: String) throws(VisionError) {
    guard !path.isEmpty else { throw VisionError(.invalidArgument, path: "", "the file name is empty") }
    guard !path.utf8.contains(0) else { throw VisionError(.invalidArgument, path: path, "the file name contains a NUL byte") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw VisionError.system(errno, .unreadable, path: path, "opened") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let number = errno
      close(descriptor)
      throw VisionError.system(number, .unreadable, path: path, "opened")
    }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      close(descriptor)
      throw VisionError.system(EISDIR, .unreadable, path: path, "opened")
    }
    self.path = path
    self.size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Fills `buffer` as far as the file goes; the number of bytes is smaller than the buffer only at the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(VisionError) -> Int {
    var filled = 0
    while filled < buffer.count {
      let count = Glibc.read(descriptor, buffer.baseAddress! + filled, buffer.count - filled)
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw VisionError.system(errno, .unreadable, path: path, "read")
      }
      filled += count
    }
    return filled
  }

  /// The whole content, or ``VisionError/Kind/tooLarge`` beyond `limit` bytes.
  static func contents(of path: String, limit: Int) throws(VisionError) -> [UInt8] {
    let file = try InputFile(path)
    func tooLarge() -> VisionError {
      VisionError(.tooLarge, path: path, "the file is larger than the limit of \(limit) bytes")
    }
    if let size = file.size, size > limit { throw tooLarge() }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: max(4096, min((file.size ?? 0) + 1, 1 << 20)))
    while true {
      var failure: VisionError?
      let count = chunk.withUnsafeMutableBytes { buffer in
        do throws(VisionError) { return try file.read(into: buffer) } catch {
          failure = error
          return 0
        }
      }
      if let failure { throw failure }
      bytes.append(contentsOf: chunk[..<count])
      if bytes.count > limit { throw tooLarge() }
      if count < chunk.count { return bytes }
    }
  }
}

/// Writes `bytes` to `path`, replacing what was there. A regular file appears whole or not at all: the bytes go to a
/// neighbouring file that is renamed when it is complete.
func writeFile(_ bytes: [UInt8], to path: String) throws(VisionError) {
  guard !path.isEmpty, !path.utf8.contains(0) else {
    throw VisionError(.invalidArgument, path: path, "not a valid file name")
  }
  var status = stat()
  // Devices, pipes and links are written in place: a rename would replace them by a file.
  let inPlace = lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  let target = inPlace ? path : "\(path).partial-\(getpid())"
  let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw VisionError.system(errno, .unwritable, path: path, "written") }
  var number: Int32 = 0
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let count = write(descriptor, buffer.baseAddress! + written, buffer.count - written)
      if count < 0 {
        if errno == EINTR { continue }
        number = errno
        return
      }
      written += count
    }
  }
  if close(descriptor) != 0 && number == 0 { number = errno }
  if number == 0 && !inPlace && rename(target, path) != 0 { number = errno }
  if number != 0 {
    if !inPlace { unlink(target) }
    throw VisionError.system(number, .unwritable, path: path, "written")
  }
}
