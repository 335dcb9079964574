import Foundation
import TorchOps

/// The samples of an op at one type, and their description as text for recording.
package struct OpSample: Sendable {
  package let op: AnyOp
  package let dtype: DType
  package let index: Int
  package let arguments: [IValue]

  /// The types that samples are made in.
  package static let dtypes: [DType] = [
    .float64, .float32, .float16, .bfloat16, .int64, .int32, .uint8, .bool, .complex64, .complex128,
  ]

  package static func all(of op: AnyOp, dtype: DType) -> [OpSample] {
    var source = SampleSource(dtype: dtype)
    var samples = op.info.samples(&source)
    if samples.isEmpty { samples = FactorySamples.samples(of: op.name, &source) }
    return samples.enumerated().map { index, sample in
      OpSample(op: op, dtype: dtype, index: index, arguments: sample.arguments.mapTensors(withImaginaryParts))
    }
  }

  /// Complex samples get imaginary parts; others are as they are.
  private static func withImaginaryParts(_ tensor: Tensor) -> Tensor {
    guard tensor.dtype.isComplex, !tensor.impl.isWrappedNumber else { return tensor }
    let copy = tensor.detach().clone(memoryFormat: .contiguous)
    for i in 0..<copy.count {
      let step: Int = (i * 5 + 2) % 7 - 3
      let part = Double(step) / 4
      if copy.dtype == .complex64 {
        copy.address.storeBytes(of: Float(part), toByteOffset: 8 * i + 4, as: Float.self)
      } else {
        copy.address.storeBytes(of: part, toByteOffset: 16 * i + 8, as: Double.self)
      }
    }
    return copy
  }

  /// The arguments as JSON values.
  package var encodedArguments: [Any] { arguments.map(OpSample.encode) }

  /// A number that changes with the arguments, to tell stale recordings.
  package var checksum: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    let data = (try? JSONSerialization.data(withJSONObject: encodedArguments, options: [.sortedKeys])) ?? Data()
    for byte in data { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }

  private static func encode(_ value: IValue) -> Any {
    switch value {
    case .none: return NSNull()
    case .tensor(let t):
      if t.impl.isWrappedNumber { return ["wrapped": encode(.scalar(t.item()))] }
      let bytes = t.withUnsafeBytes { Data($0) }
      return ["dtype": t.dtype.name, "sizes": t.shape, "data": bytes.base64EncodedString()]
    case .scalar(.bool(let b)): return ["bool": b]
    case .scalar(.int(let i)): return ["int": "\(i)"]
    case .scalar(.double(let d)): return ["float": "\(d)"]
    case .scalar(.complex(let re, let im)): return ["complex": ["\(re)", "\(im)"]]
    case .string(let s): return ["string": s]
    case .dtype(let d): return ["type": d.name]
    case .device(let d): return ["device": d.description]
    case .memoryFormat(let f): return ["format": "\(f)"]
    case .generator(let g): return ["generator": "\(g.seed)"]
    case .list(let values): return values.map(encode)
    }
  }
}

/// PyTorch's results for the samples, written by Tools/record_samples.py.
package struct RecordedSamples: Sendable {
  package struct Entry: Sendable {
    package var checksum: String
    package var results: [Tensor] = []
    /// By place among the tensors of the arguments.
    package var gradients: [Int: Tensor] = [:]
    /// PyTorch rejects the call.
    package var isError = false
    /// PyTorch has no kernel for the type.
    package var isUnsupported = false
  }

  private var entries: [String: Entry] = [:]

  package subscript(_ sample: OpSample) -> Entry? { entries["\(sample.op.name) \(sample.dtype) \(sample.index)"] }

  package init(text: String) throws {
    var key = ""
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "sample":
        key = words[1...3].joined(separator: " ")
        entries[key] = Entry(checksum: words[4])
      case "out": entries[key]?.results.append(try RecordedSamples.tensor(words[1...]))
      case "grad": entries[key]?.gradients[Int(words[1])!] = try RecordedSamples.tensor(words[2...])
      case "error": entries[key]?.isError = true
      case "unsupported": entries[key]?.isUnsupported = true
      default: throw TorchError(.io, "unknown line '\(line)' in the recorded samples")
      }
    }
  }

  /// `float32 2,3 BASE64`; a 0-d tensor has sizes `-`.
  private static func tensor(_ words: ArraySlice<String>) throws -> Tensor {
    let parts = Array(words)
    guard let dtype = DType.allCases.first(where: { $0.name == parts[0] }),
      let data = parts.count > 2 ? Data(base64Encoded: parts[2]) : Data()
    else { throw TorchError(.io, "malformed recorded tensor '\(parts)'") }
    let sizes = parts[1] == "-" ? [] : parts[1].split(separator: ",").map { Int($0)! }
    let out = Tensor.empty(sizes, dtype: dtype)
    try out.withUnsafeMutableBytes { bytes in
      guard bytes.count == data.count else { throw TorchError(.io, "recorded \(data.count) bytes for \(dtype)\(sizes)") }
      if !data.isEmpty { data.copyBytes(to: bytes) }
    }
    return out
  }
}
