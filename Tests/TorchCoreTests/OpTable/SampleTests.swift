import Foundation
import Testing
import TorchOps
import TorchTestSupport

/// Every op has samples, so that the other suites of this folder say something about it.
@Suite("Op table: samples")
struct OpSampleTests {
  /// Why ops have no samples of their own.
  private static let reasons: [String: [String]] = [
    "memory as it was found has no values to compare": [
      "aten::empty.memory_format", "aten::empty_like", "aten::empty_strided",
    ],
    "random numbers: compared with PyTorch's streams in RandomTests": [
      "aten::random_", "aten::random_.from", "aten::random_.to", "aten::bernoulli_.float", "aten::bernoulli_.Tensor", "aten::rand.out",
      "aten::rand.generator_out", "aten::randn.generator_out", "aten::randint.out", "aten::randint.generator_out",
      "aten::randint.low_out", "aten::randint.low_generator_out", "aten::randperm.out", "aten::randperm.generator_out",
      "aten::bernoulli.Tensor_out", "aten::bernoulli.float_out", "aten::binomial.out", "aten::normal.Tensor_float_out",
      "aten::normal.float_Tensor_out", "aten::poisson.out",
    ],
    "sparse tensors, which samples cannot hold: SparseTensorTests": [
      "aten::sparse_coo_tensor.indices", "aten::sparse_coo_tensor.indices_size", "aten::_sparse_coo_tensor_unsafe",
      "aten::sparse_coo_tensor.size", "aten::sparse_csr_tensor.crow_col_value_size", "aten::sparse_csr_tensor.crow_col_value",
      "aten::indices", "aten::_indices", "aten::values", "aten::_values", "aten::crow_indices", "aten::col_indices", "aten::_nnz",
      "aten::is_coalesced", "aten::sparse_dim", "aten::dense_dim", "aten::_coalesced_", "aten::to_sparse_csr", "aten::coalesce",
      "aten::sparse_mask", "aten::_sparse_mm", "aten::_sparse_mm.reduce", "aten::_sparse_addmm", "aten::sparse_sampled_addmm",
      "aten::sparse_sampled_addmm.out", "aten::_sparse_sum", "aten::_sparse_sum.dtype", "aten::_sparse_sum.dim",
      "aten::_sparse_sum.dim_dtype",
    ],
    "it changes two of its inputs as well: the op without given results has the samples": [
      "aten::_batch_norm_with_update.out", "aten::_native_batch_norm_legit.out",
    ],
    "the gradient of circular padding, whose samples run it": ["torch::pad_circular_backward"],
    "another spelling of an op in place": [
      "aten::float_power_.Tensor", "aten::__iand__.Tensor", "aten::__ior__.Tensor", "aten::__ixor__.Tensor",
    ],
    "eigenvectors have any length and phase; linalg_eig is compared by its recorded calls": ["aten::linalg_eig.out"],
    "part of its results, the factors, has no derivative; linalg_det, linalg_slogdet and linalg_solve are made of it": [
      "aten::_linalg_det", "aten::_linalg_slogdet", "aten::_linalg_solve_ex",
    ],
    "it changes its input in place; see below": [
      "aten::_amp_foreach_non_finite_check_and_unscale_", "aten::embedding_renorm_",
    ],
  ]

  @Test func `every op has samples that run, or a reason for having none`() throws {
    let golden = try recordedOverloads()
    let sampled = Set(OpCase.withSamples.map(\.op.name))
    let forms = Set(OutForm.tested.map(\.form.name))
      .union(OpPropertyTests.inPlacePairs.compactMap { OpPropertyTests.inPlaceForm(of: $0.op)?.name })
      .union(OutFormTests.listForms.map(\.form.name))
    let excused = Set(Self.reasons.values.joined())
    for op in OpTable.all {
      let samples = OpSample.dtypes.flatMap { OpSample.all(of: op, dtype: $0) }
      if samples.isEmpty {
        // In-place and out forms are tested with the samples of the op they belong to; gradients with the op whose they are.
        if forms.contains(op.name) || golden.contains(op.name) || excused.contains(op.name) { continue }
        if op.name.hasSuffix("_backward") {
          let forward = op.name.dropLast("_backward".count)
          if (sampled.union(golden)).contains(where: { $0 == forward || $0.hasPrefix(forward + ".") }) { continue }
        }
        Issue.record("\(op.name) has no samples: give it some, or a reason here")
      } else {
        #expect(samples.contains { (try? $0.run()) != nil }, "no sample of \(op.name) runs")
      }
    }
    for name in excused { #expect(OpTable.op(named: name) != nil && !sampled.contains(name), "\(name) needs no reason") }
  }

  /// The overloads that recorded calls of Tests/Golden call.
  private func recordedOverloads() throws -> Set<String> {
    let folder = packageFolder.appending(path: "Tests/Golden/ops")
    var names: Set<String> = []
    for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    where file.pathExtension == "jsonl" {
      for piece in try String(contentsOf: file, encoding: .utf8).split(separator: "\"") where piece.contains("::") { names.insert(String(piece)) }
    }
    return names
  }

  @Test func `rows that are looked up are shortened to the largest norm`() throws {
    let weight = Tensor([3, 4, 0.3, 0.4, 6, 8] as [Double], shape: [3, 2], dtype: .float64)
    let op = try #require(OpTable.op(named: "aten::embedding_renorm_"))
    _ = try op.call([.tensor(weight), .tensor(Tensor([0, 1, 0])), .scalar(.double(1)), .scalar(.double(2))])
    // PyTorch divides by the norm and 1e-7.
    let scale = 1 / (5 + 1e-7)
    let text = try difference(weight, Tensor([3 * scale, 4 * scale, 0.3, 0.4, 6, 8], shape: [3, 2], dtype: .float64))
    #expect(text == nil)
  }

  @Test func `scaled gradients are divided and checked in one pass`() throws {
    let gradients = [Tensor([2, 4] as [Float]), Tensor([8] as [Float])]
    let found = Tensor([0] as [Float])
    let op = try #require(OpTable.op(named: "aten::_amp_foreach_non_finite_check_and_unscale_"))
    func unscale() throws {
      _ = try op.call([.list(gradients.map(IValue.tensor)), .tensor(found), .tensor(Tensor([0.5] as [Float]))])
    }
    try unscale()
    #expect(gradients.map { $0.array(as: Float.self) } == [[1, 2], [4]])
    #expect(found.array(as: Float.self) == [0])
    gradients[1].fill_(.double(.infinity))
    try unscale()
    #expect(found.array(as: Float.self) == [1])
  }
}
