/// Recorded calls that are meant to differ, with the reason.
enum KnownDifferences {
  /// By the beginning of a record's id.
  private static let reasons: [(prefix: String, reason: String)] = []

  static func reason(for id: String) -> String? { reasons.first { id.hasPrefix($0.prefix) }?.reason }
}
