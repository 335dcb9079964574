#if canImport(Glibc)
  import Glibc
#endif

/// Writes all of `bytes` to a file descriptor; returns 0 or the operating system's error number.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count {
      let count = write(descriptor, buffer.baseAddress! + written, buffer.count - written)
      if count >= 0 {
        written += count
      } else if errno == EAGAIN {
        // A terminal that another program has made non-blocking.
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&request, 1, 1000)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// Writes `bytes` to `path`, replacing what was there. A regular file appears whole or not at all: the bytes go to a
/// neighbouring file that is renamed when it is complete.
func writeFile(_ bytes: [UInt8], to path: String) throws(ReportError) {
  guard !path.isEmpty, !path.utf8.contains(0) else { throw ReportError(path: path, "not a valid file name") }
  var status = stat()
  // Devices, pipes and links are written in place: a rename would replace them by a file.
  let inPlace = lstat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  let target = inPlace ? path : "\(path).partial-\(getpid())"
  let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw unwritable(path, errno) }
  var number = writeAll(bytes, to: descriptor)
  if close(descriptor) != 0 && number == 0 { number = errno }
  if number == 0 && !inPlace && rename(target, path) != 0 { number = errno }
  if number != 0 {
    if !inPlace { unlink(target) }
    throw unwritable(path, number)
  }
}

/// Writes text to `path`, replacing what was there: a regular file appears whole or not at all.
public func writeText(_ text: String, to path: String) throws { try writeFile(Array(text.utf8), to: path) }

/// The error for an operating system's error number met while writing `path`.
func unwritable(_ path: String, _ number: Int32) -> ReportError {
  ReportError(path: path, "cannot be written: \(String(cString: strerror(number)))")
}
