import TorchOps

/// What batch and instance norms share: a scale and a shift per channel, and running statistics for evaluation.
open class NormLayer: Module {
  public internal(set) final var featureCount: Int
  public let eps: Double
  /// How far the running statistics move towards a batch's; nil for plain averages of all batches.
  public final var momentum: Double?
  public let affine: Bool
  public let trackRunningStats: Bool
  @Parameter public var weight: Tensor?
  @Parameter public var bias: Tensor?
  @Buffer public var runningMean: Tensor?
  @Buffer public var runningVar: Tensor?
  @Buffer public var numBatchesTracked: Tensor?

  /// What the initialisers take.
  struct Options {
    var eps: Double
    var momentum: Double?
    var affine: Bool
    var trackRunningStats: Bool
    var bias: Bool
    var dtype: DType?
  }

  /// - Parameter featureCount: nil for a lazy layer.
  init(_ featureCount: Int?, _ options: Options) {
    self.featureCount = featureCount ?? 0
    eps = options.eps
    momentum = options.momentum
    affine = options.affine
    trackRunningStats = options.trackRunningStats
    _weight = Parameter(pending: options.affine, dtype: options.dtype)
    _bias = Parameter(pending: options.affine && options.bias, dtype: options.dtype)
    _runningMean = Buffer(pending: options.trackRunningStats, dtype: options.dtype)
    _runningVar = Buffer(pending: options.trackRunningStats, dtype: options.dtype)
    numBatchesTracked = options.trackRunningStats ? Tensor(Int64(0)) : nil
    super.init()
    if let featureCount {
      let size = checked(0, String(describing: type(of: self))) {
        guard featureCount >= 0 else {
          throw TorchError(.value, "featureCount: expected a number of channels, got \(featureCount)")
        }
        return featureCount
      }
      makeTensors(size)
    }
  }

  private func makeTensors(_ count: Int) {
    featureCount = count
    _weight.materialize([count])
    _bias.materialize([count])
    _runningMean.materialize([count], 0)
    _runningVar.materialize([count], 1)
    resetParameters()
  }

  /// The numbers of dimensions of inputs that the layer takes.
  var inputRanks: ClosedRange<Int> { 2...8 }

  /// Sets scale and shift to 1 and 0, and forgets the running statistics.
  open func resetParameters() {
    resetRunningStats()
    if let weight { Init.ones_(weight) }
    if let bias { Init.zeros_(bias) }
  }

  /// Forgets the running statistics.
  public final func resetRunningStats() {
    if let runningMean { Init.zeros_(runningMean) }
    if let runningVar { Init.ones_(runningVar) }
    if let numBatchesTracked { Init.zeros_(numBatchesTracked) }
  }

  /// Whether the input's number of dimensions is one that the layer takes; raises an error where not.
  final func accepts(_ x: Tensor) -> Bool {
    checked(false, typeName) {
      guard x.isDefined, !inputRanks.contains(x.rank) else { return true }
      let expected =
        inputRanks.count == 1
        ? "\(inputRanks.lowerBound)"
        : inputRanks.upperBound == 8
          ? "at least \(inputRanks.lowerBound)" : "\(inputRanks.lowerBound) or \(inputRanks.upperBound)"
      throw TorchError(.shape, "expected an input of \(expected) dimensions, got \(x.summary)")
    }
  }

  /// Takes the number of channels of a lazy layer from its first input, where they are at `dim`.
  final func materialize(for x: Tensor, channels dim: Int) {
    if isPending, x.isDefined, x.rank > dim { makeTensors(x.size(dim)) }
  }

  final var isPending: Bool { _weight.isPending || _runningMean.isPending }
  final override func pendingStateLoaded() {
    if let known = weight ?? runningMean { featureCount = known.size(0) }
  }

  open override var extraDescription: String {
    let momentumText = momentum.map(Described.number) ?? "None"
    return "\(featureCount), eps=\(Described.number(eps)), momentum=\(momentumText), affine=\(Described.flag(affine)), "
      + "bias=\(Described.flag(_bias.isExpected)), track_running_stats=\(Described.flag(trackRunningStats))"
  }
}
