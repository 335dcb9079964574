#if canImport(Glibc)
  import Glibc
#endif

/// What went wrong while an image or a data set was read or written: the file, the kind of fault, and the cause in words.
///
/// Every throwing function of the image and data-set readers throws this type. `description` is one line, ready to print.
public struct VisionError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The kinds of fault, for callers that react differently to them.
  public enum Kind: String, Sendable {
    /// No such file or folder.
    case missing
    /// A folder stands where a file was expected, or the other way round.
    case wrongFileKind
    /// The file exists but cannot be opened or read.
    case unreadable
    /// The file cannot be written: permissions, a missing folder, a full disk.
    case unwritable
    /// The content is of a type this reader does not know.
    case unsupportedType
    /// The content ends early.
    case truncated
    /// The content contradicts its own format.
    case corrupt
    /// The content declares a size beyond the reader's cap.
    case tooLarge
    /// The content is well formed but is not what the caller asked for: wrong rank, element type, label or count.
    case unexpectedContent
    /// An argument of the call is out of range.
    case invalidArgument
  }

  /// The file or folder at fault; empty when the fault is in an argument.
  public let path: String
  /// The kind of fault.
  public let kind: Kind
  /// The cause, in words, with the expected and found values where they exist.
  public let cause: String

  /// An error about `path`, of the given kind, with its cause in words.
  public init(_ kind: Kind, path: String, _ cause: String) {
    self.kind = kind
    self.path = path
    self.cause = cause
  }

  /// "path: cause", on one line; control characters in file names are made visible.
  public var description: String {
    let text = path.isEmpty ? cause : "\(path): \(cause)"
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
  }

  /// An error from the operating system's error number, sorted into the kinds above.
  static func system(_ number: Int32, _ kind: Kind, path: String, _ action: String) -> VisionError {
    let reason = String(cString: strerror(number))
    switch number {
    case ENOENT where kind == .unreadable, ENOTDIR where kind == .unreadable:
      return VisionError(.missing, path: path, "no such file")
    case EISDIR:
      return VisionError(.wrongFileKind, path: path, "is a folder, expected a file")
    default:
      return VisionError(kind, path: path, "cannot be \(action): \(reason)")
    }
  }
}
