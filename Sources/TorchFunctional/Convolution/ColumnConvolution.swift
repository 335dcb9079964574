import CTorchKernels
import TorchCore

extension torch_columns {
  /// The geometry between an image and its positions, of one to three dimensions each.
  init(size: [Int], out: [Int], kernel: [Int], stride: [Int], padding: [Int], dilation: [Int]) {
    func three(_ values: [Int], _ filler: Int) -> (Int64, Int64, Int64) {
      let all = (Array(repeating: filler, count: 3 - values.count) + values).map { Int64($0) }
      return (all[0], all[1], all[2])
    }
    self.init(
      size: three(size, 1), out: three(out, 1), kernel: three(kernel, 1), stride: three(stride, 1), pad: three(padding, 0),
      dilation: three(dilation, 1))
  }

  var taps: Int { Int(kernel.0 * kernel.1 * kernel.2) }
  var positions: Int { Int(out.0 * out.1 * out.2) }
  var volume: Int { Int(size.0 * size.1 * size.2) }

  /// Whether the columns are the image itself.
  var isPointwise: Bool {
    taps == 1 && size == out && stride == (1, 1, 1) && pad == (0, 0, 0)
  }

  private func grain() -> Int { Swift.max(1, 65536 / Swift.max(taps * positions, 1)) }

  /// Writes the columns of `channels` planes, elements of `width` bytes.
  func gather(_ image: UnsafeRawPointer, into columns: UnsafeMutableRawPointer, channels: Int, width: Int) {
    withUnsafePointer(to: self) { geometry in
      parallelFor(channels, grain: grain()) {
        torch_im2col(columns, image, geometry, Int64(width), Int64($0.lowerBound), Int64($0.upperBound))
      }
    }
  }

  /// Adds columns up into the image; float32, float64, int64 and complex types.
  func scatter(_ columns: UnsafeRawPointer, into image: UnsafeMutableRawPointer, channels: Int, _ dtype: DType) throws {
    guard let kernels = torch_spatial(torch_level_current(), Int32(dtype.realType.rawValue)) else {
      throw TorchError(.dtype, "not defined for \(dtype)")
    }
    withUnsafePointer(to: self) { geometry in
      parallelFor(channels, grain: grain()) {
        kernels.pointee.col2im(image, columns, geometry, dtype.isComplex ? 2 : 1, Int64($0.lowerBound), Int64($0.upperBound))
      }
    }
  }
}

/// Convolution as matrix products with the columns of the input: every type that has products.
struct ColumnConvolution {
  private let geometry: torch_columns
  private let type: DType
  private let batch: Int
  private let channels: Int
  private let outputs: Int
  private let groups: Int

  init(_ input: Dims, _ weight: Dims, _ output: Dims, _ geometry: ConvolutionGeometry, _ type: DType) {
    self.geometry = torch_columns(
      size: Array(input.dropFirst(2)), out: Array(output.dropFirst(2)), kernel: Array(weight.dropFirst(2)), stride: geometry.stride,
      padding: geometry.padding, dilation: geometry.dilation)
    self.type = type
    batch = input[0]
    channels = input[1]
    outputs = weight[0]
    groups = geometry.groups
  }

  private var groupRows: Int { channels * geometry.taps / groups }
  private var groupOutputs: Int { outputs / groups }
  private var positions: Int { geometry.positions }

  /// Rows of a contiguous tensor's memory as a matrix.
  private func matrix(_ x: Tensor, at start: Int, _ rows: Int, _ columns: Int) -> Tensor {
    x.alias(sizes: [rows, columns], strides: [columns, 1], offset: x.impl.offset + start)
  }

  private func kernelMatrix(_ weight: Tensor, _ group: Int) -> Tensor {
    matrix(weight, at: group * groupOutputs * groupRows, groupOutputs, groupRows)
  }

  private func columnMatrix(_ columns: Tensor, _ start: Int, _ group: Int) -> Tensor {
    matrix(columns, at: start + group * groupRows * positions, groupRows, positions)
  }

  private func outputMatrix(_ output: Tensor, _ n: Int, _ group: Int) -> Tensor {
    matrix(output, at: (n * outputs + group * groupOutputs) * positions, groupOutputs, positions)
  }

  private func freshColumns() throws -> Tensor { try .allocate(TensorSpec([channels * geometry.taps, positions], type)) }

  /// Calls `body` for every example with the tensor that holds its columns, and where they start.
  private func eachExample(_ source: Tensor, _ body: (Int, Tensor, Int) throws -> Void) throws {
    let columns = geometry.isPointwise ? source : try freshColumns()
    for n in 0..<batch {
      let start = n * channels * geometry.volume
      if geometry.isPointwise {
        try body(n, source, start)
      } else {
        geometry.gather(
          source.address + start * type.byteCount, into: columns.address, channels: channels, width: type.byteCount)
        try body(n, columns, 0)
      }
    }
  }

  func forward(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, into out: Tensor) throws {
    let (source, kernel) = (x.contiguous(), weight.contiguous())
    let target = out.isContiguous ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
    try eachExample(source) { n, columns, start in
      for group in 0..<groups {
        try Gemm.product(kernelMatrix(kernel, group), columnMatrix(columns, start, group), into: outputMatrix(target, n, group))
      }
    }
    if let bias { target.add_(bias.reshape([1, -1] + Array(repeating: 1, count: out.rank - 2))) }
    if !(target === out) { Copying.copy(target, into: out) }
  }

  func inputGradient(_ g: Tensor, _ weight: Tensor, into out: Tensor) throws {
    let (gradient, kernel) = (g.contiguous(), weight.contiguous())
    let target = out.isContiguous ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
    let columns = try freshColumns()
    for n in 0..<batch {
      for group in 0..<groups {
        try Gemm.product(
          kernelMatrix(kernel, group).t(), outputMatrix(gradient, n, group), into: columnMatrix(columns, 0, group))
      }
      let place = target.address + n * channels * geometry.volume * type.byteCount
      try geometry.scatter(columns.address, into: place, channels: channels, type)
    }
    if !(target === out) { Copying.copy(target, into: out) }
  }

  func weightGradient(_ x: Tensor, _ g: Tensor, into out: Tensor) throws {
    let (source, gradient) = (x.contiguous(), g.contiguous())
    try eachExample(source) { n, columns, start in
      for group in 0..<groups {
        try Gemm.multiply(
          outputMatrix(gradient, n, group), columnMatrix(columns, start, group).t(), into: kernelMatrix(out, group), beta: n == 0 ? 0 : 1)
      }
    }
  }
}
