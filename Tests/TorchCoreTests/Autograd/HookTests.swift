import Testing
import TorchOps
import TorchTestSupport

@Suite("Autograd: hooks")
struct HookTests {
  private struct Refusal: Error {}

  @Test func `a hook sees and replaces a leaf's gradient`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    var seen: [[Double]] = []
    let handle = x.registerHook { g in
      seen.append(g.array(as: Double.self))
      return g * 10
    }
    (x * x).sum().backward()
    #expect(seen == [[2, 4]])
    #expect(x.grad!.array(as: Double.self) == [20, 40])
    handle.remove()
    x.grad = nil
    (x * x).sum().backward()
    #expect(seen.count == 1 && x.grad!.array(as: Double.self) == [2, 4])
  }

  @Test func `a hook in the middle changes what goes on`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 2
    let watched = y.registerHook { _ in nil }
    let handle = y.registerHook { $0 * 5 }
    (y * y).sum().backward(retainGraph: true)
    // 2 y * 5 * 2
    #expect(x.grad!.array(as: Double.self) == [40, 80])
    handle.remove()
    watched.remove()
    x.grad = nil
    (y * y).sum().backward()
    #expect(x.grad!.array(as: Double.self) == [8, 16])
  }

  @Test func `a hook runs once, on the complete gradient`() {
    let x = Tensor([3.0], requiresGrad: true)
    let y = x * 2
    var seen: [Double] = []
    y.registerHook { g in
      seen.append(g.item(as: Double.self))
      return nil
    }
    (y + y * y).sum().backward()
    #expect(seen == [13])
  }

  @Test func `retainGrad keeps gradients in the middle`() {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 2
    let z = x * 3
    y.retainGrad()
    y.retainGrad()
    (y * y + z).sum().backward()
    #expect(y.grad!.array(as: Double.self) == [4, 8])
    #expect(z.grad == nil)
    x.retainGrad()
    #expect(x.grad!.array(as: Double.self) == [11, 19])
  }

  @Test func `an error in a hook reaches the caller and spoils nothing`() throws {
    let x = Tensor([1.0, 2], requiresGrad: true)
    let y = x * 2
    let handle = y.registerHook { _ in throw Refusal() }
    let loss = (y * y).sum()
    let error = failure { try withTorchErrors { loss.backward(retainGraph: true) } }
    #expect(error?.message.contains("Refusal") == true)
    #expect(x.grad == nil)
    #expect(throws: TorchError.self) { try grad([loss], [x], retainGraph: true) }
    #expect(isGradEnabled)
    handle.remove()
    loss.backward()
    #expect(x.grad!.array(as: Double.self) == [8, 16])
  }
}
