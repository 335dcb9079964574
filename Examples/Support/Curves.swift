import Foundation
import TorchReport

/// A figure of training and validation after each epoch, and its picture.
public struct Curves {
  public let name: String
  public private(set) var training: [Double] = []
  public private(set) var validation: [Double] = []

  public init(_ name: String) { self.name = name }

  public mutating func add(training: Double, validation: Double) {
    self.training.append(training)
    self.validation.append(validation)
  }

  public var panel: LineChart.Panel {
    LineChart.Panel(
      name,
      series: [
        LineChart.Series("training", values: training), LineChart.Series("validation", values: validation, isDashed: true),
      ])
  }

  /// Draws figures one beside the other as PNG.
  public static func draw(_ curves: [Curves], title: String, subtitle: String, to path: String) throws {
    try LineChart(title: title, subtitle: subtitle, panels: curves.map(\.panel)).writePNG(to: path)
  }
}

/// A failure that is the user's to mend.
public struct ExampleError: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}

/// The contents of a file of a Debian package; where it is not there, the error says which package brings it.
public func dataFile(_ path: String, package: String) throws -> Data {
  guard let data = FileManager.default.contents(atPath: path) else {
    throw ExampleError(
      "\(path) is not there: apt-get install --no-install-recommends \(package), or name another file with --data")
  }
  return data
}

/// Makes the folder that results go to.
public func outputFolder(_ path: String) throws -> URL {
  let url = URL(filePath: path, directoryHint: .isDirectory)
  do { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) } catch {
    throw ExampleError("\(path): the folder cannot be made: \(error.localizedDescription)")
  }
  return url
}
