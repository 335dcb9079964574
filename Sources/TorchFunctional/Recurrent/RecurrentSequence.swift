import TorchCore
import CTorchKernels

/// One direction of one recurrent layer over a whole sequence, given the input's part of the gates. One product and one kernel a
/// step.
enum RecurrentSequence {
  typealias Forward = Op<Tensor, Tensor, Tensor?, Tensor, Tensor?, [Int], RecurrentMode, Bool, TensorQuadruple>

  /// The hidden states (rows, H), the last hidden state (B, H), the last cell state (LSTM, else empty), and what the backward
  /// needs.
  static let forward = Forward(recorded.info) { gates, h, c, weight, bias, batchSizes, mode, reverse in
    let all = try recorded.run(gates, h, c, weight, bias, batchSizes, mode, reverse)
    return TensorQuadruple(all.first, all.second, all.third, all.fourth.alias())
  }

  private static let recorded: Forward = .structured(
    "aten::_recurrent_sequence(Tensor gates, Tensor hx, Tensor? cx, Tensor weight, Tensor? bias, int[] batch_sizes, int mode, bool reverse) -> (Tensor, Tensor, Tensor, Tensor)",
    rule: { gates, h, c, weight, bias, batchSizes, mode, _ in
      try check(gates, h, c, weight, bias, batchSizes, mode)
      let (rows, n) = (gates.impl.sizes[0], h.impl.sizes[1])
      return (
        TensorSpec(like: gates, sizes: [rows, n]), TensorSpec(like: h), TensorSpec(like: h, sizes: c?.impl.sizes ?? [0]),
        TensorSpec(like: gates, sizes: [rows, mode.reserve * n])
      )
    },
    kernel: { out, gates, h, c, weight, bias, batchSizes, mode, reverse in
      let steps = RecurrentSteps(batchSizes, reverse: reverse)
      let kernels = try RecurrentMode.kernels(gates.dtype)
      let (source, factors, offset) = (gates.contiguous(), weight.contiguous(), bias?.contiguous())
      let (batch, n, bytes) = (h.impl.sizes[0], h.impl.sizes[1], gates.dtype.byteCount)
      let (width, kept) = (mode.gates * n, mode.reserve * n)
      Copying.copy(h, into: out.second)
      if let c { Copying.copy(c, into: out.third) }
      let sums = try Tensor.allocate(TensorSpec([batch, width], gates.dtype))
      let packed = gates.dtype == .float32 ? try PackedMatrix(weight.t()) : nil
      let grain = Swift.max(1, 8192 / Swift.max(1, width))
      for t in steps.order {
        let (rows, start) = (batchSizes[t], steps.offsets[t])
        let input = source.address + start * width * bytes
        let (result, reserve) = (out.first.address + start * n * bytes, out.fourth.address + start * kept * bytes)
        let state = out.second.address
        copyRows(reserve + (mode.reserve - 1) * n * bytes, kept * bytes, state, n * bytes, rows, n * bytes)
        // Of a GRU the hidden part stays apart; elsewhere it is added to the input's.
        if mode == .gru {
          for row in 0..<rows {
            let target = sums.address + row * width * bytes
            if let offset { target.copyMemory(from: offset.address, byteCount: width * bytes) }
          }
        } else {
          sums.address.copyMemory(from: input, byteCount: rows * width * bytes)
        }
        let adds = mode != .gru || offset != nil
        if let packed {
          packed.product(rows, state, n, 1, adds: adds, into: sums.address, width)
        } else {
          try Gemm.raw(gates.dtype, false, true, rows, width, n, state, n, factors.address, n, adds ? 1 : 0, sums.address, width)
        }
        parallelFor(rows, grain: grain) { part in
          let (begin, end, count, stride) = (Int64(part.lowerBound), Int64(part.upperBound), Int64(n), Int64(kept))
          switch mode {
          case .relu, .tanh: kernels.rnn_cell(state, sums.address, mode == .relu, count, begin, end)
          case .lstm: kernels.lstm_cell(state, out.third.address, reserve, stride, sums.address, count, begin, end)
          case .gru: kernels.gru_cell(state, reserve, stride, input, sums.address, count, begin, end)
          }
        }
        result.copyMemory(from: state, byteCount: rows * n * bytes)
      }
    },
    vjp: { tape, gates, h, c, weight, bias, batchSizes, mode, reverse in
      let saved = (tape.save(gates), tape.save(h), tape.save(c), tape.save(weight), tape.save(bias))
      let (output, reserve) = (tape.result.first.alias(), tape.result.fourth.alias())
      return { g, sink in
        let all = try backward.callThrowing(
          g[0], g[1], g[2], try sink.value(saved.0), try sink.value(saved.1), try saved.2.map { try sink.value($0) },
          try sink.value(saved.3), try saved.4.map { try sink.value($0) }, output, reserve, batchSizes, mode, reverse)
        for i in 0..<5 where sink.wants(i) { sink[i] = all[i] }
      }
    },
    samples: { s in
      let none = IValue.none
      func sample(_ mode: RecurrentMode, _ sizes: [Int], _ reverse: Bool) -> Sample {
        let rows = sizes.reduce(0, +)
        return Sample(
          .tensor(s.tensor([rows, mode.gates * 3])), .tensor(s.tensor([2, 3])), mode == .lstm ? .tensor(s.tensor([2, 3])) : none,
          .tensor(s.tensor([mode.gates * 3, 3])), mode == .gru ? .tensor(s.tensor([9])) : none, sizes.box(), mode.box(),
          reverse.box())
      }
      return [
        sample(.tanh, [2, 2], false), sample(.relu, [2, 1], true), sample(.lstm, [2, 2, 1], false),
        sample(.lstm, [2, 1], true), sample(.gru, [2, 2], true), sample(.gru, [2, 1, 1], false),
      ]
    })

