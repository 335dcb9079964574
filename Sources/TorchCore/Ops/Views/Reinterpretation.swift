/// Views of the same memory as it lies: off the tape, as another type, as the parts of complex numbers.
package enum ReinterpretOps {
  package static let alias = Op<Tensor, Tensor>.view(
    "aten::alias(Tensor(a) self) -> Tensor(a)",
    rule: { ViewGeometry(sizes: $0.impl.sizes, strides: $0.impl.strides, offset: $0.impl.offset) },
    vjp: { _, _ in { g, sink in sink[0] = g.first } },
    samples: { s in [Sample(.tensor(s.tensor([2, 3])))] })

  private static let detachInfo = OpInfo(
    "aten::detach(Tensor(a) self) -> Tensor(a)", tier: .view, derivative: .none("it leaves the tape"),
    samples: { s in [Sample(.tensor(s.tensor([2, 3])))] })
  package static let detach = Op<Tensor, Tensor>(detachInfo) { x in
    if x.device == .poison { throw PoisonedInput() }
    if x.isWrapped { throw UnstridedArgument(tensor: x) }
    return x.alias()
  }

  // MARK: Another type

  private static let viewTypeInfo = OpInfo(
    "aten::view.dtype(Tensor(a) self, ScalarType dtype) -> Tensor(a)", tier: .view,
    derivative: .none("the bits of a number are no smooth function of it"),
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3])), .dtype(s.dtype)),
        Sample(.tensor(s.tensor([2, 4], dtype: .float32)), .dtype(.int16)),
        Sample(.tensor(s.tensor([2, 4], dtype: .float32)), .dtype(.float64)),
      ]
    })
  package static let viewType = Op<Tensor, DType, Tensor>(viewTypeInfo) { x, dtype in
    try x.requireStrided()
    let geometry = try reinterpreted(x, dtype)
    return x.alias(sizes: geometry.sizes, strides: geometry.strides, offset: geometry.offset, dtype: dtype)
  }

  /// Sizes, strides and offset counted in elements of `dtype`: the last dimension shrinks or grows with the width of an element.
  private static func reinterpreted(_ x: Tensor, _ dtype: DType) throws -> ViewGeometry {
    let (old, new) = (x.dtype.byteCount, dtype.byteCount)
    var geometry = ViewGeometry(sizes: x.impl.sizes, strides: x.impl.strides, offset: x.impl.offset, dtype: dtype)
    if old == new { return geometry }
    guard x.rank > 0 else {
      throw TorchError(.shape, "a 0-d tensor of \(x.dtype) cannot be read as \(dtype), whose elements have another width")
    }
    let last = x.rank - 1
    guard geometry.strides[last] == 1 || geometry.sizes[last] <= 1 else {
      throw TorchError(
        .shape, "to read \(x.dtype) as \(dtype), the last dimension must have stride 1, got \(geometry.strides[last])")
    }
    func scaled(_ value: Int, _ what: String) throws -> Int {
      if new < old { return value * (old / new) }
      guard value % (new / old) == 0 else {
        throw TorchError(.shape, "to read \(x.dtype) as \(dtype), \(what) must be divisible by \(new / old), got \(value)")
      }
      return value / (new / old)
    }
    geometry.sizes[last] = try scaled(geometry.sizes[last], "the last size")
    geometry.offset = try scaled(geometry.offset, "the storage offset")
    for d in 0..<last { geometry.strides[d] = try scaled(geometry.strides[d], "the stride of dimension \(d)") }
    geometry.strides[last] = 1
    return geometry
  }

  // MARK: Complex numbers and their parts

  package static let viewAsReal = Op<Tensor, Tensor>.view(
    "aten::view_as_real(Tensor(a) self) -> Tensor(a)",
    rule: { x in
      guard x.dtype.isComplex else { throw TorchError(.dtype, "expected complex numbers, got \(x.dtype)") }
      var (sizes, strides) = (x.impl.sizes, Dims(x.impl.strides.map { $0 * 2 }))
      sizes.append(2)
      strides.append(1)
      return ViewGeometry(sizes: sizes, strides: strides, offset: x.impl.offset * 2, dtype: x.dtype.realType)
    },
    vjp: { _, _ in { g, sink in sink[0] = g.first.contiguous().viewAsComplex() } },
    samples: { s in s.dtype.isComplex ? [Sample(.tensor(s.tensor([2, 3])))] : [] })

  package static let viewAsComplex = Op<Tensor, Tensor>.view(
    "aten::view_as_complex(Tensor(a) self) -> Tensor(a)",
    rule: { x in
      guard x.dtype == .float32 || x.dtype == .float64 || x.dtype == .float16 else {
        throw TorchError(.dtype, "expected float16, float32 or float64 parts of complex numbers, got \(x.dtype)")
      }
      let last = x.rank - 1
      guard last >= 0, x.impl.sizes[last] == 2 else {
        throw TorchError(.shape, "expected a last dimension of size 2, a real and an imaginary part, got \(x.summary)")
      }
      guard x.impl.strides[last] == 1 else {
        throw TorchError(.shape, "expected a last dimension of stride 1, got \(x.impl.strides[last])")
      }
      var (sizes, strides) = (x.impl.sizes, x.impl.strides)
      sizes.remove(at: last)
      strides.remove(at: last)
      guard strides.allSatisfy({ $0 % 2 == 0 }), x.impl.offset % 2 == 0 else {
        throw TorchError(.shape, "expected even strides and an even storage offset, got \(strides) and \(x.impl.offset)")
      }
      return ViewGeometry(
        sizes: sizes, strides: Dims(strides.map { $0 / 2 }), offset: x.impl.offset / 2, dtype: x.dtype == .float16 ? .complex32 : x.dtype.complexType)
    },
    vjp: { _, _ in { g, sink in sink[0] = g.first.viewAsReal() } },
    samples: { s in s.dtype == .float32 || s.dtype == .float64 ? [Sample(.tensor(s.tensor([3, 2])))] : [] })

  package static let real = Op<Tensor, Tensor>.composite(
    "aten::real(Tensor(a) self) -> Tensor(a)", samples: { s in [Sample(.tensor(s.tensor([2, 3])))] }
  ) { $0.dtype.isComplex ? try ViewOps.select.callThrowing(try viewAsReal.callThrowing($0), -1, 0) : $0 }

  package static let imag = Op<Tensor, Tensor>.composite(
    "aten::imag(Tensor(a) self) -> Tensor(a)",
    rule: { x in
      guard x.dtype.isComplex else { throw TorchError(.dtype, "expected complex numbers, got \(x.dtype)") }
    },
    samples: { s in s.dtype.isComplex ? [Sample(.tensor(s.tensor([2, 3])))] : [] }
  ) { try ViewOps.select.callThrowing(try viewAsReal.callThrowing($0), -1, 1) }

  // PyTorch's conjugates and negatives are views with a mark, resolved later; ours are computed at once, so there is nothing to
  // resolve, and a change of the conjugate in place does not reach the tensor it is taken from.
  package static let conj = Op<Tensor, Tensor>.composite(
    "aten::conj(Tensor(a) self) -> Tensor(a)", samples: { s in [Sample(.tensor(s.tensor([2, 3])))] }
  ) { $0.dtype.isComplex ? try PointwiseOps.conj.callThrowing($0) : $0 }
  package static let conjView = Op<Tensor, Tensor>.composite(
    "aten::_conj(Tensor(a) self) -> Tensor(a)", samples: { s in [Sample(.tensor(s.tensor([2, 3])))] }
  ) { $0.dtype.isComplex ? try PointwiseOps.conj.callThrowing($0) : try alias.callThrowing($0) }
  package static let resolveConj = Op<Tensor, Tensor>.composite(
    "aten::resolve_conj(Tensor(a) self) -> Tensor(a)", samples: { s in [Sample(.tensor(s.tensor([2, 3])))] }
  ) { $0 }
  package static let resolveNeg = Op<Tensor, Tensor>.composite(
    "aten::resolve_neg(Tensor(a) self) -> Tensor(a)", samples: { s in [Sample(.tensor(s.tensor([2, 3])))] }
  ) { $0 }

  // MARK: Complex numbers from parts

  package static let complex = Op<Tensor, Tensor, Tensor>.structured(
    "aten::complex(Tensor real, Tensor imag) -> Tensor",
    rule: { real, imag in
      try checkParts(real, imag)
      return TensorSpec(try broadcastSizes(real.impl.sizes, imag.impl.sizes), real.dtype.complexType, real.device)
    },
    kernel: { out, real, imag in
      let parts = out.viewAsReal()
      Copying.copy(real, into: parts.select(-1, 0))
      Copying.copy(imag, into: parts.select(-1, 1))
    },
    vjp: { _, real, imag in
      let (first, second) = (real.impl.sizes, imag.impl.sizes)
      return { g, sink in
        if sink.wants(0) { sink[0] = g.first.real.sum(toSizes: first) }
        if sink.wants(1) { sink[1] = g.first.imag.sum(toSizes: second) }
      }
    },
    samples: { s in
      s.dtype == .float32 || s.dtype == .float64 ? [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3])))] : []
    })

  private static func checkParts(_ a: Tensor, _ b: Tensor) throws {
    guard a.dtype == .float32 || a.dtype == .float64, a.dtype == b.dtype else {
      throw TorchError(.dtype, "expected two float32 or two float64 tensors, got \(a.dtype) and \(b.dtype)")
    }
  }

  package static let polar = Op<Tensor, Tensor, Tensor>.composite(
    "aten::polar(Tensor abs, Tensor angle) -> Tensor", rule: { try checkParts($0, $1) },
    samples: { s in
      s.dtype == .float32 || s.dtype == .float64 ? [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([3])))] : []
    }
  ) { length, angle in try complex.callThrowing(length * angle.cos(), length * angle.sin()) }

  package static let table: [AnyOp] = [
    alias.erased, detach.erased, viewType.erased, viewAsReal.erased, viewAsComplex.erased, real.erased, imag.erased,
    conj.erased, conjView.erased, resolveConj.erased, resolveNeg.erased, complex.erased, polar.erased,
  ]
}

