import TorchCore

/// A value under construction. Values refer to each other by their place in the unpickler's list, so that shared and growing ones
/// need neither objects nor recursion.
enum PickleNode {
  case none
  case bool(Bool)
  case int(Int)
  case bigInt([UInt8])
  case double(Double)
  case complex(Double, Double)
  case string(String)
  case bytes([UInt8])
  case list([Int32])
  case tuple([Int32])
  case set([Int32])
  /// Keys and values in turn; the place of the attributes, or -1.
  case dictionary([Int32], isOrdered: Bool, attributes: Int32)
  case size([Int])
  case device(String)
  case layout(String)
  case global(PickleGlobal)
  case storage(StorageReference)
  /// The place of its recipe.
  case tensor(Int)
  case numpyDType(NumPyDescriptor)
  /// An array without contents as yet.
  case emptyArray
  case array([Int], NumPyDescriptor, isColumnMajor: Bool, data: Int32)

  /// In Python's words, for messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a bool"
    case .int, .bigInt: "an int"
    case .double: "a float"
    case .complex: "a complex"
    case .string: "a str"
    case .bytes: "bytes"
    case .list: "a list"
    case .tuple: "a tuple"
    case .set: "a set"
    case .dictionary: "a dict"
    case .size: "a torch.Size"
    case .device: "a torch.device"
    case .layout: "a torch.layout"
    case .global: "a class or function"
    case .storage: "a storage"
    case .tensor: "a tensor"
    case .numpyDType: "a NumPy dtype"
    case .emptyArray, .array: "a NumPy array"
    }
  }
}

/// A NumPy type, as `numpy.dtype` objects describe it.
struct NumPyDescriptor {
  let dtype: NPYDType
  var isSwapped: Bool
}

/// A storage that a pickle refers to: its bytes lie elsewhere in the file.
final class StorageReference {
  let key: String
  /// Nil for an untyped storage, which counts bytes.
  let dtype: DType?
  let count: Int
  /// A part of the storage, as the legacy format can name it, in elements.
  let view: (offset: Int, count: Int)?
  let position: Int

  init(key: String, dtype: DType?, count: Int, view: (offset: Int, count: Int)?, position: Int) {
    self.key = key
    self.dtype = dtype
    self.count = count
    self.view = view
    self.position = position
  }
}

/// How a tensor is to be made once the storages are known.
struct TensorRecipe {
  enum Form {
    case strided(StorageReference)
    case meta
    /// The layout's name and the tensors that describe it: indices and values, or row starts, columns and values.
    case sparse(String, parts: [Int32], isCoalesced: Bool?)
  }

  let form: Form
  var offset = 0
  let sizes: [Int]
  var strides: [Int] = []
  let dtype: DType
  var requiresGrad = false
  var isConjugated = false
  var isNegated = false
  var isParameter = false
  let position: Int
}
