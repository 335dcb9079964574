import Torch
let n = Int(CommandLine.arguments[2])!
let o = Tensor.ones(1), p = Tensor.ones(1), og = Tensor.ones(1, requiresGrad: true)
var r = o
switch CommandLine.arguments[1] {
case "add": for _ in 0..<n { r = o + p }
case "tape": for _ in 0..<n { r = og + p }
case "mul": for _ in 0..<n { r = og * p }
case "lit": for _ in 0..<n { r = o + 1.0 }
case "err": do { try withTorchErrors { Tensor.zeros(2, 3) + Tensor.zeros(4) } } catch { print(error) }
case "time":
  let cases: [(String, () -> Void)] = [("add", { _ = o + p }), ("tape", { _ = og + p }), ("mul", { _ = og * p }), ("lit", { _ = o + 1.0 })]
  for (name, f) in cases {
    var best = Double.infinity
    for _ in 0..<20 {
      let t = ContinuousClock.now
      for _ in 0..<n { f() }
      best = min(best, Double((ContinuousClock.now - t).components.attoseconds) * 1e-9 / Double(n))
    }
    print(name, best)
  }
default: break
}
