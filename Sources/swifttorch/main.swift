import Torch
let a = Tensor([[1, 2, 3], [4, 5, 6]], dtype: .float32, requiresGrad: true)
let b = Tensor([0.5, 1.5, 2.5], requiresGrad: true)
print(a, b)
let y = ((a * b + 2.0).tanh() * a.t().t()).sum()
print(y)
y.backward()
print(a.grad!, b.grad!)
let x = Tensor(2.0, dtype: .float64, requiresGrad: true)
let z = x * x * x
let g1 = try grad([z], [x], createGraph: true)[0]!
let g2 = try grad([g1], [x], createGraph: true)[0]!
let g3 = try grad([g2], [x])[0]!
print(g1, g2, g3)
do { try withTorchErrors { let q = Tensor.zeros(2, 3) + Tensor.zeros(4); print(q); return q * 2 } } catch { print(error) }
func bench(_ name: String, _ n: Int, _ f: () -> Void) {
  for _ in 0..<1000 { f() }
  var best = Double.infinity
  for _ in 0..<5 {
    let t = ContinuousClock.now
    for _ in 0..<n { f() }
    let d = ContinuousClock.now - t
    best = min(best, Double(d.components.attoseconds) * 1e-9 / Double(n) + Double(d.components.seconds) * 1e9 / Double(n))
  }
  print(name, best, "ns")
}
let o = Tensor.ones(1), p = Tensor.ones(1), og = Tensor.ones(1, requiresGrad: true)
bench("add 1", 200000) { _ = o + p }
bench("add 1 tape", 200000) { _ = og + p }
bench("mul 1 tape", 200000) { _ = og * p }
bench("add literal", 200000) { _ = o + 1.0 }
let k = Tensor.ones(1024), kb = Tensor.ones(1024, requiresGrad: true)
bench("add 1K", 100000) { _ = k + k }
bench("chain60 fwd+bwd", 1000) { var v = kb; for _ in 0..<20 { v = (v * 1.01 + k).tanh() }; v.sum().backward() }
var c = Tensor.ones(1, requiresGrad: true)
let t0 = ContinuousClock.now
do { var v = c * 1.0; for _ in 0..<1_000_000 { v = v + o }; v.backward() }
print("1M chain", ContinuousClock.now - t0, c.grad!)
