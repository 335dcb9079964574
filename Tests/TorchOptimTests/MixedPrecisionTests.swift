import Testing
import TorchNN
import TorchOps
import TorchOptim

@Suite struct MixedPrecisionTests {
  private let x = Tensor.randn([3, 2, 4], generator: Generator(seed: 1))

  /// The types that PyTorch 2.13 gives.
  @Test func `ops run in the types that PyTorch's autocast gives`() {
    let matrix = x[0]
    autocast {
      #expect(isAutocastEnabled && autocastDType == .bfloat16)
      #expect(Linear(4, 4)(x).dtype == .bfloat16)
      #expect(matrix.matmul(matrix.t()).dtype == .bfloat16)
      #expect(einsum("ij,jk", matrix, matrix.t()).dtype == .bfloat16)
      #expect((matrix + matrix).dtype == .float32)
      #expect(LayerNorm(4)(Linear(4, 4)(x)).dtype == .bfloat16)
      #expect(MultiheadAttention(4, 2)(x, x, x).output.dtype == .bfloat16)
      #expect(LSTM(4, 5).forward(x).dtype == .bfloat16)
      #expect(GRU(4, 5).forward(x).dtype == .float32)
      #expect(TransformerEncoderLayer(4, 2, dimFeedforward: 8)(x).dtype == .float32)
      #expect(crossEntropy(Linear(4, 4)(matrix), Tensor([1, 2])).dtype == .float32)
      #expect(cat([matrix.to(.bfloat16), matrix]).dtype == .float32)
      #expect(matrix.to(.float64).matmul(matrix.to(.float64).t()).dtype == .float64)
      autocast(enabled: false) { #expect(Linear(4, 4)(x).dtype == .float32) }
      autocast(.float16) { #expect(Linear(4, 4)(x).dtype == .float16) }
      #expect(autocastDType == .bfloat16)
    }
    #expect(!isAutocastEnabled)
    #expect(Linear(4, 4)(x).dtype == .float32)
    #expect(message { autocast(.int8) {} }.contains("bfloat16 or float16, got int8"))
  }

  @Test func `gradients reach the parameters in their own type`() {
    let model = Sequential(Linear(4, 8), ReLU(), Linear(8, 3))
    let loss = autocast { crossEntropy(model(x[0]), Tensor([0, 2])) }
    loss.backward()
    #expect(model.parameters().allSatisfy { $0.grad?.dtype == .float32 })
    let half = model.parameters().map { $0.grad! }
    model.zeroGrad()
    crossEntropy(model(x[0]), Tensor([0, 2])).backward()
    for (a, b) in zip(half, model.parameters()) { #expect((a - b.grad!).abs().amax().item(as: Float.self) < 0.02) }
  }

  @Test func `a parameter is converted once, and again after it changed`() {
    final class Conversions: OpMode {
      var count = 0
      func intercept(_ call: OpCall) throws -> [IValue] {
        if call.op.name.hasPrefix("aten::to.") || call.op.name.hasPrefix("aten::_to_copy") { count += 1 }
        return try call.proceed()
      }
    }
    let layer = Linear(4, 4)
    let input = x.to(.bfloat16)
    let seen = Conversions()
    withMode(seen) {
      autocast {
        _ = (layer(input), layer(input))
        #expect(seen.count == 2, "weight and bias")
        noGrad { _ = layer.weight.zero_() }
        let expected = layer.bias!.to(.bfloat16)
        #expect((layer(input) - expected).abs().amax().item(as: Float.self) == 0)
      }
      seen.count = 0
      autocast(caching: false) { _ = (layer(input), layer(input)) }
      #expect(seen.count == 4)
    }
  }

  /// The numbers of `torch.amp.GradScaler("cpu", init_scale=8, growth_interval=2)`.
  @Test func `the scale grows and backs off, and bad steps are left out`() throws {
    let weight = Tensor([1, 2] as [Float]).requiresGrad_()
    let optimizer = SGD([weight], lr: 0.5)
    let scaler = GradScaler(initialScale: 8, growthInterval: 2)
    func iteration(_ factor: Float) -> Bool {
      optimizer.zeroGrad()
      scaler.scale((weight * Tensor(factor)).sum()).backward()
      defer { scaler.update() }
      return scaler.step(optimizer)
    }
    #expect(iteration(1))
    #expect(weight.array(as: Float.self) == [0.5, 1.5] && scaler.currentScale == 8)
    #expect(iteration(1))
    #expect(weight.array(as: Float.self) == [0, 1] && scaler.currentScale == 16)
    #expect(!iteration(.infinity))
    #expect(weight.array(as: Float.self) == [0, 1] && scaler.currentScale == 8)
    let other = GradScaler()
    try other.loadStateDict(scaler.stateDict())
    #expect(other.currentScale == 8)
    #expect(throws: TorchError.self) { try other.loadStateDict(["scale": 0.0]) }
  }

  @Test func `calls out of order are errors`() {
    let weight = Tensor([1, 2] as [Float]).requiresGrad_()
    let optimizer = SGD([weight], lr: 0.5)
    let scaler = GradScaler()
    #expect(message { scaler.update() }.contains("neither unscale() nor step()"))
    #expect(message { scaler.unscale(optimizer) }.contains("no parameter of the optimizer has a gradient"))
    scaler.scale(weight.sum()).backward()
    scaler.unscale(optimizer)
    #expect(weight.grad?.array(as: Float.self) == [1, 1])
    #expect(message { scaler.unscale(optimizer) }.contains("since the last update()"))
    scaler.step(optimizer)
    #expect(message { scaler.step(optimizer) }.contains("step() was called on this optimizer"))
    #expect(message { _ = GradScaler(growthFactor: 1) }.contains("growthFactor"))
    #expect(GradScaler(enabled: false).scale(weight) === weight)
  }
}
