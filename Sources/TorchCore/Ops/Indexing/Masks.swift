import CTorchKernels

/// Selecting and filling where a mask is set.
package enum Masks {
  package static func check(_ mask: Tensor) throws {
    guard mask.dtype == .bool else { throw TorchError(.dtype, "the mask must be bool, got \(mask.summary)") }
  }

  /// The mask as bytes in row-major order of the given sizes.
  package static func bytes(_ mask: Tensor, _ sizes: Dims) -> Tensor { mask.detach().expand(Array(sizes)).contiguous() }

  private static func checkInside(_ x: Tensor, _ mask: Tensor) throws {
    try check(mask)
    guard try broadcastSizes(x.impl.sizes, mask.impl.sizes) == x.impl.sizes else {
      throw TorchError(.shape, "a mask of sizes \(mask.impl.sizes) does not broadcast to \(x.impl.sizes)")
    }
  }

  /// Both, broadcast to common sizes.
  private static func common(_ x: Tensor, _ mask: Tensor) throws -> (Tensor, Tensor) {
    if x.device == .poison || mask.device == .poison { throw PoisonedInput() }
    try check(mask)
    let sizes = try broadcastSizes(x.impl.sizes, mask.impl.sizes)
    func spread(_ t: Tensor) throws -> Tensor {
      t.impl.sizes == sizes ? t : try ViewOps.expand.callThrowing(t, Array(sizes), false)
    }
    return (try spread(x), try spread(mask))
  }

  // MARK: Filling

  private static func fill(_ target: Tensor, _ mask: Tensor, _ value: Tensor) throws {
    let flags = bytes(mask, target.impl.sizes)
    let number = value.detach().to(target.dtype)
    let width = target.dtype.byteCount
    try target.withContiguousTarget { t in
      parallelFor(t.count, grain: parallelGrainBytes / width) { range in
        let p = t.address + range.lowerBound * width
        torch_masked_fill(Int32(width), Int64(range.count), p, p, flags.flags + range.lowerBound, number.address)
      }
    }
  }

  private static let fillScalarCore = Update<Tensor, Scalar>.op(
    "aten::masked_fill.Scalar(Tensor self, Tensor mask, Scalar value) -> Tensor",
    rule: { x, mask, value in
      try checkInside(x, mask)
      try ValueCheck.fits(value, x.dtype)
    },
    apply: { target, mask, value in try fill(target, mask, try Tensor.filled(value, TensorSpec([], target.dtype))) },
    vjp: { _, mask, _ in
      let mask = SavedTensor(mask)
      return { g, sink in sink[0] = g.first.maskedFill(try sink.value(mask), 0) }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([3, 4], high: 2, dtype: .bool)), .scalar(.double(0.5))),
        Sample(.tensor(s.tensor([3, 1])), .tensor(s.integers([4], high: 2, dtype: .bool)), .scalar(.int(2))),
      ]
    })

  private static let fillTensorCore = Update<Tensor, Tensor>.op(
    "aten::masked_fill.Tensor(Tensor self, Tensor mask, Tensor value) -> Tensor",
    rule: { x, mask, value in
      try checkInside(x, mask)
      guard value.rank == 0 else { throw TorchError(.shape, "expected a 0-d value to fill with, got \(value.summary)") }
      if value.dtype.isComplex && !x.dtype.isComplex { throw TorchError(.dtype, "\(x.dtype) cannot hold a \(value.dtype) value") }
    },
    apply: { target, mask, value in try fill(target, mask, value) },
    vjp: { _, mask, value in
      let mask = SavedTensor(mask)
      let type = value.dtype
      return { g, sink in
        let flags = try sink.value(mask)
        if sink.wants(0) { sink[0] = g.first.maskedFill(flags, 0) }
        if sink.wants(2) { sink[2] = `where`(flags, g.first, 0).sum().to(type) }
      }
    },
    samples: { s in
      [Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([4], high: 2, dtype: .bool)), .tensor(s.tensor([])))]
    })

  package static let fillScalar = Op<Tensor, Tensor, Scalar, Tensor>(fillScalarCore.op.info) { x, mask, value in
    let (x, mask) = try common(x, mask)
    return try fillScalarCore.op.run(x, mask, value)
  }
  package static let fillTensor = Op<Tensor, Tensor, Tensor, Tensor>(fillTensorCore.op.info) { x, mask, value in
    let (x, mask) = try common(x, mask)
    return try fillTensorCore.op.run(x, mask, value)
  }
  package static let fillScalarInPlace = fillScalarCore.inPlace
  package static let fillTensorInPlace = fillTensorCore.inPlace

  // MARK: Selecting

  private static let select = Op<Tensor, Tensor, Tensor>.structured(
    "aten::masked_select(Tensor self, Tensor mask) -> Tensor",
    rule: { x, mask in
      guard x.isCPU && mask.isCPU else {
        throw TorchError(.elements, "the number of selected elements depends on the values, which \(x.device) tensors lack")
      }
      let flags = mask.detach().contiguous()
      return TensorSpec(like: x, sizes: [Int(torch_mask_count(flags.flags, Int64(flags.count)))])
    },
    kernel: { out, x, mask in
      let flags = mask.contiguous()
      let source = x.contiguous()
      _ = torch_masked_select(
        Int32(x.dtype.byteCount), Int64(source.count), out.address, source.address, flags.flags)
    },
    vjp: { tape, x, mask in
      let sizes = x.shape
      let mask = tape.save(mask)
      return { g, sink in
        sink[0] = Tensor.zeros(sizes, dtype: g.first.dtype).maskedScatter(try sink.value(mask), g.first)
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([3, 4], high: 2, dtype: .bool))),
        Sample(.tensor(s.tensor([3, 1])), .tensor(Tensor([true, false, true]))),
      ]
    })
  package static let selected = Op<Tensor, Tensor, Tensor>(select.info) { x, mask in
    let (x, mask) = try common(x, mask)
    return try select.run(x, mask)
  }

  // MARK: Scattering

  private static let scatterCore = Update<Tensor, Tensor>.op(
    "aten::masked_scatter(Tensor self, Tensor mask, Tensor source) -> Tensor",
    rule: { x, mask, source in
      try checkInside(x, mask)
      try IndexCheck.sameType(x, source, "source")
    },
    apply: { target, mask, source in
      let flags = bytes(mask, target.impl.sizes)
      let values = source.stable(besides: target)
      let needed = Int(torch_mask_count(flags.flags, Int64(flags.count)))
      guard needed <= values.count else {
        throw TorchError(.shape, "the mask selects \(needed) elements, but source has \(values.count)")
      }
      try target.withContiguousTarget { t in
        _ = torch_masked_scatter(
          Int32(t.dtype.byteCount), Int64(t.count), t.address, t.address, flags.flags, values.address,
          Int64(values.count))
      }
    },
    vjp: { x, mask, source in
      let mask = SavedTensor(mask)
      let (sizes, count, whole) = (source.shape, source.count, x.shape)
      return { g, sink in
        let flags = try sink.value(mask)
        if sink.wants(0) { sink[0] = g.first.maskedFill(flags, 0) }
        if sink.wants(2) {
          let picked = g.first.maskedSelect(flags.expand(whole))
          let rest = count - picked.count
          sink[2] = (rest > 0 ? cat([picked, Tensor.zeros(rest, dtype: picked.dtype)]) : picked).reshape(sizes)
        }
      }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([3, 4])), .tensor(s.integers([3, 4], high: 2, dtype: .bool)), .tensor(s.tensor([13]))),
        Sample(.tensor(s.tensor([2, 3])), .tensor(Tensor([true, false, true])), .tensor(s.tensor([2, 2]))),
      ]
    })
  package static let scatter = Op<Tensor, Tensor, Tensor, Tensor>(scatterCore.op.info) { x, mask, source in
    let (x, mask) = try common(x, mask)
    return try scatterCore.op.run(x, mask, source)
  }
  package static let scatterInPlace = scatterCore.inPlace

  package static let table: [AnyOp] = [
    fillScalar.erased, fillTensor.erased, fillScalarInPlace.erased, fillTensorInPlace.erased, selected.erased, scatter.erased,
    scatterInPlace.erased,
  ]
}

