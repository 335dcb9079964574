import Testing
import TorchNN
import TorchOps

/// Models without memory.
@Suite struct MetaModuleTests {
  @Test func `a model of many billion parameters has shapes and takes no memory`() {
    let clock = ContinuousClock()
    var shape: [Int] = []
    var parameters = 0
    let elapsed = clock.measure {
      // 96 layers of width 12,288, as GPT-3 has.
      let model = withDevice(.meta) {
        Sequential((0..<96).map { _ in Sequential(LayerNorm(12_288), Linear(12_288, 49_152), GELU(), Linear(49_152, 12_288)) })
      }.eval()
      parameters = model.parameters().reduce(0) { $0 + $1.count }
      shape = noGrad { model(withDevice(.meta) { Tensor.empty([8, 2048, 12_288]) }) }.shape
    }
    #expect(parameters > 115_000_000_000)
    #expect(shape == [8, 2048, 12_288])
    #expect(elapsed < .seconds(5))
    #expect(defaultDevice == .cpu)
  }

  @Test func `modules move between devices, and tensors that are held twice stay one`() {
    let tied = Sequential(Linear(3, 3), Linear(3, 3))
    (tied[1] as? Linear)?.weight = (tied[0] as! Linear).weight
    tied.to(Device.meta)
    #expect(tied.parameters().allSatisfy { $0.device == .meta && $0.requiresGrad })
    #expect(tied.parameters().count == 3)
    let norm = BatchNorm1d(3).to(Device.meta)
    #expect(norm.buffers().allSatisfy { $0.device == .meta && !$0.requiresGrad })
  }
}
