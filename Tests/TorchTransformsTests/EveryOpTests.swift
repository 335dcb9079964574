import Foundation
import Testing
import TorchOps
import TorchTestSupport
@testable import TorchTransforms

/// An op as an argument of a test.
struct OpCase: Sendable, CustomTestStringConvertible {
  let op: AnyOp
  var testDescription: String { op.name }

  static let all = OpTable.all.map { OpCase(op: $0) }.filter { !OpSample.all(of: $0.op, dtype: .float64).isEmpty }
  static let differentiable = deterministic.filter { item in
    if case .none = item.op.info.derivative { return false }
    return true
  }
  static let deterministic = all.filter { $0.op.info.tier != .random && !$0.op.name.contains("empty") }
}

/// What is called for each element, and the arguments of each call: tensors at the batched places differ, the others are the same.
private struct Batch {
  let sample: OpSample
  let places: Set<Int>
  let size = 3

  /// The tensor of call number `b`: the same for 0, and other values of the same kind for others.
  private func variant(_ tensor: Tensor, _ b: Int) -> Tensor {
    if b == 0 || tensor.count == 0 || tensor.dtype.isCarriedOnly { return tensor }
    if tensor.dtype.isDifferentiable {
      // Stays inside (0, 1) or positive where the sample does.
      return tensor.rank == 0 ? tensor * Tensor(1 - 0.125 * Double(b), dtype: tensor.dtype) : tensor.roll([b], [-1])
    }
    return tensor.rank == 0 ? tensor : tensor.roll([b], [-1])
  }

  func arguments(_ b: Int) -> [IValue] {
    let tensors = sample.arguments.tensors.enumerated().map { i, tensor in places.contains(i) ? variant(tensor, b) : tensor }
    return sample.arguments.replacingTensors(tensors)
  }

  /// The batched tensors, their elements along dimension `dim`.
  func stacked(along dim: Int) -> [Tensor] {
    let all = (0..<size).map { arguments($0).tensors }
    return places.sorted().map { place in
      let tensors = all.map { $0[place] }
      return stack(tensors, dim: min(dim, tensors[0].rank))
    }
  }
}

@Suite("vmap: every op")
struct EveryOpTests {
  /// Ops whose meaning is strides, which elements of a batch have others of.
  static let readsStrides: Set<String> = [
    "aten::view.dtype", "aten::view_copy.dtype", "aten::as_strided_scatter",
  ]

  /// Ops whose gradient has no fixed sizes in its making, or whose form is chosen by reading elements.
  static let gradientNeedsElements: Set<String> = ["aten::masked_scatter", "aten::linalg_lstsq"]

  /// Whether it must fail inside of vmap: its result is not of fixed sizes, or is no tensor.
  private func isRefused(_ op: AnyOp) -> Bool { BatchingRules.rule(for: op).refusal != nil }

