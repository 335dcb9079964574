import TorchOps

/// Where a ``DataLoader`` stands: enough to continue in the middle of an epoch with the very batches that would have come.
public struct LoaderState: Codable, Sendable, Equatable {
  /// The epoch in progress or, between epochs, the next; from 0.
  public var epoch: Int
  /// The number of batches of this epoch that were handed out.
  public var position: Int
  /// The seed of the samples' randomness in this epoch; nil between epochs.
  public var baseSeed: UInt64?
  /// The state from which the epoch's order was drawn, in PyTorch's format as hexadecimal text; nil between epochs.
  public var orderState: String?
  /// The state of the loader's own generator, if it has one.
  public var generatorState: String?
  /// The sizes with which the state was saved, to refuse another data set.
  public var sampleCount: Int
  public var batchSize: Int
  public var dropLast: Bool
}

enum Hexadecimal {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func bytes(_ text: String) throws -> [UInt8] {
    let digits = try text.utf8.map { digit -> UInt8 in
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
      default: throw TorchError(.value, "loader state: a generator state is not hexadecimal text")
      }
    }
    guard digits.count % 2 == 0 else { throw TorchError(.value, "loader state: a generator state is cut off") }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

/// An epoch: its order and where it stands.
struct EpochPlan: Sendable {
  let epoch: Int
  let baseSeed: UInt64
  let orderState: [UInt8]
  let order: [Int]
  /// Batches handed out.
  var position = 0

  /// The seed of the sample or batch at a place in the epoch: mixed so that neighbours have nothing in common.
  static func seed(_ baseSeed: UInt64, epoch: Int, place: Int) -> UInt64 {
    var z = baseSeed
    for word in [UInt64(epoch), UInt64(place)] {
      z = (z ^ word) &+ 0x9e37_79b9_7f4a_7c15
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      z ^= z >> 31
    }
    return z
  }
}

/// A batch to be made.
struct BatchRequest: Sendable {
  let indices: [Int]
  /// Where its first sample stands in the epoch, and which batch it is.
  let firstPlace: Int
  let number: Int
  let epoch: Int
  let baseSeed: UInt64
}
