import Testing

@testable import TorchReport

@Suite struct TextTests {
  @Test func probabilityBars() {
    let text = ProbabilityBars.render([("Bag", 0.5), ("Ankle boot", 0.25), ("訓練", .nan), ("x", 7)], columns: 38)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == 4 && lines.allSatisfy { TextWidth.of($0) <= 38 + 1 })
    #expect(lines[0].hasPrefix("Bag        ██████████ ") && lines[0].hasSuffix(" 50.0%"))
    #expect(lines[1].contains("Ankle boot █████ "))
    #expect(!lines[2].contains("█") && lines[3].contains(String(repeating: "█", count: 20)))
    #expect(ProbabilityBars.render([("a", 1)], columns: 20, unicode: false).contains("###########"))
    #expect(ProbabilityBars.render([]) == "")
  }

  @Test func tables() {
    var table = TextTable(["name", "count"])
    table.add(["a", "1"])
    table.addRule()
    table.add(["longer name", "1000", "surplus"])
    table.add([])
    let expected = """
      name         count
      -----------  -----
      a                1
      -----------  -----
      longer name   1000

      """
    #expect(table.render(unicode: false) == expected)
  }

  @Test func confusionMatrixFigures() throws {
    var matrix = ConfusionMatrix(classNames: ["cat", "dog", "owl"])
    for (actual, predicted) in [(0, 0), (0, 0), (0, 1), (1, 1), (1, 1), (1, 1), (1, 0)] {
      matrix.add(actual: actual, predicted: predicted)
    }
    #expect(matrix.counts == [[2, 1, 0], [1, 3, 0], [0, 0, 0]])
    #expect(matrix.accuracy == 5.0 / 7 && matrix.total == 7)
    #expect(matrix.precision(0) == 2.0 / 3 && matrix.recall(1) == 3.0 / 4 && matrix.f1(0) == 2.0 / 3 && matrix.f1(2) == 0)
    #expect(matrix.precision(2) == 0 && matrix.recall(2) == 0)
    #expect(matrix.mean(matrix.recall) == (2.0 / 3 + 3.0 / 4) / 3)
    let report = matrix.classReport(unicode: false).split(separator: "\n")
    #expect(report.count == 7 && report[2].contains("0.6667") && report[6].hasPrefix("mean") && report[6].hasSuffix("7"))
    let table = matrix.countTable().split(separator: "\n")
    #expect(table[0].hasPrefix("true \\ predicted") && table[4].contains("·") && table[3].contains("3"))
    #expect(throws: ReportError.self) { try ConfusionMatrix(classNames: ["a"], counts: [[1, 2]]) }
    #expect(throws: ReportError.self) { try ConfusionMatrix(classNames: ["a"], counts: [[-1]]) }
  }
}
