import TorchCore

/// The convolutions by number of dimensions, of a batch or of one example.
enum ConvolutionForms {
  typealias Plain = Op<Tensor, Tensor, Tensor?, [Int], [Int], [Int], Int, Tensor>
  typealias Named = Op<Tensor, Tensor, Tensor?, [Int], String, [Int], Int, Tensor>
  typealias Transposed = Op<Tensor, Tensor, Tensor?, [Int], [Int], [Int], Int, [Int], Tensor>

  /// Runs `body` on a batch; an example without one gets a batch of 1 for the time.
  private static func batched(_ x: Tensor, _ spatial: Int, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
    if x.rank == spatial + 1 { return try body(x.unsqueeze(0)).squeeze(0) }
    guard x.rank == spatial + 2 else {
      throw TorchError(.shape, "expected an input of \(spatial + 1) or \(spatial + 2) dimensions, got \(x.impl.sizes)")
    }
    return try body(x)
  }

  private static func check(_ weight: Tensor, _ spatial: Int) throws {
    guard weight.rank == spatial + 2 else {
      throw TorchError(.shape, "expected a weight of \(spatial + 2) dimensions, got \(weight.impl.sizes)")
    }
  }

  private static func plain(_ schema: String, _ spatial: Int, samples: @escaping SampleMaker) -> Plain {
    .composite(schema, rule: { _, weight, _, _, _, _, _ in try check(weight, spatial) }, samples: samples) {
      x, weight, bias, stride, padding, dilation, groups in
      try batched(x, spatial) {
        try ConvolutionOps.convolution.callThrowing($0, weight, bias, stride, padding, dilation, false, [0], groups)
      }
    }
  }

  private static func named(_ schema: String, _ spatial: Int, samples: @escaping SampleMaker) -> Named {
    .composite(schema, rule: { _, weight, _, _, _, _, _ in try check(weight, spatial) }, samples: samples) {
      x, weight, bias, stride, padding, dilation, groups in
      try batched(x, spatial) { x in
        let (input, sizes) = try padded(x, weight, padding, stride, dilation, groups)
        return try ConvolutionOps.convolution.callThrowing(input, weight, bias, stride, sizes, dilation, false, [0], groups)
      }
    }
  }

  /// The padding that a name stands for. Where "same" needs one more element at the end, the input gets it.
  private static func padded(
    _ x: Tensor, _ weight: Tensor, _ padding: String, _ stride: [Int], _ dilation: [Int], _ groups: Int
  ) throws -> (Tensor, [Int]) {
    let spatial = weight.rank - 2
    let geometry = try ConvolutionGeometry(stride, [0], dilation, groups, spatial: spatial)
    switch padding {
    case "valid": return (x, [0])
    case "same":
      guard geometry.stride.allSatisfy({ $0 == 1 }) else {
        throw TorchError(.value, "padding \"same\" needs a stride of 1, got \(stride)")
      }
      let total = (0..<spatial).map { geometry.dilation[$0] * (Swift.max(weight.impl.sizes[$0 + 2], 1) - 1) }
      let ends = total.reversed().flatMap { [0, $0 % 2] }
      return (ends.allSatisfy { $0 == 0 } ? x : x.constantPad(ends), total.map { $0 / 2 })
    default: throw TorchError(.value, "padding must be \"valid\", \"same\" or numbers, got \"\(padding)\"")
    }
  }

  private static func transposed(_ schema: String, _ spatial: Int, samples: @escaping SampleMaker) -> Transposed {
    .composite(schema, rule: { _, weight, _, _, _, _, _, _ in try check(weight, spatial) }, samples: samples) {
      x, weight, bias, stride, padding, outputPadding, groups, dilation in
      try batched(x, spatial) {
        try ConvolutionOps.convolution.callThrowing($0, weight, bias, stride, padding, dilation, true, outputPadding, groups)
      }
    }
  }

