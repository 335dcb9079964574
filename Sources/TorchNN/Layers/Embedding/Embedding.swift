import TorchOps

/// What the layers share that hold a table of rows, the weight (count, embeddingDim).
///
/// The weight begins standard normal, with zeros in the row `paddingIndex`.
open class EmbeddingLayer: Module {
  public let count: Int
  public let embeddingDim: Int
  /// A row that gets no gradient.
  public let paddingIndex: Int?
  /// Rows that are longer are shortened to it when they are asked for.
  public let maxNorm: Double?
  /// The order of the norm that `maxNorm` bounds.
  public let normType: Double
  /// Whether the gradient of a row is divided by how often it was asked for.
  public let scaleGradByFrequency: Bool
  /// Whether the gradient of the weight is a sparse tensor of the rows that were asked for.
  public let sparse: Bool
  @Parameter public var weight: Tensor

  init(
    _ table: Table, paddingIndex: Int?, maxNorm: Double?, normType: Double, scaleGradByFrequency: Bool, sparse: Bool
  ) {
    count = table.count
    embeddingDim = table.width
    self.paddingIndex = checked(nil, String(describing: Self.self)) {
      guard let paddingIndex else { return nil }
      guard paddingIndex == 0 || (paddingIndex >= -table.count && paddingIndex < table.count) else {
        throw TorchError(.index, "paddingIndex \(paddingIndex) is out of range for \(table.count) rows")
      }
      return paddingIndex < 0 ? paddingIndex + table.count : paddingIndex
    }
    self.maxNorm = maxNorm
    self.normType = normType
    self.scaleGradByFrequency = scaleGradByFrequency
    self.sparse = sparse
    switch table {
    case .fresh(let count, let width, let dtype):
      weight = Tensor.empty([count, width], dtype: dtype)
      super.init()
      resetParameters()
    case .given(let rows, let freeze):
      weight = rows
      super.init()
      if freeze { weight.requiresGrad_(false) }
    }
  }

  /// A table to draw, or one that is there.
  enum Table {
    case fresh(count: Int, width: Int, DType?)
    case given(Tensor, freeze: Bool)

    /// A table that shares the memory of a tensor, but is a tensor of its own.
    static func pretrained(_ weight: Tensor, freeze: Bool, _ name: String) -> Table {
      .given(
        checked(Tensor.zeros([0, 0]), name) {
          guard weight.isDefined else { return Tensor.zeros([0, 0]) }
          guard weight.rank == 2 else { throw TorchError(.shape, "expected rows of sizes (count, width), got \(weight.summary)") }
          return weight.detach()
        }, freeze: freeze)
    }

    var count: Int {
      switch self {
      case .fresh(let count, _, _): count
      case .given(let rows, _): rows.size(0)
      }
    }
    var width: Int {
      switch self {
      case .fresh(_, let width, _): width
      case .given(let rows, _): rows.size(1)
      }
    }
  }

  /// Draws the weight anew.
  open func resetParameters() {
    Init.normal_(weight)
    if let paddingIndex, paddingIndex < count { noGrad { _ = weight.select(0, paddingIndex).zero_() } }
  }

  /// The options that both layers print.
  fileprivate var normDescription: String {
    (maxNorm.map { ", max_norm=\(Described.number($0))" } ?? "")
      + (normType == 2 ? "" : ", norm_type=\(Described.number(normType))")
      + (scaleGradByFrequency ? ", scale_grad_by_freq=True" : "")
  }
}

/// Rows of a table, chosen by integers: indices of any sizes give results of sizes (…, embeddingDim). `torch.nn.Embedding`.
open class Embedding: EmbeddingLayer {
  /// - Parameters:
  ///   - count: the number of rows.
  ///   - embeddingDim: their width.
  ///   - paddingIndex: a row that begins with zeros and gets no gradient; a negative one counts from the end.
  ///   - maxNorm: rows that are longer are shortened to it, in the weight itself, when they are asked for.
  ///   - normType: the order of the norm that `maxNorm` bounds.
  ///   - scaleGradByFrequency: divides each row's gradient by how often it was asked for.
  ///   - sparse: makes the gradient of the weight a sparse tensor, which ``SGD``, ``Adagrad`` and ``SparseAdam`` take.
  public init(
    _ count: Int, _ embeddingDim: Int, paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFrequency: Bool = false, sparse: Bool = false, dtype: DType? = nil
  ) {
    super.init(
      .fresh(count: count, width: embeddingDim, dtype), paddingIndex: paddingIndex, maxNorm: maxNorm, normType: normType,
      scaleGradByFrequency: scaleGradByFrequency, sparse: sparse)
  }

  init(
    pretrained table: Table, paddingIndex: Int?, maxNorm: Double?, normType: Double, scaleGradByFrequency: Bool, sparse: Bool
  ) {
    super.init(
      table, paddingIndex: paddingIndex, maxNorm: maxNorm, normType: normType, scaleGradByFrequency: scaleGradByFrequency,
      sparse: sparse)
  }

