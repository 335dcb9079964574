import TorchCore

extension SafetensorsDType {
  /// The file type that holds elements of `dtype`; nil for complex128 and complex32, which the format does not have.
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
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .float8E4M3FN: self = .float8e4m3
    case .float8E5M2: self = .float8e5m2
    case .complex128, .complex32: return nil
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
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .float8e4m3: self = .float8E4M3FN
    case .float8e5m2: self = .float8E5M2
    case .float4, .float6e2m3, .float6e3m2, .float8e8m0, .float8e4m3fnuz, .float8e5m2fnuz: return nil
    }
  }

  /// The tensor type with the elements of an `.npy` file.
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
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    }
  }
}

extension NPYDType {
  /// The file type that holds elements of `dtype`; nil for bfloat16, the eight-bit floats and complex32, which NumPy does not have.
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
    case .uint16: self = .uint16
    case .uint32: self = .uint32
    case .uint64: self = .uint64
    case .bfloat16, .float8E4M3FN, .float8E5M2, .complex32: return nil
    }
  }
}
