import TorchCore

/// Transforms along several dimensions: `torch.fft`. Those of two are the general ones with other defaults.
package enum FFTnOps {
  package typealias GridOp = Op<Tensor, [Int]?, [Int]?, String?, Tensor>
  package typealias PlaneOp = Op<Tensor, [Int]?, [Int], String?, Tensor>
  private typealias Body = @Sendable (Tensor, [Int]?, [Int]?, String?) throws -> Tensor

  private static func grid(_ name: String, _ body: @escaping Body) -> GridOp {
    GridOp.composite(
      "aten::\(name)(Tensor self, SymInt[1]? s=None, int[1]? dim=None, str? norm=None) -> Tensor",
      samples: { s in
        [
          Sample(.tensor(s.tensor([3, 4])), .none, .none, .none),
          Sample(.tensor(s.tensor([3, 4, 2])), [5, 3].box(), [1, 0].box(), .string("ortho")),
          Sample(.tensor(s.tensor([2, 4, 5])), [3, -1].box(), .none, .string("forward")),
        ]
      }, body: body)
  }

  private static func plane(_ name: String, _ body: @escaping Body) -> PlaneOp {
    PlaneOp.composite(
      "aten::\(name)(Tensor self, SymInt[1]? s=None, int[1] dim=[-2, -1], str? norm=None) -> Tensor",
      samples: { s in
        [
          Sample(.tensor(s.tensor([2, 3, 4])), .none, [-2, -1].box(), .none),
          Sample(.tensor(s.tensor([3, 4])), [4, 3].box(), [1, 0].box(), .string("ortho")),
        ]
      }
    ) { x, s, dim, norm in try body(x, s, dim, norm) }
  }

  private static func complex(forward: Bool) -> Body {
    { x, s, dim, norm in
      let input = try FFTArguments.promoted(x, complex: false)
      let (dims, sizes) = try FFTArguments.several(input, s, dim)
      let mode = try FFTNorm(norm, forward: forward)
      return try FFTOps.transformed(try FFTArguments.resized(input, dims, sizes), dims, mode, forward: forward)
    }
  }

  private static let real: Body = { x, s, dim, norm in
    let input = try FFTArguments.real(x)
    let (dims, sizes) = try FFTArguments.several(input, s, dim)
    let mode = try FFTNorm(norm, forward: true)
    return try FFTPrimitives.r2c.callThrowing(try FFTArguments.resized(input, dims, sizes), dims, mode.rawValue, true)
  }

  private static let inverseReal: Body = { x, s, dim, norm in
    let input = try FFTArguments.promoted(x, complex: true)
    let (dims, sizes, last) = try FFTArguments.severalToReal(input, s, dim)
    let mode = try FFTNorm(norm, forward: false)
    return try FFTPrimitives.c2r.callThrowing(try FFTArguments.resized(input, dims, sizes), dims, mode.rawValue, last)
  }

  private static let hermitian: Body = { x, s, dim, norm in
    let input = try FFTArguments.promoted(x, complex: true)
    let (dims, sizes, last) = try FFTArguments.severalToReal(input, s, dim)
    let mode = try FFTNorm(norm, forward: true)
    // The conjugate's transform back, which is the conjugate of the transform, and real.
    let conjugate = try FFTArguments.resized(input, dims, sizes).conj()
    return try FFTPrimitives.c2r.callThrowing(conjugate, dims, mode.rawValue, last)
  }

  private static let inverseHermitian: Body = { x, s, dim, norm in
    let input = try FFTArguments.real(x)
    let (dims, sizes) = try FFTArguments.several(input, s, dim)
    guard !dims.isEmpty else { throw TorchError(.value, "at least one dimension must be transformed") }
    let mode = try FFTNorm(norm, forward: false)
    return try FFTPrimitives.r2c.callThrowing(try FFTArguments.resized(input, dims, sizes), dims, mode.rawValue, true).conj()
  }

  package static let fftn = grid("fft_fftn", complex(forward: true))
  package static let ifftn = grid("fft_ifftn", complex(forward: false))
  package static let rfftn = grid("fft_rfftn", real)
  package static let irfftn = grid("fft_irfftn", inverseReal)
  package static let hfftn = grid("fft_hfftn", hermitian)
  package static let ihfftn = grid("fft_ihfftn", inverseHermitian)
  package static let fft2 = plane("fft_fft2", complex(forward: true))
  package static let ifft2 = plane("fft_ifft2", complex(forward: false))
  package static let rfft2 = plane("fft_rfft2", real)
  package static let irfft2 = plane("fft_irfft2", inverseReal)
  package static let hfft2 = plane("fft_hfft2", hermitian)
  package static let ihfft2 = plane("fft_ihfft2", inverseHermitian)

  package static let table: [AnyOp] = [
    fftn.erased, ifftn.erased, rfftn.erased, irfftn.erased, hfftn.erased, ihfftn.erased, fft2.erased, ifft2.erased, rfft2.erased,
    irfft2.erased, hfft2.erased, ihfft2.erased,
  ]
}
