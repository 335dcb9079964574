/// An `.npy` or `.npz` file that cannot be accepted: which file, which array of an archive, why.
public struct NPYError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// The array within an archive, where the defect belongs to one.
  public let member: String?
  /// The defect in words: what was found and what was expected.
  public let detail: String

  init(_ path: String, member: String? = nil, _ detail: String) {
    self.path = path
    self.member = member
    self.detail = detail
  }

  /// One line naming file, array and cause.
  public var description: String {
    "\(printable(path, limit: 4096)): \(member.map { "array \"\(printable($0))\": " } ?? "")\(detail)"
  }
}
