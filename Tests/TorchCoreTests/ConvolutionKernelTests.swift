import Testing
@testable import TorchFunctional
import TorchOps
import TorchTestSupport

/// The float32 kernels of our own against the same convolution in float64, at every instruction-set level: layouts, borders, partial
/// tiles, both directions.
@Suite struct ConvolutionKernelTests {
  struct Shape: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let input: [Int], weight: [Int]
    var stride = 1, padding = 1, groups = 1
    var isWinograd = false
  }

  static let shapes = [
    // Winograd: whole and partial tiles, in blocks and in phases, all paddings.
    Shape(testDescription: "whole tiles", input: [4, 32, 32, 32], weight: [32, 32, 3, 3], isWinograd: true),
    Shape(testDescription: "partial tiles", input: [4, 40, 29, 30], weight: [64, 40, 3, 3], isWinograd: true),
    Shape(testDescription: "no padding", input: [3, 32, 38, 31], weight: [32, 32, 3, 3], padding: 0, isWinograd: true),
    Shape(testDescription: "padding of two", input: [2, 32, 40, 40], weight: [32, 32, 3, 3], padding: 2, isWinograd: true),
    Shape(testDescription: "large weights", input: [2, 128, 30, 30], weight: [128, 128, 3, 3], isWinograd: true),
    // Depthwise: strides, kernels, rows that are no whole vectors.
    Shape(testDescription: "depthwise", input: [2, 6, 17, 37], weight: [6, 1, 3, 3], groups: 6),
    Shape(testDescription: "depthwise, stride 2", input: [2, 6, 17, 36], weight: [6, 1, 3, 3], stride: 2, groups: 6),
    Shape(testDescription: "depthwise, 5 x 5", input: [1, 5, 9, 70], weight: [5, 1, 5, 5], padding: 2, groups: 5),
    Shape(testDescription: "depthwise, 2 x 7", input: [1, 3, 9, 9], weight: [3, 1, 2, 7], stride: 2, padding: 1, groups: 3),
    Shape(testDescription: "depthwise, one row", input: [1, 3, 1, 5], weight: [3, 1, 3, 3], groups: 3),
    // Kernels of one element: few and many images, odd numbers of positions.
    Shape(testDescription: "pointwise", input: [1, 20, 9, 7], weight: [30, 20, 1, 1], padding: 0),
    Shape(testDescription: "pointwise, many images", input: [7, 17, 6, 7], weight: [19, 17, 1, 1], padding: 0),
  ]

  @Test(arguments: shapes, [MemoryFormat.contiguous, .channelsLast])
  func `float32 agrees with float64`(_ shape: Shape, _ format: MemoryFormat) { Self.check(shape, format) }

  /// The level is the process's: in a process of its own.
  @Test func `every level agrees with float64`() async {
    await #expect(processExitsWith: .success) {
      try InstructionLevels.forEach { _ in
        for shape in ConvolutionKernelTests.shapes { ConvolutionKernelTests.check(shape, .contiguous) }
        for size in FloatProductTests.sizes { FloatProductTests.check(size) }
      }
    }
  }

  @Test(arguments: shapes) func `Winograd's method is used where it is faster`(_ shape: Shape) throws {
    let (x, weight) = (Tensor.zeros(shape.input), Tensor.zeros(shape.weight))
    let geometry = try ConvolutionGeometry([shape.stride], [shape.padding], [1], shape.groups, spatial: 2)
    let out = conv2d(x, weight, stride: [shape.stride], padding: [shape.padding], groups: shape.groups)
    #expect((WinogradConvolution(x, weight, out, geometry, isTurned: false) != nil) == shape.isWinograd)
  }

  private static func check(_ shape: Shape, _ format: MemoryFormat) {
    let x = withGenerator(Generator(seed: 1)) { Tensor.randn(shape.input) }
    let weight = withGenerator(Generator(seed: 2)) { Tensor.randn(shape.weight) } / 10
    let bias = withGenerator(Generator(seed: 3)) { Tensor.randn([shape.weight[0]]) }
    func results(_ dtype: DType) -> [Tensor] {
      let inputs = [x, weight, bias].map { $0.to(dtype, copy: true).requiresGrad_() }
      let y = conv2d(
        inputs[0].contiguous(memoryFormat: format), inputs[1], inputs[2], stride: [shape.stride], padding: [shape.padding],
        groups: shape.groups)
      (y * y).sum().backward()
      return [y] + inputs.map { $0.grad! }
    }
    // Half of a part in a million of the largest element a step of the sum; Winograd's points grow what they add.
    for (single, double) in zip(results(.float32), results(.float64)) {
      let scale = double.abs().amax().item(as: Double.self)
      #expect((single.double() - double).abs().amax().item(as: Double.self) <= 1e-5 * scale)
    }
  }

  @Test func `weights that change are prepared anew`() throws {
    let x = withGenerator(Generator(seed: 1)) { Tensor.randn([4, 32, 32, 32]) }
    let weight = withGenerator(Generator(seed: 2)) { Tensor.randn([32, 32, 3, 3]) }
    let (rows, matrix) = (Tensor.ones([16, 64]), Tensor.ones([64, 64]))
    let first = conv2d(x, weight, padding: [1])
    for factor in [1, 1, 2, 2, 2] as [Float] {
      if factor == 2, matrix[0, 0].item(as: Float.self) == 1 {
        weight.mul_(2)
        matrix.mul_(2)
      }
      let expected = Tensor(factor)
      #expect((conv2d(x, weight, padding: [1]) - first * expected).abs().amax().item(as: Float.self) < 1e-4)
      #expect(linear(rows, matrix).eq(expected * 64).all().item().boolValue)
    }
  }
}
