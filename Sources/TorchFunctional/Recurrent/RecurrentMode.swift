import TorchCore
import CTorchKernels

/// The kinds of recurrent layers: the integers 0 to 3 of cuDNN.
enum RecurrentMode: Int, Boxable {
  case relu = 0
  case tanh = 1
  case lstm = 2
  case gru = 3

  static var schemaTypes: [String] { ["int"] }
  static func unbox(_ value: IValue) throws -> RecurrentMode {
    let number = try Int.unbox(value)
    guard let mode = RecurrentMode(rawValue: number) else {
      throw TorchError(.value, "the kind of a recurrent layer is 0 (relu), 1 (tanh), 2 (LSTM) or 3 (GRU), got \(number)")
    }
    return mode
  }
  func box() -> IValue { rawValue.box() }

  /// How many gates a hidden unit has.
  var gates: Int { self == .lstm ? 4 : self == .gru ? 3 : 1 }
  /// How many numbers a hidden unit keeps for the backward of a step, the former hidden state last.
  var reserve: Int { self == .lstm ? 6 : self == .gru ? 5 : 1 }

  static func kernels(_ type: DType) throws -> torch_recurrent_kernels {
    guard let table = torch_recurrent(torch_level_current(), Int32(type.rawValue)) else {
      throw TorchError(.dtype, "recurrent layers are not defined for \(type)")
    }
    return table.pointee
  }
}

/// The steps of a sequence whose samples are sorted by length: how many samples each time has, and where its rows begin.
struct RecurrentSteps {
  let batchSizes: [Int]
  let offsets: [Int]
  let rows: Int
  let isReverse: Bool

  init(_ batchSizes: [Int], reverse: Bool) {
    self.batchSizes = batchSizes
    isReverse = reverse
    var (next, starts): (Int, [Int]) = (0, [])
    for size in batchSizes {
      starts.append(next)
      next += size
    }
    (offsets, rows) = (starts, next)
  }

  /// The times in the order in which the layer visits them.
  var order: [Int] { isReverse ? Array(batchSizes.indices.reversed()) : Array(batchSizes.indices) }

  /// Throws unless the sizes are positive, at most `batch`, and never grow.
  static func check(_ batchSizes: [Int], batch: Int, rows: Int) throws {
    var (last, total) = (batch, 0)
    for size in batchSizes {
      guard size > 0 && size <= last else {
        throw TorchError(.value, "batch sizes must be positive and never grow, starting from at most \(batch); got \(batchSizes)")
      }
      last = size
      total += size
    }
    guard total == rows else {
      throw TorchError(.shape, "the batch sizes add up to \(total), but the data has \(rows) rows")
    }
  }
}