  typealias Backward = Op<
    Tensor?, Tensor?, Tensor?, Tensor, Tensor, Tensor?, Tensor, Tensor?, Tensor, Tensor, [Int], RecurrentMode, Bool, [Tensor]
  >

  /// The gradients of gates, hx, cx, weight and bias; those of absent arguments are empty.
  static let backward: Backward = .structured(
    "aten::_recurrent_sequence_backward(Tensor? grad_output, Tensor? grad_hy, Tensor? grad_cy, Tensor gates, Tensor hx, Tensor? cx, Tensor weight, Tensor? bias, Tensor output, Tensor reserve, int[] batch_sizes, int mode, bool reverse) -> Tensor[]",
    rule: { _, _, _, gates, h, c, weight, bias, output, reserve, batchSizes, mode, _ in
      try check(gates, h, c, weight, bias, batchSizes, mode)
      let (rows, n) = (gates.impl.sizes[0], h.impl.sizes[1])
      guard output.impl.sizes == [rows, n], reserve.impl.sizes == [rows, mode.reserve * n] else {
        throw TorchError(.shape, "output and reserve do not fit: got \(output.summary) and \(reserve.summary)")
      }
      return [
        TensorSpec(like: gates), TensorSpec(like: h), TensorSpec(like: h, sizes: c?.impl.sizes ?? [0]), TensorSpec(like: weight),
        TensorSpec(like: weight, sizes: bias?.impl.sizes ?? [0]),
      ]
    },
    kernel: { out, gOutput, gH, gC, gates, h, c, weight, bias, output, reserve, batchSizes, mode, reverse in
      let steps = RecurrentSteps(batchSizes, reverse: reverse)
      let type = gates.dtype
      let kernels = try RecurrentMode.kernels(type)
      let (factors, results, kept) = (weight.contiguous(), output.contiguous(), reserve.contiguous())
      let incoming = gOutput?.contiguous()
      let (n, bytes, count) = (h.impl.sizes[1], type.byteCount, Int64(h.impl.sizes[1]))
      let (width, stride) = (mode.gates * n, mode.reserve * n)
      let (dGates, dH) = (out[0], out[1])
      let packed = type == .float32 ? try PackedMatrix(weight) : nil
      if let gH { Copying.copy(gH, into: dH) } else { Copying.fill(dH, 0) }
      let dC = out[2]
      if c != nil { if let gC { Copying.copy(gC, into: dC) } else { Copying.fill(dC, 0) } }
      // The gradients of the hidden parts of the gates: other than the input's for a GRU's new gate.
      let dHidden = mode == .gru ? try Tensor.allocate(TensorSpec([steps.rows, width], type)) : dGates
      let grain = Swift.max(1, 8192 / Swift.max(1, width))
      for t in steps.order.reversed() {
        let (rows, start) = (batchSizes[t], steps.offsets[t])
        if let incoming {
          let target = dH.alias(sizes: [rows, n], strides: [n, 1])
          target.add_(incoming.narrow(0, start, rows))
        }
        let (gate, hidden) = (dGates.address + start * width * bytes, dHidden.address + start * width * bytes)
        let memory = kept.address + start * stride * bytes
        parallelFor(rows, grain: grain) { part in
          let (begin, end) = (Int64(part.lowerBound), Int64(part.upperBound))
          switch mode {
          case .relu, .tanh:
            kernels.rnn_cell_backward(
              gate, dH.address, results.address + start * n * bytes, mode == .relu, count, begin, end)
          case .lstm: kernels.lstm_cell_backward(gate, dC.address, dH.address, memory, Int64(stride), count, begin, end)
          case .gru:
            kernels.gru_cell_backward(
              gate, hidden, dH.address, memory, Int64(stride), memory + 4 * n * bytes, count, begin, end)
          }
        }
        if let packed {
          packed.product(rows, hidden, width, 1, adds: mode == .gru, into: dH.address, n)
        } else {
          try Gemm.raw(
            type, false, false, rows, n, width, hidden, width, factors.address, n, mode == .gru ? 1 : 0, dH.address, n)
        }
      }
      // One product for all steps: hidden gradients against the hidden states before each step.
      if steps.rows == 0 {
        Copying.fill(out[3], 0)
      } else if n > 0 {
        try Gemm.raw(
          type, true, false, width, n, steps.rows, dHidden.address, width, kept.address + (mode.reserve - 1) * n * bytes, stride,
          0, out[3].address, n)
      }
      if bias != nil { Copying.copy(dHidden.sum(0), into: out[4]) }
    },
    vjp: { tape, gOutput, gH, gC, gates, h, c, weight, bias, _, _, batchSizes, mode, reverse in
      let gradients = [gOutput, gH, gC].map { tape.save($0) }
      let inputs = [gates, h, weight].map { tape.save($0) }
      let (cell, offset) = (tape.save(c), tape.save(bias))
      let sizes = [[gates.shape[0], h.shape[1]], h.shape, c?.shape ?? [0]]
      return { v, sink in
        let plain = try inputs.map { try sink.value($0) }
        let (c, bias) = (try cell.map { try sink.value($0) }, try offset.map { try sink.value($0) })
        let given = try gradients.map { try $0.map { try sink.value($0) } }
        let flat = cat(
          zip(given, sizes).map { ($0 ?? Tensor.zeros($1, dtype: plain[0].dtype)).reshape([-1]) }, dim: 0)
        // The arguments there are, and where their gradients go.
        var (arguments, places): ([Tensor], [Int]) = ([plain[0], plain[1], plain[2]], [0, 1, 3])
        if let c { (arguments, places) = (arguments + [c], places + [2]) }
        if let bias { (arguments, places) = (arguments + [bias], places + [4]) }
        let pulled = try HigherOrder.pullBack(
          arguments, gradient: flat, cotangents: places.map { v[$0] }, createsGraph: sink.createsGraph
        ) { p in
          let all = composed(
            p[0], p[1], c == nil ? nil : p[3], p[2], bias == nil ? nil : p[p.count - 1], batchSizes, mode, reverse)
          return cat([all.first, all.second, all.third].map { $0.reshape([-1]) }, dim: 0)
        }
        if let back = pulled.gradient {
          let parts = back.split(sizes.map { $0.reduce(1, *) }, dim: 0)
          for i in 0..<3 where sink.wants(i) { sink[i] = parts[i].reshape(sizes[i]) }
        }
        for (place, gradient) in zip(places, pulled.inputs) { sink[place + 3] = gradient }
      }
    })

