import TorchCore

/// Transforms along one dimension: `torch.fft`.
package enum FFTOps {
  package typealias LineOp = Op<Tensor, Int?, Int, String?, Tensor>
  private static let arguments = "Tensor self, SymInt? n=None, int dim=-1, str? norm=None"

  /// Complex or real lines to complex ones.
  private static func toComplex(_ name: String, forward: Bool) -> LineOp {
    LineOp.composite("aten::\(name)(\(arguments)) -> Tensor", samples: lineSamples) { x, n, dim, norm in
      let d = try FFTArguments.dimension(dim, x)
      let mode = try FFTNorm(norm, forward: forward)
      let length = n ?? x.impl.sizes[d]
      try FFTArguments.checkLength(length)
      let input = try FFTArguments.resized(try FFTArguments.promoted(x, complex: false), [d], [length])
      return try transformed(input, [d], mode, forward: forward)
    }
  }

  /// The whole spectrum of complex or real input. That of real input is computed by half.
  static func transformed(_ x: Tensor, _ dims: [Int], _ mode: FFTNorm, forward: Bool) throws -> Tensor {
    if x.dtype.isComplex { return try FFTPrimitives.c2c.callThrowing(x, dims, mode.rawValue, forward) }
    if dims.isEmpty { return x.to(x.dtype.complexType) }
    let spectrum = try FFTPrimitives.r2c.callThrowing(x, dims, mode.rawValue, false)
    return forward ? spectrum : spectrum.conj()
  }

  /// Real lines to half spectra.
  private static func toHalf(_ name: String, forward: Bool) -> LineOp {
    LineOp.composite("aten::\(name)(\(arguments)) -> Tensor", samples: lineSamples) { x, n, dim, norm in
      let input = try FFTArguments.real(x)
      let d = try FFTArguments.dimension(dim, x)
      let length = n ?? x.impl.sizes[d]
      try FFTArguments.checkLength(length)
      let mode = try FFTNorm(norm, forward: forward)
      let lines = try FFTArguments.resized(input, [d], [length])
      let spectrum = try FFTPrimitives.r2c.callThrowing(lines, [d], mode.rawValue, true)
      return forward ? spectrum : spectrum.conj()
    }
  }

  /// Half spectra to real lines.
  private static func fromHalf(_ name: String, forward: Bool) -> LineOp {
    LineOp.composite("aten::\(name)(\(arguments)) -> Tensor", samples: lineSamples) { x, n, dim, norm in
      let d = try FFTArguments.dimension(dim, x)
      let length = n ?? 2 * (x.impl.sizes[d] - 1)
      try FFTArguments.checkLength(length)
      let mode = try FFTNorm(norm, forward: forward)
      let input = try FFTArguments.resized(try FFTArguments.promoted(x, complex: true), [d], [length / 2 + 1])
      return try FFTPrimitives.c2r.callThrowing(forward ? input.conj() : input, [d], mode.rawValue, length)
    }
  }

  package static let fft = toComplex("fft_fft", forward: true)
  package static let ifft = toComplex("fft_ifft", forward: false)
  package static let rfft = toHalf("fft_rfft", forward: true)
  package static let ihfft = toHalf("fft_ihfft", forward: false)
  package static let irfft = fromHalf("fft_irfft", forward: false)
  package static let hfft = fromHalf("fft_hfft", forward: true)

  @Sendable private static func lineSamples(_ s: inout SampleSource) -> [Sample] {
    [
      Sample(.tensor(s.tensor([3, 6])), .none, (-1).box(), .none),
      Sample(.tensor(s.tensor([5, 3])), 7.box(), 0.box(), .string("ortho")),
      Sample(.tensor(s.tensor([2, 6, 2])), 4.box(), 1.box(), .string("forward")),
    ]
  }

  package static let table: [AnyOp] = [fft.erased, ifft.erased, rfft.erased, irfft.erased, hfft.erased, ihfft.erased]
}
