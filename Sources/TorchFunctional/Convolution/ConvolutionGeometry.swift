import TorchCore

/// Stride, padding, dilation and groups of a convolution, and whether it is transposed.
struct ConvolutionGeometry: Sendable {
  let stride: [Int]
  let padding: [Int]
  let dilation: [Int]
  let isTransposed: Bool
  /// Elements a transposed convolution adds at the end of each dimension.
  let outputPadding: [Int]
  let groups: Int

  /// One entry for each spatial dimension; a single one stands for all.
  init(
    _ stride: [Int], _ padding: [Int], _ dilation: [Int], transposed: Bool = false, outputPadding: [Int] = [0], _ groups: Int,
    spatial: Int
  ) throws {
    self.stride = try Self.spread(stride, "stride", least: 1, spatial)
    self.padding = try Self.spread(padding, "padding", least: 0, spatial)
    self.dilation = try Self.spread(dilation, "dilation", least: 1, spatial)
    self.outputPadding = try Self.spread(outputPadding, "output_padding", least: 0, spatial)
    isTransposed = transposed
    guard groups >= 1 else { throw TorchError(.value, "groups must be at least 1, got \(groups)") }
    self.groups = groups
    guard transposed else { return }
    for i in 0..<spatial where self.outputPadding[i] >= Swift.max(self.stride[i], self.dilation[i]) {
      throw TorchError(
        .value, "output_padding must be smaller than stride or dilation, got \(outputPadding) for \(stride) and \(dilation)")
    }
  }

  /// The same for the other direction.
  func reversed(transposed: Bool, outputPadding: [Int]? = nil) throws -> ConvolutionGeometry {
    try ConvolutionGeometry(
      stride, padding, dilation, transposed: transposed, outputPadding: outputPadding ?? [0], groups, spatial: stride.count)
  }

  static func spread(_ values: [Int], _ name: String, least: Int, _ spatial: Int) throws -> [Int] {
    let all = values.count == 1 ? Array(repeating: values[0], count: spatial) : values
    guard all.count == spatial, all.allSatisfy({ $0 >= least && $0 <= Int32.max }) else {
      throw TorchError(.value, "\(name) must be 1 or \(spatial) numbers of at least \(least), got \(values)")
    }
    return all
  }

  /// Sizes of the result; throws where input and weight do not fit.
  func outputSizes(_ x: Tensor, _ weight: Tensor) throws -> Dims {
    let spatial = stride.count
    guard x.rank == spatial + 2, weight.rank == spatial + 2, spatial >= 1 else {
      throw TorchError(.shape, "expected input and weight with \(spatial + 2) dimensions, got \(x.impl.sizes) and \(weight.impl.sizes)")
    }
    let (sizes, kernel) = (x.impl.sizes, weight.impl.sizes)
    guard sizes.allSatisfy({ $0 <= Int32.max }), kernel.allSatisfy({ $0 <= Int32.max }) else {
      throw TorchError(.shape, "sizes above 2^31 are not supported, got \(sizes) and \(kernel)")
    }
    guard kernel[0] % groups == 0, kernel[0] > 0 else {
      throw TorchError(.shape, "the \(kernel[0]) channels of weight's first dimension cannot be divided into \(groups) groups")
    }
    let takes = isTransposed ? kernel[0] : kernel[1] * groups
    guard sizes[1] == takes else {
      throw TorchError(
        .shape, "the input has \(sizes[1]) channels but weight \(kernel) with \(groups) group\(groups == 1 ? "" : "s") takes \(takes)")
    }
    var out: Dims = [sizes[0], isTransposed ? kernel[1] * groups : kernel[0]]
    for i in 0..<spatial {
      guard kernel[i + 2] > 0 else { throw TorchError(.shape, "the kernel must not be empty, got weight sizes \(kernel)") }
      let reach = dilation[i] * (kernel[i + 2] - 1) + 1
      if isTransposed {
        let size = (sizes[i + 2] - 1) * stride[i] - 2 * padding[i] + reach + outputPadding[i]
        guard size >= 1 else {
          throw TorchError(.shape, "the result would have size \(size) in spatial dimension \(i)")
        }
        out.append(size)
      } else {
        let padded = sizes[i + 2] + 2 * padding[i]
        guard padded >= reach else {
          throw TorchError(.shape, "the kernel reaches over \(reach) elements but the padded input has \(padded) in spatial dimension \(i)")
        }
        out.append((padded - reach) / stride[i] + 1)
      }
    }
    return out
  }

  /// The output padding with which the transposed convolution of `output` positions gives back `input` positions.
  func outputPadding(input: [Int], output: [Int], kernel: [Int]) -> [Int] {
    stride.indices.map { i in
      let reach = dilation[i] * (kernel[i] - 1) + 1
      return input[i] - ((output[i] - 1) * stride[i] - 2 * padding[i] + reach)
    }
  }

  func shape(input: Dims, weight: Dims, output: Dims, hasBias: Bool, channelsLast: Bool) -> ConvolutionShape {
    ConvolutionShape(
      input: Array(input), weight: Array(weight), output: Array(output), stride: stride, padding: padding, dilation: dilation,
      groups: groups, hasBias: hasBias, channelsLast: channelsLast)
  }
}
