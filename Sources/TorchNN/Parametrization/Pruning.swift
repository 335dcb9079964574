import TorchOps

/// How much is pruned: a number of elements or channels, or a part of them from 0 to 1.
public enum PruningAmount: Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  case count(Int)
  case fraction(Double)

  public init(integerLiteral value: Int) { self = .count(value) }
  public init(floatLiteral value: Double) { self = .fraction(value) }

  fileprivate func count(of total: Int) throws -> Int {
    switch self {
    case .count(let count):
      guard count >= 0, count <= total else {
        throw TorchError(.value, "amount: expected a number from 0 to \(total), got \(count)")
      }
      return count
    case .fraction(let part):
      guard part >= 0, part <= 1 else { throw TorchError(.value, "amount: expected a part from 0 to 1, got \(part)") }
      // Halves go to the even number, as Python rounds.
      return Int((part * Double(total)).rounded(.toNearestOrEven))
    }
  }
}

/// Which elements of a parameter are set to zero. `torch.nn.utils.prune.BasePruningMethod`.
public enum PruningMethod: Sendable {
  /// Elements drawn at random. `random_unstructured`.
  case randomUnstructured(PruningAmount)
  /// The elements of the smallest magnitude. `l1_unstructured`.
  case l1Unstructured(PruningAmount)
  /// Slices along a dimension drawn at random. `random_structured`.
  case randomStructured(PruningAmount, dim: Int)
  /// The slices along a dimension with the smallest norm. `ln_structured`.
  case lnStructured(PruningAmount, n: Double, dim: Int)

  /// 1 where an element stays, for the scores of elements that are all still there.
  fileprivate func mask(_ scores: Tensor) throws -> Tensor {
    switch self {
    case .randomUnstructured(let amount):
      let count = try amount.count(of: scores.count)
      guard count > 0 else { return scores.onesLike() }
      return without(Tensor.rand([scores.count], dtype: scores.dtype).topk(count).indices, scores)
    case .l1Unstructured(let amount):
      let count = try amount.count(of: scores.count)
      guard count > 0 else { return scores.onesLike() }
      return without(scores.abs().reshape([-1]).topk(count, largest: false).indices, scores)
    case .randomStructured(let amount, let dim):
      let (dim, total) = try channels(scores, dim)
      let count = try amount.count(of: total)
      guard count > 0 else { return scores.onesLike() }
      let draws = Tensor.rand([total])
      let threshold = draws.sort().values.select(0, count - 1)
      return slices((draws .> threshold).to(scores.dtype), scores, dim)
    case .lnStructured(let amount, let n, let dim):
      let (dim, total) = try channels(scores, dim)
      let count = try amount.count(of: total)
      guard count > 0 else { return scores.onesLike() }
      let norms = scores.norm(Scalar(n), (0..<scores.rank).filter { $0 != dim })
      let kept = norms.topk(total - count).indices
      return slices(Tensor.zeros([total], dtype: scores.dtype).scatter(0, kept, 1 as Scalar), scores, dim)
    }
  }

  private func without(_ places: Tensor, _ scores: Tensor) -> Tensor {
    Tensor.ones([scores.count], dtype: scores.dtype).scatter(0, places, 0 as Scalar).reshape(scores.shape)
  }

  private func slices(_ mask: Tensor, _ scores: Tensor, _ dim: Int) -> Tensor {
    var sizes = [Int](repeating: 1, count: scores.rank)
    sizes[dim] = mask.count
    return mask.reshape(sizes).expand(scores.shape).contiguous()
  }

  private func channels(_ scores: Tensor, _ dim: Int) throws -> (Int, Int) {
    guard scores.rank > 1 else {
      throw TorchError(.shape, "structured pruning needs at least 2 dimensions, got \(scores.summary)")
    }
    guard dim >= -scores.rank, dim < scores.rank else {
      throw TorchError(.index, "dim \(dim) is out of range for \(scores.summary)")
    }
    return (dim < 0 ? dim + scores.rank : dim, scores.size(dim))
  }

  /// The mask after one more pruning, of what an earlier mask left. `PruningContainer.compute_mask`.
  fileprivate func mask(_ scores: Tensor, after old: Tensor) throws -> Tensor {
    switch self {
    case .randomUnstructured, .l1Unstructured:
      let places = (old .== Tensor(scalar: .int(1))).reshape([-1]).nonzero().reshape([-1])
      let part = try mask(scores.reshape([-1]).indexSelect(0, places))
      return old.reshape([-1]).indexCopy(0, places, part.to(old.dtype)).reshape(old.shape)
    case .randomStructured(_, let dim), .lnStructured(_, _, let dim):
      let (axis, _) = try channels(scores, dim)
      let left = old.sum((0..<old.rank).filter { $0 != axis })
      let places = (left .!= Tensor(scalar: .int(0))).nonzero().reshape([-1])
      let part = try mask(scores.indexSelect(axis, places)) * old.indexSelect(axis, places)
      return old.indexCopy(axis, places, part)
    }
  }
}

