import TorchCore

extension SafetensorsDType {
  /// The file type that holds elements of `dtype`; nil for complex128, which the format does not have.
  public init?(_ dtype: DType) {
    switch dtype {
    case .bool: self = .bool
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    case .complex64: self = .complex64
    case .complex128: return nil
    }
  }
}

extension DType {
  /// The tensor type with the elements of a safetensors file; nil for the types that tensors do not have.
  public init?(_ dtype: SafetensorsDType) {
    switch dtype {
    case .bool: self = .bool
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .float16: self = .float16
    case .bfloat16: self = .bfloat16
    case .float32: self = .float32
    case .float64: self = .float64
    case .complex64: self = .complex64
    case .float4, .float6e2m3, .float6e3m2, .float8e5m2, .float8e4m3, .float8e8m0, .float8e4m3fnuz, .float8e5m2fnuz,
      .uint16, .uint32, .uint64:
      return nil
    }
  }

  /// The tensor type with the elements of an `.npy` file; nil for the types that tensors do not have.
  public init?(_ dtype: NPYDType) {
    switch dtype {
    case .bool: self = .bool
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .float16: self = .float16
    case .float32: self = .float32
    case .float64: self = .float64
    case .complex64: self = .complex64
    case .complex128: self = .complex128
    case .uint16, .uint32, .uint64: return nil
    }
  }
}

extension NPYDType {
  /// The file type that holds elements of `dtype`; nil for bfloat16, which NumPy does not have.
  public init?(_ dtype: DType) {
    switch dtype {
    case .bool: self = .bool
    case .uint8: self = .uint8
    case .int8: self = .int8
    case .int16: self = .int16
    case .int32: self = .int32
    case .int64: self = .int64
    case .float16: self = .float16
    case .float32: self = .float32
    case .float64: self = .float64
    case .complex64: self = .complex64
    case .complex128: self = .complex128
    case .bfloat16: return nil
    }
  }
}
