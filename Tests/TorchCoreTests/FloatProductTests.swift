import Testing
import TorchOps
import TorchTestSupport

/// Products of float32 matrices against float64: every rest of rows, columns and depth that the kernels treat apart.
@Suite struct FloatProductTests {
  static let sizes: [[Int]] = [
    [1, 1, 1], [5, 3, 7], [6, 16, 8], [7, 17, 9], [12, 33, 100], [13, 8, 500], [64, 64, 64], [97, 50, 400], [130, 15, 31],
    [200, 9, 800], [3, 200, 40],
  ]

  private static func random(_ sizes: [Int], _ seed: UInt64) -> Tensor { withGenerator(Generator(seed: seed)) { Tensor.randn(sizes) } }

  @Test(arguments: sizes) func `float32 agrees with float64`(_ size: [Int]) { Self.check(size) }

  static func check(_ size: [Int]) {
    let (m, n, k) = (size[0], size[1], size[2])
    let (a, b) = (random([m, k], 1), random([k, n], 2))
    let (at, bt) = (random([k, m], 3).t(), random([n, k], 4).t())
    for x in [a, at] {
      for y in [b, bt] {
        let exact = x.double().matmul(y.double())
        let error = (x.matmul(y).double() - exact).abs().amax().item(as: Double.self)
        #expect(error <= 1e-6 * Double(k).squareRoot() * 10)
        let sum = Tensor.ones([m, n])
        #expect((sum.addmm(x, y).double() - exact - 1).abs().amax().item(as: Double.self) <= 1e-6 * Double(k).squareRoot() * 10)
      }
    }
    let (weight, bias) = (random([n, k], 5), random([n], 6))
    let exact = linear(a.double(), weight.double(), bias.double())
    #expect((linear(a, weight, bias).double() - exact).abs().amax().item(as: Double.self) <= 1e-6 * Double(k).squareRoot() * 10)
  }

  @Test func `operands that lie across each other are added tile by tile`() {
    for type in [DType.float32, .float64, .bfloat16, .int32, .complex64] {
      for sizes in [[40, 70], [3, 33, 300], [2, 17, 8, 9]] {
        let x = (Self.random(sizes, 1) * 10).to(type)
        let turned = (Self.random(Array(sizes.dropLast(2)) + [sizes[sizes.count - 1], sizes[sizes.count - 2]], 2) * 10).to(type).transpose(-2, -1)
        #expect((x + turned).eq(x + turned.contiguous()).all().item().boolValue)
        #expect((turned + x).eq(turned.contiguous() + x).all().item().boolValue)
        #expect((turned * turned + 1).eq((turned * turned).contiguous() + 1).all().item().boolValue)
      }
    }
    let (x, mask) = (Self.random([30, 50], 3), Self.random([50, 30], 4).t() .> 0)
    #expect(`where`(mask, x, x.t().contiguous().t() + 1).eq(`where`(mask.contiguous(), x, x + 1)).all().item().boolValue)
  }
}