  /// The sequence in tensor ops; the fourth result is empty.
  static func composed(
    _ gates: Tensor, _ h: Tensor, _ c: Tensor?, _ weight: Tensor, _ bias: Tensor?, _ batchSizes: [Int], _ mode: RecurrentMode,
    _ reverse: Bool
  ) -> TensorQuadruple {
    let steps = RecurrentSteps(batchSizes, reverse: reverse)
    var (state, cell) = (h, c)
    var outputs = [Tensor](repeating: h, count: batchSizes.count)
    for t in steps.order {
      let rows = batchSizes[t]
      let full = rows == h.shape[0]
      let before = full ? state : state.narrow(0, 0, rows)
      let input = gates.narrow(0, steps.offsets[t], rows)
      let next = RecurrentCells.step(
        input, linear(before, weight, bias), before, full ? cell : cell?.narrow(0, 0, rows), mode)
      outputs[t] = next.h
      state = full ? next.h : cat([next.h, state.narrow(0, rows, h.shape[0] - rows)], dim: 0)
      if let new = next.c, let old = cell {
        cell = full ? new : cat([new, old.narrow(0, rows, h.shape[0] - rows)], dim: 0)
      }
    }
    let none = Tensor.zeros([0], dtype: h.dtype)
    let all = outputs.isEmpty ? Tensor.zeros([0, h.shape[1]], dtype: h.dtype) : cat(outputs, dim: 0)
    return TensorQuadruple(all, state, cell ?? none, none)
  }