  /// A layer whose rows are those of a tensor (count, embeddingDim), with which it shares its memory.
  /// - Parameter freeze: whether they are not trained.
  public static func fromPretrained(
    _ weight: Tensor, freeze: Bool = true, paddingIndex: Int? = nil, maxNorm: Double? = nil, normType: Double = 2,
    scaleGradByFrequency: Bool = false, sparse: Bool = false
  ) -> Embedding {
    Embedding(
      pretrained: .pretrained(weight, freeze: freeze, "Embedding"), paddingIndex: paddingIndex, maxNorm: maxNorm,
      normType: normType, scaleGradByFrequency: scaleGradByFrequency, sparse: sparse)
  }

  open override func forward(_ indices: Tensor) -> Tensor {
    embedding(
      indices, weight, paddingIndex: paddingIndex, maxNorm: maxNorm, normType: normType,
      scaleGradByFrequency: scaleGradByFrequency, sparse: sparse)
  }

  open override var extraDescription: String {
    "\(count), \(embeddingDim)" + (paddingIndex.map { ", padding_idx=\($0)" } ?? "") + normDescription
      + (sparse ? ", sparse=True" : "")
  }
}

/// Sums, means or maxima of bags of rows of a table, without the rows in between. `torch.nn.EmbeddingBag`.
///
/// It is called on indices (bags, n), or on those of all bags one after the other and on offsets that say where each bag begins;
/// results have sizes (bags, embeddingDim).
open class EmbeddingBag: EmbeddingLayer {
  public let mode: BagMode
  /// Whether the last offset is where the last bag ends.
  public let includesLastOffset: Bool

  /// - Parameters:
  ///   - count: the number of rows.
  ///   - embeddingDim: their width.
  ///   - maxNorm: rows that are longer are shortened to it, in the weight itself, when they are asked for.
  ///   - normType: the order of the norm that `maxNorm` bounds.
  ///   - scaleGradByFrequency: divides each row's gradient by how often it was asked for; not for maxima.
  ///   - sparse: makes the gradient of the weight a sparse tensor; not for maxima.
  ///   - includesLastOffset: whether the last offset is where the last bag ends.
  ///   - paddingIndex: a row that begins with zeros and is left out; a negative one counts from the end.
  public init(
    _ count: Int, _ embeddingDim: Int, maxNorm: Double? = nil, normType: Double = 2, scaleGradByFrequency: Bool = false,
    mode: BagMode = .mean, sparse: Bool = false, includesLastOffset: Bool = false, paddingIndex: Int? = nil, dtype: DType? = nil
  ) {
    self.mode = mode
    self.includesLastOffset = includesLastOffset
    super.init(
      .fresh(count: count, width: embeddingDim, dtype), paddingIndex: paddingIndex, maxNorm: maxNorm, normType: normType,
      scaleGradByFrequency: scaleGradByFrequency, sparse: sparse)
  }

  init(
    pretrained table: Table, maxNorm: Double?, normType: Double, scaleGradByFrequency: Bool, mode: BagMode, sparse: Bool,
    includesLastOffset: Bool, paddingIndex: Int?
  ) {
    self.mode = mode
    self.includesLastOffset = includesLastOffset
    super.init(
      table, paddingIndex: paddingIndex, maxNorm: maxNorm, normType: normType, scaleGradByFrequency: scaleGradByFrequency,
      sparse: sparse)
  }

  /// A layer whose rows are those of a tensor (count, embeddingDim), with which it shares its memory.
  /// - Parameter freeze: whether they are not trained.
  public static func fromPretrained(
    _ weight: Tensor, freeze: Bool = true, maxNorm: Double? = nil, normType: Double = 2, scaleGradByFrequency: Bool = false,
    mode: BagMode = .mean, sparse: Bool = false, includesLastOffset: Bool = false, paddingIndex: Int? = nil
  ) -> EmbeddingBag {
    EmbeddingBag(
      pretrained: .pretrained(weight, freeze: freeze, "EmbeddingBag"), maxNorm: maxNorm, normType: normType,
      scaleGradByFrequency: scaleGradByFrequency, mode: mode, sparse: sparse, includesLastOffset: includesLastOffset,
      paddingIndex: paddingIndex)
  }

  /// Of indices (bags, n).
  open override func forward(_ indices: Tensor) -> Tensor { bags(indices, nil, nil) }
  /// Of indices of all bags one after the other, with the places where bags begin.
  open override func forward(_ indices: Tensor, _ offsets: Tensor) -> Tensor { bags(indices, offsets, nil) }

  /// With factors of the rows, of the indices' sizes; for sums.
  public final func callAsFunction(_ indices: Tensor, offsets: Tensor? = nil, perSampleWeights: Tensor?) -> Tensor {
    withHooks([indices] + (offsets.map { [$0] } ?? []) + (perSampleWeights.map { [$0] } ?? [])) { inputs in
      [bags(inputs[0], offsets.map { _ in inputs[1] }, perSampleWeights.map { _ in inputs[inputs.count - 1] })]
    }[0]
  }

  private func bags(_ indices: Tensor, _ offsets: Tensor?, _ factors: Tensor?) -> Tensor {
    embeddingBag(
      indices, weight, offsets: offsets, mode: mode, perSampleWeights: factors, paddingIndex: paddingIndex, maxNorm: maxNorm,
      normType: normType, scaleGradByFrequency: scaleGradByFrequency, sparse: sparse, includesLastOffset: includesLastOffset)
  }

  open override var extraDescription: String {
    "\(count), \(embeddingDim)" + normDescription + ", mode='\(mode)'" + (paddingIndex.map { ", padding_idx=\($0)" } ?? "")
  }
}
