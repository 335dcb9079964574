import Torch
import TorchVision

final class Net: Module {
  let fc1 = Linear(784, 128)
  let fc2 = Linear(128, 10)

  override func forward(_ x: Tensor) -> Tensor { fc2(fc1(x).relu()) }
}

let data = try MNISTFolder().load(.train)
let images = Tensor(data.pixels, shape: [data.count, 784]).float() / 255
let labels = Tensor(data.labels).long()

manualSeed(0)
let model = Net()
let optimizer = AdamW(model.parameters(), lr: 1e-3)
let loader = DataLoader(TensorDataset([images, labels]), batchSize: 64, shuffle: true)
for epoch in 1...3 {
  for batch in loader {
    let loss = crossEntropy(model(batch[0]), batch[1])
    optimizer.zeroGrad()
    loss.backward()
    optimizer.step()
  }
  let accuracy = noGrad { model(images).argmax(1).eq(labels).float().mean() }
  print("epoch \(epoch): training accuracy \(accuracy.item(as: Float.self))")
}
