import Testing

@testable import TorchCore
import TorchOps

/// Reductions over expanded tensors of more than 2^31 elements, which lie in memory once.
@Suite struct ExpandedReductionTests {
  static let count = 1 << 31 + 10

  @Test(arguments: [DType.float64, .float32, .int64, .int32, .uint8])
  func sums(_ dtype: DType) {
    let x = Tensor([1, 2, 3], dtype: dtype).reshape(3, 1).expand(3, Self.count)
    func rounded(_ value: Int) -> Double { dtype == .float32 ? Double(Float(value)) : Double(value) }
    #expect(x.sum().item(as: Double.self) == rounded(6 * Self.count))
    #expect(x.sum(1).array(as: Double.self) == [1, 2, 3].map { rounded($0 * Self.count) })
    #expect(x.sum(1, keepDim: true).shape == [3, 1])
    #expect(x.countNonzero().item(as: Int.self) == 3 * Self.count)
    #expect(x.nansum().item(as: Double.self) == rounded(6 * Self.count))
    #expect(x.prod(1, dtype: .int64).array(as: Int64.self).first == 1)
  }

  /// Two bytes are not always a half: integers are converted before they add up in a floating-point type.
  @Test(arguments: [DType.int16, .float16, .bfloat16, .int8, .bool], [DType.float32, .float64, .float16])
  func sumsOfNarrowTypesInOthers(_ dtype: DType, _ result: DType) {
    let x = Tensor([[1, 0, 1], [1, 1, 1]], dtype: dtype)
    for (sum, expected) in [(x.sum(1, dtype: result), [2.0, 3]), (x.sum(0, dtype: result), [2, 1, 2]), (x.sum(dtype: result), [5])] {
      #expect(sum.dtype == result)
      #expect(sum.double().flatten().array(as: Double.self) == expected)
    }
    #expect(x.mean(0, dtype: result).double().array(as: Double.self) == [1, 0.5, 1])
  }

  @Test func statistics() {
    let x = Tensor([1.0, 2.0, 4.0], dtype: .float64).reshape(3, 1).expand(3, Self.count)
    let n = Double(3 * Self.count)
    #expect(abs(x.mean().item(as: Double.self) - 7.0 / 3) < 1e-12)
    let variance = (14.0 / 3) * (n / 3) / (n - 1)
    #expect(abs(x.variance().item(as: Double.self) - variance) < 1e-12)
    let half = Tensor([1.0, 2.0, 4.0], dtype: .float16).reshape(3, 1).expand(3, Self.count)
    #expect(abs(half.std().item(as: Double.self) - variance.squareRoot()) < 1e-3)
    #expect(abs(half.mean().item(as: Double.self) - 7.0 / 3) < 1e-3)
    #expect(x.variance([1]).array(as: Double.self) == [0, 0, 0])
    let once = Tensor([1.0, 2.0, 4.0], dtype: .float64).logSumExp(0).item(as: Double.self)
    #expect(abs(x.logSumExp([0, 1]).item(as: Double.self) - (once + 21.48756260201492)) < 1e-12)  // log(2^31 + 10)
    #expect(abs(x.norm().item(as: Double.self) - (21 * Double(Self.count)).squareRoot()) < 1e-6)
    #expect(x.any().item().boolValue && x.all().item().boolValue)
  }

  @Test func extremes() {
    let x = Tensor([2.0, 7.0, 7.0, 1.0]).reshape(2, 1, 2).expand(2, Self.count, 2)
    #expect(x.amax().item(as: Double.self) == 7 && x.min().item(as: Double.self) == 1)
    #expect(x.argmax().item(as: Int.self) == 1)
    #expect(x.argmin().item(as: Int.self) == 2 * Self.count + 1)
    let along = x.max(1)
    #expect(along.values.array(as: Double.self) == [2, 7, 7, 1] && along.indices.array(as: Int.self) == [0, 0, 0, 0])
    #expect(x.aminmax(1).min.shape == [2, 2])
  }

  /// A product counts repeated factors as often as they are there, and gradients see every element.
  @Test func products() {
    let x = Tensor([[2.0], [3.0]], dtype: .float64).expand(2, 5)
    #expect(x.prod().item(as: Double.self) == 7776 && x.prod(1).array(as: Double.self) == [32, 243])
    let y = Tensor([2.0, 3.0], dtype: .float64, requiresGrad: true)
    y.unsqueeze(1).expand(2, 3).prod().backward()
    #expect(y.grad?.array(as: Double.self) == [324, 216])
  }
}
