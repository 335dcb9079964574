/// Turns grey values 0...255 into numbers of mean 0 and standard deviation 1: `(value / 255 - mean) / standardDeviation`.
public struct ImageNormalization: Equatable, Sendable {
  /// Mean of the grey values, in units of 255.
  public let mean: Double
  /// Standard deviation of the grey values, in units of 255; positive.
  public let standardDeviation: Double

  /// A normalisation of known figures. Throws ``VisionError`` unless both are finite and the deviation is positive.
  public init(mean: Double, standardDeviation: Double) throws(VisionError) {
    guard mean.isFinite, standardDeviation.isFinite, standardDeviation > 0 else {
      throw VisionError(
        .invalidArgument, path: "",
        "normalisation: expected a finite mean and a positive deviation, got \(mean) and \(standardDeviation)")
    }
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// The normalisation that the given values themselves call for; of equal values, one that leaves the deviation as it is.
  public init(of pixels: UnsafeBufferPointer<UInt8>) {
    // Sums of whole numbers: exact, and the same in any order.
    var sum = 0
    var squares = 0
    for pixel in pixels {
      let value = Int(pixel)
      sum &+= value
      squares &+= value &* value
    }
    let count = Double(max(pixels.count, 1))
    let average = Double(sum) / count
    let variance = Double(squares) / count - average * average
    mean = average / 255
    standardDeviation = variance > 1e-9 ? variance.squareRoot() / 255 : 1
  }

  /// The normalised number of each grey value.
  public var table: [Float] { (0..<256).map { Float((Double($0) / 255 - mean) / standardDeviation) } }
}
