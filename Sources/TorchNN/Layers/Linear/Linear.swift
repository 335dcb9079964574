import TorchOps

/// y = x Wᵀ + b over the last dimension. `torch.nn.Linear`.
///
/// Inputs have sizes (…, inputs), results (…, outputs). Weight (outputs, inputs) and bias (outputs) begin uniform within
/// ±1/√inputs.
open class Linear: Module {
  public internal(set) final var inFeatures: Int
  public let outFeatures: Int
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?

  public init(_ inFeatures: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) {
    self.inFeatures = inFeatures
    self.outFeatures = outFeatures
    weight = Tensor.empty([outFeatures, inFeatures], dtype: dtype)
    self.bias = bias ? Tensor.empty([outFeatures], dtype: dtype) : nil
    super.init()
    resetParameters()
  }

  /// Without parameters yet.
  init(pending outFeatures: Int, bias: Bool, dtype: DType?) {
    inFeatures = 0
    self.outFeatures = outFeatures
    _weight = Parameter(pending: true, dtype: dtype)
    _bias = Parameter(pending: bias, dtype: dtype)
  }

  /// Makes the parameters of a lazy layer.
  final func materialize(_ inputs: Int) {
    inFeatures = inputs
    _weight.materialize([outFeatures, inputs])
    _bias.materialize([outFeatures])
    resetParameters()
  }

  final var isPending: Bool { _weight.isPending }
  final override func pendingStateLoaded() { inFeatures = weight.size(1) }

  /// Draws the parameters anew.
  open func resetParameters() { Init.affineDefaults(weight: weight, bias: bias) }

  open override func forward(_ x: Tensor) -> Tensor { linear(x, weight, bias) }

  open override var extraDescription: String {
    "in_features=\(inFeatures), out_features=\(outFeatures), bias=\(Described.flag(_bias.isExpected))"
  }
}

/// A ``Linear`` layer that takes its number of inputs from the first tensor it is called on. `torch.nn.LazyLinear`.
open class LazyLinear: Linear {
  public init(_ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) {
    super.init(pending: outFeatures, bias: bias, dtype: dtype)
  }

  open override func forward(_ x: Tensor) -> Tensor {
    if isPending, x.isDefined, x.rank > 0 { materialize(x.size(-1)) }
    return super.forward(x)
  }

  open override var typeName: String { isPending ? super.typeName : "Linear" }
}

/// y = x₁ᵀ W x₂ + b over the last dimensions, W being one matrix for each output. `torch.nn.Bilinear`.
///
/// Inputs have sizes (…, inputs1) and (…, inputs2), results (…, outputs). All parameters begin uniform within ±1/√inputs1.
open class Bilinear: Module {
  public let in1Features: Int
  public let in2Features: Int
  public let outFeatures: Int
  @Parameter public var weight: Tensor
  @Parameter public var bias: Tensor?

  public init(_ in1Features: Int, _ in2Features: Int, _ outFeatures: Int, bias: Bool = true, dtype: DType? = nil) {
    let inputs = checked(1, "Bilinear") {
      guard in1Features > 0 else { throw TorchError(.value, "in1Features: expected a positive number, got \(in1Features)") }
      return in1Features
    }
    self.in1Features = inputs
    self.in2Features = in2Features
    self.outFeatures = outFeatures
    weight = Tensor.empty([outFeatures, inputs, in2Features], dtype: dtype)
    self.bias = bias ? Tensor.empty([outFeatures], dtype: dtype) : nil
    super.init()
    resetParameters()
  }

  /// Draws the parameters anew.
  open func resetParameters() {
    let bound = 1 / Double(in1Features).squareRoot()
    Init.uniform_(weight, -bound, bound)
    if let bias { Init.uniform_(bias, -bound, bound) }
  }

  open override func forward(_ x: Tensor, _ y: Tensor) -> Tensor { bilinear(x, y, weight, bias) }

  open override var extraDescription: String {
    "in1_features=\(in1Features), in2_features=\(in2Features), out_features=\(outFeatures), bias=\(Described.flag(bias != nil))"
  }
}