extension Tensor {
  /// The same memory read as another type, whose elements may have another width: the last size changes accordingly.
  /// `Tensor.view(dtype)`. Off the tape.
  public func view(dtype: DType) -> Tensor { ReinterpretOps.viewType(self, dtype) }
  /// The same memory as real and imaginary parts, along a new last dimension. `torch.view_as_real`.
  public func viewAsReal() -> Tensor { ReinterpretOps.viewAsReal(self) }
  /// The same memory as complex numbers, whose parts lie along the last dimension. `torch.view_as_complex`.
  public func viewAsComplex() -> Tensor { ReinterpretOps.viewAsComplex(self) }
  /// The real parts, sharing memory; a real tensor is its own. `torch.real`.
  public var real: Tensor { ReinterpretOps.real(self) }
  /// The imaginary parts of a complex tensor, sharing memory. `torch.imag`.
  public var imag: Tensor { ReinterpretOps.imag(self) }
}

/// Complex numbers with these real and imaginary parts, which broadcast. `torch.complex`.
public func complex(_ real: Tensor, _ imag: Tensor) -> Tensor { ReinterpretOps.complex(real, imag) }
/// Complex numbers with these absolute values and angles, which broadcast. `torch.polar`.
public func polar(_ abs: Tensor, _ angle: Tensor) -> Tensor { ReinterpretOps.polar(abs, angle) }
