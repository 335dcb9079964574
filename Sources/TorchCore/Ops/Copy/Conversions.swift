/// Overloads of `to`.
extension CopyOps {
  package static let toDevice = Op<Tensor, Device, DType, Bool, Bool, MemoryFormat?, Tensor>.composite(
    "aten::to.device(Tensor(a) self, Device device, ScalarType dtype, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .device(.cpu), .dtype(.float64), false.box(), false.box(), .none)] }
  ) { x, device, dtype, waits, copies, format in
    if device == x.device { return try to.callThrowing(x, dtype, waits, copies, format) }
    return try converted.callThrowing(x, dtype, nil, device, nil, waits, format)
  }

  package static let toLayout = Op<Tensor, DType?, Layout?, Device?, Bool?, Bool, Bool, MemoryFormat?, Tensor>.composite(
    "aten::to.dtype_layout(Tensor(a) self, *, ScalarType? dtype=None, Layout? layout=None, Device? device=None, bool? pin_memory=None, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3])), .dtype(.float64), .none, .none, .none, false.box(), false.box(), .none)]
    }
  ) { x, dtype, _, device, _, waits, copies, format in
    try toDevice.callThrowing(x, device ?? x.device, dtype ?? x.dtype, waits, copies, format)
  }

  package static let toOther = Op<Tensor, Tensor, Bool, Bool, MemoryFormat?, Tensor>.composite(
    "aten::to.other(Tensor(a) self, Tensor other, bool non_blocking=False, bool copy=False, MemoryFormat? memory_format=None) -> Tensor(a)",
    samples: { s in
      [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2], dtype: .float64)), false.box(), false.box(), .none)]
    }
  ) { x, other, waits, copies, format in try toDevice.callThrowing(x, other.device, other.dtype, waits, copies, format) }

  package static let typeAs = Op<Tensor, Tensor, Tensor>.composite(
    "aten::type_as(Tensor self, Tensor other) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .tensor(s.tensor([2], dtype: .float64)))] }
  ) { x, other in try toOther.callThrowing(x, other, false, false, nil) }

  package static let complexHalf = Op<Tensor, MemoryFormat?, Tensor>.composite(
    "aten::chalf(Tensor self, *, MemoryFormat? memory_format=None) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 3])), .none)] }
  ) { x, format in try to.callThrowing(x, .complex32, false, false, format) }

  static let conversions: [AnyOp] = [complexHalf.erased, toDevice.erased, toLayout.erased, toOther.erased, typeAs.erased]
}

extension Tensor {
  /// The elements on another device; the tensor itself if it is there already. `Tensor.to(device)`.
  public func to(_ device: Device) -> Tensor { CopyOps.toDevice(self, device, dtype, false, false, nil) }
  /// The elements in another tensor's type and on its device. `Tensor.to(other)`.
  public func to(as other: Tensor) -> Tensor { CopyOps.toOther(self, other, false, false, nil) }
  /// The elements in another tensor's type. `Tensor.type_as`.
  public func typeAs(_ other: Tensor) -> Tensor { CopyOps.typeAs(self, other) }

  /// `float16` elements. `Tensor.half()`.
  public func half() -> Tensor { to(.float16) }
  /// `complex32` elements. `Tensor.chalf()`.
  public func complexHalf() -> Tensor { to(.complex32) }
  /// `float32` elements. `Tensor.float()`.
  public func float() -> Tensor { to(.float32) }
  /// `float64` elements. `Tensor.double()`.
  public func double() -> Tensor { to(.float64) }
  /// `int64` elements. `Tensor.long()`.
  public func long() -> Tensor { to(.int64) }
  /// `bool` elements: whether each differs from zero. `Tensor.bool()`.
  public func bool() -> Tensor { to(.bool) }
}
