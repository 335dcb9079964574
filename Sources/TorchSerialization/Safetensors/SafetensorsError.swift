/// A safetensors file, index or tensor list that cannot be accepted: which file, which tensor, why.
public struct SafetensorsError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of defects.
  public enum Reason: Sendable {
    /// The file ends before what its header promises, or before the header does.
    case truncated
    /// The header is larger than the format allows (100 MB).
    case headerTooLarge
    /// The header is not the JSON the format asks for.
    case malformedHeader
    /// A name occurs twice.
    case duplicateName
    /// `__metadata__` is not a map of strings to strings.
    case malformedMetadata
    /// An element type the format does not have.
    case unknownDType
    /// A shape whose size overflows, or does not fill whole bytes.
    case invalidShape
    /// Data offsets that run backwards, or leave the file.
    case invalidOffsets
    /// Dtype and shape take another number of bytes than the tensor has.
    case sizeMismatch
    /// Two tensors share bytes.
    case overlap
    /// Bytes that belong to no tensor.
    case hole
    /// No tensor has the name asked for.
    case missingTensor
    /// A sharded model's index and its files disagree.
    case shardMismatch
  }

  /// The file.
  public let path: String
  /// The tensor, where the defect belongs to one.
  public let tensor: String?
  /// The kind of defect.
  public let reason: Reason
  /// The defect in words: what was found and what was expected.
  public let detail: String

  init(_ reason: Reason, _ path: String, tensor: String? = nil, _ detail: String) {
    self.path = path
    self.tensor = tensor
    self.reason = reason
    self.detail = detail
  }

  /// One line: `model.safetensors: tensor "fc.weight": needs 16 bytes ([2, 2] of F32) but its data_offsets span 12`.
  public var description: String {
    "\(printable(path, limit: 4096)): \(tensor.map { "tensor \"\(printable($0))\": " } ?? "")\(detail)"
  }
}
