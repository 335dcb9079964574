import TorchOps
import TorchReport
import TorchSerialization
import TorchTransforms

/// The operator table as a document: every overload with its types, its derivative, its forms, and how its recorded calls replay.
///
/// What the columns say is found out by running each op's samples, so that it cannot drift from the ops.
public struct OperatorCatalogue {
  private let results: [RecordResult]

  /// - Parameter results: of a replay; empty when there was none.
  public init(results: [RecordResult] = []) { self.results = results }

  /// Reads the results that `Report.json` wrote.
  public init(json path: String) throws {
    let file = try MappedFile(path)
    let values = try JSONValue(parsing: withExtendedLifetime(file) { Array(file.bytes)[...] }).array()
    results = try values.map { value in
      let outcome: Outcome
      switch try value.member("outcome").string() {
      case "passed": outcome = .passed
      case "missing": outcome = .missing(try value.member("missing").array().map { try $0.string() })
      default: outcome = .failed(value["reason"]?.stringValue ?? "")
      }
      return RecordResult(
        id: try value.member("id").string(), kind: try value.member("kind").string(), dtype: try value.member("dtype").string(),
        names: try value.member("names").array().map { try $0.string() }, outcome: outcome)
    }
  }

  /// The document, in Markdown.
  public func markdown() -> String {
    let ops = OpTable.defined.sorted { $0.name < $1.name }
    let counts = passed()
    var text = """
      # Operators

      Generated from the operator table by `swifttorch operators`; do not edit. \(ops.count) overloads have definitions of their own, and
      \(OpTable.all.count - ops.count) in-place and `out` forms are derived from them.

      - *dtypes*: for which the op's samples run: b bool, i integers, h float16 and bfloat16, f float32 and float64, c complex64 and complex128.
      - *derivative*: of its own (`own`), from the ops it is made of (`composed`), or why there is none. Derivatives of any order and
        forward-mode derivatives follow from the same rule.
      - *vmap*: by a rule of its own (`own`), by the ops it is made of (`composed`), by a call for each element (`loop`); none where the
        result has no fixed sizes or is no tensor.
      - *meta*: whether a call without data gives the sizes and types of the real one.
      - *records*: recorded calls of PyTorch that agree, of those replayed, the derived forms included.

      | overload | schema | tier | dtypes | derivative | vmap | meta | records |
      |---|---|---|---|---|---|---|---|

      """
    for op in ops { text += row(op, counts) }
    return text + differences()
  }

  private func row(_ op: AnyOp, _ counts: [String: (passed: Int, all: Int)]) -> String {
    let name = String(op.name.dropFirst("aten::".count))
    let schema = op.info.text.dropFirst(op.name.count).replacing("|", with: "\\|")
    let derivative: String
    switch op.info.derivative {
    case .own: derivative = "own"
    case .composed: derivative = "composed"
    case .none(let reason): derivative = "none: \(reason)"
    }
    let probe = Probe(op)
    let records = counts[base(op.name)].map { "\($0.passed) of \($0.all)" } ?? ""
    return "| `\(name)` | `\(schema)` | \(op.info.tier.rawValue) | \(probe.types) | \(derivative) | \(BatchingRules.kind(of: op)) | \(probe.meta) | \(records) |\n"
  }

  /// `aten::add` for `aten::add_.Tensor`: forms share their op's row.
  private func base(_ name: String) -> String {
    let plain = name.prefix { $0 != "." }
    let isForm = plain.hasSuffix("_") && !plain.hasSuffix("__")
    return String(isForm ? plain.dropLast() : plain)
  }

  private func passed() -> [String: (passed: Int, all: Int)] {
    var counts: [String: (passed: Int, all: Int)] = [:]
    for result in results {
      for name in Set(result.names.map(base)) {
        let old = counts[name] ?? (0, 0)
        counts[name] = (old.passed + (result.outcome == .passed ? 1 : 0), old.all + 1)
      }
    }
    return counts
  }

  /// The records that do not agree, each with its reason.
  private func differences() -> String {
    let failed = results.filter { $0.outcome != .passed }
    if results.isEmpty { return "" }
    var text = "\n## Recorded calls that differ\n\n\(results.count - failed.count) of \(results.count) recorded calls agree"
    if failed.isEmpty { return text + ".\n" }
    text += "; these do not.\n\n| record | what differs | why |\n|---|---|---|\n"
    for result in failed {
      let what: String
      switch result.outcome {
      case .passed: continue
      case .failed(let reason): what = reason
      case .missing(let names): what = "no such overload: " + names.joined(separator: ", ")
      }
      let why = KnownDifferences.reason(for: result.id) ?? ""
      text += "| \(result.id) | \(what.replacing("|", with: "\\|")) | \(why) |\n"
    }
    return text
  }
}

/// What the samples of an op show.
private struct Probe {
  /// The types for which a sample runs, by letter.
  private(set) var types = ""
  /// Whether a call without data announces the real call's results.
  private(set) var meta = ""

  init(_ op: AnyOp) {
    let letters: [(String, [DType])] = [
      ("b", [.bool]), ("i", [.int64, .int32, .uint8]), ("h", [.float16, .bfloat16]), ("f", [.float32, .float64]),
      ("c", [.complex64, .complex128]),
    ]
    var agrees: Bool?
    for (letter, dtypes) in letters {
      var runs = false
      for dtype in dtypes {
        var source = SampleSource(dtype: dtype)
        for sample in op.info.samples(&source) {
          guard let real = try? op.call(sample.arguments) else { continue }
          runs = true
          agrees = (agrees ?? true) && Probe.announces(op, sample.arguments, real)
        }
      }
      if runs { types += letter }
    }
    meta = agrees.map { $0 ? "yes" : "needs elements" } ?? ""
  }

  private static func announces(_ op: AnyOp, _ arguments: [IValue], _ real: [IValue]) -> Bool {
    guard let shapes = try? op.call(arguments.map { $0.withoutData() }) else { return false }
    return zip(shapes.flatMap(\.heldTensors), real.flatMap(\.heldTensors)).allSatisfy { $0.sizes == $1.sizes && $0.dtype == $1.dtype }
  }
}

extension IValue {
  /// The value with tensors on the meta device.
  fileprivate func withoutData() -> IValue {
    switch self {
    case .tensor(let tensor) where !tensor.impl.isWrappedNumber:
      .tensor((try? Tensor.allocate(TensorSpec(tensor.impl.sizes, tensor.dtype, .meta, strides: tensor.impl.strides))) ?? tensor)
    case .list(let values): .list(values.map { $0.withoutData() })
    default: self
    }
  }
}
