import TorchOps

/// An epoch: its batches, if they are known beforehand, and how far it has come.
struct EpochPlan: Sendable {
  let epoch: Int
  let baseSeed: UInt64
  /// What the order was drawn from, if random numbers are drawn for it.
  let orderState: [UInt8]?
  /// The samples of each batch; nil for a stream.
  let batches: [[Int]]?
  /// All batches before this one were handed out,
  private(set) var position: Int
  /// and these beyond it.
  private(set) var ahead: Set<Int>

  init(
    epoch: Int, baseSeed: UInt64, orderState: [UInt8]?, batches: [[Int]]?, position: Int = 0, ahead: Set<Int> = []
  ) {
    self.epoch = epoch
    self.baseSeed = baseSeed
    self.orderState = orderState
    self.batches = batches
    self.position = position
    self.ahead = ahead
  }

  /// The number of batches handed out.
  var delivered: Int { position + ahead.count }

  /// Notes that a batch was handed out.
  mutating func deliver(_ number: Int) {
    ahead.insert(number)
    while ahead.remove(position) != nil { position += 1 }
  }

  /// The seed of the sample or batch at a place in the epoch: mixed so that neighbours have nothing in common.
  static func seed(_ baseSeed: UInt64, epoch: Int, place: Int) -> UInt64 {
    var z = baseSeed
    for word in [UInt64(truncatingIfNeeded: epoch), UInt64(truncatingIfNeeded: place)] {
      z = (z ^ word) &+ 0x9e37_79b9_7f4a_7c15
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      z ^= z >> 31
    }
    return z
  }

  func seed(place: Int) -> UInt64 { EpochPlan.seed(baseSeed, epoch: epoch, place: place) }
}

/// A batch that was made, or the end of a stream (nil), or why it could not be made.
struct MadeBatch<Batch: Sendable>: Sendable {
  let number: Int
  let result: Result<Batch?, any Error>
}

/// Makes the batch that a request of this number is for. A stream numbers its batches itself, in the order it is asked.
typealias BatchMaker<Batch: Sendable> = @Sendable (_ request: Int, _ rng: TorchCore.Generator) -> MadeBatch<Batch>