extension Tensor {
  /// This tensor with one number where the mask is set; both broadcast. `torch.masked_fill`.
  public func maskedFill(_ mask: Tensor, _ value: Scalar) -> Tensor { Masks.fillScalar(self, mask, value) }
  /// This tensor with a 0-d tensor's number where the mask is set; both broadcast. `torch.masked_fill`.
  @_disfavoredOverload  // a literal is a number here
  public func maskedFill(_ mask: Tensor, _ value: Tensor) -> Tensor { Masks.fillTensor(self, mask, value) }
  /// Sets the elements where the mask, which broadcasts, is set. `Tensor.masked_fill_`.
  @discardableResult
  public func maskedFill_(_ mask: Tensor, _ value: Scalar) -> Tensor { Masks.fillScalarInPlace(self, mask, value) }
  /// Sets the elements where the mask, which broadcasts, is set. `Tensor.masked_fill_`.
  @discardableResult
  @_disfavoredOverload  // a literal is a number here
  public func maskedFill_(_ mask: Tensor, _ value: Tensor) -> Tensor { Masks.fillTensorInPlace(self, mask, value) }
  /// The elements where the mask is set, in row-major order; both broadcast. `torch.masked_select`.
  public func maskedSelect(_ mask: Tensor) -> Tensor { Masks.selected(self, mask) }
  /// This tensor with the elements of `source`, in order, where the mask is set. `torch.masked_scatter`.
  public func maskedScatter(_ mask: Tensor, _ source: Tensor) -> Tensor { Masks.scatter(self, mask, source) }
  /// Writes the elements of `source`, in order, where the mask is set. `Tensor.masked_scatter_`.
  @discardableResult
  public func maskedScatter_(_ mask: Tensor, _ source: Tensor) -> Tensor { Masks.scatterInPlace(self, mask, source) }
}
