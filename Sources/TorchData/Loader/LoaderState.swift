import TorchOps

/// Where a ``DataLoader`` stands: enough to continue in the middle of an epoch with the very batches that would have come.
public struct LoaderState: Codable, Sendable, Equatable {
  /// The epoch in progress or, between epochs, the next; from 0.
  public var epoch: Int
  /// The number of batches of this epoch that were handed out, not counting those of `ahead`.
  public var position: Int
  /// The batches that were handed out before an earlier one, where the loader does not keep the order.
  public var ahead: [Int] = []
  /// The seed of the samples' randomness in this epoch; nil between epochs.
  public var baseSeed: UInt64?
  /// The state from which the epoch's order was drawn, in PyTorch's format as hexadecimal text; nil between epochs, and where
  /// nothing is drawn.
  public var orderState: String?
  /// The state of the loader's own generator, if it has one.
  public var generatorState: String?
  /// The sizes with which the state was saved, to refuse another data set.
  public var sampleCount: Int?
  public var batchSize: Int?
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