  static let conv1d = plain(
    "aten::conv1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], SymInt[1] padding=[0], SymInt[1] dilation=[1], SymInt groups=1) -> Tensor",
    1,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 2, 6])), .tensor(s.tensor([3, 2, 3])), .tensor(s.tensor([3])), [2].box(), [1].box(), [1].box(),
          1.box())
      ]
    })
  static let conv2d = plain(
    "aten::conv2d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor",
    2,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 2, 5, 4])), .tensor(s.tensor([3, 2, 3, 2])), .tensor(s.tensor([3])), [2, 1].box(), [1, 0].box(),
          [1].box(), 1.box()),
        Sample(.tensor(s.tensor([2, 6, 6])), .tensor(s.tensor([2, 1, 3, 3])), .none, [1].box(), [0].box(), [2].box(), 2.box()),
      ]
    })
  static let conv3d = plain(
    "aten::conv3d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0], SymInt[3] dilation=[1, 1, 1], SymInt groups=1) -> Tensor",
    3,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 3, 3, 4])), .tensor(s.tensor([2, 2, 2, 2, 3])), .tensor(s.tensor([2])), [1, 2, 1].box(),
          [1].box(), [1].box(), 1.box())
      ]
    })

  static let conv1dNamed = named(
    "aten::conv1d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], str padding=\"valid\", SymInt[1] dilation=[1], SymInt groups=1) -> Tensor",
    1,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 2, 6])), .tensor(s.tensor([3, 2, 4])), .tensor(s.tensor([3])), [1].box(), .string("same"),
          [1].box(), 1.box()),
        Sample(.tensor(s.tensor([2, 6])), .tensor(s.tensor([3, 2, 2])), .none, [2].box(), .string("valid"), [1].box(), 1.box()),
      ]
    })
  static let conv2dNamed = named(
    "aten::conv2d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], str padding=\"valid\", SymInt[2] dilation=[1, 1], SymInt groups=1) -> Tensor",
    2,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 2, 4, 5])), .tensor(s.tensor([2, 1, 2, 3])), .none, [1].box(), .string("same"), [1, 2].box(),
          2.box())
      ]
    })
  static let conv3dNamed = named(
    "aten::conv3d.padding(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], str padding=\"valid\", SymInt[3] dilation=[1, 1, 1], SymInt groups=1) -> Tensor",
    3,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 2, 2, 3, 4])), .tensor(s.tensor([2, 2, 2, 3, 2])), .none, [1].box(), .string("same"), [1].box(),
          1.box())
      ]
    })

  static let transposed1d = transposed(
    "aten::conv_transpose1d(Tensor input, Tensor weight, Tensor? bias=None, SymInt[1] stride=[1], SymInt[1] padding=[0], SymInt[1] output_padding=[0], SymInt groups=1, SymInt[1] dilation=[1]) -> Tensor",
    1,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 4])), .tensor(s.tensor([2, 3, 3])), .tensor(s.tensor([3])), [2].box(), [1].box(), [1].box(),
          1.box(), [1].box())
      ]
    })
  static let transposed2d = transposed(
    "aten::conv_transpose2d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[2] stride=[1, 1], SymInt[2] padding=[0, 0], SymInt[2] output_padding=[0, 0], SymInt groups=1, SymInt[2] dilation=[1, 1]) -> Tensor",
    2,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 2, 3, 3])), .tensor(s.tensor([2, 2, 2, 3])), .tensor(s.tensor([4])), [2, 1].box(), [0, 1].box(),
          [1, 0].box(), 2.box(), [1].box()),
        Sample(
          .tensor(s.tensor([1, 2, 3, 3])), .tensor(s.tensor([2, 1, 2, 2])), .none, [1].box(), [0].box(), [1].box(), 1.box(),
          [2].box()),
      ]
    })
  static let transposed3d = transposed(
    "aten::conv_transpose3d.input(Tensor input, Tensor weight, Tensor? bias=None, SymInt[3] stride=[1, 1, 1], SymInt[3] padding=[0, 0, 0], SymInt[3] output_padding=[0, 0, 0], SymInt groups=1, SymInt[3] dilation=[1, 1, 1]) -> Tensor",
    3,
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 2, 2, 2, 3])), .tensor(s.tensor([2, 2, 2, 1, 2])), .tensor(s.tensor([2])), [2].box(), [0].box(),
          [1, 0, 1].box(), 1.box(), [1].box())
      ]
    })

  /// What traced programs call; the last four arguments choose among GPU kernels.
  static let traced = Op<Tensor, Tensor, Tensor?, [Int], [Int], [Int], Bool, [Int], Int, Bool, Bool, Bool, Bool, Tensor>.composite(
    "aten::_convolution(Tensor input, Tensor weight, Tensor? bias, SymInt[] stride, SymInt[] padding, SymInt[] dilation, bool transposed, SymInt[] output_padding, SymInt groups, bool benchmark, bool deterministic, bool cudnn_enabled, bool allow_tf32) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([1, 2, 5])), .tensor(s.tensor([3, 2, 2])), .none, [1].box(), [0].box(), [1].box(), false.box(), [0].box(),
          1.box(), false.box(), false.box(), true.box(), true.box())
      ]
    }
  ) { x, weight, bias, stride, padding, dilation, transposed, outputPadding, groups, _, _, _, _ in
    try ConvolutionOps.convolution.callThrowing(x, weight, bias, stride, padding, dilation, transposed, outputPadding, groups)
  }

  static let table: [AnyOp] = [
    traced.erased, conv1d.erased, conv2d.erased, conv3d.erased, conv1dNamed.erased, conv2dNamed.erased, conv3dNamed.erased, transposed1d.erased,
    transposed2d.erased, transposed3d.erased,
  ]
}

