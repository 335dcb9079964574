import TorchOps

/// What stands between the two linear functions of a transformer's layer.
public enum TransformerActivation {
  case relu, gelu
  case function((Tensor) -> Tensor)
  /// A module, which every layer makes for itself: `.module { PReLU() }`.
  case module(() -> Module)

  /// The module of a new layer.
  var made: Module? { if case .module(let make) = self { make() } else { nil } }

  func callAsFunction(_ x: Tensor, _ module: Module?) -> Tensor {
    switch self {
    case .relu: x.relu()
    case .gelu: x.gelu()
    case .function(let body): body(x)
    case .module: module?(x) ?? x
    }
  }

  /// Whether it is one of those that PyTorch's fused layers know.
  func isFused(_ module: Module?) -> Bool {
    switch self {
    case .relu, .gelu: true
    case .function: false
    case .module: module is ReLU || module is GELU
    }
  }
}
