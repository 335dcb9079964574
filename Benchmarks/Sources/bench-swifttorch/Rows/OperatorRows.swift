import Torch

private let million = 1 << 20
private let square = [1024, 1024]

/// Ops one by one, as `peers/operators.py` has them.
let operatorRows: [Row] = pointwise + layouts + reductions + norms + indexing + products + images + linearAlgebra + narrow

private let pointwise: [Row] = [
  unary("pointwise/log-1M", [million]) { ($0 + 1.5).log() },
  unary("pointwise/tanh-1M", [million]) { $0.tanh() },
  unary("pointwise/sigmoid-1M", [million]) { $0.sigmoid() },
  unary("pointwise/erf-1M", [million]) { $0.erf() },
  unary("pointwise/sin-1M", [million]) { $0.sin() },
  unary("pointwise/sqrt-1M", [million]) { $0.abs().sqrt() },
  unary("pointwise/silu-1M", [million]) { $0.silu() },
  Row(name: "pointwise/pow-1M") {
    let (x, y) = (pattern([million], seed: 1) + 1.5, pattern([million], seed: 2))
    return repeated { x.pow(y) }
  },
  Row(name: "pointwise/where-1M") {
    let (x, y) = (pattern([million], seed: 1), pattern([million], seed: 2))
    let mask = x .> y
    return repeated { `where`(mask, x, y) }
  },
]

private let layouts: [Row] = [
  Row(name: "layout/row-broadcast-1024") {
    let (x, y) = (pattern(square, seed: 1), pattern([1024], seed: 2))
    return repeated { x + y }
  },
  Row(name: "layout/transposed-add-1024") {
    let (x, y) = (pattern(square, seed: 1), pattern(square, seed: 2).t())
    return repeated { x + y }
  },
  Row(name: "layout/transposed-copy-1024") {
    let x = pattern(square, seed: 1).t()
    return repeated { x.contiguous() }
  },
  Row(name: "layout/cat-1M") {
    let (x, y) = (pattern([million / 2], seed: 1), pattern([million / 2], seed: 2))
    return repeated { cat([x, y]) }
  },
]

private let reductions: [Row] = [
  unary("reduction/sum-dim0-1024", square) { $0.sum([0]) },
  unary("reduction/sum-dim1-1024", square) { $0.sum([1]) },
  unary("reduction/max-1024", square) { $0.max(1).values },
  unary("reduction/argmax-1024", square) { $0.argmax(1).float() },
  unary("reduction/var-1024", square) { $0.variance([1]) },
  unary("reduction/cumsum-1024", square) { $0.cumsum(1) },
  unary("reduction/softmax-1024", square) { $0.softmax(dim: 1) },
  unary("reduction/log-softmax-128x50257", [128, 50_257]) { $0.logSoftmax(dim: 1) },
  unary("sorting/sort-1M", [million]) { $0.sort().values },
  unary("sorting/top50-128x50257", [128, 50_257]) { $0.topk(50).values },
]

private let norms: [Row] = [
  Row(name: "norm/layer-4096x768") {
    let (x, weight, bias) = (pattern([4096, 768], seed: 1), pattern([768], seed: 2), pattern([768], seed: 3))
    return repeated { layerNorm(x, [768], weight: weight, bias: bias) }
  },
  Row(name: "norm/rms-4096x768") {
    let (x, weight) = (pattern([4096, 768], seed: 1), pattern([768], seed: 2))
    return repeated { rmsNorm(x, [768], weight: weight) }
  },
  Row(name: "norm/batch-32x64x56x56") {
    let (x, weight, bias) = (pattern([32, 64, 56, 56], seed: 1), pattern([64], seed: 2), pattern([64], seed: 3))
    return repeated { batchNorm(x, runningMean: nil, runningVar: nil, weight: weight, bias: bias, training: true) }
  },
]

/// Places below `high`, from the pattern's formula.
func places(_ shape: [Int], high: Int, seed: Int) -> Tensor {
  ((pattern(shape, seed: seed) + 1) * Tensor(Float(high) / 2)).floor().clamp(min: 0, max: Scalar(high - 1)).to(.int64)
}

private let indexing: [Row] = [
  Row(name: "index/embedding-8192x768") {
    let (table, rows) = (pattern([30_000, 768], seed: 1), places([8192], high: 30_000, seed: 2))
    return repeated { embedding(rows, table) }
  },
  Row(name: "index/gather-1M") {
    let (x, index) = (pattern(square, seed: 1), places(square, high: 1024, seed: 2))
    return repeated { x.gather(1, index) }
  },
  Row(name: "index/add-1M") {
    let (x, index, source) = (pattern(square, seed: 1), places([1024], high: 1024, seed: 2), pattern(square, seed: 3))
    return repeated { x.indexAdd(0, index, source) }
  },
  Row(name: "index/masked-select-1M") {
    let x = pattern([million], seed: 1)
    let mask = x .> 0
    return repeated { x.maskedSelect(mask) }
  },
  Row(name: "random/randn-1M") {
    manualSeed(1)
    return Workload(checks: summary(Tensor.randn([million]))) { count in for _ in 0..<count { _ = Tensor.randn([million]) } }
  },
  Row(name: "random/dropout-1M") {
    let x = pattern([million], seed: 1)
    manualSeed(1)
    return Workload(checks: summary(dropout(x, p: 0.5))) { count in for _ in 0..<count { _ = dropout(x, p: 0.5) } }
  },
]

