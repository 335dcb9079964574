import TorchCore

/// Orders of spectra, and the frequencies of their places.
package enum FFTHelpers {
  private static func shift(_ name: String, _ amount: @escaping @Sendable (Int) -> Int) -> Op<Tensor, [Int]?, Tensor> {
    .composite(
      "aten::\(name)(Tensor self, int[1]? dim=None) -> Tensor",
      samples: { s in [Sample(.tensor(s.tensor([3, 4])), .none), Sample(.tensor(s.tensor([5, 2])), [0].box())] }
    ) { x, dim in
      let dims = try dim?.map { try FFTArguments.dimension($0, x) } ?? Array(0..<x.rank)
      guard !dims.isEmpty else { return x.clone(memoryFormat: .contiguous) }
      return x.roll(dims.map { amount(x.impl.sizes[$0]) }, dims)
    }
  }

  package static let fftshift = shift("fft_fftshift") { $0 / 2 }
  package static let ifftshift = shift("fft_ifftshift") { ($0 + 1) / 2 }

  package typealias FrequencyOp = Op<Int, Double, DType?, Layout?, Device?, Bool?, Tensor>
  private static let tail = "ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None"

  private static func frequencies(_ name: String, _ places: @escaping @Sendable (Int) -> [Int]) -> FrequencyOp {
    .factory("aten::\(name)(int n, float d=1., *, \(tail)) -> Tensor") { n, d, dtype, _, device, _ in
      let type = dtype ?? defaultDType
      guard type.isFloatingPoint else { throw TorchError(.dtype, "dtype must be a floating-point type, got \(type)") }
      guard n >= 0 else { throw TorchError(.value, "n must not be negative, got \(n)") }
      let step = 1 / (Double(n) * d)
      let values = places(n)
      if device == .meta { return try Tensor.allocate(TensorSpec([values.count], type, .meta)) }
      return Tensor(values.map { Double($0) * step }, shape: [values.count], dtype: type)
    }
  }

  package static let fftfreq = frequencies("fft_fftfreq") { n in Array(0..<(n + 1) / 2) + Array(-(n / 2)..<0) }
  package static let rfftfreq = frequencies("fft_rfftfreq") { n in Array(0..<n / 2 + 1) }

  package static let table: [AnyOp] = [fftshift.erased, ifftshift.erased, fftfreq.erased, rfftfreq.erased]
}
