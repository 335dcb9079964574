import Foundation
import Testing
import TorchOps
import TorchTestSupport

@Suite("Autograd: backward")
struct BackwardTests {
  private func values(_ tensor: Tensor?) -> [Double] { tensor?.array(as: Double.self) ?? [] }

  @Test func `gradients accumulate on leaves`() {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    (x * x).sum().backward()
    #expect(values(x.grad) == [2, 4, 6])
    (x * 3).sum().backward()
    #expect(values(x.grad) == [5, 7, 9])
    x.grad = nil
    (x * 3).sum().backward()
    #expect(values(x.grad) == [3, 3, 3])
  }

  @Test func `a leaf's gradient is its own memory`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = Tensor([3.0, 4], requiresGrad: true)
    let g = Tensor([1.0, 1])
    (x + y).backward(gradient: g)
    x.grad!.add_(1)
    #expect(values(x.grad) == [2, 2])
    #expect(values(y.grad) == [1, 1])
    #expect(values(g) == [1, 1])
  }

  @Test func `grad returns gradients and leaves grad alone`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = Tensor([5.0, 7], requiresGrad: true)
    let found = try grad([(x * y).sum()], [y, x])
    #expect(values(found[0]) == [1, 2])
    #expect(values(found[1]) == [5, 7])
    #expect(x.grad == nil && y.grad == nil)
  }

  @Test func `grad by a tensor in the middle`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let middle = x * x
    let found = try grad([(middle * middle).sum()], [middle])
    #expect(values(found[0]) == [2, 8])
  }

  @Test func `grad names inputs that were not used`() throws {
    let x = Tensor([1.0], requiresGrad: true)
    let y = Tensor([1.0], requiresGrad: true)
    let error = failure { try grad([x * 2], [x, y]) }
    #expect(error?.message.contains("input 1 was not used") == true)
    let found = try grad([x * 2], [x, y], allowUnused: true)
    #expect(found[1] == nil && values(found[0]) == [2])
    let plain = failure { try grad([x * 2], [Tensor([1.0])]) }
    #expect(plain?.message.contains("does not require gradients") == true)
  }

  @Test func `several outputs add up`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let found = try grad([x * 2, x * x], [x], gradOutputs: [Tensor([1.0, 1]), Tensor([10.0, 10])])
    #expect(values(found[0]) == [22, 42])
    #expect(throws: TorchError.self) { try grad([x * 2], [x], gradOutputs: []) }
  }

  @Test func `noGrad and enableGrad`() {
    let x = Tensor([1.0], requiresGrad: true)
    let off = noGrad { x * 2 }
    #expect(!off.requiresGrad && off.isLeaf)
    let on = noGrad { enableGrad { x * 2 } }
    #expect(on.requiresGrad && !on.isLeaf)
    #expect(isGradEnabled && noGrad { !isGradEnabled })
    #expect(!x.detach().requiresGrad)
  }

  @Test func `a second backward needs retainGraph`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = (x * x).sum()
    y.backward(retainGraph: true)
    y.backward()
    #expect(values(x.grad) == [4, 8])
    let error = failure { try withTorchErrors { y.backward() } }
    #expect(error?.kind == .autograd)
    #expect(error?.message.contains("trying to backward through the graph a second time") == true)
    #expect(error?.message.contains("retainGraph: true") == true)
  }

  @Test func `bad calls of backward say what was wrong`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    func message(_ body: () throws -> Void) -> String {
      failure { try withTorchErrors(body) }?.message ?? "no error"
    }
    #expect(message { (x * 2).backward() }.contains("single element"))
    #expect(message { Tensor([1.0]).backward() }.contains("does not require gradients"))
    #expect(message { (x * 2).backward(gradient: Tensor([1.0, 2, 3])) }.contains("[3]"))
    #expect(message { Tensor([1, 2]).requiresGrad_() }.contains("floating-point"))
    #expect(message { (x * 2).requiresGrad_(false) }.contains("only leaves"))
    #expect(message { x.grad = Tensor([1.0]) }.contains("float32[1]"))
    #expect(message { Tensor([1.0]).retainGrad() }.contains("does not require"))
  }

  @Test func `broadcasting is summed away`() {
    let a = Tensor.ones(3, 1, requiresGrad: true)
    let b = Tensor([1.0, 2, 3, 4], requiresGrad: true)
    let c = Tensor(2.0, requiresGrad: true)
    (a * b + c).sum().backward()
    #expect(a.grad?.shape == [3, 1] && values(a.grad) == [10, 10, 10])
    #expect(b.grad?.shape == [4] && values(b.grad) == [3, 3, 3, 3])
    #expect(c.grad?.shape == [] && values(c.grad) == [12])
  }

  @Test func `integers beside floats get no gradient`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let n = Tensor([3, 4])
    let y = x * n
    y.sum().backward()
    #expect(values(x.grad) == [3, 4])
    #expect(n.grad == nil && !n.requiresGrad)
    #expect(!x.to(.int64).requiresGrad, "integers are off the tape")
    #expect(!(x .> 1).requiresGrad, "so are answers")
  }

  @Test func `gradients have their tensors' types`() {
    let x = Tensor([1.0, 2], dtype: .float32, requiresGrad: true)
    let y = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
    let z = x * y
    #expect(z.dtype == .float64)
    z.sum().backward()
    #expect(x.grad?.dtype == .float32 && y.grad?.dtype == .float64)
    let h = Tensor([1.0, 2], dtype: .float16, requiresGrad: true)
    (h * h).sum().backward()
    #expect(h.grad?.dtype == .float16 && values(h.grad) == [2, 4])
  }

  @Test func `diamonds share their sources once`() {
    let x = Tensor(1.0, dtype: .float64, requiresGrad: true)
    var y = x * 1
    // 2^40 paths, 40 nodes.
    for _ in 0..<40 { y = y + y }
    y.backward()
    #expect(values(x.grad) == [0x1p40])
  }

  @Test func `a graph to the third order`() throws {
    let x = Tensor([0.5, -1.5, 2], dtype: .float64, requiresGrad: true)
    var y = x * x * x * x
    let expected: [(Double) -> Double] = [{ 4 * $0 * $0 * $0 }, { 12 * $0 * $0 }, { 24 * $0 }]
    for derivative in expected {
      y = try grad([y.sum()], [x], createGraph: true)[0]!
      let text = try difference(y.detach(), Tensor([0.5, -1.5, 2].map(derivative), dtype: .float64))
      #expect(text == nil)
    }
  }

  @Test func `higher orders of a function of many ops`() throws {
    let x = Tensor([0.3], dtype: .float64, requiresGrad: true)
    // d3/dx3 sin(exp(x)) = e^x cos(e^x) - 3 e^2x sin(e^x) - e^3x cos(e^x)
    var y = x.exp().sin()
    for _ in 0..<3 { y = try grad([y.sum()], [x], createGraph: true)[0]! }
    let e = exp(0.3)
    let expected = e * cos(e) - 3 * e * e * sin(e) - e * e * e * cos(e)
    #expect((y.item(as: Double.self) - expected).magnitude < 1e-12)
  }

  @Test func `create graph puts the gradient on the tape`() {
    let x = Tensor([3.0], requiresGrad: true)
    (x * x * x).backward(createGraph: true)
    #expect(x.grad?.requiresGrad == true)
    let first = x.grad!
    x.grad = nil
    first.backward()
    #expect(values(x.grad) == [18])
  }

  @Test func `nodes are named as in PyTorch`() {
    let x = Tensor([1.0], requiresGrad: true)
    #expect((x + 1).gradNode?.name == "AddBackward0")
    #expect(x.gradNode == nil)
    let y = x.exp() * 2
    #expect(y.gradNode?.name == "MulBackward0")
    #expect(y.gradNode?.nextNodes.first??.name == "ExpBackward0")
  }
}
