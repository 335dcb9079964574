import TorchOps

/// Samples of ops that are defined in rows of one line: factories by sizes and options.
enum FactorySamples {
  static func samples(of name: String, _ source: inout SampleSource) -> [Sample] {
    if let sizes = ofSizes(name, source.dtype) { return sizes }
    if let windows = ofWindows(name, source.dtype) { return windows }
    return ofTensors(name, &source) ?? []
  }

  private static func int(_ value: Int64) -> IValue { .scalar(.int(value)) }
  private static func float(_ value: Double) -> IValue { .scalar(.double(value)) }
  private static func flag(_ value: Bool) -> IValue { .scalar(.bool(value)) }
  private static func sizes(_ values: Int64...) -> IValue { .list(values.map(int)) }
  private static func options(_ dtype: DType) -> [IValue] { [.dtype(dtype), .none, .none, .none] }

  /// Factories that take every type.
  private static func ofSizes(_ name: String, _ dtype: DType) -> [Sample]? {
    let rows: [[IValue]]
    switch name {
    case "aten::zeros", "aten::ones": rows = [[sizes(2, 3)], [sizes()], [sizes(0, 2)]]
    case "aten::full": rows = [[sizes(2, 3), int(1)], [sizes(), int(0)]]
    case "aten::scalar_tensor": rows = [[int(1)]]
    case "aten::eye": rows = [[int(3)], [int(0)]]
    case "aten::eye.m": rows = [[int(3), int(2)], [int(2), int(4)]]
    case _ where dtype.isComplex || dtype == .bool: return nil
    case "aten::arange": rows = [[int(5)], [int(0)], [float(2.5)]]
    case "aten::arange.start": rows = [[int(2), int(7)]]
    case "aten::arange.start_step": rows = [[int(1), int(9), int(3)], [int(5), int(0), int(-2)]]
    case _ where !dtype.isFloatingPoint: return nil
    case "aten::linspace": rows = [[float(-1), float(2), int(7)], [float(1), float(1), int(1)], [float(0), float(1), int(0)]]
    case "aten::linspace.Tensor_Scalar": rows = [[.tensor(Tensor(-1.0, dtype: dtype)), float(2), int(7)]]
    case "aten::linspace.Scalar_Tensor": rows = [[float(-1), .tensor(Tensor(2.0, dtype: dtype)), int(7)]]
    case "aten::logspace": rows = [[float(-1), float(2), int(7), float(10)], [float(0), float(3), int(4), float(2)]]
    case "aten::logspace.Tensor_Scalar": rows = [[.tensor(Tensor(-1.0, dtype: dtype)), float(2), int(4), float(2)]]
    case "aten::logspace.Scalar_Tensor": rows = [[float(-1), .tensor(Tensor(2.0, dtype: dtype)), int(4), float(2)]]
    case "aten::logspace.Tensor_Tensor":
      rows = [[.tensor(Tensor(-1.0, dtype: dtype)), .tensor(Tensor(2.0, dtype: dtype)), int(4), float(2)]]
    default: return nil
    }
    return rows.map { Sample($0 + options(dtype)) }
  }

  /// Windows and frequencies.
  private static func ofWindows(_ name: String, _ dtype: DType) -> [Sample]? {
    guard dtype == .float64 || dtype == .float32 else { return nil }
    let rows: [[IValue]]
    switch name {
    case "aten::hann_window", "aten::hamming_window", "aten::blackman_window", "aten::bartlett_window", "aten::kaiser_window":
      rows = [[int(6)], [int(1)], [int(0)]]
    case "aten::hann_window.periodic", "aten::hamming_window.periodic", "aten::blackman_window.periodic",
      "aten::bartlett_window.periodic", "aten::kaiser_window.periodic":
      rows = [[int(6), flag(false)], [int(7), flag(true)]]
    case "aten::hamming_window.periodic_alpha": rows = [[int(6), flag(false), float(0.6)]]
    case "aten::hamming_window.periodic_alpha_beta": rows = [[int(6), flag(true), float(0.6), float(0.3)]]
    case "aten::kaiser_window.beta": rows = [[int(6), flag(true), float(5)], [int(5), flag(false), float(0)]]
    case "aten::fft_fftfreq", "aten::fft_rfftfreq": rows = [[int(6), float(0.5)], [int(5), float(1)]]
    default: return nil
    }
    return rows.map { Sample($0 + options(dtype)) }
  }

  /// Ops of a tensor.
  private static func ofTensors(_ name: String, _ s: inout SampleSource) -> [Sample]? {
    switch name {
    case "aten::zeros_like", "aten::ones_like":
      return [Sample([.tensor(s.tensor([2, 3]))] + Array(repeating: .none, count: 5))]
    case "aten::full_like":
      return [Sample([.tensor(s.tensor([2, 3])), int(1)] + Array(repeating: .none, count: 5))]
    case "aten::contiguous": return [Sample(.tensor(s.tensor([2, 3])), .memoryFormat(.contiguous))]
    default: break
    }
    guard s.dtype == .float32 || s.dtype == .float64, name.contains("upsample"), !name.contains("."), !name.hasSuffix("backward") else { return nil }
    let rank = name.contains("1d") ? 1 : name.contains("2d") ? 2 : 3
    let aligns = !name.contains("nearest")
    let image = s.tensor([1, 2] + [4, 5, 3].prefix(rank))
    let scales = Array(repeating: IValue.none, count: rank)
    let targets: [[Int64]] = [Array([7, 3, 5].prefix(rank)), Array([2, 5, 6].prefix(rank))]
    return targets.flatMap { target -> [Sample] in
      let start: [IValue] = [.tensor(image), .list(target.map(int))]
      return aligns ? [false, true].map { Sample(start + [flag($0)] + scales) } : [Sample(start + scales)]
    }
  }
}
