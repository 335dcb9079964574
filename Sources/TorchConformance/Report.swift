import TorchReport
import TorchSerialization

/// What a replay showed, by overload and in all.
public struct Report {
  private let results: [RecordResult]
  /// The overloads tagged core by PyTorch; nil where the data set does not tell.
  private let core: Set<String>?

  /// - Parameter directory: the data set's folder, whose `schemas.json` says which overloads are core.
  public init(_ results: [RecordResult], directory: String) throws {
    self.results = results
    if let file = try? MappedFile(directory + "/schemas.json") {
      let schemas = try JSONValue(parsing: withExtendedLifetime(file) { Array(file.bytes)[...] }).array()
      core = Set(try schemas.filter { $0["core"]?.boolValue == true }.map { try $0.member("name").string() })
    } else {
      core = nil
    }
  }

  public var allPassed: Bool { results.allSatisfy { $0.outcome == .passed } }

  /// Whether every record passed or differs for a reason that is written down.
  public var allPassedOrKnown: Bool {
    results.allSatisfy { result in
      switch result.outcome {
      case .passed: true
      case .failed: KnownDifferences.reason(for: result.id) != nil
      case .missing: false
      }
    }
  }

  /// One line an overload: its records that passed, failed, and could not run for want of an op.
  public func table() -> String {
    var counts: [String: (passed: Int, failed: Int, missing: Int)] = [:]
    for result in results {
      for name in result.names {
        var count = counts[name] ?? (0, 0, 0)
        switch result.outcome {
        case .passed: count.passed += 1
        case .failed: count.failed += 1
        case .missing: count.missing += 1
        }
        counts[name] = count
      }
    }
    let width = counts.keys.map(\.count).max() ?? 0
    func line(_ name: String, _ a: String, _ b: String, _ c: String) -> String {
      func padded(_ text: String) -> String { String(repeating: " ", count: max(0, 9 - text.count)) + text }
      return name + String(repeating: " ", count: width - name.count) + padded(a) + padded(b) + padded(c) + "\n"
    }
    return line("schema".prefix(width).description, "passed", "failed", "missing")
      + counts.sorted { $0.key < $1.key }.map { line($0.key, "\($0.value.passed)", "\($0.value.failed)", "\($0.value.missing)") }.joined()
  }

  /// Known differences that were replayed and passed: candidates for being struck off the list.
  public var passedThoughKnown: [String] {
    results.filter { $0.outcome == .passed && KnownDifferences.reason(for: $0.id) != nil }.map(\.id)
  }

  /// One line a failed record, with the first differing values.
  public func failures() -> String {
    results.compactMap { result in
      switch result.outcome {
      case .passed: nil
      case .failed(let reason): "FAILED \(result.id): \(reason)\n"
      case .missing(let names): "MISSING \(result.id): \(names.joined(separator: ", "))\n"
      }
    }.joined()
  }

  /// `conformance: P of N records passed (X %), core Y %`
  public func summary() -> String {
    let passed = results.count { $0.outcome == .passed }
    func percent(_ part: Int, _ whole: Int) -> String { whole == 0 ? "-" : NumberFormat.fixed(100 * Double(part) / Double(whole), 2) }
    var coreText = "-"
    if let core {
      let coreResults = results.filter { $0.names.allSatisfy(core.contains) }
      coreText = percent(coreResults.count { $0.outcome == .passed }, coreResults.count)
    }
    return "conformance: \(passed) of \(results.count) records passed (\(percent(passed, results.count)) %), core \(coreText) %"
  }

  /// All results as a JSON array.
  public func json() -> String {
    let records = results.map { result in
      var members: [JSONValue.Member] = [
        .init("id", .string(result.id)), .init("kind", .string(result.kind)), .init("dtype", .string(result.dtype)),
        .init("names", .array(result.names.map { .string($0) })),
      ]
      switch result.outcome {
      case .passed: members.append(.init("outcome", .string("passed")))
      case .failed(let reason): members += [.init("outcome", .string("failed")), .init("reason", .string(reason))]
      case .missing(let names):
        members += [.init("outcome", .string("missing")), .init("missing", .array(names.map { .string($0) }))]
      }
      return JSONValue.object(members).text
    }
    return "[\n" + records.joined(separator: ",\n") + "\n]\n"
  }
}
