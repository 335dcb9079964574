import Foundation
import Synchronization
import Testing
import TorchOps
import TorchTestSupport

@Suite("Autograd: large graphs, threads and memory")
struct ScaleTests {
  /// Runs `body` on a thread whose stack a recursion over a large graph would overflow.
  private func onSmallStack<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread { continuation.resume(with: Result(catching: body)) }
      thread.stackSize = 512 << 10
      thread.start()
    }
  }

  private static let length = 1_000_000

  /// x + c + c + …
  private static func chain(_ x: Tensor) -> Tensor {
    let c = Tensor([1.0])
    var y = x
    for _ in 0..<length { y = y.add(c) }
    return y
  }

  @Test func `a chain of a million ops is built, differentiated and freed`() async throws {
    let (value, slope) = try await onSmallStack {
      let x = Tensor([0.5], requiresGrad: true)
      let y = Self.chain(x)
      y.backward()
      return (y.item(as: Double.self), x.grad!.item(as: Double.self))
    }
    #expect(value == 1_000_000.5 && slope == 1)
  }

  @Test func `a chain of a million ops is freed without a backward`() async throws {
    let value = try await onSmallStack {
      var y: Tensor? = Self.chain(Tensor([0.5], requiresGrad: true))
      let value = y!.item(as: Double.self)
      y = nil
      return value
    }
    #expect(value == 1_000_000.5)
  }

  @Test func `a node of a hundred thousand inputs`() async throws {
    let (sum, slope, last) = try await onSmallStack {
      let x = Tensor([1.0, 2], dtype: .float64, requiresGrad: true)
      let parts = (0..<100_000).map { $0 == 99_999 ? x * 3 : x }
      let y = cat(parts)
      let found = try grad([y.sum()], [x])[0]!
      return (y.sum().item(as: Double.self), found.select(0, 0).item(as: Double.self), y.count)
    }
    #expect(last == 200_000 && sum == 300_006 && slope == 100_002)
  }

  @Test func `one leaf of a hundred thousand uses`() async throws {
    let slope = try await onSmallStack {
      let x = Tensor([2.0], dtype: .float64, requiresGrad: true)
      var sum = x
      for _ in 0..<100_000 { sum = sum.add(x) }
      sum.backward()
      return x.grad!.item(as: Double.self)
    }
    #expect(slope == 100_001)
  }

  @Test func `backward on several threads at once`() async {
    let x = Tensor((0..<64).map(Double.init), dtype: .float64)
    await withTaskGroup(of: [Double].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let leaf = x.clone().requiresGrad_()
          for _ in 0..<20 { (leaf.sin() * leaf).sum().backward() }
          return leaf.grad!.array(as: Double.self)
        }
      }
      let expected = (0..<64).map { i -> Double in
        let v = Double(i)
        return (0..<20).reduce(0) { sum, _ in sum + (cos(v) * v + sin(v)) }
      }
      for await found in group {
        for (a, b) in zip(found, expected) { #expect((a - b).magnitude <= 1e-9 * max(1, b.magnitude)) }
      }
    }
  }

  @Test func `a shared graph differentiated on several threads at once`() async throws {
    let x = Tensor([1.0, 2, 3], dtype: .float64, requiresGrad: true)
    let shared = x.exp()
    let outputs = (1...8).map { (shared * Tensor(Double($0))).sum() }
    let expected = x.detach().exp().array(as: Double.self)
    try await withThrowingTaskGroup(of: (Int, [Double]).self) { group in
      for (i, output) in outputs.enumerated() {
        group.addTask {
          (i + 1, try grad([output], [x], retainGraph: true)[0]!.array(as: Double.self))
        }
      }
      for try await (factor, found) in group {
        for (a, b) in zip(found, expected) { #expect((a - Double(factor) * b).magnitude < 1e-9) }
      }
    }
  }

  @Test func `noGrad rules its own thread`() async {
    await withTaskGroup(of: Bool.self) { group in
      noGrad {
        group.addTask { isGradEnabled }
      }
      for await enabled in group { #expect(enabled) }
    }
  }

  /// The figures are the process's: the loop has one to itself.
  @Test func `training steps keep the memory they use constant`() async {
    await #expect(processExitsWith: .success) {
      let w = Tensor.zeros([32, 32], requiresGrad: true)
      let x = Tensor.ones([32, 32])
      var after: [Int] = []
      for step in 0..<2_000 {
        let loss = ((w * x + 1).sin() - x).exp().mean()
        loss.backward()
        noGrad { w.sub_(w.grad!, alpha: 0.1) }
        w.grad = nil
        if step % 500 == 99 { after.append(Memory.statistics.live) }
      }
      #expect(Set(after).count == 1, "live bytes: \(after)")
      #expect(Memory.statistics.peak < 1 << 20)
    }
  }

  /// A cycle between results, nodes and hooks would keep memory.
  @Test func `graphs are freed however they end`() async {
    await #expect(processExitsWith: .success) {
      func round(_ kind: Int) throws {
        let x = Tensor.ones([64, 64], requiresGrad: true)
        let y = x.exp() * x
        let z = y.slice(0, from: 2)
        switch kind {
        case 0: z.sum().backward()
        case 1: _ = try grad([z.sum()], [x], createGraph: true)
        case 2:
          y.retainGrad()
          y.registerHook { $0 * 2 }
          z.sum().backward(retainGraph: true)
        case 3:
          z.mul_(2)
          y.sigmoid_()
          y.sum().backward()
        default: break
        }
      }
      for kind in 0..<5 {
        try round(kind)
        let before = Memory.statistics.live
        for _ in 0..<10 { try round(kind) }
        #expect(Memory.statistics.live == before, "kind \(kind)")
      }
    }
  }
}
