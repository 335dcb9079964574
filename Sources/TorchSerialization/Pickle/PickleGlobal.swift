import TorchCore

/// The classes and functions that a file may name. Each stands for a fixed piece of this library; nothing is looked up or called.
enum PickleGlobal: Equatable {
  case orderedDict, counter, set, frozenset, complex, bytearray, encode
  case size, device, layout, tensor, parameter
  case rebuildTensor, rebuildTensorV2, rebuildTensorV3, rebuildParameter, rebuildParameterWithState
  case rebuildSparse, rebuildMeta, rebuildFromType
  case dtype(DType)
  /// A class of storages; nil is the untyped one.
  case storage(DType?)
  case numpyReconstruct, numpyScalar, numpyArray, numpyDType

  private static let named: [String: PickleGlobal] = [
    "collections.OrderedDict": .orderedDict, "collections.Counter": .counter,
    "builtins.set": .set, "builtins.frozenset": .frozenset, "builtins.complex": .complex, "builtins.bytearray": .bytearray,
    "__builtin__.set": .set, "__builtin__.frozenset": .frozenset, "__builtin__.complex": .complex, "__builtin__.bytearray": .bytearray,
    "_codecs.encode": .encode,
    "torch.Size": .size, "torch.device": .device, "torch.serialization._get_layout": .layout, "torch.Tensor": .tensor,
    "torch.nn.parameter.Parameter": .parameter,
    "torch._utils._rebuild_tensor": .rebuildTensor, "torch._utils._rebuild_tensor_v2": .rebuildTensorV2,
    "torch._utils._rebuild_tensor_v3": .rebuildTensorV3, "torch._utils._rebuild_parameter": .rebuildParameter,
    "torch._utils._rebuild_parameter_with_state": .rebuildParameterWithState,
    "torch._utils._rebuild_sparse_tensor": .rebuildSparse, "torch._utils._rebuild_meta_tensor_no_storage": .rebuildMeta,
    "torch._tensor._rebuild_from_type_v2": .rebuildFromType,
    "torch.storage.UntypedStorage": .storage(nil), "torch.UntypedStorage": .storage(nil),
    "torch.DoubleStorage": .storage(.float64), "torch.FloatStorage": .storage(.float32), "torch.HalfStorage": .storage(.float16),
    "torch.BFloat16Storage": .storage(.bfloat16), "torch.LongStorage": .storage(.int64), "torch.IntStorage": .storage(.int32),
    "torch.ShortStorage": .storage(.int16), "torch.CharStorage": .storage(.int8), "torch.ByteStorage": .storage(.uint8),
    "torch.BoolStorage": .storage(.bool), "torch.ComplexFloatStorage": .storage(.complex64),
    "torch.ComplexDoubleStorage": .storage(.complex128),
    "numpy.core.multiarray._reconstruct": .numpyReconstruct, "numpy._core.multiarray._reconstruct": .numpyReconstruct,
    "numpy.core.multiarray.scalar": .numpyScalar, "numpy._core.multiarray.scalar": .numpyScalar,
    "numpy.ndarray": .numpyArray, "numpy.dtype": .numpyDType,
  ]
  private static let dtypes: [String: DType] = Dictionary(uniqueKeysWithValues: DType.allCases.map { ("torch.\($0.name)", $0) })

  /// The class or function of that full name; nil for all that are refused.
  init?(_ name: String) {
    if let global = Self.named[name] {
      self = global
    } else if let dtype = Self.dtypes[name] {
      self = .dtype(dtype)
    } else {
      return nil
    }
  }

  /// Why a name is refused.
  static func refusal(of name: String) -> String {
    let shown = printable(name)
    if name.hasPrefix("torch._utils._rebuild_qtensor") || (name.hasPrefix("torch.Q") && name.hasSuffix("Storage")) {
      return "\(shown) belongs to quantized tensors, which cannot be read; dequantize them before saving"
    }
    if name.hasPrefix("torch._utils._rebuild_nested") || name.hasPrefix("torch.nested") {
      return "\(shown) belongs to nested tensors, which cannot be read; save their parts"
    }
    if name.hasPrefix("torch.nn.modules") || name.hasPrefix("__main__") {
      return "\(shown) is code of a whole pickled module; save its state_dict() instead"
    }
    return "\(shown) is not among the classes and functions that a file of weights may name; nothing of it was executed"
  }
}
