/// A zip archive that cannot be accepted: which file, which member, why.
public struct ZipError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The archive.
  public let path: String
  /// The member, where the defect belongs to one.
  public let member: String?
  /// The defect in words.
  public let detail: String

  init(_ path: String, member: String? = nil, _ detail: String) {
    self.path = path
    self.member = member
    self.detail = detail
  }

  /// One line naming archive, member and cause.
  public var description: String {
    "\(printable(path, limit: 4096)): \(member.map { "member \"\(printable($0))\": " } ?? "")\(detail)"
  }
}
