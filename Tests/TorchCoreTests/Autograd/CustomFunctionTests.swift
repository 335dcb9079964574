import Testing
import TorchOps
import TorchTestSupport

private struct Cube: CustomFunction {
  func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
    context.save([inputs[0]])
    return [inputs[0] * inputs[0] * inputs[0]]
  }
  func backward(_ context: FunctionContext, _ gradients: [Tensor?]) throws -> [Tensor?] {
    let x = try context.saved()[0] as Tensor
    return [gradients[0]! * 3 * x * x]
  }
}

/// Saves its result; has a second result without a gradient.
private struct ExpAndSign: CustomFunction {
  func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
    let (y, sign) = (inputs[0].exp(), inputs[0].sign())
    context.save([y])
    context.markNonDifferentiable(sign)
    return [y, sign]
  }
  func backward(_ context: FunctionContext, _ gradients: [Tensor?]) throws -> [Tensor?] {
    [gradients[0]! * (try context.saved()[0] as Tensor)]
  }
}

private struct DoubleInPlace: CustomFunction {
  func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
    context.markDirty(inputs[0])
    return [inputs[0].mul_(2)]
  }
  func backward(_ context: FunctionContext, _ gradients: [Tensor?]) -> [Tensor?] { [gradients[0]! * 2] }
}

private struct Wrong: CustomFunction {
  let kind: Int
  func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0] * 2, inputs[0] * 3] }
  func backward(_ context: FunctionContext, _ gradients: [Tensor?]) throws -> [Tensor?] {
    switch kind {
    case 0: [gradients[0], gradients[0]]
    case 1: [Tensor.ones(7, dtype: .float64)]
    default: throw TorchError(.value, "no derivative today")
    }
  }
}

private func message(_ body: () throws -> Void) -> String {
  do {
    try withTorchErrors { try body() }
    return ""
  } catch let error as TorchError { return "\(error.op): \(error.message)" } catch { return "\(error)" }
}

@Suite("Autograd: custom functions")
struct CustomFunctionTests {
  private let x = Tensor([0.5, -1, 2], dtype: .float64)

  @Test func `derivatives of every order are those of the backward`() throws {
    let a = x.clone().requiresGrad_()
    let y = Cube()(a)[0]
    #expect(y.gradNode!.name == "CubeBackward")
    let first = try grad([y.sum()], [a], createGraph: true)[0]!
    #expect(first.equal(x * x * 3))
    let second = try grad([first.sum()], [a], createGraph: true)[0]!
    #expect(second.equal(x * 6))
    try gradcheck({ Cube().apply($0) }, [a], checkForwardMode: true)
    try gradgradcheck({ Cube().apply($0) }, [a])
  }

  @Test func `results can be saved, and have no gradient`() throws {
    let a = x.clone().requiresGrad_()
    let results = ExpAndSign()(a)
    #expect(results[0].requiresGrad && !results[1].requiresGrad)
    results[0].sum().backward()
    #expect(a.grad!.equal(x.exp()))
    try gradgradcheck({ ExpAndSign().apply($0) }, [a])
    #expect(message { try backward([results[0].sum()]) }.contains("a second time"))
  }

  @Test func `inputs can be changed in place`() {
    let a = x.clone().requiresGrad_()
    let b = a * 1
    let c = DoubleInPlace()(b)[0]
    #expect(c === b)
    (b * b).sum().backward()
    #expect(a.grad!.equal(x * 8))
    #expect(message { _ = DoubleInPlace()(a) }.contains("a leaf that requires gradients"))
  }

  @Test func `saved tensors that changed are found`() {
    let a = x.clone().requiresGrad_()
    let b = a * 1
    let y = Cube()(b)[0]
    b.mul_(2)
    #expect(message { try backward([y.sum()]) }.contains("modified by an inplace operation"))
  }

  @Test func `what a backward returns is checked`() {
    let a = x.clone().requiresGrad_()
    #expect(message { try backward([Wrong(kind: 0)(a)[0].sum()]) }.contains("incorrect number of gradients (expected 1, got 2)"))
    #expect(message { try backward([Wrong(kind: 1)(a)[0].sum()]) }.contains("invalid gradient at index 0 - got [7]"))
    #expect(message { try backward([Wrong(kind: 2)(a)[0].sum()]) }.contains("no derivative today"))
  }

  @Test func `without gradients nothing is recorded`() {
    #expect(!Cube()(x)[0].requiresGrad)
    #expect(noGrad { Cube()(x.clone().requiresGrad_())[0].requiresGrad } == false)
  }
}