private func product(_ name: String, _ a: [Int], _ b: [Int]) -> Row {
  Row(name: name) {
    let (x, y) = (pattern(a, seed: 1), pattern(b, seed: 2))
    return repeated { x.matmul(y) }
  }
}

private let products: [Row] = [
  product("matmul/16", [16, 16], [16, 16]),
  product("matmul/batched-96x256x64x256", [96, 256, 64], [96, 64, 256]),
  product("matmul/vector-4096", [4096, 4096], [4096]),
  Row(name: "matmul/linear-128x768-3072") {
    let (x, weight, bias) = (pattern([128, 768], seed: 1), pattern([3072, 768], seed: 2), pattern([3072], seed: 3))
    return repeated { linear(x, weight, bias) }
  },
  Row(name: "attention/causal-8x12x512x64") {
    let (q, k, v) = (
      pattern([8, 12, 512, 64], seed: 1), pattern([8, 12, 512, 64], seed: 2), pattern([8, 12, 512, 64], seed: 3)
    )
    return repeated { scaledDotProductAttention(q, k, v, isCausal: true) }
  },
  Row(name: "loss/cross-entropy-8192x1000") {
    let (x, target) = (pattern([8192, 1000], seed: 1), places([8192], high: 1000, seed: 2))
    return repeated { crossEntropy(x, target) }
  },
  Row(name: "recurrent/lstm-32x64x128-256") {
    let layer = LSTM(128, 256)
    fill(layer)
    layer.to(patternType)
    let x = pattern([64, 32, 128], seed: 1)
    return repeated { noGrad { layer(x).output } }
  },
]

private let images: [Row] = [
  convolution("conv2d/8x64x56x56-k3", [8, 64, 56, 56], [64, 64, 3, 3], stride: 1, padding: 1),
  convolution("conv2d/8x128x28x28-k3", [8, 128, 28, 28], [128, 128, 3, 3], stride: 1, padding: 1),
  convolution("conv2d/8x256x14x14-k3", [8, 256, 14, 14], [256, 256, 3, 3], stride: 1, padding: 1),
  convolution("conv2d/8x512x7x7-k3", [8, 512, 7, 7], [512, 512, 3, 3], stride: 1, padding: 1),
  Row(name: "conv2d/depthwise-8x96x56x56") {
    let (x, weight) = (pattern([8, 96, 56, 56], seed: 1), pattern([96, 1, 3, 3], seed: 2))
    return repeated { conv2d(x, weight, padding: [1], groups: 96) }
  },
  Row(name: "conv1d/16x64x1024-k5") {
    let (x, weight) = (pattern([16, 64, 1024], seed: 1), pattern([64, 64, 5], seed: 2))
    return repeated { conv1d(x, weight, padding: 2) }
  },
  unary("pool/max-32x64x56x56", [32, 64, 56, 56]) { maxPool2d($0, [2]) },
  unary("resize/bilinear-8x3x128x128", [8, 3, 128, 128]) { interpolate($0, scaleFactor: [2, 2], mode: .linear) },
]

private let linearAlgebra: [Row] = [
  Row(name: "linalg/cholesky-512") {
    let a = symmetric(512)
    return repeated { Linalg.cholesky(a) }
  },
  Row(name: "linalg/solve-512") {
    let (a, b) = (symmetric(512), pattern([512, 64], seed: 2))
    return repeated { Linalg.solve(a, b) }
  },
  Row(name: "linalg/svd-256") {
    let a = symmetric(256)
    return repeated { Linalg.svdvals(a) }
  },
  Row(name: "linalg/eigh-256") {
    let a = symmetric(256)
    return repeated { Linalg.eigvalsh(a) }
  },
  Row(name: "fft/64x16384") {
    let x = pattern([64, 16_384], seed: 1)
    return repeated { FFT.rfft(x).abs() }
  },
]

/// A positive definite matrix.
private func symmetric(_ n: Int) -> Tensor {
  let a = pattern([n, n], seed: 1)
  return a.matmul(a.t()) / Tensor(Float(n)) + Tensor.eye(n)
}

/// The types besides float32.
private let narrow: [Row] = [("bfloat16", DType.bfloat16), ("float64", DType.float64)].flatMap { label, dtype in
  [
    Row(name: "\(label)/add-1M") {
      let (x, y) = (pattern([million], seed: 1).to(dtype), pattern([million], seed: 2).to(dtype))
      return typed { x + y }
    },
    Row(name: "\(label)/exp-1M") {
      let x = pattern([million], seed: 1).to(dtype)
      return typed { x.exp() }
    },
    Row(name: "\(label)/sum-1M") {
      let x = pattern([million], seed: 1).abs().to(dtype)
      return typed { x.sum() }
    },
    Row(name: "\(label)/softmax-1024") {
      let x = pattern(square, seed: 1).to(dtype)
      return typed { x.softmax(dim: 1) }
    },
    Row(name: "\(label)/matmul-512") {
      let (x, y) = (pattern([512, 512], seed: 1).to(dtype), pattern([512, 512], seed: 2).to(dtype))
      return typed { x.matmul(y) }
    },
  ]
}

private func typed(_ operation: @escaping () -> Tensor) -> Workload {
  Workload(checks: summary(operation().float())) { count in for _ in 0..<count { _ = operation() } }
}
