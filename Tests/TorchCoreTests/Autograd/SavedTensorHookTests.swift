import Testing
import TorchOps
import TorchTestSupport

private func message(_ body: () throws -> Void) -> String {
  do {
    try withTorchErrors { try body() }
    return ""
  } catch let error as TorchError { return "\(error.op): \(error.message)" } catch { return "\(error)" }
}

@Suite("Autograd: saved tensors, checkpoints, anomalies, modes", .serialized)
struct SavedTensorHookTests {
  private let x = Tensor([0.5, -1, 2], dtype: .float64)

  @Test func `hooks see what is saved and give it back`() throws {
    let a = x.clone().requiresGrad_()
    var packed = 0
    var unpacked = 0
    let y = withSavedTensorHooks(
      pack: { (t: Tensor) -> Tensor in
        packed += 1
        return t.to(.float32)
      },
      unpack: { (t: Tensor) -> Tensor in
        unpacked += 1
        return t.to(.float64)
      }) { (a.exp() * a.sin()).tanh().sum() }
    #expect(packed > 0 && unpacked == 0)
    y.backward(retainGraph: true)
    #expect(unpacked == packed)
    let b = x.clone().requiresGrad_()
    (b.exp() * b.sin()).tanh().sum().backward()
    #expect(try difference(a.grad!, b.grad!, Tolerance(relative: 1e-5, absolute: 1e-6)) == nil)
    // Once more, and to second order.
    let second = try grad([y], [a], createGraph: true)[0]!
    let third = try grad([second.sum()], [a])[0]!
    let plain = try grad([(b.exp() * b.sin()).tanh().sum()], [b], createGraph: true)[0]!
    #expect(try difference(third, try grad([plain.sum()], [b])[0]!, Tolerance(relative: 1e-4, absolute: 1e-5)) == nil)
  }

  @Test func `what a hook returns is checked`() {
    let a = x.clone().requiresGrad_()
    let y = withSavedTensorHooks(pack: { $0 }, unpack: { (_: Tensor) in Tensor.ones(2) }) { (a * 2).exp().sum() }
    #expect(message { y.backward() }.contains("the unpack hook gave float32[2] for a saved tensor of float64[3]"))
  }

  private func block(_ a: Tensor, _ w: Tensor) -> Tensor { ((a * w).tanh().matmul(w) + a).exp().log1p() }

  @Test func `a checkpoint runs again and gives the same gradients`() throws {
    let (a, w) = (x.clone().requiresGrad_(), Tensor.arange(9, dtype: .float64).reshape([3, 3]).div(10).requiresGrad_())
    var runs = 0
    let y = checkpoint { () -> Tensor in
      runs += 1
      return block(a, w).sum()
    }
    #expect(runs == 1)
    y.backward()
    #expect(runs == 2)
    let (b, v) = (x.clone().requiresGrad_(), w.detach().clone().requiresGrad_())
    block(b, v).sum().backward()
    #expect(a.grad!.equal(b.grad!) && w.grad!.equal(v.grad!))
    #expect(noGrad { checkpoint { block(a, w) } }.requiresGrad == false)
  }

  @Test func `checkpoints keep random numbers, nest and come in sequences`() throws {
    try withGenerator(Generator(seed: 0)) {
      let a = Tensor.ones([64], dtype: .float64).requiresGrad_()
      manualSeed(3)
      let y = checkpoint { a.mul(Tensor.rand([64], dtype: .float64).exp()).exp() }
      let after = Tensor.rand([3])
      y.sum().backward()
      manualSeed(3)
      let b = Tensor.ones([64], dtype: .float64).requiresGrad_()
      b.mul(Tensor.rand([64], dtype: .float64).exp()).exp().sum().backward()
      #expect(a.grad!.equal(b.grad!) && after.equal(Tensor.rand([3])))

      let c = x.clone().requiresGrad_()
      checkpoint { checkpoint { c.exp().sin() }.exp() }.sum().backward()
      let d = x.clone().requiresGrad_()
      d.exp().sin().exp().sum().backward()
      #expect(c.grad!.equal(d.grad!))

      let layers: [(Tensor) -> Tensor] = (1...5).map { k in { ($0 * Tensor(Double(k) / 4, dtype: .float64)).sin() } }
      for segments in [1, 2, 5, 9] {
        c.grad = nil
        d.grad = nil
        checkpointSequential(layers, segments: segments, c).sum().backward()
        layers.reduce(d) { $1($0) }.sum().backward()
        #expect(c.grad!.equal(d.grad!))
      }
    }
  }

