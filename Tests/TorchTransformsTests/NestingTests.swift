import Testing
import TorchOps
import TorchTestSupport
import TorchTransforms

private func f(_ x: Tensor) -> Tensor { (x.sin() * x.roll([1], [0])).sum() }
private func g(_ x: Tensor) -> Tensor { stack([x.exp().sum(), (x * x.flip([0])).sum(), x.prod()]) }

private let x = Tensor([0.3, -1.2, 2.0], dtype: .float64)
private let v = Tensor([1.0, 0.5, -2.0], dtype: .float64)
private var rows: Tensor { stack([x, v, x * v]) }

/// Says how the elements differ from PyTorch's, which `torch.func` computed for the same functions.
private func unlike(_ tensor: Tensor, _ expected: [Double]) -> String? {
  let found = tensor.array(as: Double.self)
  guard found.count == expected.count else { return "\(found.count) elements, expected \(expected.count)" }
  for (i, (a, b)) in zip(found, expected).enumerated() where abs(a - b) > 1e-10 * max(1, abs(b)) { return "number \(i): \(a), expected \(b)" }
  return nil
}

@Suite("Transforms: nesting")
struct NestingTests {
  @Test func gradients() {
    #expect(unlike(grad(f)(x), [0.978633892284, 1.018004753169, 0.794896410518]) == nil)
    let second = grad { (a: Tensor) in grad(f)(a).cos().sum() }(x)
    #expect(unlike(second, [-0.499892291923, -0.241586190827, -1.217367990674]) == nil)
    let third: (Tensor) -> Tensor = grad(grad(grad { (a: Tensor) in a.sin() * a.exp() }))
    #expect(unlike(vmap(third)(x), [1.781317640533, 0.779729672518, -19.587564036135]) == nil)
    let (value, gradient) = valueAndGrad(f)(x)
    #expect(value.equal(f(x)) && gradient.equal(grad(f)(x)))
    #expect(!gradient.requiresGrad || gradient.isLeaf == false)
  }