  @Test("vmap is a loop", arguments: OpCase.deterministic)
  func equalsLoop(_ item: OpCase) throws {
    if Self.readsStrides.contains(item.op.name) { return }
    for sample in OpSample.all(of: item.op, dtype: .float64) + OpSample.all(of: item.op, dtype: .int64) {
      let tensors = sample.arguments.tensors
      let candidates = tensors.indices.filter { !tensors[$0].impl.isWrappedNumber }
      guard !candidates.isEmpty else { continue }
      var choices: [Set<Int>] = [Set(candidates)]
      if candidates.count > 1 { choices += candidates.map { [$0] } }
      for (number, places) in choices.enumerated() where number == 0 || sample.dtype == .float64 {
        let batch = Batch(sample: sample, places: places)
        let loop = (0..<batch.size).map { b in try? item.op.call(batch.arguments(b)) }
        guard !loop.contains(where: { $0 == nil }) else { continue }
        for dim in number == 0 && sample.dtype == .float64 ? [0, 1] : [0] {
          let label = "\(sample.label), batched \(places.sorted()), dimension \(dim)"
          let whole = batch.stacked(along: dim)
          let dims = zip(places.sorted(), whole).map { _, tensor in min(dim, tensor.rank - 1) }
          let found = Result { try vmapped(item.op, batch, whole, dims) }
          if isRefused(item.op) {
            #expect(throws: TorchError.self, "\(label)") { _ = try found.get() }
            continue
          }
          let expectedTensors = loop.map { $0!.tensors }
          // What is no tensor, or not of one size, cannot be a batch.
          let alike = expectedTensors.allSatisfy { tensors in
            tensors.count == expectedTensors[0].count && zip(tensors, expectedTensors[0]).allSatisfy { $0.sizes == $1.sizes }
          }
          guard alike, !expectedTensors[0].isEmpty else { continue }
          do {
            let results = try found.get()
            try #require(results.count == expectedTensors[0].count, "\(label)")
            for (i, result) in results.enumerated() {
              let text = try difference(result, stack(expectedTensors.map { $0[i] }))
              #expect(text == nil, "\(label), result \(i)")
            }
          } catch let error as TorchError {
            Issue.record("\(label): \(error.op): \(error.message)")
          }
        }
      }
    }
  }

  /// Gradients inside of vmap are those of each element: the tape of the elements, and below it that of the batch.
  @Test("vmap of the gradient is a loop", arguments: OpCase.differentiable)
  func gradientEqualsLoop(_ item: OpCase) throws {
    if Self.readsStrides.contains(item.op.name) || isRefused(item.op) { return }
    let refuses = Self.gradientNeedsElements.contains(item.op.name)
    for sample in OpSample.all(of: item.op, dtype: .float64) {
      let tensors = sample.arguments.tensors
      let places = tensors.indices.filter { tensors[$0].dtype == .float64 && !tensors[$0].impl.isWrappedNumber }
      guard !places.isEmpty else { continue }
      let batch = Batch(sample: sample, places: Set(places))
      func loss(_ b: Int) -> ([Tensor]) throws -> Tensor {
        { points in
          var all = batch.arguments(b).tensors
          for (place, point) in zip(places, points) { all[place] = point }
          var total = Tensor(0.0, dtype: .float64)
          for result in try item.op.call(sample.arguments.replacingTensors(all)).tensors where result.dtype.isDifferentiable && result.requiresGrad {
            let real = result.dtype.isComplex ? result.viewAsReal() : result
            total = total + (real * weights(like: Tensor.zeros(real.shape, dtype: real.dtype))).sum()
          }
          return total
        }
      }
      let loop = (0..<batch.size).map { b in
        try? withTorchErrors { grad(loss(b))(places.map { batch.arguments(b).tensors[$0] }) }
      }
      guard !loop.contains(where: { $0 == nil }) else { continue }
      do {
        let found = try withTorchErrors { vmap(grad(loss(0)))(batch.stacked(along: 0)) }
        for i in places.indices {
          let text = try difference(found[i], stack(loop.map { $0![i] }))
          #expect(text == nil, "\(sample.label), tensor \(i)")
        }
      } catch let error as TorchError {
        if refuses && error.kind == .transform { continue }
        Issue.record("\(sample.label): \(error.op): \(error.message)")
      }
    }
  }

  private func vmapped(_ op: AnyOp, _ batch: Batch, _ whole: [Tensor], _ dims: [Int]) throws -> [Tensor] {
    try withTorchErrors {
      try VmapLevel.with(batchSize: batch.size, randomness: .error) { level in
        var tensors = batch.sample.arguments.tensors
        for (i, place) in batch.places.sorted().enumerated() { tensors[place] = BatchedTensor.wrap(whole[i], dims[i], level) }
        return try op.call(batch.sample.arguments.replacingTensors(tensors)).tensors.map {
          Alignment.front($0, level, expanding: true)
        }
      }
    }
  }
}

extension OpSample {
  var label: String { "\(dtype) sample \(index)" }
}
