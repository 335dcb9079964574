import TorchOps

/// What a ``DataLoader`` can make batches of by itself: tensors, numbers, strings, arrays and dictionaries of these, in any nesting,
/// and tuples (without labels) of them. A type of one's own states what a batch of it is. `torch.utils.data.default_collate`.
///
/// | samples | batch |
/// |---|---|
/// | tensors of equal sizes and type | stacked along a new first dimension |
/// | `Int`, `Int64` … | an int64 tensor |
/// | `Double`, `Float`, `Bool` | a float64, float32, bool tensor |
/// | `String` | an array of the strings |
/// | arrays of equal length | an array of batches, one for each position |
/// | dictionaries with the same keys | a dictionary of batches |
/// | tuples | a tuple of batches |
public protocol Collatable: SendableMetatype {
  /// What many samples become.
  associatedtype Collated: Sendable
  /// The batch of the samples, of which there is at least one. Throws where they do not fit together.
  static func collate(_ samples: [Self]) throws -> Collated
}

extension Tensor: Collatable {
  /// Stacks tensors of equal sizes and type.
  public static func collate(_ samples: [Tensor]) throws -> Tensor { try Collation.stack(samples) }
}

extension Bool: Collatable {
  public static func collate(_ samples: [Bool]) -> Tensor { Tensor(samples) }
}
extension Int: Collatable {
  public static func collate(_ samples: [Int]) -> Tensor { Tensor(samples) }
}
extension Int64: Collatable {
  public static func collate(_ samples: [Int64]) -> Tensor { Tensor(samples) }
}
extension Int32: Collatable {
  public static func collate(_ samples: [Int32]) -> Tensor { Tensor(samples.map(Int64.init)) }
}
extension UInt8: Collatable {
  public static func collate(_ samples: [UInt8]) -> Tensor { Tensor(samples.map(Int64.init)) }
}
extension Float: Collatable {
  public static func collate(_ samples: [Float]) -> Tensor { Tensor(samples) }
}
extension Double: Collatable {
  public static func collate(_ samples: [Double]) -> Tensor { Tensor(samples, dtype: .float64) }
}
extension String: Collatable {
  public static func collate(_ samples: [String]) -> [String] { samples }
}

extension Array: Collatable where Element: Collatable {
  /// A batch for each position.
  public static func collate(_ samples: [[Element]]) throws -> [Element.Collated] {
    guard let width = samples.first?.count else { throw Collation.noSamples }
    if let other = samples.firstIndex(where: { $0.count != width }) {
      throw TorchError(
        .value,
        "samples of a batch must be alike: the first has \(width) elements, number \(other) has \(samples[other].count)")
    }
    return try (0..<width).map { column in
      try Collation.part("element \(column)") { try Element.collate(samples.map { $0[column] }) }
    }
  }
}

extension Dictionary: Collatable where Key == String, Value: Collatable {
  /// A batch for each key.
  public static func collate(_ samples: [[String: Value]]) throws -> [String: Value.Collated] {
    guard let first = samples.first else { throw Collation.noSamples }
    for (i, sample) in samples.enumerated() where sample.count != first.count {
      throw Collation.otherKeys(first.keys.sorted(), sample.keys.sorted(), i)
    }
    return try Dictionary<String, Value.Collated>(
      uniqueKeysWithValues: first.keys.map { key in
        let column = try samples.enumerated().map { i, sample -> Value in
          guard let value = sample[key] else { throw Collation.otherKeys(first.keys.sorted(), sample.keys.sorted(), i) }
          return value
        }
        return (key, try Collation.part("\"\(key)\"") { try Value.collate(column) })
      })
  }
}

/// Makes batches of samples.
public enum Collation {
  /// The batch of tuples is a tuple of batches; that of single values is their batch.
  public static func collate<each S: Collatable>(_ samples: [(repeat each S)]) throws -> (repeat (each S).Collated) {
    if samples.isEmpty { throw noSamples }
    let columns = (repeat Column<each S>(samples.count))
    for sample in samples { repeat (each columns).values.append(each sample) }
    return (repeat try (each S).collate((each columns).values))
  }

  /// A reference, so that the columns of a pack can grow.
  private final class Column<Value> {
    var values: [Value] = []
    init(_ count: Int) { values.reserveCapacity(count) }
  }

  /// Stacks tensors of equal sizes and type along a new first dimension.
  static func stack(_ samples: [Tensor]) throws -> Tensor {
    guard let first = samples.first else { throw noSamples }
    for (i, sample) in samples.enumerated() where sample.impl.sizes != first.impl.sizes || sample.dtype != first.dtype {
      throw TorchError(
        .shape,
        "samples of a batch must be alike: the first is \(first.dtype)\(first.sizes), "
          + "number \(i) is \(sample.dtype)\(sample.sizes)")
    }
    let out = Tensor.empty([samples.count] + first.shape, dtype: first.dtype)
    let bytes = first.count * first.dtype.byteCount
    guard bytes > 0 else { return out }
    noGrad {
      for (i, sample) in samples.enumerated() {
        if sample.isContiguous, sample.device == .cpu, let target = out.impl.data, let source = sample.impl.data {
          target.advanced(by: i * bytes).copyMemory(from: source, byteCount: bytes)
        } else {
          out[i].copy_(sample)
        }
      }
    }
    return out
  }

  static var noSamples: TorchError { TorchError(.value, "expected at least one sample to collate") }

  static func otherKeys(_ first: [String], _ other: [String], _ number: Int) -> TorchError {
    TorchError(.value, "samples of a batch must be alike: the first has the keys \(first), number \(number) has \(other)")
  }

  /// Says which part of the samples an error is about.
  static func part<T>(_ name: String, _ body: () throws -> T) throws -> T {
    do { return try body() } catch let error as TorchError {
      throw TorchError(error.kind, "\(name): \(error.message)")
    }
  }
}