  private static func check(
    _ gates: Tensor, _ h: Tensor, _ c: Tensor?, _ weight: Tensor, _ bias: Tensor?, _ batchSizes: [Int], _ mode: RecurrentMode
  ) throws {
    guard gates.dtype == .float32 || gates.dtype == .float64 else {
      throw TorchError(.dtype, "a recurrent sequence is computed in float32 or float64, got \(gates.dtype)")
    }
    for case (let name, let tensor?) in [("hx", h), ("cx", c), ("weight", weight), ("bias", bias)] as [(String, Tensor?)] {
      guard tensor.dtype == gates.dtype else {
        throw TorchError(.dtype, "\(name) must have the type of the gates, \(gates.dtype), got \(tensor.dtype)")
      }
    }
    guard h.rank == 2, h.impl.sizes[1] > 0, gates.rank == 2, gates.impl.sizes[1] == mode.gates * h.impl.sizes[1] else {
      throw TorchError(
        .shape, "expected hx of sizes (B, H) and gates of (rows, \(mode.gates) H), got \(h.impl.sizes) and \(gates.impl.sizes)")
    }
    let n = h.impl.sizes[1]
    guard weight.impl.sizes == [mode.gates * n, n], bias == nil || bias!.impl.sizes == [mode.gates * n] else {
      throw TorchError(.shape, "expected a weight of sizes (\(mode.gates * n), \(n)), got \(weight.summary)")
    }
    guard mode == .lstm ? c?.impl.sizes == h.impl.sizes : c == nil else {
      throw TorchError(.shape, "a cell state like hx belongs to an LSTM, and to it alone; got \(c?.summary ?? "none")")
    }
    try RecurrentSteps.check(batchSizes, batch: h.impl.sizes[0], rows: gates.impl.sizes[0])
  }

  /// Copies rows of `bytes` between memory with the given distances.
  private static func copyRows(
    _ to: UnsafeMutableRawPointer, _ toStep: Int, _ from: UnsafeMutableRawPointer, _ fromStep: Int, _ rows: Int, _ bytes: Int
  ) {
    for row in 0..<rows { (to + row * toStep).copyMemory(from: from + row * fromStep, byteCount: bytes) }
  }

  static let table: [AnyOp] = [forward.erased, backward.erased]
}
