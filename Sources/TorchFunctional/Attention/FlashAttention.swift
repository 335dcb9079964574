import TorchCore
import CTorchKernels

/// Attention without the matrix of scores: blocks of it are made, used and forgotten, in the backward again.
enum FlashAttention {
  /// The result, and the logarithm of each query's sum of exponentials, from which the backward finds the probabilities again.
  static let forward = recorded.differentiableInFirst

  private static let recorded: Op<Tensor, Tensor, Tensor, Double, Bool, Tensor?, Double?, TensorPair> = .structured(
    "aten::_scaled_dot_product_flash_attention_for_cpu(Tensor query, Tensor key, Tensor value, float dropout_p=0., bool is_causal=False, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor output, Tensor logsumexp)",
    rule: { q, k, v, dropout, _, mask, _ in
      let blocks = try check(q, k, v, dropout, mask)
      let sizes: Dims = [blocks.batch, blocks.heads, blocks.queries, blocks.valueWidth]
      return (
        TensorSpec(sizes, q.dtype, q.device, strides: AttentionBlocks.strides(sizes)),
        TensorSpec([blocks.batch, blocks.heads, blocks.queries], q.dtype.widened, q.device)
      )
    },
    kernel: { out, q, k, v, _, causal, mask, scale in
      let blocks = try AttentionBlocks(q, k, v)
      let factor = scale ?? 1 / Double(blocks.width).squareRoot()
      try NNKernels.filling(out.values) { try run($0, out.indices, q, k, v, blocks, causal, mask, factor) }
    },
    vjp: { tape, q, k, v, dropout, causal, mask, scale in
      let (query, key, value, mask) = (tape.save(q), tape.save(k), tape.save(v), tape.save(mask))
      let (result, sums) = (tape.save(result: tape.result.values), tape.result.indices.alias())
      return { g, sink in
        guard let gradient = g[0] else { return }
        let all = try backward.callThrowing(
          gradient, try sink.value(query), try sink.value(key), try sink.value(value), try sink.value(result).detach(), sums,
          dropout, causal, try mask.map { try sink.value($0) }, scale)
        if sink.wants(0) { sink[0] = all.first }
        if sink.wants(1) { sink[1] = all.second }
        if sink.wants(2) { sink[2] = all.third }
      }
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 2, 3, 4])), .tensor(s.tensor([2, 2, 5, 4])), .tensor(s.tensor([2, 2, 5, 2])), 0.0.box(),
          false.box(), .none, .none),
        Sample(
          .tensor(s.tensor([1, 4, 3, 2])), .tensor(s.tensor([1, 2, 3, 2])), .tensor(s.tensor([1, 2, 3, 2])), 0.0.box(),
          true.box(), .none, 0.4.box()),
      ]
    })

  static let backward: Op<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Double, Bool, Tensor?, Double?, TensorTriple> =
    .structured(
      "aten::_scaled_dot_product_flash_attention_for_cpu_backward(Tensor grad_out, Tensor query, Tensor key, Tensor value, Tensor out, Tensor logsumexp, float dropout_p, bool is_causal, *, Tensor? attn_mask=None, float? scale=None) -> (Tensor grad_query, Tensor grad_key, Tensor grad_value)",
      rule: { g, q, k, v, out, sums, dropout, _, mask, _ in
        let blocks = try check(q, k, v, dropout, mask)
        let sizes: Dims = [blocks.batch, blocks.heads, blocks.queries, blocks.valueWidth]
        guard g.impl.sizes == sizes, out.impl.sizes == sizes, sums.impl.sizes == Dims(sizes.dropLast()) else {
          throw TorchError(
            .shape,
            "expected grad_out and out of sizes \(sizes) and logsumexp of \(sizes.dropLast()), got \(g.summary), \(out.summary) and \(sums.summary)"
          )
        }
        func spec(_ x: Tensor) -> TensorSpec {
          TensorSpec(x.impl.sizes, x.dtype, x.device, strides: AttentionBlocks.strides(x.impl.sizes))
        }
        return (spec(q), spec(k), spec(v))
      },
      kernel: { grads, g, q, k, v, out, sums, _, causal, mask, scale in
        let blocks = try AttentionBlocks(q, k, v)
        let factor = scale ?? 1 / Double(blocks.width).squareRoot()
        try NNKernels.filling(grads.first) { first in
          try NNKernels.filling(grads.second) { second in
            try NNKernels.filling(grads.third) { third in
              try runBackward((first, second, third), g, q, k, v, out, sums, blocks, causal, mask, factor)
            }
          }
        }
      },
      vjp: { tape, g, q, k, v, _, _, _, causal, mask, scale in
        let saved = [tape.save(g), tape.save(q), tape.save(k), tape.save(v)]
        let mask = tape.save(mask)
        return { w, sink in
          let tensors = try saved.map { try sink.value($0) }
          let added = try mask.map { try sink.value($0) }
          let pulled = try HigherOrder.pullBack(
            Array(tensors.dropFirst()), gradient: tensors[0], cotangents: [w[0], w[1], w[2]], createsGraph: sink.createsGraph
          ) { try Attention.composed($0[0], $0[1], $0[2], added, causal: causal, scale: scale, grouped: true) }
          sink[0] = pulled.gradient
          for i in 0..<3 { sink[i + 1] = pulled.inputs[i] }
        }
      })

  private static func check(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ dropout: Double, _ mask: Tensor?
  ) throws -> AttentionBlocks {
    let blocks = try AttentionBlocks(q, k, v)
    guard dropout == 0 else { throw TorchError(.unsupported, "the fused attention has no dropout, got dropout_p \(dropout)") }
    try ScoreMask.check(mask, q, [blocks.batch, blocks.heads, blocks.queries, blocks.keys])
    return blocks
  }

  private static func kernels(_ type: DType) throws -> torch_attention_kernels {
    guard let table = torch_attention(torch_level_current(), Int32(type.rawValue)) else {
      throw TorchError(.dtype, "attention is not defined for \(type)")
    }
    return table.pointee
  }

  private static func run(
    _ out: Tensor, _ sums: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ blocks: AttentionBlocks, _ causal: Bool,
    _ mask: Tensor?, _ scale: Double
  ) throws {
    let type = out.dtype
    let kernels = try kernels(type)
    let inputs = [q, k, v].map { AttentionBlocks.operand($0, type) }
    let (query, key, value, result) = (HeadMatrix(inputs[0]), HeadMatrix(inputs[1]), HeadMatrix(inputs[2]), HeadMatrix(out))
    let added = ScoreMask(mask, type)
    Copying.fill(out, 0)
    let (m, n, bytes) = (blocks.queryBlock, blocks.keyBlock, type.byteCount)
    let tasks = blocks.batch * blocks.heads * blocks.queryBlocks
    let workers = AttentionBlocks.workers(tasks)
    // For each worker a block of scores, and each query's largest score and sum.
    let scratch = try Tensor.allocate(TensorSpec([workers, m * (n + 2)], type))
    try AttentionBlocks.forEach(tasks, workers: workers) { worker, task in
      let (b, h) = (task / blocks.queryBlocks / blocks.heads, task / blocks.queryBlocks % blocks.heads)
      let start = task % blocks.queryBlocks * m
      let rows = start..<Swift.min(start + m, blocks.queries)
      let scores = scratch.address + worker * m * (n + 2) * bytes
      let (largest, total) = (scores + m * n * bytes, scores + m * (n + 1) * bytes)
      fill(largest, type, rows.count, -.infinity)
      fill(total, type, rows.count, 0)
      let target = result.row(b, h, start)
      let last = causal ? Swift.min(blocks.keys, rows.upperBound) : blocks.keys
      for first in stride(from: 0, to: last, by: n) {
        let columns = first..<Swift.min(first + n, last)
        try Gemm.raw(
          type, false, true, rows.count, columns.count, blocks.width, query.row(b, h, start), query.leading,
          key.row(b, h / blocks.group, first), key.leading, 0, scores, n)
        var spec = added.block(b, h, rows: rows, columns: columns, leading: n, scale: scale, causal: causal)
        kernels.softmax_block(scores, largest, total, target, Int64(blocks.valueWidth), Int64(result.leading), &spec)
        try Gemm.raw(
          type, false, false, rows.count, blocks.valueWidth, columns.count, scores, n, value.row(b, h / blocks.group, first),
          value.leading, 1, target, result.leading)
      }
      kernels.softmax_finish(
        target, sums.address + ((b * blocks.heads + h) * blocks.queries + start) * bytes, largest, total, Int64(rows.count),
        Int64(blocks.valueWidth), Int64(result.leading))
    }
    withExtendedLifetime(inputs) {}
    added.keepAlive()
  }

  private static func runBackward(
    _ grads: (Tensor, Tensor, Tensor), _ g: Tensor, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ out: Tensor, _ sums: Tensor,
    _ blocks: AttentionBlocks, _ causal: Bool, _ mask: Tensor?, _ scale: Double
  ) throws {
    let type = grads.0.dtype
    let kernels = try kernels(type)
    let inputs = [q, k, v, g, out].map { AttentionBlocks.operand($0, type) }
    let all = inputs.map { HeadMatrix($0) }
    let (query, key, value, gradient, result) = (all[0], all[1], all[2], all[3], all[4])
    let (dq, dk, dv) = (HeadMatrix(grads.0), HeadMatrix(grads.1), HeadMatrix(grads.2))
    let logs = sums.to(type).contiguous()
    let added = ScoreMask(mask, type)
    for grad in [grads.0, grads.1, grads.2] { Copying.fill(grad, 0) }
    let (m, n, bytes) = (blocks.queryBlock, blocks.keyBlock, type.byteCount)
    let (width, valueWidth) = (blocks.width, blocks.valueWidth)
    // A head of keys belongs to one worker, so that sums over queries need no locks.
    let tasks = blocks.batch * blocks.keyHeads
    let workers = AttentionBlocks.workers(tasks)
    let scratch = try Tensor.allocate(TensorSpec([workers, m * (2 * n + 1)], type))
    try AttentionBlocks.forEach(tasks, workers: workers) { worker, task in
      let (b, kh) = (task / blocks.keyHeads, task % blocks.keyHeads)
      let p = scratch.address + worker * m * (2 * n + 1) * bytes
      let (ds, dots) = (p + m * n * bytes, p + 2 * m * n * bytes)
      for h in (kh * blocks.group)..<((kh + 1) * blocks.group) {
        for start in stride(from: 0, to: blocks.queries, by: m) {
          let rows = start..<Swift.min(start + m, blocks.queries)
          let (qRows, gRows) = (query.row(b, h, start), gradient.row(b, h, start))
          kernels.row_dots(
            dots, gRows, Int64(gradient.leading), result.row(b, h, start), Int64(result.leading), Int64(rows.count),
            Int64(valueWidth))
          let lse = logs.address + ((b * blocks.heads + h) * blocks.queries + start) * bytes
          let last = causal ? Swift.min(blocks.keys, rows.upperBound) : blocks.keys
          for first in stride(from: 0, to: last, by: n) {
            let columns = first..<Swift.min(first + n, last)
            let (kRows, vRows) = (key.row(b, kh, first), value.row(b, kh, first))
            var spec = added.block(b, h, rows: rows, columns: columns, leading: n, scale: scale, causal: causal)
            try Gemm.raw(
              type, false, true, rows.count, columns.count, width, qRows, query.leading, kRows, key.leading, 0, p, n)
            kernels.probabilities(p, lse, &spec)
            try Gemm.raw(
              type, true, false, columns.count, valueWidth, rows.count, p, n, gRows, gradient.leading, 1,
              dv.row(b, kh, first), dv.leading)
            try Gemm.raw(
              type, false, true, rows.count, columns.count, valueWidth, gRows, gradient.leading, vRows, value.leading, 0, ds,
              n)
            kernels.score_gradients(ds, p, dots, &spec)
            try Gemm.raw(
              type, false, false, rows.count, width, columns.count, ds, n, kRows, key.leading, 1, dq.row(b, h, start),
              dq.leading)
            try Gemm.raw(
              type, true, false, columns.count, width, rows.count, ds, n, qRows, query.leading, 1, dk.row(b, kh, first),
              dk.leading)
          }
        }
      }
    }
    withExtendedLifetime(inputs) {}
    added.keepAlive()
  }

  private static func fill(_ p: UnsafeMutableRawPointer, _ type: DType, _ count: Int, _ value: Double) {
    if type == .float64 {
      p.assumingMemoryBound(to: Double.self).update(repeating: value, count: count)
    } else {
      p.assumingMemoryBound(to: Float.self).update(repeating: Float(value), count: count)
    }
  }

  static let table: [AnyOp] = [forward.erased, backward.erased]
}
