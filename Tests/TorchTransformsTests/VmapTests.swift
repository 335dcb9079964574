import Testing
import TorchNN
import TorchOps
import TorchTestSupport
import TorchTransforms

private func message(_ body: () throws -> Void) -> String {
  do {
    try withTorchErrors { try body() }
    return ""
  } catch let error as TorchError { return "\(error.op): \(error.message)" } catch { return "\(error)" }
}

@Suite("vmap")
struct VmapTests {
  private let matrix = Tensor.arange(12, dtype: .float64).reshape([3, 4])

  @Test func dimensions() {
    let total: (Tensor) -> Tensor = { $0.sum() }
    #expect(vmap(total)(matrix).equal(matrix.sum([1])))
    #expect(vmap(total, inDims: [1])(matrix).equal(matrix.sum([0])))
    #expect(vmap(total, inDims: [-1])(matrix).equal(matrix.sum([0])))
    let scaled = vmap({ (a: Tensor, b: Tensor) in a * b }, inDims: [0, nil], outDims: 1)(matrix, matrix[0])
    #expect(scaled.equal((matrix * matrix[0]).t()))
    #expect(vmap({ (a: Tensor) in a * 2 }, outDims: -1)(matrix).equal((matrix * 2).t()))
    // What does not depend on the batch is repeated.
    #expect(vmap { (_: Tensor) in Tensor(7.0) }(matrix).array(as: Double.self) == [7, 7, 7])
    for chunk in [1, 2, 3, 100] {
      #expect(vmap(total, chunkSize: chunk)(matrix).equal(matrix.sum([1])))
      #expect(vmap({ (a: Tensor) in a.exp() }, outDims: 1, chunkSize: chunk)(matrix).equal(matrix.exp().t()))
    }
  }

  @Test func typesFollowTheElements() {
    // An element of a float64 batch is a number, and does not widen a float32 tensor.
    let half = Tensor([1, 2, 3] as [Float])
    let factors = Tensor([0.5, 2.0], dtype: .float64)
    let out = vmap { (s: Tensor) in half * s }(factors)
    #expect(out.dtype == .float32 && out.array(as: Float.self) == [0.5, 1, 1.5, 2, 4, 6])
    #expect(vmap { (s: Tensor) in Tensor([1, 2] as [Int64]) * s }(Tensor([2, 3] as [Int64])).dtype == .int64)
  }

  @Test func randomNumbers() {
    withGenerator(Generator(seed: 0)) {
      let draw: (Tensor) -> Tensor = { $0 + Tensor.rand([2]) }
      let x = Tensor.zeros(3, 2)
      #expect(message { _ = vmap(draw)(x) }.contains("called random operation while in randomness error mode"))
      manualSeed(1)
      let different = vmap(draw, randomness: .different)(x)
      #expect(!different[0].equal(different[1]) && !different[1].equal(different[2]))
      manualSeed(1)
      let loop = stack((0..<3).map { _ in Tensor.rand([2]) })
      #expect(different.equal(loop))
      manualSeed(1)
      let same = vmap(draw, randomness: .same)(x)
      #expect(same[0].equal(loop[0]) && same[1].equal(loop[0]) && same[2].equal(loop[0]))
      // Ops that take a batch and draw.
      let noise: (Tensor) -> Tensor = { $0.bernoulli() }
      let p = Tensor.full([4, 64], 0.5)
      #expect(message { _ = vmap(noise)(p) }.contains("randomness"))
      let drawn = vmap(noise, randomness: .same)(p)
      #expect(drawn[0].equal(drawn[3]))
      #expect(!vmap(noise, randomness: .different)(p)[0].equal(vmap(noise, randomness: .different)(p)[3]))
    }
  }

  @Test func changesInPlace() {
    let squares = vmap { (a: Tensor) -> Tensor in
      let b = a.clone()
      b.mul_(b)
      b.add_(1)
      b[0].fill_(Scalar(-1))
      return b
    }(matrix)
    let expected = matrix * matrix + 1
    noGrad { _ = expected.select(1, 0).fill_(Scalar(-1)) }
    #expect(squares.equal(expected))
    // The batch itself is changed where its element is.
    let changed = matrix.clone()
    _ = vmap { (a: Tensor) in a.add_(1) }(changed)
    #expect(changed.equal(matrix + 1))
    let text = message { _ = vmap { (a: Tensor) in Tensor.zeros([4], dtype: .float64).add_(a) }(matrix) }
    #expect(text.contains("`self` is not being vmapped over"), "\(text)")
    // Through the change goes the gradient.
    let slopes = vmap(grad { (a: Tensor) -> Tensor in
      let b = a * 2
      b.mul_(b)
      return b.sum()
    })(matrix)
    #expect(slopes.equal(matrix * 8))
    let parts = vmap(grad { (a: Tensor) -> Tensor in
      let b = a * 2
      b[0].mul_(3)
      b.narrow(0, 1, 2)[1].mul_(b[3].clone())
      return b.sum()
    })(matrix)
    // 6 a0 + 2 a1 + 4 a2 a3 + 2 a3.
    for (i, row) in (0..<3).map({ matrix[$0].array(as: Double.self) }).enumerated() {
      #expect(parts[i].array(as: Double.self) == [6, 2, 4 * row[3], 4 * row[2] + 2])
    }
  }

