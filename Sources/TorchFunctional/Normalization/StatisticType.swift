import TorchCore

/// The type in which a normalisation keeps its statistics.
enum StatisticType {
  /// The input's type; float32 where a half-precision input comes with float32 parameters. Throws for other mixtures.
  static func of(_ x: Tensor, _ parameters: [(String, Tensor?)]) throws -> DType {
    let isHalf = x.dtype.byteCount == 2
    var type: DType?
    for case (let name, let parameter?) in parameters {
      let wanted = type ?? (isHalf && parameter.dtype == .float32 ? .float32 : x.dtype)
      guard parameter.dtype == wanted else {
        throw TorchError(
          .dtype,
          "\(name) has type \(parameter.dtype); parameters of an input of type \(x.dtype) must all be \(wanted)\(isHalf ? ", or all float32" : "")"
        )
      }
      type = wanted
    }
    return type ?? x.dtype
  }
}
