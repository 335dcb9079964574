import TorchOps

/// Rows of a table, chosen by integers: indices of any sizes give results of sizes (…, embeddingDim). `torch.nn.Embedding`.
///
/// The weight (count, embeddingDim) begins standard normal, with zeros in the row `paddingIndex`.
open class Embedding: Module {
  public let count: Int
  public let embeddingDim: Int
  public let paddingIndex: Int?
  @Parameter public var weight: Tensor

  public init(_ count: Int, _ embeddingDim: Int, paddingIndex: Int? = nil, dtype: DType? = nil) {
    self.count = count
    self.embeddingDim = embeddingDim
    let row = paddingIndex.map { $0 < 0 ? $0 + count : $0 }
    let valid = checked(false, "Embedding") {
      guard row == nil || (row! >= 0 && row! < count) else {
        throw TorchError(.index, "paddingIndex \(paddingIndex!) is out of range for \(count) rows")
      }
      return true
    }
    self.paddingIndex = valid ? row : nil
    weight = Tensor.empty([count, embeddingDim], dtype: dtype)
    super.init()
    resetParameters()
  }

  /// Draws the weight anew.
  open func resetParameters() {
    Init.normal_(weight)
    if let paddingIndex { noGrad { _ = weight.select(0, paddingIndex).zero_() } }
  }

  open override func forward(_ indices: Tensor) -> Tensor {
    embedding(indices, weight, paddingIndex: paddingIndex)
  }

  open override var extraDescription: String {
    "\(count), \(embeddingDim)" + (paddingIndex.map { ", padding_idx=\($0)" } ?? "")
  }
}
