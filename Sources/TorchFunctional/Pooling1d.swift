import TorchCore
// Pooling over one dimension: the two-dimensional ops with a window of height 1.
extension Pooling {
  private static func one(_ values: [Int], _ name: String, _ filler: Int) throws -> [Int] {
    guard values.count == 1 else { throw TorchError(.value, "\(name) must be one number, got \(values)") }
    return [filler, values[0]]
  }

  private static func check(_ x: Tensor) throws {
    guard x.rank == 2 || x.rank == 3 else { throw TorchError(.shape, "expected sizes (N, C, L) or (C, L), got \(x.impl.sizes)") }
  }

  static let max1d = MaxArguments<Tensor>.composite(
    "aten::max_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], int[1] dilation=[1], bool ceil_mode=False) -> Tensor",
    rule: { x, _, _, _, _, _ in try check(x) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 7])), [2].box(), [Int]().box(), [0].box(), [1].box(), false.box()),
        Sample(.tensor(s.tensor([3, 8])), [3].box(), [2].box(), [1].box(), [2].box(), true.box()),
      ]
    }
  ) { x, kernel, stride, padding, dilation, ceil in
    try max2d.callThrowing(
      x.unsqueeze(-2), try one(kernel, "kernel_size", 1), stride.isEmpty ? [] : try one(stride, "stride", 1),
      try one(padding, "padding", 0), try one(dilation, "dilation", 1), ceil
    ).squeeze(-2)
  }

  static let average1d = Op<Tensor, [Int], [Int], [Int], Bool, Bool, Tensor>.composite(
    "aten::avg_pool1d(Tensor self, int[1] kernel_size, int[1] stride=[], int[1] padding=[0], bool ceil_mode=False, bool count_include_pad=True) -> Tensor",
    rule: { x, _, _, _, _, _ in try check(x) },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 3, 7])), [2].box(), [Int]().box(), [0].box(), false.box(), true.box()),
        Sample(.tensor(s.tensor([3, 8])), [3].box(), [2].box(), [1].box(), true.box(), false.box()),
      ]
    }
  ) { x, kernel, stride, padding, ceil, counts in
    try average2d.callThrowing(
      x.unsqueeze(-2), try one(kernel, "kernel_size", 1), stride.isEmpty ? [] : try one(stride, "stride", 1),
      try one(padding, "padding", 0), ceil, counts, nil
    ).squeeze(-2)
  }

  static let adaptive1d = Op<Tensor, [Int], Tensor>.composite(
    "aten::adaptive_avg_pool1d(Tensor self, int[1] output_size) -> Tensor",
    rule: { x, _ in try check(x) },
    samples: { s in [Sample(.tensor(s.tensor([2, 3, 7])), [3].box())] }
  ) { x, size in try adaptive2d.callThrowing(x.unsqueeze(-2), try one(size, "output_size", 1)).squeeze(-2) }
}

/// The largest elements of windows over the last dimension of sizes (N, C, L) or (C, L). `torch.nn.functional.max_pool1d`.
public func maxPool1d(
  _ input: Tensor, _ kernelSize: Int, stride: Int? = nil, padding: Int = 0, dilation: Int = 1, ceilMode: Bool = false
) -> Tensor {
  Pooling.max1d(input, [kernelSize], stride.map { [$0] } ?? [], [padding], [dilation], ceilMode)
}
/// The means of windows over the last dimension of sizes (N, C, L) or (C, L). `torch.nn.functional.avg_pool1d`.
public func avgPool1d(
  _ input: Tensor, _ kernelSize: Int, stride: Int? = nil, padding: Int = 0, ceilMode: Bool = false, countIncludePad: Bool = true
) -> Tensor {
  Pooling.average1d(input, [kernelSize], stride.map { [$0] } ?? [], [padding], ceilMode, countIncludePad)
}
/// Means over as many about equal windows of the last dimension as asked for. `torch.nn.functional.adaptive_avg_pool1d`.
public func adaptiveAvgPool1d(_ input: Tensor, _ outputSize: Int) -> Tensor { Pooling.adaptive1d(input, [outputSize]) }
