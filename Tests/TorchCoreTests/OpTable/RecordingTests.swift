import Foundation
import Testing
import TorchOps
import TorchTestSupport

/// Results and gradients of every op's samples against PyTorch's.
@Suite("Op table: recorded results")
struct RecordedResultTests {
  private static let recorded = Result { try RecordedSamples(text: try fixture("samples.txt")) }

  /// What the ops do not support although PyTorch does: a known gap is not an error, but closing it must be noted here.
  static let gaps: [String: [DType]] = [:]
  private static let integers: [DType] = [.int64, .int32, .uint8, .bool]

  /// Types for which PyTorch rounds an intermediate value and we do not.
  static let roundedOnce: [String: [DType]] = ["aten::sub.Tensor": [.float16]]

  /// Types that PyTorch rejects and we accept: limits of either sign apply to unsigned numbers and bool as to others,
  /// and integers divided by zero give a number.
  static let accepted: [String: [DType]] = [
    "aten::relu": [.bool], "aten::relu6": [.bool], "aten::hardtanh": [.bool, .uint8], "aten::threshold": [.uint8],
    "aten::floor_divide": integers, "aten::remainder.Tensor": integers, "aten::fmod.Tensor": integers,
  ]

  @Test("results are PyTorch's", arguments: OpCase.deterministic)
  func results(_ item: OpCase) throws {
    let records = try Self.recorded.get()
    if SchemaTests.oursAlone.contains(item.op.name) { return }
    let gaps = Self.gaps[item.op.name] ?? []
    var unlike: [String] = []
    for dtype in OpSample.dtypes where KnownDifferences.types[item.op.name]?.contains(dtype) != true {
      for sample in item.samples(dtype) {
        guard let record = records[sample] else {
          unlike.append("\(sample.label) is not recorded: run Tools/record_samples.py")
          continue
        }
        if record.checksum != sample.checksum { unlike.append("\(sample.label) changed: run Tools/record_samples.py") }
        if record.isUnsupported { continue }
        let results: [Tensor]
        do { results = try sample.run() } catch {
          if !record.isError && !gaps.contains(dtype) {
            unlike.append("\(sample.label): \((error as? TorchError)?.message ?? "\(error)")")
          }
          continue
        }
        let accepted = Self.accepted[item.op.name] ?? KnownDifferences.accepted[item.op.name] ?? []
        if record.isError && accepted.contains(dtype) { continue }
        if record.isError {
          unlike.append("\(sample.label): PyTorch rejects the call")
        } else if gaps.contains(dtype) {
          unlike.append("\(sample.label) is no gap any more")
        } else if Self.roundedOnce[item.op.name]?.contains(dtype) == true {
          continue
        } else if let text = try difference(results, record.results) {
          unlike.append("\(sample.label): \(text)")
        }
      }
    }
    if !unlike.isEmpty { Issue.record("\(item.op.name)\n\(unlike.joined(separator: "\n"))") }
  }

  @Test("gradients are PyTorch's", arguments: OpCase.differentiable)
  func gradients(_ item: OpCase) throws {
    let records = try Self.recorded.get()
    if KnownDifferences.gradients.contains(item.op.name) { return }
    let gaps = (Self.gaps[item.op.name] ?? []) + (KnownDifferences.types[item.op.name] ?? [])
    for dtype in [DType.float64, .complex128] where !gaps.contains(dtype) {
      for sample in item.samples(dtype) {
        guard let record = records[sample], !record.gradients.isEmpty else { continue }
        let leaves = sample.arguments.tensors.map { $0.dtype.isDifferentiable ? $0.detach().clone().requiresGrad_() : $0 }
        let outputs = try sample.run(sample.arguments.replacingTensors(leaves)).filter(\.requiresGrad)
        try #require(!outputs.isEmpty, "\(sample.label): no result is on the tape")
        let wanted = record.gradients.keys.sorted()
        let found = try grad(
          outputs, wanted.map { leaves[$0] }, gradOutputs: outputs.map { weights(like: $0.detach()) }, allowUnused: true)
        for (slot, gradient) in zip(wanted, found) {
          let text = try difference(gradient ?? leaves[slot].detach().zerosLike(), record.gradients[slot]!)
          #expect(text == nil, "\(sample.label), tensor \(slot)")
        }
      }
    }
  }

  /// With RECORD_SAMPLES naming a file, writes all samples there as JSON for Tools/record_samples.py.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["RECORD_SAMPLES"] != nil))
  func `write the samples`() throws {
    let path = try #require(ProcessInfo.processInfo.environment["RECORD_SAMPLES"])
    var ops: [[String: Any]] = []
    for item in OpCase.all {
      var samples: [[String: Any]] = []
      if OpCase.deterministic.contains(where: { $0.op.name == item.op.name }) {
        for dtype in OpSample.dtypes {
          for sample in item.samples(dtype) {
            samples.append([
              "dtype": dtype.name, "index": sample.index, "checksum": sample.checksum, "arguments": sample.encodedArguments,
            ])
          }
        }
      }
      let names = item.op.info.schema.arguments.map(\.name)
      ops.append(["name": item.op.name, "arguments": names, "samples": samples])
    }
    try JSONSerialization.data(withJSONObject: ops, options: [.sortedKeys]).write(to: URL(filePath: path))
  }
}
