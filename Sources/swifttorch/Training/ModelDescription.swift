import TorchReport
import TorchVision

/// What must be known beside the weights to use a model: its kind, its classes, and how its input is made. Kept in the metadata
/// of `model.safetensors` and in every checkpoint.
struct ModelDescription: Equatable {
  var kind: ModelKind
  var classNames: [String]
  var height: Int
  var width: Int
  var normalization: ImageNormalization
  var dropout: Double

  private static let prefix = "swifttorch."

  /// The metadata of `model.safetensors`. `format` is what PyTorch's tools expect there.
  var metadata: [String: String] {
    [
      "format": "pt",
      Self.prefix + "model": kind.rawValue,
      Self.prefix + "classes": JSONValue.array(classNames.map { .string($0) }).text,
      Self.prefix + "height": "\(height)",
      Self.prefix + "width": "\(width)",
      Self.prefix + "mean": "\(normalization.mean)",
      Self.prefix + "standardDeviation": "\(normalization.standardDeviation)",
      Self.prefix + "dropout": "\(dropout)",
    ]
  }

  init(
    kind: ModelKind, classNames: [String], height: Int, width: Int, normalization: ImageNormalization, dropout: Double
  ) {
    self.kind = kind
    self.classNames = classNames
    self.height = height
    self.width = width
    self.normalization = normalization
    self.dropout = dropout
  }

  /// Reads the metadata of the file at `path`; throws ``CommandFailure`` when the file is no model of this tool, or names a kind
  /// of model that this version does not have.
  init(metadata: [String: String], path: String) throws {
    guard let name = metadata[Self.prefix + "model"] else {
      throw CommandFailure("\(path): a safetensors file, but not a model saved by `swifttorch train`")
    }
    guard let kind = ModelKind(rawValue: name) else {
      let known = ModelKind.allCases.map(\.rawValue).joined(separator: ", ")
      throw CommandFailure("\(path): holds a model of kind \"\(name)\"; this version knows \(known)")
    }
    func required<T>(_ key: String, _ convert: (String) -> T?) throws -> T {
      guard let value = metadata[Self.prefix + key].flatMap(convert) else {
        throw CommandFailure("\(path): the metadata entry \(Self.prefix)\(key) is missing or not usable")
      }
      return value
    }
    self.kind = kind
    classNames = try required("classes") { text in
      guard let names = (try? JSONValue(parsing: text))?.arrayValue, (1...256).contains(names.count) else { return nil }
      let texts = names.compactMap(\.stringValue)
      return texts.count == names.count ? texts : nil
    }
    let side: (String) -> Int? = { Int($0).flatMap { (1...4096).contains($0) ? $0 : nil } }
    height = try required("height", side)
    width = try required("width", side)
    let mean = try required("mean") { Double($0) }
    let deviation = try required("standardDeviation") { Double($0) }
    do {
      normalization = try ImageNormalization(mean: mean, standardDeviation: deviation)
    } catch {
      throw CommandFailure("\(path): \(error)")
    }
    dropout = try required("dropout") { Double($0).flatMap { $0 >= 0 && $0 < 1 ? $0 : nil } }
  }
}
