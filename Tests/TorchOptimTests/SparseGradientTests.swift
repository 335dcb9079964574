import Testing
import TorchNN
import TorchOps
import TorchOptim

/// Steps by sparse gradients against the same steps by dense ones, where those are defined.
@Suite struct SparseGradientTests {
  private func gradient(_ seed: Int) -> Tensor {
    // One place twice: entries at one place add up.
    Tensor.sparseCOO(
      indices: Tensor([[0, 2, 2], [1, 0, 0]]), values: Tensor([0.5 + Double(seed), -1, 0.25, 2, 1, -3], shape: [3, 2], dtype: .float64),
      size: [3, 2, 2])
  }

  private func run(_ steps: Int, dense: Bool, _ make: ([Tensor]) -> Optimizer) -> Tensor {
    let x = Tensor.full([3, 2, 2], 1, dtype: .float64, requiresGrad: true)
    let optimizer = make([x])
    for i in 0..<steps {
      x.grad = dense ? gradient(i).toDense() : gradient(i)
      optimizer.step()
    }
    return x.detach()
  }

  @Test func stepsEqualDenseOnes() {
    let makers: [([Tensor]) -> Optimizer] = [
      { SGD($0, lr: 0.1) }, { SGD($0, lr: 0.1, maximize: true) }, { SGD($0, lr: 0.1, momentum: 0.9) },
      { SGD($0, lr: 0.1, weightDecay: 0.1) }, { Adagrad($0, lr: 0.1, lrDecay: 0.01) }, { Adagrad($0, lr: 0.1, maximize: true) },
    ]
    for make in makers {
      let difference = (run(4, dense: false, make) - run(4, dense: true, make)).abs().max().item(as: Double.self)
      #expect(difference < 1e-14)
    }
  }

  @Test func embeddingsTrainBySparseGradients() {
    let rows = Tensor.arange(8).to(.float64).reshape([4, 2])
    func trained(sparse: Bool, _ make: ([Tensor]) -> Optimizer) -> Tensor {
      let layer = Embedding.fromPretrained(rows.clone(), freeze: false, sparse: sparse)
      let optimizer = make(layer.parameters())
      for index in [1, 3, 1] {
        optimizer.zeroGrad()
        layer(Tensor([index, 0, index])).square().sum().backward()
        optimizer.step()
      }
      return layer.weight.detach()
    }
    for make in [{ SGD($0, lr: 0.1) }, { Adagrad($0, lr: 0.1) }] as [([Tensor]) -> Optimizer] {
      #expect((trained(sparse: true, make) - trained(sparse: false, make)).abs().max().item(as: Double.self) < 1e-14)
    }
    let moved = trained(sparse: true) { SparseAdam($0, lr: 0.1) } - rows
    #expect(moved[2].array(as: Double.self) == [0, 0] && moved[1][0].item(as: Double.self) < -0.1)
  }

  @Test func placesWithoutEntriesKeepTheirMoments() {
    let x = Tensor.zeros([4], dtype: .float64, requiresGrad: true)
    let optimizer = SparseAdam([x], lr: 0.1)
    x.grad = Tensor.sparseCOO(indices: Tensor([[1]]), values: Tensor([2.0], dtype: .float64), size: [4])
    optimizer.step()
    let first = x.detach().clone()
    #expect(abs(first[1].item(as: Double.self) + 0.1) < 1e-7)
    x.grad = Tensor.sparseCOO(indices: Tensor([[3]]), values: Tensor([1.0], dtype: .float64), size: [4])
    optimizer.step()
    #expect(x.detach()[1].item(as: Double.self) == first[1].item(as: Double.self))
    #expect(x.detach()[0].item(as: Double.self) == 0)
  }

  @Test func othersSayWhatTheyTake() {
    func message(_ body: () -> Void) -> String {
      do { try withTorchErrors(body) } catch { return "\(error)" }
      return ""
    }
    let x = Tensor.full([3, 2, 2], 1, dtype: .float64, requiresGrad: true)
    x.grad = gradient(0)
    #expect(message { Adam([x]).step() }.contains("sparse gradients"))
    #expect(message { RMSprop([x]).step() }.contains("sparse gradients"))
    #expect(message { Adagrad([x], weightDecay: 0.1).step() }.contains("weight decay"))
    x.grad = gradient(0).toDense()
    #expect(message { SparseAdam([x]).step() }.contains("takes sparse gradients"))
  }

  @Test func hooksRunAroundSteps() {
    let x = Tensor.zeros([1], requiresGrad: true)
    x.grad = Tensor.ones([1])
    let optimizer = SGD([x], lr: 1)
    var seen: [Float] = []
    let before = optimizer.registerStepPreHook { _ in seen.append(x.item(as: Float.self)) }
    optimizer.registerStepPostHook { _ in seen.append(x.item(as: Float.self)) }
    optimizer.step()
    before.remove()
    let loss = optimizer.step { x.sum() }
    #expect(seen == [0, -1, -2])
    #expect(loss.item(as: Float.self) == -1)
  }
}
