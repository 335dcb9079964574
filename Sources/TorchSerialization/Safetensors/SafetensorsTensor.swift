/// A tensor as a safetensors header describes it.
public struct SafetensorsTensor: Equatable, Sendable {
  /// Its name, for example `"layer1.0.conv.weight"`.
  public let name: String
  /// Its element type.
  public let dtype: SafetensorsDType
  /// Its extents; empty for a scalar.
  public let shape: [Int]

  /// Describes a tensor; the size is checked where it is used.
  public init(name: String, dtype: SafetensorsDType, shape: [Int]) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
  }
}

/// A tensor to be written: its description and its bytes, little-endian, in row-major order.
public struct SafetensorsBlock {
  /// Name, dtype and shape.
  public let tensor: SafetensorsTensor
  /// The data; must stay valid until the write returns.
  public let bytes: UnsafeRawBufferPointer

  /// Describes a block; the number of bytes is checked when it is written.
  public init(name: String, dtype: SafetensorsDType, shape: [Int], bytes: UnsafeRawBufferPointer) {
    tensor = SafetensorsTensor(name: name, dtype: dtype, shape: shape)
    self.bytes = bytes
  }
}

/// What named tensors can be read from: a file, or a model in several files.
public protocol SafetensorsSource: AnyObject, Sendable {
  /// All names, in the source's order.
  var names: [String] { get }
  /// The description of a tensor; throws `SafetensorsError` where there is none of that name.
  func tensor(named name: String) throws -> SafetensorsTensor
  /// The raw bytes of a tensor, little-endian, row-major, with no particular alignment. Valid while the source lives,
  /// which may end at its last use: see `withExtendedLifetime`.
  func bytes(of name: String) throws -> UnsafeRawBufferPointer
  /// The file that holds a tensor.
  func file(of name: String) throws -> SafetensorsFile
}

/// A name compared byte for byte: the format does not equate different spellings of the same character, as `String` does.
struct ExactName: Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// The byte-wise order of names.
func precedes(_ left: String, _ right: String) -> Bool { left.utf8.lexicographicallyPrecedes(right.utf8) }
