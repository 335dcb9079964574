import Foundation
import Testing

@testable import TorchReport

@Suite struct ProgressBarTests {
  @Test func liveBarThenSummary() throws {
    let capture = Capture()
    let clock = ManualClock()
    let output = TerminalOutput(descriptor: capture.descriptor, isTerminal: true, usesColor: false)
    let bar = ProgressBar("Epoch 1/2", total: 200, unit: "img", output: output, clock: { clock.now })
    for step in 1...128 {
      clock.now += 1.0 / 64
      bar.advance([("loss", NumberFormat.fixed(1 / Double(step), 3))])
    }
    bar.finish([("loss", "0.010"), ("acc", "91.5%")])
    let text = try capture.finish()
    let lines = screen(text, columns: 80)
    #expect(lines == ["Epoch 1/2  128/200  0:02  64.0 img/s  loss 0.010  acc 91.5%", ""])
    // The first step and every seventh from there (7/64 s, the first beyond 0.1 s) were drawn; then the summary.
    #expect(text.components(separatedBy: "Epoch 1/2").count - 1 == 19 + 1)
    let last = try #require(screen(String(text.prefix(text.count - 70)), columns: 80).last { !$0.isEmpty })
    #expect(last.contains("img/s") && last.contains("%") && last.contains("<0:01"), "\(last)")
  }

  @Test(arguments: [1, 2, 5, 10, 20, 40, 60, 79, 80, 81, 120, 300]) func neverWiderThanTheTerminal(columns: Int) throws {
    let capture = Capture()
    let clock = ManualClock()
    let output = TerminalOutput(descriptor: capture.descriptor, isTerminal: true) { $0 == "COLUMNS" ? "\(columns)" : nil }
    let bar = ProgressBar("訓練 epoch", total: 1000, unit: "img", output: output, clock: { clock.now })
    for _ in 0..<20 {
      clock.now += 0.2
      bar.advance(by: 50, [("loss", "0.1234"), ("a very long name of a metric", "1"), ("acc", "99.1%")])
    }
    let rows = screen(try capture.finish(), columns: columns)
    #expect(rows.count == 1)
    #expect(rows.allSatisfy { TextWidth.of($0) < max(2, columns) }, "\(rows)")
  }

  @Test func oneLineWhereThereIsNoTerminal() throws {
    let capture = Capture()
    let clock = ManualClock()
    let output = TerminalOutput(descriptor: capture.descriptor)
    #expect(!output.isTerminal && !output.usesColor)
    let bar = ProgressBar("Epoch 3/9", total: 10, output: output, clock: { clock.now })
    var evaluations = 0
    func fields() -> [ProgressBar.Field] {
      evaluations += 1
      return [("loss", "1")]
    }
    for _ in 0..<10 {
      clock.now += 1
      bar.advance(fields())
    }
    bar.log("a note")
    bar.finish([("loss", "0.5")])
    bar.finish([("loss", "0.4")])
    bar.advance()
    #expect(try capture.finish() == "a note\nEpoch 3/9  10/10  0:10  1.00 it/s  loss 0.5\n")
    #expect(evaluations == 0)
  }

  @Test func colourOnlyWhereItIsWanted() throws {
    func drawing(color: Bool) throws -> String {
      let capture = Capture()
      let clock = ManualClock()
      let output = TerminalOutput(descriptor: capture.descriptor, isTerminal: true, usesColor: color)
      let bar = ProgressBar("x", total: 2, output: output, clock: { clock.now })
      clock.now += 1
      bar.advance()
      return try capture.finish()
    }
    #expect(try drawing(color: true).contains("\u{1B}[36m"))
    #expect(try !drawing(color: false).contains("m"))
    #expect(!TerminalOutput(descriptor: 2, isTerminal: true) { $0 == "NO_COLOR" ? "1" : nil }.usesColor)
    #expect(TerminalOutput(descriptor: 2, isTerminal: true) { _ in nil }.usesColor)
    #expect(!TerminalOutput(descriptor: 2, isTerminal: true) { $0 == "LANG" ? "C" : nil }.usesUnicode)
    #expect(TerminalOutput(descriptor: 2, isTerminal: true) { $0 == "LANG" ? "de_DE.UTF-8" : nil }.usesUnicode)
  }

