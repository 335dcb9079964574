/// Which records to replay; nil means all.
public struct Selection: Sendable {
  /// Part of a record's id or of the name of an overload it calls, or of its module or optimizer.
  public var text: String?
  /// `sample`, `reference`, `inplace`, `out`, `error`, `train`, `eval`, ...
  public var kind: String?
  /// The record's dtype, such as `float32`.
  public var dtype: String?

  public init(text: String? = nil, kind: String? = nil, dtype: String? = nil) {
    self.text = text
    self.kind = kind
    self.dtype = dtype
  }

  public func contains(_ record: RecordedCase) -> Bool {
    if let kind, record.kind != kind { return false }
    if let dtype, record.dtype != dtype { return false }
    guard let text else { return true }
    return record.id.contains(text) || record.names.contains { $0.contains(text) }
  }
}

/// A record and how its replay ended.
public struct RecordResult: Sendable {
  public let id: String
  public let kind: String
  public let dtype: String
  public let names: [String]
  public let outcome: Outcome
}
