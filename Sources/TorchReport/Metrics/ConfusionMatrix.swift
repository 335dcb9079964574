/// Counts of a classifier's decisions: rows are the true classes, columns the predicted ones; and the figures made of them.
public struct ConfusionMatrix: Equatable, Sendable {
  /// The name of each class, by index.
  public let classNames: [String]
  /// `counts[actual][predicted]`.
  public private(set) var counts: [[Int]]

  /// An empty matrix for the given classes.
  public init(classNames: [String]) {
    self.classNames = classNames
    counts = Array(repeating: Array(repeating: 0, count: classNames.count), count: classNames.count)
  }

  /// A matrix of known counts, `counts[actual][predicted]`.
  ///
  /// Throws ``ReportError`` when `counts` is not square with one row per class, or a count is negative.
  public init(classNames: [String], counts: [[Int]]) throws(ReportError) {
    guard counts.count == classNames.count, counts.allSatisfy({ $0.count == classNames.count }) else {
      let size = classNames.count
      throw ReportError(path: "", "confusion matrix: expected \(size)x\(size) counts for \(size) classes")
    }
    guard counts.allSatisfy({ $0.allSatisfy { $0 >= 0 } }) else {
      throw ReportError(path: "", "confusion matrix: the counts must not be negative")
    }
    self.classNames = classNames
    self.counts = counts
  }

  /// Counts one decision. Both classes must be indices into ``classNames``.
  public mutating func add(actual: Int, predicted: Int) {
    precondition(
      counts.indices.contains(actual) && counts.indices.contains(predicted),
      "confusion matrix: class \(actual) or \(predicted) is out of range 0..<\(counts.count)")
    counts[actual][predicted] += 1
  }

  /// The number of decisions.
  public var total: Int { counts.reduce(0) { $0 + $1.reduce(0, +) } }
  /// The number of right decisions.
  public var correct: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
  /// The share of right decisions; NaN when there are none.
  public var accuracy: Double { Double(correct) / Double(total) }

  /// How many examples the class has.
  public func support(_ label: Int) -> Int { counts[label].reduce(0, +) }
  /// Of the decisions for the class, the share that is right; 0 when there are none, as scikit-learn has it.
  public func precision(_ label: Int) -> Double { ratio(counts[label][label], counts.reduce(0) { $0 + $1[label] }) }
  /// Of the examples of the class, the share that is found; 0 when there are none.
  public func recall(_ label: Int) -> Double { ratio(counts[label][label], support(label)) }
  /// The harmonic mean of precision and recall; 0 when both are 0.
  public func f1(_ label: Int) -> Double {
    ratio(2 * counts[label][label], support(label) + counts.reduce(0) { $0 + $1[label] })
  }
  /// The unweighted mean of a figure over the classes, such as `mean(matrix.f1)`.
  public func mean(_ figure: (Int) -> Double) -> Double {
    counts.indices.reduce(0.0) { $0 + figure($1) } / Double(counts.count)
  }

  private func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }

  /// Precision, recall, F1 and support of every class, and their unweighted means, as a table.
  public func classReport(unicode: Bool = true) -> String {
    var table = TextTable(["class", "precision", "recall", "F1", "support"])
    for label in counts.indices {
      let figures = [precision(label), recall(label), f1(label)].map { NumberFormat.fixed($0, 4) }
      table.add([classNames[label]] + figures + ["\(support(label))"])
    }
    table.addRule()
    table.add(["mean"] + [mean(precision), mean(recall), mean(f1)].map { NumberFormat.fixed($0, 4) } + ["\(total)"])
    return table.render(unicode: unicode)
  }

  /// The counts as a table: one row per true class, one column per predicted class.
  public func countTable(unicode: Bool = true) -> String {
    let limit = 10
    let short = classNames.map { TextWidth.truncated($0, to: limit, ellipsis: unicode ? "…" : "~") }
    var table = TextTable(["true \\ predicted"] + short)
    for label in counts.indices {
      table.add([classNames[label]] + counts[label].map { $0 == 0 ? (unicode ? "·" : ".") : "\($0)" })
    }
    return table.render(unicode: unicode)
  }
}
