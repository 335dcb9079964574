import TorchCore
import CTorchKernels

/// The windows of images as columns, and the way back, which adds up where windows overlap.
enum Unfold {
  private struct Plan {
    let geometry: torch_columns
    let batch: Int
    let channels: Int

    /// `sizes` are (C, H, W) or (N, C, H, W).
    init(_ sizes: [Int], _ kernel: [Int], _ dilation: [Int], _ padding: [Int], _ stride: [Int]) throws {
      guard sizes.count == 3 || sizes.count == 4, sizes.suffix(3).allSatisfy({ $0 > 0 && $0 <= Int32.max }) else {
        throw TorchError(.shape, "expected sizes (N, C, H, W) or (C, H, W), of which only N may be 0, got \(sizes)")
      }
      let kernel = try ConvolutionGeometry.spread(kernel, "kernel_size", least: 1, 2)
      let dilation = try ConvolutionGeometry.spread(dilation, "dilation", least: 1, 2)
      let padding = try ConvolutionGeometry.spread(padding, "padding", least: 0, 2)
      let stride = try ConvolutionGeometry.spread(stride, "stride", least: 1, 2)
      let image = Array(sizes.suffix(2))
      let out = (0..<2).map { i in
        let room = image[i] + 2 * padding[i] - dilation[i] * (kernel[i] - 1) - 1
        return room < 0 ? 0 : room / stride[i] + 1
      }
      guard out.allSatisfy({ $0 > 0 }) else {
        throw TorchError(.shape, "a kernel of \(kernel) with padding \(padding) and dilation \(dilation) does not fit into \(image)")
      }
      batch = sizes.count == 4 ? sizes[0] : 1
      channels = sizes[sizes.count - 3]
      _ = try Tensor.checkedByteCount(Dims([batch, channels] + kernel + out), .complex128)
      geometry = torch_columns(size: image, out: out, kernel: kernel, stride: stride, padding: padding, dilation: dilation)
    }

    var columnRows: Int { channels * geometry.taps }
  }

  static let im2col: Op<Tensor, [Int], [Int], [Int], [Int], Tensor> = .structured(
    "aten::im2col(Tensor self, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
    rule: { x, kernel, dilation, padding, stride in
      let plan = try Plan(x.shape, kernel, dilation, padding, stride)
      return TensorSpec(like: x, sizes: Dims((x.rank == 4 ? [plan.batch] : []) + [plan.columnRows, plan.geometry.positions]))
    },
    kernel: { out, x, kernel, dilation, padding, stride in
      let plan = try Plan(x.shape, kernel, dilation, padding, stride)
      let source = x.contiguous()
      let width = x.dtype.byteCount
      for n in 0..<plan.batch {
        plan.geometry.gather(
          source.address + n * plan.channels * plan.geometry.volume * width,
          into: out.address + n * plan.columnRows * plan.geometry.positions * width, channels: plan.channels, width: width)
      }
    },
    vjp: { _, x, kernel, dilation, padding, stride in
      let size = Array(x.shape.suffix(2))
      return { g, sink in sink[0] = col2im(g.first, size, kernel, dilation, padding, stride) }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 2, 4, 5])), [2, 3].box(), [1, 1].box(), [0, 1].box(), [1, 2].box()),
        Sample(.tensor(s.tensor([2, 5, 4])), [2, 2].box(), [2, 1].box(), [0, 0].box(), [1, 1].box()),
      ]
    })

  static let col2im: Op<Tensor, [Int], [Int], [Int], [Int], [Int], Tensor> = .structured(
    "aten::col2im(Tensor self, SymInt[2] output_size, int[2] kernel_size, int[2] dilation, int[2] padding, int[2] stride) -> Tensor",
    rule: { x, size, kernel, dilation, padding, stride in
      let (plan, sizes) = try columnPlan(x, size, kernel, dilation, padding, stride)
      guard x.impl.sizes[x.rank - 1] == plan.geometry.positions else {
        throw TorchError(
          .shape, "\(size) has \(plan.geometry.positions) positions for this kernel, but self \(x.impl.sizes) has another number")
      }
      guard x.dtype != .bool else { throw TorchError(.dtype, "columns of bool cannot be added up") }
      return TensorSpec(like: x, sizes: Dims(sizes))
    },
    kernel: { out, x, size, kernel, dilation, padding, stride in
      let (plan, _) = try columnPlan(x, size, kernel, dilation, padding, stride)
      let type = x.dtype.isInteger ? .int64 : x.dtype.widened
      let source = x.to(type).contiguous()
      let target = out.dtype == type ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
      let width = type.byteCount
      for n in 0..<plan.batch {
        try plan.geometry.scatter(
          source.address + n * plan.columnRows * plan.geometry.positions * width,
          into: target.address + n * plan.channels * plan.geometry.volume * width, channels: plan.channels, type)
      }
      if !(target === out) { Copying.copy(target, into: out) }
    },
    vjp: { _, _, _, kernel, dilation, padding, stride in
      { g, sink in sink[0] = im2col(g.first, kernel, dilation, padding, stride) }
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([2, 8, 9])), [4, 4].box(), [2, 2].box(), [1, 1].box(), [0, 0].box(), [1, 1].box()),
        Sample(.tensor(s.tensor([4, 6])), [4, 5].box(), [2, 2].box(), [1, 2].box(), [0, 1].box(), [2, 2].box()),
      ]
    })

  /// The plan of columns (N, C * kernel, L) or (C * kernel, L), and the sizes of their image.
  private static func columnPlan(
    _ x: Tensor, _ size: [Int], _ kernel: [Int], _ dilation: [Int], _ padding: [Int], _ stride: [Int]
  ) throws -> (Plan, [Int]) {
    let taps = try ConvolutionGeometry.spread(kernel, "kernel_size", least: 1, 2).reduce(1, *)
    let image = try ConvolutionGeometry.spread(size, "output_size", least: 1, 2)
    guard x.rank == 2 || x.rank == 3, x.impl.sizes[x.rank - 2] > 0, x.impl.sizes[x.rank - 2] % taps == 0 else {
      throw TorchError(.shape, "expected columns (N, C * \(taps), L) or (C * \(taps), L), got \(x.impl.sizes)")
    }
    let sizes = (x.rank == 3 ? [x.impl.sizes[0]] : []) + [x.impl.sizes[x.rank - 2] / taps] + image
    return (try Plan(sizes, kernel, dilation, padding, stride), sizes)
  }

  static let table: [AnyOp] = [im2col.erased, col2im.erased]
}

/// The windows of images (N, C, H, W) or (C, H, W) as columns (N, C * kernel, L). `torch.nn.functional.unfold`.
/// - Parameters: one number for both dimensions, or two.
public func unfold(
  _ input: Tensor, kernelSize: [Int], dilation: [Int] = [1], padding: [Int] = [0], stride: [Int] = [1]
) -> Tensor {
  Unfold.im2col(input, kernelSize, dilation, padding, stride)
}

/// Images of `outputSize` from columns (N, C * kernel, L): the sums of the windows that cover each position.
/// `torch.nn.functional.fold`.
public func fold(
  _ input: Tensor, outputSize: [Int], kernelSize: [Int], dilation: [Int] = [1], padding: [Int] = [0], stride: [Int] = [1]
) -> Tensor {
  Unfold.col2im(input, outputSize, kernelSize, dilation, padding, stride)
}
