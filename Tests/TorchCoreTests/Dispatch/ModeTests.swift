import Testing
import TorchOps
import TorchTestSupport

@Suite("Dispatch: modes, boxed and typed calls")
struct ModeTests {
  private final class Counter: OpMode {
    var names: [String] = []
    func intercept(_ call: OpCall) throws -> [IValue] {
      names.append(call.op.name)
      return try call.proceed()
    }
  }

  /// Doubles the numbers that tensors are multiplied by.
  private final class Doubling: OpMode {
    func intercept(_ call: OpCall) throws -> [IValue] {
      var call = call
      if call.op.name == "aten::mul.Tensor", case .tensor(let factor) = call.arguments[1] {
        call.arguments[1] = .tensor(factor + factor)
      }
      return try call.proceed()
    }
  }

  private final class Refusing: OpMode {
    struct Refusal: Error {}
    func intercept(_ call: OpCall) throws -> [IValue] { throw Refusal() }
  }

  @Test func `a mode sees every call`() {
    let x = Tensor([1.0, 2])
    let counter = Counter()
    let y = withMode(counter) { (x + 1).exp().sum() * 2 }
    #expect(counter.names.filter { $0.hasPrefix("aten::add") }.count == 1)
    #expect(counter.names.contains("aten::exp") && counter.names.contains("aten::mul.Tensor"))
    #expect(counter.names.contains { $0.hasPrefix("aten::sum") })
    let before = counter.names.count
    _ = x + 1
    #expect(counter.names.count == before)
    #expect(y.count == 1)
  }

  @Test func `a mode sees calls by name, in-place calls and views`() throws {
    let counter = Counter()
    try withMode(counter) {
      let x = Tensor([1.0, 2])
      x.add_(1)
      _ = x.select(0, 0)
      _ = try OpTable.op(named: "aten::cos")!.call([.tensor(x)])
    }
    for name in ["aten::add_.Tensor", "aten::select.int", "aten::cos"] { #expect(counter.names.contains(name), "\(counter.names)") }
  }

  @Test func `a mode changes arguments`() {
    let x = Tensor([1.0, 2])
    let y = withMode(Doubling()) { x * 3 }
    #expect(y.array(as: Float.self) == [6, 12])
    let z = withMode(Doubling()) { withMode(Doubling()) { x * 3 } }
    #expect(z.array(as: Float.self) == [12, 24])
  }

  @Test func `inside a mode the calls go to those below it`() {
    let (outer, inner) = (Counter(), Counter())
    withMode(outer) { withMode(inner) { _ = Tensor([1.0]).exp() } }
    #expect(inner.names.contains("aten::exp") && outer.names.contains("aten::exp"))
    #expect(outer.names.count == inner.names.count)
  }

  @Test func `backward is seen, and gradients stay right under a mode`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let counter = Counter()
    withMode(counter) { (x * x).sum().backward() }
    #expect(x.grad!.array(as: Float.self) == [2, 4])
  }

  @Test func `an error of a mode is the call's error`() {
    let error = failure { try withTorchErrors { withMode(Refusing()) { _ = Tensor([1.0]).exp() } } }
    #expect(error?.message.contains("Refusal") == true)
    #expect(Tensor([0.0]).exp().item(as: Float.self) == 1)
  }

  @Test func `modes rule their own thread`() async {
    let counter = Counter()
    let x = Tensor([1.0])
    nonisolated(unsafe) let mode = counter
    await withTaskGroup(of: Void.self) { group in
      withMode(mode) { group.addTask { for _ in 0..<10 { _ = x.sin() } } }
    }
    #expect(!counter.names.contains("aten::sin"))
  }

  @Test func `typed and boxed calls give the same`() throws {
    let (x, y) = (Tensor([[1.0, 2], [3, 4]]), Tensor([0.5, 2]))
    func boxed(_ name: String, _ arguments: IValue...) throws -> [Tensor] {
      try #require(OpTable.op(named: name), "\(name)").call(filling: arguments).tensors
    }
    let pairs: [([Tensor], [Tensor])] = [
      ([x + y], try boxed("aten::add.Tensor", .tensor(x), .tensor(y))),
      ([x.add(y, alpha: 3)], try boxed("aten::add.Tensor", .tensor(x), .tensor(y), .scalar(.int(3)))),
      ([x + 2.5], try boxed("aten::add.Scalar", .tensor(x), .scalar(.double(2.5)))),
      ([x.exp()], try boxed("aten::exp", .tensor(x))),
      ([x .> y], try boxed("aten::gt.Tensor", .tensor(x), .tensor(y))),
      ([x.sum(1, keepDim: true)], try boxed("aten::sum.dim_IntList", .tensor(x), [1].box(), true.box())),
      ([x.sum()], try boxed("aten::sum", .tensor(x))),
      ([cat([x, x], dim: 1)], try boxed("aten::cat", [x, x].box(), 1.box())),
      (x.split(1, dim: 1), try boxed("aten::split.Tensor", .tensor(x), 1.box(), 1.box())),
      ([x.slice(1, from: 1)], try boxed("aten::slice.Tensor", .tensor(x), 1.box(), 1.box())),
      ([Tensor.zeros(2, 3)], try boxed("aten::zeros", [2, 3].box())),
      ([Tensor.arange(1, 7, step: 2)], try boxed("aten::arange.start_step", 1.box(), 7.box(), 2.box())),
    ]
    for (typed, called) in pairs {
      let text = try difference(called, typed, .exact)
      #expect(text == nil)
    }
  }

  @Test func `wrong arguments of a boxed call are named`() throws {
    let add = try #require(OpTable.op(named: "aten::add.Tensor"))
    let error = failure { try add.call([.tensor(Tensor([1.0])), .string("x"), .scalar(.int(1))]) }
    #expect(error?.message == "argument 'other': expected a tensor, got \"x\"")
    let few = failure { try add.call([.tensor(Tensor([1.0]))]) }
    #expect(few?.message == "expected 3 arguments, got 1")
    #expect(OpTable.op(named: "aten::nothing") == nil)
  }
}
