import Testing
import TorchNN
import TorchOps
import TorchOptim

@Suite struct AveragingTests {
  private func averages(_ rule: AveragingRule) -> [Double] {
    let model = Linear(1, 1, bias: false)
    let averaged = AveragedModel(model, in: Linear(1, 1, bias: false), rule: rule)
    #expect(averaged.stateDict().keys == ["n_averaged", "module.weight"])
    return [2.0, 4.0, 8.0].map { value in
      noGrad { _ = model.weight.fill_(.double(value)) }
      averaged.updateParameters(from: model)
      return averaged(Tensor.ones([1, 1])).item(as: Double.self)
    }
  }

  /// The numbers of torch.optim.swa_utils.
  @Test func `averages are PyTorch's`() {
    for (ours, expected) in [
      (averages(.equal), [2, 3, 4.6666665]), (averages(.exponential(decay: 0.9)), [2, 2.2, 2.78]),
      (averages(.custom { average, parameter, count in (average + parameter) / 2 + Tensor(Float(count)) }), [2, 4, 8]),
    ] {
      for (a, b) in zip(ours, expected) { #expect(abs(a - b) < 1e-6) }
    }
  }

  @Test func `what does not fit is an error`() {
    let model = Linear(2, 2)
    #expect(message { _ = AveragedModel(model, in: Linear(2, 3)) }.contains("does not fit"))
    #expect(message { _ = AveragedModel(model, in: model) }.contains("another instance"))
    #expect(message { _ = AveragedModel(model, in: Linear(2, 2), rule: .exponential(decay: 2)) }.contains("from 0 to 1, got 2"))
    #expect(message { AveragedModel(model, in: Linear(2, 2)).updateParameters(from: Linear(2, 2, bias: false)) }.contains("1 tensors"))
  }

  /// The numbers of `torch.optim.swa_utils.update_bn`.
  @Test func `running statistics are computed anew`() {
    let norm = BatchNorm1d(2).eval()
    let first = Tensor.arange(8, dtype: .float32).view(4, 2)
    updateBatchNorms(norm, over: [first, first * 3 + 1, Tensor.ones([4, 2]) * 2])
    for (a, b) in zip(norm.runningMean!.array(as: Double.self), [5.0, 6.333333]) { #expect(abs(a - b) < 1e-5) }
    for (a, b) in zip(norm.runningVar!.array(as: Double.self), [22.22222, 22.22222]) { #expect(abs(a - b) < 1e-4) }
    #expect(!norm.isTraining && norm.momentum == 0.1)
  }
}
