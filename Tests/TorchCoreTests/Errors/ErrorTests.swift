import Foundation
import Testing
import TorchOps

@Suite("Errors")
struct ErrorTests {
  private func caught(_ body: () throws -> Void) -> TorchError? {
    failure { try withTorchErrors(body) }
  }

  @Test func `a message names op, arguments, sizes and the caller's line`() throws {
    var line = 0
    let error = caught({
      line = #line + 1
      _ = Tensor.zeros([2, 3]) + Tensor.zeros([4])
    })
    guard let error else {
      Issue.record("no error")
      return
    }
    #expect(error.op == "aten::add.Tensor")
    #expect(error.kind == .shape)
    #expect(error.message == "sizes [2, 3] and [4] do not broadcast: dimension 1 has 3 and 4")
    #expect(error.arguments == "self: float32[2, 3], other: float32[4], alpha: 1")
    #expect(error.location == "ErrorTests.swift:\(line)")
    #expect(error.description == """
      aten::add.Tensor: sizes [2, 3] and [4] do not broadcast: dimension 1 has 3 and 4
        self: float32[2, 3], other: float32[4], alpha: 1
        at ErrorTests.swift:\(line)
      """)
  }

  @Test func `errors of ops made of others name the op that was called or its part`() throws {
    let error = caught { _ = stack([Tensor.zeros([2]), Tensor.zeros([3])]) }
    #expect(error?.op == "aten::stack")
    #expect(error?.message == "tensors must have equal sizes, got [2] and [3]")
  }

  @Test(arguments: [
    ("broadcast", "sizes [2, 3] and [3, 2] do not broadcast: dimension 0 has 2 and 3"),
    ("view", "aten::view"), ("dim", "dim 5 is out of range for 2 dimensions; expected -2 to 1"),
    ("select", "index 7 is out of range for dimension 0 of size 2"), ("item", "only a tensor of one element has an item, got float32[2, 3]"),
    ("sizes", "sizes must not be negative, got -1 in [-1, 2]"), ("elements", "3 elements cannot fill sizes [2, 2]"),
    ("rows", "rows must have equal lengths, got [1, 2]"), ("bool", "subtraction of two bool tensors is not supported"),
    ("meta", "a tensor on meta has no elements to read"), ("huge", "more elements than memory can address"),
    ("memory", "cannot allocate"), ("permute", "dimension 0 appears twice in [0, 0]"), ("mean", "a mean needs a floating-point or complex type"),
  ])
  func messages(_ name: String, _ part: String) throws {
    let x = Tensor.zeros([2, 3])
    let error = caught {
      switch name {
      case "broadcast": _ = x * x.t()
      case "view": _ = x.view(5)
      case "dim": _ = x.sum(5)
      case "select": _ = x.select(0, 7)
      case "item": _ = x.item()
      case "sizes": _ = Tensor.zeros([-1, 2])
      case "elements": _ = Tensor([1.0, 2, 3], shape: [2, 2])
      case "rows": _ = Tensor([[1.0], [1, 2]])
      case "bool": _ = Tensor([true]) - Tensor([false])
      case "meta": _ = Tensor.zeros([2], device: .meta).array(as: Float.self)
      case "huge": _ = Tensor.zeros([1 << 40, 1 << 40])
      case "memory": _ = Tensor.empty([1 << 58])
      case "permute": _ = x.permute(0, 0)
      default: _ = Tensor([1, 2]).mean()
      }
    }
    let text = error?.testDescription ?? "nothing"
    #expect(text.contains(part), "\(text)")
  }

  @Test func `poison answers everything and computes nothing`() throws {
    let error = caught({
      let poison = Tensor.zeros([2]) + Tensor.zeros([3])
      #expect(poison.device == .poison && poison.count == 0 && poison.dtype == .float32 && poison.shape == [0])
      #expect(poison.description == "tensor(<failed>)" && poison.summary == "poison")
      #expect((poison * 2).exp().device == .poison)
      #expect(cat([Tensor.zeros([2]), poison]).device == .poison)
      #expect(poison.sum().device == .poison && poison.view(1).device == .poison && poison.clone().device == .poison)
      #expect(poison.split(2).isEmpty)
      #expect(poison.item() == 0 && poison.item(as: Float.self) == 0 && poison.array(as: Int.self).isEmpty)
      #expect(poison.add_(1).device == .poison)
      #expect(Tensor.zeros([2]).copy_(poison).device == .poison)
      poison.backward()
      #expect(!poison.requiresGrad && poison.grad == nil && poison.isLeaf)
      _ = Tensor.zeros([2]).view([7])
    })
    #expect(error?.op == "aten::add.Tensor", "the first error is the one thrown")
  }

  @Test func `scopes nest`() throws {
    let y = try withTorchErrors {
      let inner = failure { try withTorchErrors { Tensor.zeros([2]).view(3) } }
      #expect(inner?.op == "aten::view")
      return Tensor.ones([2]) * 2
    }
    #expect(y.array(as: Float.self) == [2, 2])
  }

  @Test func `poison that leaves its scope fails the next one`() throws {
    var poison = Tensor.zeros([1])
    _ = caught { poison = Tensor.zeros([2]).view(3) }
    let error = caught { _ = poison + 1 }
    #expect(error?.message.contains("failed in an earlier error scope") == true)
  }

  @Test func `a thrown error of the body passes through`() {
    struct Own: Error {}
    #expect(throws: Own.self) { try withTorchErrors { throw Own() } }
    #expect(throws: Never.self) { try withTorchErrors { Tensor.ones([1]) } }
  }

  @Test func `scopes rule their own thread`() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for i in 0..<8 {
        group.addTask {
          let error = failure { try withTorchErrors { Tensor.zeros([i + 2]).view(1) } }
          #expect(error?.arguments.contains("[\(i + 2)]") == true)
        }
      }
      try await group.waitForAll()
    }
  }

  // The body of an exit test has the macro's source position, so the call stands in a function.
  private static func addMismatched() { _ = Tensor.zeros([2, 3]) + Tensor.zeros([4]) }

  @Test func `outside a scope the program stops with the message`() async throws {
    let result = try #require(await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      Self.addMismatched()
    })
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("aten::add.Tensor: sizes [2, 3] and [4] do not broadcast"))
    #expect(text.contains("at ErrorTests.swift:"))
  }

  @Test func `a failed call in place changes nothing`() throws {
    let x = Tensor([1.0, 2])
    _ = caught { x.add_(Tensor([1.0, 2, 3])) }
    #expect(x.array(as: Float.self) == [1, 2] && x.version == 0)
  }
}
