import Glibc

/// A system call on a file that failed: what was attempted, on which path, and the system's reason.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was attempted, as a verb with its object's role: `"open"`, `"write"`, `"make durable"`.
  public let operation: String
  /// The path the operation was about.
  public let path: String
  /// The system's error number (`errno`).
  public let code: Int32
  /// What else helps to understand the failure, or an empty string.
  public let detail: String

  /// Describes a failure; `code` is the current `errno` unless one is given.
  public init(_ operation: String, _ path: String, code: Int32 = errno, detail: String = "") {
    self.operation = operation
    self.path = path
    self.code = code
    self.detail = detail
  }

  /// One line: `cannot write runs/model.safetensors: no space left on the disk (ENOSPC)`.
  public var description: String {
    "cannot \(operation) \(printable(path, limit: 4096)): \(reason)\(detail.isEmpty ? "" : "; \(detail)")"
  }

  /// The cause in words, with its symbolic name where it is a usual one.
  public var reason: String {
    switch code {
    case ENOSPC: "no space left on the disk (ENOSPC)"
    case EDQUOT: "disk quota exceeded (EDQUOT)"
    case EFBIG: "the file would be larger than the limit for files (EFBIG)"
    case EACCES: "permission denied (EACCES)"
    case EPERM: "operation not permitted (EPERM)"
    case EROFS: "the file system is read-only (EROFS)"
    case ENOENT: "no such file or directory (ENOENT)"
    case ENOTDIR: "a part of the path is not a directory (ENOTDIR)"
    case EISDIR: "it is a directory (EISDIR)"
    case EEXIST: "it exists already (EEXIST)"
    case EMFILE, ENFILE: "too many open files (\(code == EMFILE ? "EMFILE" : "ENFILE"))"
    case ENAMETOOLONG: "the name is too long (ENAMETOOLONG)"
    case ELOOP: "too many symbolic links (ELOOP)"
    case EIO: "input/output error of the device (EIO)"
    case ENOMEM: "not enough memory (ENOMEM)"
    default: "\(String(cString: strerror(code))) (errno \(code))"
    }
  }
}

/// Text from a file or a caller, made safe for one line of a message: control characters escaped, long text cut.
func printable(_ text: String, limit: Int = 120) -> String {
  var result = ""
  var length = 0
  for scalar in text.unicodeScalars {
    if length >= limit { return result + "…" }
    let isSafe = !(scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value))
    result += isSafe ? String(scalar) : scalar.escaped(asASCII: true)
    length += 1
  }
  return result
}
