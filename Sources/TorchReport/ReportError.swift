/// A report that could not be written or read: the file, and the cause in words. `description` is one line, ready to print.
public struct ReportError: Error, CustomStringConvertible, Equatable, Sendable {
  /// The file at fault; empty when the fault is in an argument.
  public let path: String
  /// The cause, in words.
  public let cause: String

  /// An error about `path`, with its cause in words.
  public init(path: String, _ cause: String) {
    self.path = path
    self.cause = cause
  }

  public var description: String { path.isEmpty ? cause : "\(path): \(cause)" }
}