  @Test func aReaderThatHasGoneDoesNoHarm() throws {
    let capture = Capture()
    let output = TerminalOutput(descriptor: capture.descriptor, isTerminal: true)
    let bar = ProgressBar("x", total: 2, output: output)
    try capture.pipe.fileHandleForReading.close()
    let previous = signal(SIGPIPE, SIG_DFL)
    bar.advance()
    bar.finish()
    signal(SIGPIPE, previous)
    #expect(output.isClosed)
    var pending = sigset_t()
    sigpending(&pending)
    #expect(sigismember(&pending, SIGPIPE) == 0)
  }

  @Test func aFullDiskDoesNoHarm() throws {
    let descriptor = open("/dev/full", O_WRONLY)
    defer { close(descriptor) }
    let output = TerminalOutput(descriptor: descriptor)
    ProgressBar("x", total: 2, output: output).finish()
    #expect(output.isClosed)
  }

  @Test func narrowedTerminalIsCleaned() throws {
    let capture = Capture()
    let clock = ManualClock()
    var columns = 100
    let output = TerminalOutput(descriptor: capture.descriptor, isTerminal: true, usesColor: false) {
      $0 == "COLUMNS" ? "\(columns)" : nil
    }
    let bar = ProgressBar("narrowing", total: 10, output: output, clock: { clock.now })
    clock.now += 1
    bar.advance()
    // The terminal wraps the drawn line into two rows; the next drawing goes up one row and erases both.
    columns = 60
    clock.now += 1
    bar.advance()
    #expect(try capture.finish().contains("\r\u{1B}[1A\u{1B}[J"))
  }

  @Test func strangeCounts() throws {
    for (total, steps) in [(0, 3), (5, 9), (-4, 1), (Int.max, 1)] as [(Int, Int)] {
      let capture = Capture()
      let clock = ManualClock()
      let output = TerminalOutput(descriptor: capture.descriptor, isTerminal: true)
      let bar = ProgressBar("t\n\u{1B}[2J", total: total, output: output, clock: { clock.now })
      for _ in 0..<steps {
        clock.now += 1
        bar.advance()
      }
      bar.abandon()
      #expect(screen(try capture.finish(), columns: 80) == [""])
    }
    let capture = Capture()
    let bar = ProgressBar("unknown", total: nil, output: TerminalOutput(descriptor: capture.descriptor), clock: { 1 })
    bar.advance(by: 7)
    bar.finish()
    #expect(try capture.finish() == "unknown  7  0:00  0.00 it/s\n")
  }

  @Test func resumedCountsDoNotRaiseTheRate() throws {
    let capture = Capture()
    let clock = ManualClock()
    let output = TerminalOutput(descriptor: capture.descriptor)
    let bar = ProgressBar("e", total: 100, completed: 80, output: output, clock: { clock.now })
    clock.now += 10
    bar.advance(by: 20)
    bar.finish()
    #expect(try capture.finish() == "e  100/100  0:10  2.00 it/s\n")
  }

  @Test func textWidths() {
    #expect(TextWidth.of("abc") == 3 && TextWidth.of("訓練") == 4 && TextWidth.of("e\u{301}") == 1 && TextWidth.of("👩‍👩‍👧") == 2)
    #expect(TextWidth.truncated("訓練中", to: 4) == "訓…" && TextWidth.truncated("abc", to: 3) == "abc")
    #expect(TextWidth.truncated("abcd", to: 0) == "" && TextWidth.padded("a", to: 3, alignRight: true) == "  a")
  }

  @Test func numbers() {
    #expect(
      NumberFormat.fixed(0.5, 2) == "0.50" && NumberFormat.fixed(.nan, 2) == "nan" && NumberFormat.fixed(-.infinity, 1) == "-inf")
    #expect(NumberFormat.fixed(1e300, 2).count == 304 && NumberFormat.percent(0.915, 1) == "91.5%")
    #expect(
      NumberFormat.compact(812) == "812" && NumberFormat.compact(12_345) == "12.3k" && NumberFormat.compact(4_560_000) == "4.56M")
    #expect(
      NumberFormat.duration(7) == "0:07" && NumberFormat.duration(3723) == "1:02:03" && NumberFormat.duration(.nan) == "--:--")
  }
}