extension Module {
  /// Sets a part of a parameter to zero for good: it becomes the product of the trained `NAME_orig` and the buffer `NAME_mask`. What is
  /// pruned again loses a part of what is left. `torch.nn.utils.prune`.
  ///
  /// ```swift
  /// layer.prune("weight", .l1Unstructured(0.3))
  /// ```
  /// - Parameter importanceScores: of the parameter's sizes, instead of its values.
  @discardableResult
  public final func prune(_ name: String, _ method: PruningMethod, importanceScores: Tensor? = nil) -> Self {
    checked((), "prune") {
      let (slot, value) = try prunable(name)
      let scores = importanceScores ?? value.detach()
      guard scores.sizes == value.sizes else {
        throw TorchError(.shape, "importanceScores: expected sizes \(value.shape), got \(scores.summary)")
      }
      let old = (slot.source as? PrunedTensor)?.mask ?? value.detach().onesLike()
      try noGrad { try setMask(slot, try method.mask(scores, after: old)) }
    }
    return self
  }

  /// Prunes by a mask of one's own: what it has 0 for becomes zero. `torch.nn.utils.prune.custom_from_mask`.
  @discardableResult
  public final func prune(_ name: String, mask: Tensor) -> Self {
    checked((), "prune") {
      let (slot, value) = try prunable(name)
      guard mask.sizes == value.sizes else {
        throw TorchError(.shape, "mask: expected sizes \(value.shape), got \(mask.summary)")
      }
      let new = noGrad { mask.detach().to(value.dtype) }
      try noGrad { try setMask(slot, (slot.source as? PrunedTensor).map { $0.mask * new } ?? new) }
    }
    return self
  }

  /// Makes a pruned parameter a plain one, with its zeros. `torch.nn.utils.prune.remove`.
  @discardableResult
  public final func removePruning(_ name: String) -> Self {
    checked((), "removePruning") {
      let slot = try declaredSlot(name)
      guard let pruned = slot.source as? PrunedTensor else { throw TorchError(.value, "\(name) is not pruned") }
      noGrad { _ = pruned.original.copy_(pruned.value().detach()) }
      slot.store(pruned.original)
    }
    return self
  }

  /// Whether a parameter of this module, or of one below it, is pruned. `torch.nn.utils.prune.is_pruned`.
  public final var isPruned: Bool {
    modules().contains { ModuleMembers.declaredSlots(of: $0).contains { $0.slot.source is PrunedTensor } }
  }

  fileprivate final func prunable(_ name: String) throws -> (slot: TensorSlot, value: Tensor) {
    let slot = try declaredSlot(name)
    guard !(slot.source is ParametrizationList) else { throw TorchError(.value, "\(name) is parametrized; prune before that") }
    guard let value = slot.tensor else { throw TorchError(.value, "\(name) has no tensor yet") }
    guard value.dtype.isFloatingPoint else {
      throw TorchError(.dtype, "expected a floating-point parameter, got \(value.summary)")
    }
    return (slot, value)
  }

  fileprivate final func setMask(_ slot: TensorSlot, _ mask: Tensor) throws {
    if let pruned = slot.source as? PrunedTensor {
      pruned.mask = mask
    } else if let original = slot.tensor {
      slot.compute(from: PrunedTensor(original, mask))
    }
  }
}

/// Prunes several parameters as if they were one: the smallest elements of all, or random ones.
/// `torch.nn.utils.prune.global_unstructured`.
public func pruneGlobally(_ parameters: [(module: Module, name: String)], _ method: PruningMethod) {
  checked((), "pruneGlobally") {
    switch method {
    case .randomUnstructured, .l1Unstructured: break
    default: throw TorchError(.value, "expected an unstructured method, got \(method)")
    }
    let found = try parameters.map { try $0.module.prunable($0.name) }
    guard let first = found.first else { throw TorchError(.value, "expected at least one parameter") }
    guard found.allSatisfy({ $0.value.dtype == first.value.dtype }) else {
      throw TorchError(.dtype, "expected parameters of one type, got \(found.map(\.value.dtype))")
    }
    try noGrad {
      let masks = found.map { ($0.slot.source as? PrunedTensor)?.mask ?? $0.value.detach().onesLike() }
      let all = cat(found.map { $0.value.detach().reshape([-1]) })
      let mask = try method.mask(all, after: cat(masks.map { $0.reshape([-1]) }))
      var start = 0
      for ((module, _), entry) in zip(parameters, found) {
        let part = mask.narrow(0, start, entry.value.count).reshape(entry.value.shape).clone()
        try module.setMask(entry.slot, part)
        start += entry.value.count
      }
    }
  }
}

/// A parameter times a mask.
final class PrunedTensor: SlotSource {
  private let originalSlot: TensorSlot
  private let maskSlot: TensorSlot

  init(_ original: Tensor, _ mask: Tensor) {
    originalSlot = TensorSlot(original, key: nil)
    maskSlot = TensorSlot(mask, key: nil)
  }

  var original: Tensor { originalSlot.tensor! }
  var mask: Tensor {
    get { maskSlot.tensor! }
    set { maskSlot.tensor = newValue }
  }

  func value() -> Tensor { original * mask }
  func assign(_ tensor: Tensor?) { originalSlot.tensor = tensor.map(Parameter<Tensor>.trainable) }
  var ownSlots: [(suffix: String, slot: TensorSlot, role: TensorRole)] {
    [("_orig", originalSlot, .parameter), ("_mask", maskSlot, .buffer(persistent: true))]
  }
}
