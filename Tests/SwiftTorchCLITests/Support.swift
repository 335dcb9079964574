import Foundation
import Testing

/// A fresh folder, removed with all it holds when the value goes away.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("swifttorch-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }
}

/// What a finished process left.
struct Outcome {
  let status: Int32
  let output: String
  let errors: String

  /// The lines on standard error that tell of an error.
  var errorLines: [String] { errors.split(separator: "\n").map(String.init).filter { $0.hasPrefix("error: ") } }
}

/// The command-line tool, as a process in a folder of its own.
struct Tool {
  /// The built program, which stands beside the tests.
  static let program: String = {
    // The tests are a bundle or a program within the folder of build products.
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath().deletingLastPathComponent()
    while folder.path != "/" {
      let candidate = folder.appendingPathComponent("swifttorch").path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue,
        FileManager.default.isExecutableFile(atPath: candidate)
      {
        return candidate
      }
      folder.deleteLastPathComponent()
    }
    return "swifttorch"
  }()

  let folder: String

  /// A process, ready to run; `shell` is put before the program, such as `ulimit -f 8;`.
  func process(_ arguments: [String], shell: String = "") -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\(shell) exec \"$0\" \"$@\"", Tool.program] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    return process
  }

  /// Runs the tool to its end.
  func callAsFunction(_ arguments: [String], shell: String = "") throws -> Outcome {
    let process = process(arguments, shell: shell)
    // Files rather than pipes: a pipe that fills up would stop the tool.
    let name = UUID().uuidString
    let paths = ["out", "err"].map { FileManager.default.temporaryDirectory.appendingPathComponent("\(name).\($0)") }
    for path in paths { _ = FileManager.default.createFile(atPath: path.path, contents: nil) }
    defer { for path in paths { try? FileManager.default.removeItem(at: path) } }
    process.standardOutput = try FileHandle(forWritingTo: paths[0])
    process.standardError = try FileHandle(forWritingTo: paths[1])
    try process.run()
    process.waitUntilExit()
    let texts = try paths.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }
}

/// A data set in MNIST's format, small and easy: each class is a bright bar at a place of its own, with noise.
enum TinyData {
  static func write(to folder: String, training: Int = 96, test: Int = 40, classes: Int = 10) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try writeSplit(folder, "train", count: training, classes: classes, seed: 1)
    try writeSplit(folder, "t10k", count: test, classes: classes, seed: 2)
  }

  private static func writeSplit(_ folder: String, _ prefix: String, count: Int, classes: Int, seed: UInt32) throws {
    var random = seed
    func next() -> UInt8 {
      random = random &* 1_664_525 &+ 1_013_904_223
      return UInt8(random >> 24)
    }
    var pixels: [UInt8] = []
    let labels = (0..<count).map { UInt8($0 % classes) }
    for label in labels {
      for row in 0..<28 {
        for column in 0..<28 {
          let isBright = abs(column - 2 - Int(label) * 5 / 2) < 2 && (4..<24).contains(row)
          pixels.append(isBright ? 200 : next() / 8)
          _ = row
        }
      }
    }
    try put(idx([count, 28, 28], pixels), "\(folder)/\(prefix)-images-idx3-ubyte")
    try put(idx([count], labels), "\(folder)/\(prefix)-labels-idx1-ubyte")
  }

  /// The bytes of an IDX file of unsigned bytes.
  static func idx(_ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
    [0, 0, 8, UInt8(shape.count)] + shape.flatMap { size in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) } } + bytes
  }
}

func put(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
func contents(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }
func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
