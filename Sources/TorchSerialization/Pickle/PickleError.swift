/// A PyTorch file or pickle that cannot be accepted: which file, where, and why.
public struct PickleError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// The byte of the pickle at which the refused instruction stands, where the defect belongs to one.
  public let position: Int?
  /// The class or function that was refused, as `module.name`.
  public let global: String?
  /// The defect in words: what was found and what was expected.
  public let detail: String

  init(_ path: String, at position: Int? = nil, global: String? = nil, _ detail: String) {
    self.path = path
    self.position = position
    self.global = global
    self.detail = detail
  }

  /// One line naming file, place and cause.
  public var description: String {
    "\(printable(path, limit: 4096)): \(position.map { "pickle, at byte \($0): " } ?? "")\(detail)"
  }
}