  @Test func `a checkpoint that does something else is found`() {
    let a = x.clone().requiresGrad_()
    var runs = 0
    let y = checkpoint { () -> Tensor in
      runs += 1
      return runs == 1 ? (a * 2).exp().sin().sum() : (a * 2).exp().sum()
    }
    #expect(message { y.backward() }.contains("do not have the same metadata"))
  }

  @Test func `checkpointing saves memory`() {
    func peak(_ checkpoints: Bool) -> Int {
      let a = Tensor.ones([1 << 16]).requiresGrad_()
      let start = Memory.statistics.live
      var y = a * 1
      for _ in 0..<8 {
        let here = y
        let layers: () -> Tensor = { (0..<8).reduce(here) { x, _ in x.sin() } }
        y = checkpoints ? checkpoint(layers) : layers()
      }
      return Memory.statistics.live - start
    }
    #expect(peak(true) * 3 < peak(false))
  }

  @Test func `an anomaly names the op and its line`() {
    let a = Tensor([-1.0, 4], dtype: .float64).requiresGrad_()
    let text = message { detectAnomaly { (a.sqrt() * Tensor(0.0, dtype: .float64)).sum().backward() } }
    #expect(text.contains("Function 'SqrtBackward0' returned nan values in its 0th output"), "\(text)")
    #expect(text.contains("SavedTensorHookTests.swift:"), "\(text)")
    #expect(message { (a.sqrt() * Tensor(0.0, dtype: .float64)).sum().backward() } == "")
  }

  @Test func `inference mode leaves the tape for good`() throws {
    let w = x.clone().requiresGrad_()
    let y = inferenceMode { w * 2 }
    #expect(!y.requiresGrad && y.isInference && !w.isInference)
    #expect(inferenceMode { enableGrad { isGradEnabled } } == false)
    #expect(message { y.add_(1) }.contains("Inplace update to inference tensor"))
    #expect(message { y.requiresGrad_() }.contains("requires_grad=True on inference tensor"))
    #expect(message { (w * y).sum().backward() }.contains("Inference tensors cannot be saved for backward"))
    #expect(message { (w * y.clone()).sum().backward() } == "")
    inferenceMode { _ = y.add_(1) }
    #expect(y.array(as: Double.self) == [2, -1, 5])
  }

  @Test func `recording can be set`() {
    noGrad {
      #expect(!isGradEnabled)
      setGradEnabled(true)
      #expect(isGradEnabled)
      withGradEnabled(false) { #expect(!isGradEnabled) }
    }
    #expect(isGradEnabled)
  }

  @Test func `nothing leaks`() {
    let a = Tensor.ones([1 << 12]).requiresGrad_()
    func once() {
      let y = checkpoint { (a * 2).exp().sin() }
      let z = withSavedTensorHooks(pack: { $0.to(.bfloat16) }, unpack: { $0.to(.float32) }) { y.exp().sin() }
      let handle = z.registerHook { $0 * 2 }
      z.gradNode!.registerHook { inputs, _ in inputs }
      z.sum().backward()
      handle.remove()
      a.grad = nil
    }
    once()
    let start = Memory.statistics.live
    for _ in 0..<50 { once() }
    #expect(Memory.statistics.live == start)
  }
}

@Suite("Autograd: nodes and selected inputs")
struct NodeHookTests {
  private let x = Tensor([0.5, -1, 2], dtype: .float64)

  @Test func `hooks of nodes see and change gradients`() {
    let a = x.clone().requiresGrad_()
    let y = a * 3
    var seen: [String] = []
    let pre = y.gradNode!.registerPrehook { gradients in
      seen.append("pre")
      return gradients.map { $0.map { $0 * 10 } }
    }
    y.gradNode!.registerHook { inputs, outputs in
      seen.append("post \(inputs[0]!.array(as: Double.self)[0]) \(outputs[0]!.array(as: Double.self)[0])")
      return [inputs[0]! + 1] + inputs.dropFirst()
    }
    y.sum().backward(retainGraph: true)
    #expect(seen == ["pre", "post 30.0 10.0"])
    #expect(a.grad!.array(as: Double.self) == [31, 31, 31])
    pre.remove()
    a.grad = nil
    y.sum().backward()
    #expect(a.grad!.array(as: Double.self) == [4, 4, 4])
    let b = x.clone().requiresGrad_() * 2
    b.gradNode!.registerPrehook { _ in [] }
    #expect(message { b.sum().backward() }.contains("incorrect number of gradients"))
  }

