import CCairo
import Foundation
import Testing

@testable import TorchReport

/// A PNG file read back by cairo.
private struct Picture {
  let width: Int
  let height: Int
  private let pixels: [UInt32]

  init(_ path: String) throws {
    let surface = try #require(cairo_image_surface_create_from_png(path))
    defer { cairo_surface_destroy(surface) }
    try #require(cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS)
    width = Int(cairo_image_surface_get_width(surface))
    height = Int(cairo_image_surface_get_height(surface))
    let width = width
    let stride = Int(cairo_image_surface_get_stride(surface))
    let data = UnsafeRawPointer(try #require(cairo_image_surface_get_data(surface)))
    let row = data.assumingMemoryBound(to: UInt32.self)
    pixels = (0..<height).flatMap { UnsafeBufferPointer(start: row + $0 * stride / 4, count: width) }
  }

  /// How many pixels have exactly this colour.
  func count(_ color: UInt32) -> Int { pixels.count { $0 & 0xFF_FFFF == color } }
  var colors: Int { Set(pixels).count }
}

@Suite struct ChartTests {
  private func series(_ values: [Double]) -> LineChart.Series { LineChart.Series("values", values: values) }

  @Test func learningCurves() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/curves.png"
    let chart = LineChart(
      title: "Learning curves", subtitle: "a model",
      panels: [
        .init("Loss", series: [series([3, 2, 1]), series([3, 2.5, 2])]),
        .init("Accuracy", series: [series([0.5, 0.7, 0.9])], format: .percent),
      ])
    try chart.writePNG(to: path)
    let picture = try Picture(path)
    #expect(picture.width == 1200 && picture.height == 700)
    // Both lines of the first panel and the one of the second have left ink in their colours.
    #expect(picture.count(0x0072B2) > 500 && picture.count(0xD55E00) > 300 && picture.count(0x009E73) == 0)
    #expect(picture.count(0xFFFFFF) > 1200 * 700 / 2)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["curves.png"])
  }

  @Test(arguments: [AxisScale.linear, .logarithmic]) func anyDataIsDrawn(scale: AxisScale) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/any.png"
    let data: [[Double]] = [
      [], [.nan], [.infinity, -.infinity], [0], [-1, -1], [5e-324], [1e308, -1e308], [1.7e308], [1e-300, 1e299],
      [1, 1.0000000001],
      [1, .nan, 2, .infinity, 3], (0..<5000).map { Double($0 % 17) }, [1e15, 1e15 + 1],
    ]
    for values in data {
      let chart = LineChart(title: "t", panels: [.init("p", series: [series(values)], scale: scale), .init("none", series: [])])
      try chart.writePNG(to: path, width: 500, height: 300)
      #expect(try Picture(path).width == 500)
    }
  }

  @Test func strangeTexts() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/text.png"
    let long = String(repeating: "very long ", count: 1000)
    let many = (0..<30).map { LineChart.Series("\(long)\($0)", values: [1, 2]) }
    let chart = LineChart(title: long, subtitle: "NUL \0 and\nnew line", xLabel: long, panels: [.init(long, series: many)])
    try chart.writePNG(to: path, width: 320, height: 240)
    #expect(try Picture(path).height == 240)
  }

  @Test func confusionMatrix() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/matrix.png"
    let matrix = try ConfusionMatrix(classNames: ["a", "b"], counts: [[10, 0], [0, 10]])
    try HeatMap(matrix: matrix).writePNG(to: path)
    let picture = try Picture(path)
    // Two full cells and two empty ones, in the ends of the colour ramp.
    let cell = 400 * 250
    #expect(picture.count(0x0A2F5A) > cell && picture.count(0xF7FAFC) > cell)
    #expect(picture.colors > 100)
  }

  @Test(arguments: [1, 2, 37, 256]) func matricesOfAnySize(classes: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/matrix.png"
    let names = (0..<classes).map { "a rather long class name \($0)" }
    try HeatMap(matrix: ConfusionMatrix(classNames: names)).writePNG(to: path)
    #expect(try Picture(path).width == 1200)
    try HeatMap(matrix: ConfusionMatrix(classNames: names)).writePNG(to: path, width: 320, height: 240)
  }

  @Test func failuresAreNamed() throws {
    let chart = LineChart(title: "t", panels: [.init("p", series: [])])
    func cause(_ path: String, _ body: () throws(ReportError) -> Void) -> String {
      do throws(ReportError) {
        try body()
        return "no error"
      } catch {
        #expect(error.path == path)
        return error.cause
      }
    }
    #expect(
      cause("/no/such/a.png") { () throws(ReportError) in try chart.writePNG(to: "/no/such/a.png") }.contains("No such file"))
    #expect(cause("/dev/full") { () throws(ReportError) in try chart.writePNG(to: "/dev/full") }.contains("No space left"))
    #expect(cause("a") { () throws(ReportError) in try chart.writePNG(to: "a", width: 0) }.contains("got 0x700"))
    #expect(cause("a") { () throws(ReportError) in try LineChart(title: "t", panels: []).writePNG(to: "a") }.contains("panels"))
    let none = ConfusionMatrix(classNames: [])
    #expect(cause("a") { () throws(ReportError) in try HeatMap(matrix: none).writePNG(to: "a") }.contains("no classes"))
  }

  @Test func roundTicks() {
    func labels(_ values: [Double], _ scale: AxisScale = .linear, _ format: AxisFormat = .number) -> [String] {
      Axis(values, scale: scale, format: format).ticks.map(\.label)
    }
    #expect(labels([0, 1]) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(labels([0.9, 0.92], .linear, .percent).allSatisfy { $0.hasSuffix("%") })
    #expect(labels([0.01, 100], .logarithmic) == ["0.01", "0.1", "1", "10", "100"])
    #expect(Axis([1, 20], wholeNumbers: true).ticks.allSatisfy { $0.value == $0.value.rounded() })
    #expect(Axis([1, 2], wholeNumbers: true).ticks.map(\.label) == ["1", "2"])
    // An axis of positive values does not begin below zero, one of fractions does not end above 100 %.
    #expect(Axis([0.01, 1]).low == 0 && Axis([0.5, 1], format: .percent).high == 1)
  }
}