/// Padding that is derived from the kernel: none, or so much that a stride of 1 keeps the sizes.
public enum ConvolutionPadding: String, Sendable { case valid, same }

/// Cross-correlation of (N, C, L) with (O, C / groups, K). All types but bool. `torch.nn.functional.conv1d`.
public func conv1d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1
) -> Tensor {
  ConvolutionForms.conv1d(x, weight, bias, [stride], [padding], [dilation], groups)
}
/// `conv1d` with the padding given by name.
public func conv1d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: ConvolutionPadding, dilation: Int = 1, groups: Int = 1
) -> Tensor {
  ConvolutionForms.conv1dNamed(x, weight, bias, [stride], padding.rawValue, [dilation], groups)
}

/// Cross-correlation of (N, C, H, W) with (O, C / groups, KH, KW). One number stands for both dimensions. A result keeps the
/// channels-last layout of its input or weight. `torch.nn.functional.conv2d`.
public func conv2d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
) -> Tensor {
  ConvolutionForms.conv2d(x, weight, bias, stride, padding, dilation, groups)
}
/// `conv2d` with the padding given by name.
public func conv2d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: ConvolutionPadding, dilation: [Int] = [1],
  groups: Int = 1
) -> Tensor {
  ConvolutionForms.conv2dNamed(x, weight, bias, stride, padding.rawValue, dilation, groups)
}

/// Cross-correlation of (N, C, D, H, W) with (O, C / groups, KD, KH, KW). `torch.nn.functional.conv3d`.
public func conv3d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], dilation: [Int] = [1], groups: Int = 1
) -> Tensor {
  ConvolutionForms.conv3d(x, weight, bias, stride, padding, dilation, groups)
}
/// `conv3d` with the padding given by name.
public func conv3d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: ConvolutionPadding, dilation: [Int] = [1],
  groups: Int = 1
) -> Tensor {
  ConvolutionForms.conv3dNamed(x, weight, bias, stride, padding.rawValue, dilation, groups)
}

/// The transposed convolution, the gradient of `conv1d` by its input, of (N, C, L) with (C, O / groups, K).
/// `torch.nn.functional.conv_transpose1d`.
/// - Parameter outputPadding: elements that the result has more at the end, less than the stride or the dilation.
public func convTranspose1d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0, groups: Int = 1,
  dilation: Int = 1
) -> Tensor {
  ConvolutionForms.transposed1d(x, weight, bias, [stride], [padding], [outputPadding], groups, [dilation])
}

/// The transposed convolution of (N, C, H, W) with (C, O / groups, KH, KW); see `convTranspose1d`.
/// `torch.nn.functional.conv_transpose2d`.
public func convTranspose2d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0],
  groups: Int = 1, dilation: [Int] = [1]
) -> Tensor {
  ConvolutionForms.transposed2d(x, weight, bias, stride, padding, outputPadding, groups, dilation)
}

/// The transposed convolution of (N, C, D, H, W) with (C, O / groups, KD, KH, KW); see `convTranspose1d`.
/// `torch.nn.functional.conv_transpose3d`.
public func convTranspose3d(
  _ x: Tensor, _ weight: Tensor, _ bias: Tensor? = nil, stride: [Int] = [1], padding: [Int] = [0], outputPadding: [Int] = [0],
  groups: Int = 1, dilation: [Int] = [1]
) -> Tensor {
  ConvolutionForms.transposed3d(x, weight, bias, stride, padding, outputPadding, groups, dilation)
}