  @Test func `the graph can be looked at`() {
    let a = x.clone().requiresGrad_()
    let y = (a * 3).exp()
    #expect(y.gradNode!.name == "ExpBackward0")
    let before = y.gradNode!.nextFunctions[0].node!
    #expect(before.name == "MulBackward0" && before.nextFunctions[0].leaf! === a && before.nextFunctions[1].leaf == nil)
  }

  @Test func `only the given inputs get gradients`() throws {
    let (a, b) = (x.clone().requiresGrad_(), x.clone().requiresGrad_())
    var stepped = 0
    a.registerPostAccumulateGradHook { _ in stepped += 1 }
    (a * b).sum().backward(inputs: [a])
    #expect(a.grad!.equal(x) && b.grad == nil && stepped == 1)
    try backward([(a * a).sum(), (b * b).sum()], gradients: [nil, nil])
    #expect(a.grad!.equal(x * 3) && b.grad!.equal(x * 2) && stepped == 2)
    #expect(message { try backward([(a * b).sum()], inputs: []) }.contains("cannot be empty"))
    #expect(try grad([(a * 2).sum()], [a, b], materializeGrads: true)[1]!.equal(x.zerosLike()))
    #expect(message { (a * 2).registerPostAccumulateGradHook { _ in } }.contains("non-leaf"))
  }

  @Test func `backward runs inside of a hook, and on many threads`() async {
    let a = x.clone().requiresGrad_()
    let y = a * 2
    var inner: [Double] = []
    y.registerHook { gradient in
      let b = Tensor([1.0, 2], dtype: .float64).requiresGrad_()
      enableGrad { (b * b).sum() }.backward()
      inner = b.grad!.array(as: Double.self)
      return gradient
    }
    y.sum().backward()
    #expect(inner == [2, 4] && a.grad!.array(as: Double.self) == [2, 2, 2])
    let shared = Tensor([1.0, 2, 3], dtype: .float64).requiresGrad_()
    let base = (shared * shared).exp()
    let found = await withTaskGroup(of: [Double].self) { group in
      for k in 1...8 {
        group.addTask {
          (0..<50).reduce([]) { _, _ in
            (try? grad([(base * Tensor(Double(k), dtype: .float64)).sum()], [shared], retainGraph: true)[0])?.array(as: Double.self) ?? []
          }
        }
      }
      return await group.reduce(into: [[Double]]()) { $0.append($1) }
    }
    let unit = found.map { $0[0] }.sorted()
    #expect(found.count == 8 && zip(unit, 1...8).allSatisfy { abs($0 - Double($1) * unit[0]) < 1e-9 })
  }

  @Test func `gradcheck finds a wrong derivative`() throws {
    struct Wrong: CustomFunction {
      func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] { [inputs[0].sin()] }
      func backward(_ context: FunctionContext, _ gradients: [Tensor?]) -> [Tensor?] { [gradients[0]! * 1.5] }
    }
    let a = x.clone().requiresGrad_()
    #expect(message { try gradcheck({ Wrong().apply($0) }, [a]) }.contains("Jacobian mismatch: the derivative of output 0 by input 0"))
    #expect(message { try gradcheck({ $0 }, [x]) }.contains("at least one input that requires gradients"))
    #expect(message { try gradcheck({ $0 }, [x.to(.float32).requiresGrad_()]) }.contains("float64"))
    let z = Tensor([1, 2, -0.5, 0.25], dtype: .float64).reshape([2, 2]).viewAsComplex().clone().requiresGrad_()
    try gradcheck({ [$0[0] * $0[0].exp(), $0[0].abs()] }, [z], checkForwardMode: true)
    try gradgradcheck({ [($0[0] * $0[1]).tanh()] }, [a, (x + 1).clone().detach().requiresGrad_()])
  }
}
