import TorchOps

/// Parameters that share options. One entry of PyTorch's `param_groups`.
///
/// Options that a group does not set are the optimizer's. Schedulers change them between steps.
public final class ParameterGroup {
  /// The parameters, in the order of the optimizer's state.
  public internal(set) var parameters: [Tensor]
  /// The options by PyTorch's names: `lr`, `weight_decay`, `momentum`, `betas`, ….
  public var options: [String: StateValue]

  /// - Parameter options: those that differ from the optimizer's, by PyTorch's names.
  public init(_ parameters: [Tensor], lr: Double? = nil, weightDecay: Double? = nil, options: [String: StateValue] = [:]) {
    self.parameters = parameters
    self.options = options
    if let lr { self.options["lr"] = .double(lr) }
    if let weightDecay { self.options["weight_decay"] = .double(weightDecay) }
  }

  /// The learning rate.
  public var lr: Double {
    get { number("lr") }
    set { options["lr"] = .double(newValue) }
  }
  /// A number as a learning rate that is a tensor would hold it: PyTorch computes with such a rate in its type.
  func inTypeOfLR(_ value: Double) -> Double {
    guard case .tensor(let tensor)? = options["lr"], tensor.dtype == .float32 else { return value }
    return Double(Float(value))
  }
  /// The weight decay.
  public var weightDecay: Double {
    get { number("weight_decay") }
    set { options["weight_decay"] = .double(newValue) }
  }
  /// SGD's momentum.
  public var momentum: Double {
    get { number("momentum") }
    set { options["momentum"] = .double(newValue) }
  }
  /// Adam's decay rates of the two averages.
  public var betas: (Double, Double) {
    get {
      let list = options["betas"]?.listValue ?? []
      return list.count == 2 ? (list[0].doubleValue ?? 0, list[1].doubleValue ?? 0) : (0, 0)
    }
    set { options["betas"] = .list([.double(newValue.0), .double(newValue.1)]) }
  }

  /// An option that is a number; 0 where there is none.
  public func number(_ name: String) -> Double { options[name]?.doubleValue ?? 0 }
  /// An option that is a bool; false where there is none.
  public func flag(_ name: String) -> Bool { options[name]?.boolValue ?? false }
}
