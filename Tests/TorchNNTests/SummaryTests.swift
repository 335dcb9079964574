import Testing
import TorchNN
import TorchOps

@Suite struct SummaryTests {
  @Test func `a run shows sizes, parameters and multiply-adds`() {
    let model = Sequential(Conv2d(1, 4, kernelSize: 3), BatchNorm2d(4), ReLU(), Sequential(Flatten(), Linear(4 * 36, 10)))
    let text = model.summary(Tensor.zeros([2, 1, 8, 8]))
    let lines = text.split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(lines.contains("(0) Conv2d [2, 4, 6, 6] 40 2,592"))
    #expect(lines.contains("(1) BatchNorm2d [2, 4, 6, 6] 8"))
    #expect(lines.contains("(1) Linear [2, 10] 1,450 2,880"))
    #expect(lines.contains("1,498 parameters, 1,498 trainable, 0.0 MB"))
    #expect(lines.last?.hasPrefix("5,472 multiply-adds") == true)
    #expect(model.isTraining, "the mode is restored")
    #expect(noGrad { (model[1] as! BatchNorm2d).numBatchesTracked!.item(as: Int.self) } == 0)
  }
}
