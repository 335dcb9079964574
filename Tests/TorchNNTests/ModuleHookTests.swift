import Testing
import TorchNN
import TorchOps

@Suite struct ModuleHookTests {
  @Test func hooksSeeAndChangeCalls() {
    let model = Sequential(Linear(3, 3), ReLU())
    let x = Tensor.ones(2, 3)
    let plain = model(x)
    var order: [String] = []
    let pre = model.registerForwardPreHook { module, input in
      order.append("pre \(module.typeName)")
      return input * 2
    }
    let post = model[0].registerForwardHook { _, input, output in
      order.append("post \(input.array(as: Float.self)[0])")
      return output * 0
    }
    #expect(model(x).array(as: Float.self).allSatisfy { $0 == 0 })
    #expect(order == ["pre Sequential", "post 2.0"])
    pre.remove()
    post.remove()
    #expect(model(x).equal(plain))
    #expect(model.parameters().count == 2)
  }

  @Test func hooksSeeAndChangeGradients() {
    let layer = Linear(2, 2, bias: false)
    noGrad { _ = layer.weight.copy_(Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])) }
    let x = Tensor([1, 1] as [Float], shape: [1, 2]).requiresGrad_()
    var seen: [[Float]] = []
    layer.registerFullBackwardPreHook { _, gradient in gradient * 10 }
    let handle = layer.registerFullBackwardHook { _, input, output in
      seen.append(input!.array(as: Float.self) + output.array(as: Float.self))
      return input! + 1
    }
    layer(x).sum().backward()
    #expect(seen == [[40, 60, 10, 10]])
    #expect(x.grad!.array(as: Float.self) == [41, 61])
    #expect(layer.weight.grad!.array(as: Float.self) == [10, 10, 10, 10])
    handle.remove()
    // An input without a gradient.
    var absent = false
    layer.registerFullBackwardHook { _, input, _ in
      absent = input == nil
      return nil
    }
    layer(Tensor.ones(1, 2)).sum().backward()
    #expect(absent)
  }

  @Test func anErrorInAHookIsTheCalls() {
    let layer = Linear(2, 2)
    layer.registerForwardHook { _, _, _ in throw TorchError(.value, "no more calls") }
    let error = #expect(throws: TorchError.self) { try withTorchErrors { layer(Tensor.ones(1, 2)) } }
    #expect(error?.message.contains("no more calls") == true)
  }

  @Test func anErrorInAHookIsAnErrorOfEveryOutput() {
    func fails(_ module: Module, _ call: () -> Void) {
      module.registerForwardHook { _, _, _ in throw TorchError(.value, "no more calls") }
      let error = #expect(throws: TorchError.self) { try withTorchErrors { call() } }
      #expect(error?.message.contains("no more calls") == true)
    }
    let (pool, lstm, cell) = (MaxPool2d(2), LSTM(2, 3), LSTMCell(2, 3))
    fails(pool) { _ = pool.withIndices(Tensor.ones(1, 1, 4, 4)) }
    fails(lstm) { _ = lstm(Tensor.ones(4, 1, 2)).state.cell }
    fails(cell) { _ = cell(Tensor.ones(1, 2)).cell }
    let loss = AdaptiveLogSoftmaxWithLoss(4, 6, cutoffs: [2])
    fails(loss) { _ = loss(Tensor.ones(2, 4), target: Tensor([0, 5] as [Int64])).loss }
    let attention = MultiheadAttention(4, 2)
    fails(attention) { _ = attention(Tensor.ones(3, 1, 4), Tensor.ones(3, 1, 4), Tensor.ones(3, 1, 4)).weights }
  }

  @Test func aHookedModuleIsFreed() {
    weak var freed: Module?
    do {
      let layer = Linear(2, 2)
      freed = layer
      layer.registerFullBackwardHook { _, input, _ in input }
      layer(Tensor.ones(1, 2).requiresGrad_()).sum().backward()
    }
    #expect(freed == nil)
  }
}
