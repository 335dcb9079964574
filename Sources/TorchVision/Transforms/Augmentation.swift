/// Random changes to training images that leave their class as it is: a shift by whole pixels (a crop after padding with
/// black) and a mirror image.
public struct Augmentation: Equatable, Sendable {
  /// The most pixels an image moves along either axis; each amount from `-maximumShift` to `maximumShift` is as likely.
  public var maximumShift: Int
  /// Whether half of the images are mirrored left to right.
  public var mirrors: Bool

  /// The given changes. `maximumShift` must not be negative.
  public init(maximumShift: Int, mirrors: Bool) {
    precondition(maximumShift >= 0, "Augmentation: maximumShift is \(maximumShift); expected 0 or more")
    self.maximumShift = maximumShift
    self.mirrors = mirrors
  }

  /// Images as they are.
  public static let none = Augmentation(maximumShift: 0, mirrors: false)

  /// How one image changes.
  struct Draw: Equatable {
    var down = 0
    var right = 0
    var isMirrored = false
  }

  /// Draws the changes of one image: at most three numbers from the generator.
  func draw(using generator: inout some RandomNumberGenerator) -> Draw {
    var draw = Draw()
    if maximumShift > 0 {
      draw.down = Int.random(in: -maximumShift...maximumShift, using: &generator)
      draw.right = Int.random(in: -maximumShift...maximumShift, using: &generator)
    }
    if mirrors { draw.isMirrored = Bool.random(using: &generator) }
    return draw
  }
}

extension Augmentation.Draw {
  /// Writes a changed and normalised image: one pass over `height * width` grey values, `table` giving the number of each.
  func apply(
    _ source: UnsafePointer<UInt8>, height: Int, width: Int, table: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>
  ) {
    let black = table[0]
    // Columns of the target that show the source: the mirror acts first, the shift second.
    let first = Swift.max(0, Swift.min(width, right))
    let end = Swift.max(first, Swift.min(width, width + right))
    for row in 0..<height {
      let line = target + row * width
      let from = row - down
      guard from >= 0, from < height else {
        line.update(repeating: black, count: width)
        continue
      }
      (line).update(repeating: black, count: first)
      (line + end).update(repeating: black, count: width - end)
      let values = source + from * width
      if isMirrored {
        let last = width - 1 + right
        var column = first
        while column < end {
          line[column] = table[Int(values[last - column])]
          column += 1
        }
      } else {
        var column = first
        while column < end {
          line[column] = table[Int(values[column - right])]
          column += 1
        }
      }
    }
  }
}

/// A small, fast generator of random numbers (SplitMix64; Steele, Lea and Flood 2014): the same numbers for the same seed, and
/// unrelated ones for each of many numbered streams, such as the batches of a data set.
public struct StreamGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The generator of a stream, which is named by a seed and further numbers such as epoch and batch.
  public init(seed: UInt64, stream: UInt64...) {
    var mixed = StreamGenerator.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    for number in stream { mixed = StreamGenerator.mix((mixed ^ number) &+ 0x9E37_79B9_7F4A_7C15) }
    state = mixed
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return StreamGenerator.mix(state)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