  @Test func jacobians() {
    let expected = [1.349858807576, 0.301194211912, 7.389056098931, 4.0, -2.4, 0.6, -2.4, 0.6, -0.36]
    #expect(jacrev(g)(x).shape == [3, 3])
    #expect(unlike(jacrev(g)(x), expected) == nil)
    #expect(unlike(jacfwd(g)(x), expected) == nil)
    #expect(unlike(jacrev(g, chunkSize: 2)(x), expected) == nil)
    let curvature = [
      -0.591040413323, 0.362357754477, 0.955336489126, 0.362357754477, 0.27961172579, -0.416146836547, 0.955336489126, -0.416146836547,
      1.091156912191,
    ]
    #expect(unlike(hessian(f)(x), curvature) == nil)
    #expect(unlike(jacrev(jacrev(f))(x), curvature) == nil)
    #expect(unlike(jacrev(jacfwd(f))(x), curvature) == nil)
    #expect(unlike(jacfwd(jacfwd(f))(x), curvature) == nil)
    let many = vmap(hessian(f))(rows)
    #expect(many.shape == [3, 3, 3])
    #expect(unlike(many[0], curvature) == nil)
    #expect(unlike(many[2], [
      1.182080826645, 0.82533561491, 0.955336489126, 0.82533561491, 0.169392742019, -0.653643620864, 0.955336489126, -0.653643620864,
      0.454081497185,
    ]) == nil)
  }

  @Test func forwardMode() {
    #expect(unlike(jvp(g, x, v).tangent, [-13.277656284329, 1.6, -1.38]) == nil)
    #expect(unlike(vjp(g, x).pullback(v), [8.149858807576, -2.098805788088, 8.409056098931]) == nil)
    #expect(unlike(jvp(grad(f), x, v).tangent, [-2.320534514336, 1.334457290466, -1.43505075353]) == nil)
    let (value, map) = linearize(g, x)
    #expect(value.equal(g(x)))
    #expect(unlike(map(v), [-13.277656284329, 1.6, -1.38]) == nil)
    #expect(map(v * 2).equal(map(v) * 2))
    let pushed = vmap { (a: Tensor, t: Tensor) in jvp(g, a, t).tangent }(rows, rows.flip([0]))
    #expect(unlike(pushed, [-29.331983280597, 0.24, 0.36, 3.271971897336, -7.5, -3.0, -0.216985043263, 0.24, 1.8]) == nil)
    let both = jvp({ (z: Tensor) in vmap(f)(z) }, rows, rows.flip([1])).tangent
    #expect(unlike(both, [0.974131003921, 1.819898280331, 17.147623725475]) == nil)
    let pair = jvp({ (a: Tensor, b: Tensor) in a * b }, (x, v), (v, x))
    #expect(pair.tangent.equal(v * v + x * x))
  }

  @Test func vmapInsideAndOutside() {
    let nested = vmap { (r: Tensor) in vmap { (a: Tensor) in r * a.sin() }(r) }(rows)
    #expect(nested.shape == [3, 3, 3])
    #expect(unlike(nested[0], [
      0.088656061998, -0.354624247994, 0.591040413323, -0.27961172579, 1.118446903161, -1.864078171934, 0.272789228048, -1.091156912191,
      1.818594853651,
    ]) == nil)
    let matrix = Tensor.arange(9, dtype: .float64).reshape([3, 3]) / 10
    let gradient = grad { (w: Tensor) in vmap { (r: Tensor) in w.matmul(r).tanh().sum() }(rows).prod() }(matrix)
    #expect(unlike(gradient, [
      -2.98599173207, -5.237670929775, 18.492503283172, -2.518203942341, -4.647997125479, 12.107504195402, -2.28623684381,
      -3.403487993028, 8.968064416163,
    ]) == nil)
  }

  @Test func innerAndOuterDerivativesDoNotMix() {
    // d/dx (x d/dy (x + y)) = 1.
    let outer = grad { (x: Tensor) in x * grad { (y: Tensor) in x + y }(Tensor(1.0)) }
    #expect(outer(Tensor(3.0)).item(as: Double.self) == 1)
  }

  @Test func theOuterTapeGoesOn() throws {
    let w = x.clone().requiresGrad_()
    let inner = vmap(grad { (a: Tensor) in (a * a * a).sum() })(w)
    inner.sum().backward()
    #expect(unlike(w.grad!, [6 * 0.3, 6 * -1.2, 12]) == nil)
    // Something captured is a constant inside, and on the tape outside.
    let scale = Tensor(2.0, dtype: .float64).requiresGrad_()
    let scaled = vmap(grad { (a: Tensor) in a * a * scale })(x)
    scaled.sum().backward()
    #expect(unlike(scale.grad!, [2 * (0.3 - 1.2 + 2)]) == nil)
  }

  @Test func dualNumbers() {
    let tangent = withDualLevel { level in
      let dual = level.makeDual(x, tangent: v)
      #expect(level.unpackDual(dual).tangent!.equal(v))
      #expect(level.unpackDual(x).tangent == nil)
      return level.unpackDual(g(dual)).tangent
    }
    #expect(unlike(tangent!, [-13.277656284329, 1.6, -1.38]) == nil)
    // Forward over forward: how the derivative of x³ along 1 moves along 1.
    let second = withDualLevel { outer in
      let a = outer.makeDual(x, tangent: x.onesLike())
      let first = withDualLevel { inner in
        let b = inner.makeDual(a, tangent: x.onesLike())
        return inner.unpackDual(b * b * b).tangent!
      }
      return outer.unpackDual(first).tangent!
    }
    #expect(unlike(second, [1.8, -7.2, 12]) == nil)
  }

  @Test func auxiliaryResults() {
    let (gradient, aux) = grad(hasAux: { (a: Tensor) in ((a * a).sum(), a * 3) })(x)
    #expect(gradient.equal(x * 2) && aux.equal(x * 3))
    let all = valueAndGrad(hasAux: { (a: Tensor, b: Tensor) in ((a * b).sum(), [a, b]) })(x, v)
    #expect(all.value.equal((x * v).sum()) && all.gradient.equal(v) && all.aux[1].equal(v))
  }

  @Test func structures() {
    let parameters = ["w": x, "b": v]
    let gradient = grad { (p: [String: Tensor]) in (p["w"]! * p["w"]! + p["b"]!).sum() }(parameters)
    #expect(gradient["w"]!.equal(x * 2) && gradient["b"]!.equal(v.onesLike()))
    let doubled = vmap { (p: [String: Tensor], q: [Tensor]) in ["s": p["w"]! * q[0] + p["b"]!] }(parameters, [v])
    #expect(doubled["s"]!.equal(x * v + v))
    let (sum, product) = vmap { (a: Tensor, b: Tensor) in (a + b, a * b) }(x, v)
    #expect(sum.equal(x + v) && product.equal(x * v))
  }
}
