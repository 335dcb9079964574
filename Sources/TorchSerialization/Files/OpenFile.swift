import Glibc

/// An open file descriptor that closes itself; reads and writes are complete or throw, whatever the system does in between
/// (short transfers, interrupting signals).
final class OpenFile {
  let path: String
  private(set) var descriptor: Int32

  /// Opens `path`; the descriptor is not inherited by child processes.
  init(_ path: String, flags: Int32, permissions: mode_t = 0o666, operation: String = "open") throws(FileError) {
    guard !path.utf8.contains(0) else { throw FileError(operation, path, code: EINVAL, detail: "the path holds a zero byte") }
    var result: Int32
    repeat { result = Glibc.open(path, flags | O_CLOEXEC, permissions) } while result < 0 && errno == EINTR
    guard result >= 0 else { throw FileError(operation, path) }
    self.path = path
    self.descriptor = result
  }

  deinit {
    if descriptor >= 0 { _ = Glibc.close(descriptor) }
  }

  /// The file's status: kind, size, inode, number of links.
  func status() throws(FileError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError("examine", path) }
    return status
  }

  /// Writes all of `bytes` at the current position.
  func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = UnsafeRawBufferPointer(rebasing: rest)
      let count = Glibc.write(descriptor, part.baseAddress, part.count)
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if count == 0 {
        // Never seen for regular files with a positive count; repeating it could be endless.
        throw FileError("write", path, code: EIO, detail: "the system accepted no bytes")
      } else if errno != EINTR {
        throw FileError("write", path)
      }
    }
  }

  /// Fills `buffer` from byte `offset` on; a file that ends earlier is an error.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count > 0 {
        done += count
      } else if count == 0 {
        throw FileError("read", path, code: EIO, detail: "it became shorter while it was read")
      } else if errno != EINTR {
        throw FileError("read", path)
      }
    }
  }

  /// Returns when what was written is on the device.
  func synchronize() throws(FileError) {
    var result: Int32
    repeat { result = fsync(descriptor) } while result != 0 && errno == EINTR
    guard result == 0 else { throw FileError("make durable", path) }
  }

  /// Closes the file and reports what only closing reveals (network file systems).
  func close() throws(FileError) {
    guard descriptor >= 0 else { return }
    let result = Glibc.close(descriptor)
    descriptor = -1
    // After EINTR the descriptor is closed on Linux: closing again could hit somebody else's file.
    guard result == 0 || errno == EINTR else { throw FileError("close", path) }
  }
}