  @Test func whatCannotBe() {
    #expect(message { _ = vmap { (a: Tensor) in a.item(as: Double.self) > 0 ? a : -a }(matrix.reshape([-1])) }.contains("cannot be read"))
    #expect(message { _ = vmap { (a: Tensor) in a.nonzero() }(matrix) }.contains("sizes of the result depend on the elements"))
    #expect(message { _ = vmap { (a: Tensor, b: Tensor) in a + b }(matrix, matrix.t()) }.contains("same size, got 3 and 4"))
    #expect(message { _ = vmap({ (a: Tensor) in a }, inDims: [nil])(matrix) }.contains("no argument is a batch"))
    #expect(message { _ = vmap({ (a: Tensor) in a }, inDims: [2])(matrix) }.contains("inDims 2 is out of range"))
    #expect(message { _ = vmap({ (a: Tensor) in a }, inDims: [0, 0])(matrix) }.contains("one entry for each of the 1 arguments"))
    #expect(message { _ = vmap { (a: Tensor) in a }(Tensor(1.0)) }.contains("a tensor without dimensions"))
    #expect(message { _ = vmap({ (a: Tensor) in a.sum() }, outDims: 1)(matrix) }.contains("outDims 1 is out of range"))
    #expect(message { _ = vmap({ (a: Tensor) in a }, chunkSize: 0)(matrix) }.contains("chunkSize"))
    #expect(message { _ = grad { (a: Tensor) in a * 2 }(matrix) }.contains("returns a tensor without dimensions"))
    #expect(message { _ = grad { (a: Tensor) in a.sum() }(matrix.to(.int64)) }.contains("floating-point"))
    #expect(message { _ = vmap { (a: Tensor) in a.matmul(Tensor.zeros(5, dtype: .float64)) }(matrix) } != "")
    #expect(message { _ = jvp({ (a: Tensor) in a }, matrix, matrix[0]) }.contains("tangents like the inputs"))
  }

  @Test func printing() {
    var text = ""
    _ = vmap { (a: Tensor) -> Tensor in
      text = "\(a)"
      return a
    }(matrix)
    #expect(text.hasPrefix("BatchedTensor(level: 1, dim: 0, value: tensor(["))
  }

  @Test func sizesWithoutData() {
    let meta = Tensor.empty([8, 3], device: .meta)
    let out = vmap { (a: Tensor) in a.unsqueeze(0).expand([5, 3]).sum([1]) }(meta)
    #expect(out.shape == [8, 5] && out.device == .meta)
  }
}

/// A small convolutional classifier.
private final class Net: Module {
  let conv = Conv2d(1, 3, kernelSize: 3)
  let norm = LayerNorm([6])
  let fc = Linear(108, 4)
  override func forward(_ x: Tensor) -> Tensor { fc(norm(conv(x)).relu().flatten(1)) }
}

@Suite("Transforms of modules")
struct ModuleTransformTests {
  @Test func gradientsOfEachSample() throws {
    try withGenerator(Generator(seed: 0)) {
      manualSeed(0)
      let net = Net()
      let images = Tensor.randn([5, 1, 8, 8])
      let labels = Tensor([0, 1, 2, 3, 1])
      let loss: ([String: Tensor], Tensor, Tensor) -> Tensor = { parameters, x, y in
        crossEntropy(functionalCall(net, parameters, x.unsqueeze(0)), y.unsqueeze(0))
      }
      let found = vmap(grad(loss), inDims: [nil, 0, 0])(net.parameterDictionary(), images, labels)
      for b in 0..<5 {
        net.zeroGrad()
        crossEntropy(net(images[b].unsqueeze(0)), labels[b].unsqueeze(0)).backward()
        for (name, parameter) in net.namedParameters() {
          let text = try difference(found[name]![b], parameter.grad!, Tolerance(relative: 1e-4, absolute: 1e-6))
          #expect(text == nil, "\(name) of sample \(b)")
        }
      }
    }
  }

  @Test func ensembles() throws {
    try withGenerator(Generator(seed: 0)) {
      manualSeed(1)
      let nets = (0..<3).map { _ in Net().eval() }
      let (parameters, buffers) = stackModuleState(nets)
      #expect(buffers.isEmpty && parameters["fc.weight"]!.shape == [3, 4, 108] && parameters["fc.weight"]!.requiresGrad)
      let images = Tensor.randn([2, 1, 8, 8])
      let out = vmap({ (p: [String: Tensor], x: Tensor) in functionalCall(nets[0], p, x) }, inDims: [0, nil])(parameters, images)
      for (i, net) in nets.enumerated() {
        let text = try difference(out[i], net(images), Tolerance(relative: 1e-4, absolute: 1e-5))
        #expect(text == nil)
      }
      // The module has its own tensors back.
      #expect(nets[0].fc.weight.requiresGrad && nets[0].fc.weight.shape == [4, 108])
      #expect(message { _ = functionalCall(nets[0], ["fc.wight": images], images) }.contains("[\"fc.wight\"]"))
      #expect(message { _ = stackModuleState([nets[0], Linear(2, 2)]) }.contains("one class"))
    }
  }
}
