import Foundation
import Testing
import Torch

/// The examples of Documentation/Autograd.md, in its order.
@Suite struct AutogradExamples {
  @Test func tape() throws {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    let y = (x * x).sum()
    y.backward()
    #expect(x.grad!.array(as: Double.self) == [2, 4, 6])
  }

  @Test func higherOrder() throws {
    let x = Tensor(2.0, requiresGrad: true)
    let first = try grad([x * x * x], [x], createGraph: true)[0]!
    let second = try grad([first], [x])[0]!
    #expect(second.item(as: Double.self) == 12)
  }

  @Test func hooks() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let handle = x.registerHook { gradient in gradient.clamp(max: 3) }
    (x * x).sum().backward()
    #expect(x.grad!.array(as: Double.self) == [2, 3])
    handle.remove()
  }

  @Test func customFunction() throws {
    struct StraightThrough: CustomFunction {
      func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0].round()] }
      func backward(_ context: FunctionContext, _ gradients: [Tensor?]) -> [Tensor?] { gradients }
    }
    let x = Tensor([0.4, 1.6], requiresGrad: true)
    let rounded = StraightThrough()(x)[0]
    rounded.sum().backward()
    #expect(rounded.array(as: Double.self) == [0, 2])
    #expect(x.grad!.array(as: Double.self) == [1, 1])
  }

  @Test func gradientCheck() throws {
    let x = Tensor([0.3, 0.7], dtype: .float64, requiresGrad: true)
    try gradcheck({ [$0[0].sin() * $0[0]] }, [x])
  }

  @Test func memory() throws {
    let x = Tensor.ones(1000).requiresGrad_()
    let y = checkpoint { x.sin().exp().tanh() }
    let z = withSavedTensorHooks(pack: { $0.to(.bfloat16) }, unpack: { $0.to(.float32) }) { y.exp().sin() }
    z.sum().backward()
    #expect(x.grad != nil)
  }

  @Test func anomaly() throws {
    let x = Tensor([-1.0], requiresGrad: true)
    let error = #expect(throws: TorchError.self) {
      try withTorchErrors { detectAnomaly { x.sqrt().sum().backward() } }
    }
    #expect(error!.message.contains("SqrtBackward0"))
  }

  @Test func functions() throws {
    let energy: (Tensor) -> Tensor = { x in (x * x * x).sum() }
    let x = Tensor([1.0, 2])
    #expect(grad(energy)(x).array(as: Double.self) == [3, 12])
    #expect(hessian(energy)(x).array(as: Double.self) == [6, 0, 0, 12])
    let batch = Tensor([[1.0, 2], [3, 4]])
    #expect(vmap(grad(energy))(batch).array(as: Double.self) == [3, 12, 27, 48])
  }

  @Test func vmapDimensions() throws {
    let distance: (Tensor, Tensor) -> Tensor = { a, b in ((a - b) * (a - b)).sum() }
    let points = Tensor([[0.0, 0], [3, 4]])
    let all = vmap(vmap(distance, inDims: [nil, 0]), inDims: [0, nil])(points, points)
    #expect(all.array(as: Double.self) == [0, 25, 25, 0])
  }

  @Test func perSample() throws {
    let model = Linear(3, 2)
    let loss: ([String: Tensor], Tensor, Tensor) -> Tensor = { parameters, x, target in
      crossEntropy(functionalCall(model, parameters, x.unsqueeze(0)), target.unsqueeze(0))
    }
    let gradients = vmap(grad(loss), inDims: [nil, 0, 0])(model.parameterDictionary(), Tensor.randn([5, 3]), Tensor([0, 1, 0, 1, 1]))
    #expect(gradients["weight"]!.shape == [5, 2, 3])
  }

  @Test func thePageShowsTheseExamples() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(contentsOf: root.appending(path: "Documentation/Autograd.md"), encoding: .utf8)
    func lines(_ text: Substring) -> [String] {
      text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
    let own = lines(try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)[...]).joined(separator: "\n")
    let blocks = page.components(separatedBy: "```swift\n").dropFirst().map { String($0.components(separatedBy: "```")[0]) }
    #expect(blocks.count > 5)
    for block in blocks { #expect(own.contains(lines(block[...]).joined(separator: "\n")), "\(block)") }
  }
}
