import Testing
import TorchOps
import TorchTestSupport

@Suite("Autograd: in-place changes and views")
struct InPlaceTests {
  private func values(_ tensor: Tensor?) -> [Double] { tensor?.array(as: Double.self) ?? [] }

  private func message(_ body: () throws -> Void) -> String {
    failure { try withTorchErrors(body) }?.message ?? "no error"
  }

  @Test func `a saved value that changed is noticed`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 1
    let z = y * y
    y.add_(1)
    let text = message { z.sum().backward() }
    #expect(text.contains("one of the variables needed for gradient computation has been modified by an inplace operation"))
    #expect(text.contains("float32[2], saved for MulBackward0, is at version 1; expected version 0 instead"))
  }

  @Test func `a saved result that changed is noticed`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x.exp()
    y.add_(1)
    #expect(message { y.sum().backward() }.contains("ExpBackward0, is at version 1; expected version 0 instead"))
  }

  @Test func `a change through a view is noticed`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 1
    let z = y * y
    y.slice(0, from: 0, to: 1).mul_(2)
    #expect(y.version == 1)
    #expect(message { z.sum().backward() }.contains("at version 1; expected version 0"))
  }

  @Test func `a change of what nobody saved is fine`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 3
    let z = y + 1
    y.add_(1)
    z.sum().backward()
    #expect(values(x.grad) == [3, 3])
  }

  @Test func `a leaf cannot be changed in place`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    #expect(message { x.add_(1) }.contains("a leaf that requires gradients cannot be changed in place"))
    #expect(message { x.zero_() }.contains("a leaf that requires gradients"))
    #expect(message { x.copy_(Tensor([1.0, 1])) }.contains("a leaf that requires gradients"))
    #expect(message { x.select(0, 0).add_(1) }.contains("a view of a leaf that requires gradients"))
    #expect(values(x) == [1, 2])
    noGrad { x.add_(1) }
    #expect(values(x) == [2, 3] && x.version == 1)
  }

  @Test func `an expanded tensor cannot be changed in place`() {
    let x = Tensor.zeros(1).expand(3)
    #expect(message { x.add_(1) }.contains("more than one element of the written-to tensor refers to a single memory location"))
  }

  @Test func `in-place changes keep type and sizes`() {
    #expect(message { Tensor([1.0]).add_(Tensor([1.0, 2])) }.contains("do not fit"))
    #expect(message { Tensor([1]).add_(Tensor([1.5])) }.contains("int64"))
    #expect(message { Tensor([1.0]).copy_(Tensor([1.0, 2])) }.contains("do not broadcast"))
  }

  @Test func `a chain of changes in place`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 1
    y.mul_(3)
    y.add_(1)
    y.mul_(Tensor([4.0, 7]))
    y.sum().backward()
    #expect(values(y) == [16, 49])
    #expect(values(x.grad) == [12, 21])
  }

  @Test func `a tensor multiplied by itself in place`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 3
    y.mul_(y)
    y.sum().backward()
    #expect(values(x.grad) == [18, 36])
    let z = x * 3
    z.mul_(z.detach())
    #expect(message { z.sum().backward() }.contains("modified by an inplace operation"))
  }

  @Test func `a change of a view reaches the base`() {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    let base = x * 1
    let view = base.slice(0, from: 1)
    view.mul_(10)
    #expect(values(base) == [1, 20, 30])
    (base * Tensor([1.0, 2, 3])).sum().backward()
    #expect(values(x.grad) == [1, 20, 30])
    #expect(base.gradNode?.name == "CopySlices")
  }

  @Test func `a change of a view reaches the view and other views`() {
    let x = Tensor([1.0, 2, 3, 4], requiresGrad: true)
    let base = x * 1
    let left = base.slice(0, from: 0, to: 3)
    let right = base.slice(0, from: 1)
    left.mul_(10)
    (right * Tensor([1.0, 2, 3])).sum().backward(retainGraph: true)
    #expect(values(x.grad) == [0, 10, 20, 3])
    x.grad = nil
    left.sum().backward()
    #expect(values(x.grad) == [10, 10, 10, 0])
  }

  @Test func `a change of a view of a view`() {
    let x = Tensor([[1.0, 2], [3, 4]], requiresGrad: true)
    let base = x * 1
    let row = base.select(0, 1)
    let corner = row.select(0, 0)
    corner.mul_(7)
    #expect(values(base) == [1, 2, 21, 4])
    base.sum().backward(retainGraph: true)
    #expect(values(x.grad) == [1, 1, 7, 1])
    x.grad = nil
    row.sum().backward()
    #expect(values(x.grad) == [0, 0, 7, 1])
  }

  @Test func `a base changed after its view was made`() {
    let x = Tensor([1.0, 2, 3], requiresGrad: true)
    let base = x * 1
    let view = base.slice(0, from: 1)
    base.mul_(5)
    #expect(values(view) == [10, 15])
    view.sum().backward()
    #expect(values(x.grad) == [0, 5, 5])
  }

  @Test func `a tensor that was off the tape joins by a change`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = Tensor.zeros(2)
    y.add_(x)
    #expect(y.requiresGrad && !y.isLeaf)
    (y * y).sum().backward()
    #expect(values(x.grad) == [2, 4])
  }

  @Test func `rows written one by one differentiate`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let out = Tensor.zeros(3, 2)
    for i in 0..<3 { out.select(0, i).copy_(x * Tensor(Double(i + 1))) }
    #expect(out.requiresGrad)
    (out * Tensor([[1.0, 1], [10, 10], [100, 100]])).sum().backward()
    #expect(values(x.grad) == [321, 321])
  }

  @Test func `what was overwritten gets no gradient`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 3
    y.select(0, 0).zero_()
    y.sum().backward()
    #expect(values(x.grad) == [0, 3])
    x.grad = nil
    let z = x * 3
    z.copy_(x * x)
    z.sum().backward()
    #expect(values(x.grad) == [2, 4])
  }

  @Test func `a transposed view changed in place`() throws {
    let x = Tensor([[1.0, 2, 3], [4, 5, 6]], dtype: .float64)
    let text = try GradientCheck.first([x]) { inputs in
      let base = inputs[0] * 1
      let view = base.t().select(0, 1)
      view.mul_(view.detach() * 2)
      let other = base.slice(1, from: 0, to: 2)
      other.exp_()
      return [base.sin(), view * 2]
    }
    #expect(text != nil, "detach hides half of the derivative")
    let exact = try GradientCheck.first([x * 0.1]) { inputs in
      let base = inputs[0] * 1
      base.t().select(0, 1).mul_(inputs[0].t().select(0, 2))
      base.slice(1, from: 0, to: 2).exp_()
      return [base.sin()]
    }
    #expect(exact == nil)
  }

  @Test func `second derivatives through changed views`() throws {
    let x = Tensor([0.4, -0.7, 1.1], dtype: .float64)
    let text = try GradientCheck.second([x]) { inputs in
      let base = inputs[0] * 1
      base.slice(0, from: 1).mul_(inputs[0].slice(0, from: 0, to: 2))
      base.sin_()
      return [base * base]
    }
    #expect(text == nil)
  }

  @Test func `changes without recording leave the history`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 2
    noGrad { y.add_(5) }
    y.sum().backward()
    #expect(values(x.grad) == [2, 2] && values(y) == [7, 9])
  }
}
