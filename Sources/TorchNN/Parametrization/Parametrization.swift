import TorchOps

/// A parametrization that can be assigned through: it finds the tensors that it makes a given one of. `right_inverse`.
public protocol RightInvertible: Module {
  /// Tensors of which the module makes `x`, or the next best.
  func rightInverse(_ x: Tensor) throws -> [Tensor]
}

extension Module {
  /// Puts a function in front of a parameter or buffer: from now on the property is `parametrization` of a tensor that is trained in
  /// its place. Several apply in the order in which they came. `torch.nn.utils.parametrize.register_parametrization`.
  ///
  /// ```swift
  /// final class Symmetric: Module {
  ///   override func forward(_ x: Tensor) -> Tensor { x.triu() + x.triu(1).transpose(-1, -2) }
  /// }
  /// let layer = Linear(4, 4)
  /// layer.registerParametrization("weight", Symmetric())
  /// ```
  /// The keys of the tensors are PyTorch's: `parametrizations.weight.original`.
  /// - Parameters:
  ///   - name: the key of the parameter or buffer in this module.
  ///   - parametrization: gives a tensor for one, or for several where it is ``RightInvertible`` and the first.
  ///   - isUnsafe: whether sizes and type may change.
  @discardableResult
  public final func registerParametrization(_ name: String, _ parametrization: Module, isUnsafe: Bool = false) -> Self {
    checked((), "registerParametrization") {
      let slot = try declaredSlot(name)
      parametrization.train(isTraining)
      if let list = slot.source as? ParametrizationList {
        try list.add(parametrization, isUnsafe: isUnsafe)
        return
      }
      guard slot.source == nil else { throw TorchError(.value, "\(name) is pruned; parametrize it first") }
      guard let original = slot.tensor else { throw TorchError(.value, "\(name) has no tensor yet") }
      slot.compute(from: try ParametrizationList(parametrization, original, isUnsafe: isUnsafe))
    }
    return self
  }

  /// Makes a parametrized tensor a plain one again. `torch.nn.utils.parametrize.remove_parametrizations`.
  /// - Parameter leaveParametrized: whether it keeps the parametrized value; otherwise it becomes the original, which must be one
  ///   tensor then.
  @discardableResult
  public final func removeParametrizations(_ name: String, leaveParametrized: Bool = true) -> Self {
    checked((), "removeParametrizations") {
      let slot = try declaredSlot(name)
      guard let list = slot.source as? ParametrizationList else { throw TorchError(.value, "\(name) has no parametrization") }
      slot.store(try list.plainTensor(leaveParametrized: leaveParametrized))
    }
    return self
  }

  /// Whether a parameter or buffer of this module itself has a parametrization, or any. `torch.nn.utils.parametrize.is_parametrized`.
  public final func isParametrized(_ name: String? = nil) -> Bool {
    ModuleMembers.declaredSlots(of: self).contains { $0.slot.source is ParametrizationList && (name == nil || $0.name == name) }
  }

  final func declaredSlot(_ name: String) throws -> TensorSlot {
    let slots = ModuleMembers.declaredSlots(of: self)
    guard let found = slots.first(where: { $0.name == name }) else {
      throw TorchError(
        .value, "\(typeName) has no parameter or buffer \(name); it has \(slots.map(\.name).joined(separator: ", "))")
    }
    return found.slot
  }
}

/// Computes each parametrized tensor once in the block, however often it is used. `torch.nn.utils.parametrize.cached`.
public func withCachedParametrizations<T>(_ body: () throws -> T) rethrows -> T {
  try ParametrizationCache.$current.withValue(ParametrizationCache.current ?? ParametrizationCache(), operation: body)
}

final class ParametrizationCache: @unchecked Sendable {
  @TaskLocal static var current: ParametrizationCache?
  // One task's own.
  var values: [ObjectIdentifier: Tensor] = [:]
}

/// The parametrizations of one tensor, and the tensors that they make it of. `ParametrizationList`.
final class ParametrizationList: ModuleList, SlotCollection, SlotSource {
  @Unregistered var namedSlotList: [(name: String, slot: TensorSlot, role: TensorRole)] = []
  @Unregistered private var isUnsafe: Bool
  /// The tensor was one, and became several.
  private var isSplit: Bool { namedSlotList.count > 1 }
  var ownSlots: [(suffix: String, slot: TensorSlot, role: TensorRole)] { [] }

  init(_ first: Module, _ original: Tensor, isUnsafe: Bool) throws {
    self.isUnsafe = isUnsafe
    super.init([first])
    let role: TensorRole = original.requiresGrad ? .parameter : .buffer(persistent: true)
    let parts = try noGrad { try (first as? any RightInvertible)?.rightInverse(original.detach()) } ?? [original]
    if parts.count == 1 {
      // The same tensor, so that an optimizer keeps it.
      if parts[0].sizes == original.sizes { noGrad { _ = original.copy_(parts[0]) } }
      let kept =
        parts[0].sizes == original.sizes ? original : role == .parameter ? Parameter<Tensor>.trainable(parts[0]) : parts[0]
      namedSlotList = [("original", TensorSlot(kept, key: nil), role)]
    } else {
      namedSlotList = parts.enumerated().map { i, part in
        let own = part.detach().clone()
        return ("original\(i)", TensorSlot(role == .parameter ? Parameter<Tensor>.trainable(own) : own, key: nil), role)
      }
    }
    if !isUnsafe { try require(value(), like: original) }
  }

  override var typeName: String { "ParametrizationList" }

  func add(_ parametrization: Module, isUnsafe: Bool) throws {
    if !isUnsafe {
      let before = value()
      try require(parametrization(before), like: before)
    }
    append(parametrization)
    self.isUnsafe = self.isUnsafe || isUnsafe
  }

  private func require(_ new: Tensor, like old: Tensor) throws {
    guard !new.isDefined || (new.sizes == old.sizes && new.dtype == old.dtype) else {
      throw TorchError(
        .shape, "a parametrization must keep sizes and type unless it is unsafe; it made \(new.summary) of \(old.summary)")
    }
  }

  func value() -> Tensor {
    let cache = ParametrizationCache.current
    if let known = cache?.values[ObjectIdentifier(self)] { return known }
    let x = namedSlotList.map { $0.slot.tensor! }
    var y =
      switch x.count {
      case 1: elements[0](x[0])
      case 2: elements[0](x[0], x[1])
      default: elements[0](x[0], x[1], x[2])
      }
    for next in elements.dropFirst() { y = next(y) }
    cache?.values[ObjectIdentifier(self)] = y
    return y
  }

  func assign(_ tensor: Tensor?) {
    checked((), "parametrization") {
      guard let tensor else { throw TorchError(.value, "a parametrized tensor cannot be nil; remove the parametrization first") }
      var parts = [tensor.detach()]
      try noGrad {
        for module in elements.reversed() {
          guard let inverse = module as? any RightInvertible, parts.count == 1 else {
            throw TorchError(
              .unsupported, "\(module.typeName) does not define rightInverse, so that the tensor cannot be assigned")
          }
          parts = try inverse.rightInverse(parts[0])
        }
        guard parts.count == namedSlotList.count else {
          throw TorchError(.value, "expected \(namedSlotList.count) tensors from rightInverse, got \(parts.count)")
        }
        for (entry, part) in zip(namedSlotList, parts) {
          guard let old = entry.slot.tensor, old.sizes == part.sizes else {
            throw TorchError(.shape, "expected a tensor like \(entry.slot.tensor?.summary ?? "none"), got \(part.summary)")
          }
          old.copy_(part)
        }
      }
      ParametrizationCache.current?.values[ObjectIdentifier(self)] = nil
    }
  }

  func plainTensor(leaveParametrized: Bool) throws -> Tensor {
    let role = namedSlotList[0].role
    if isSplit {
      guard leaveParametrized else {
        throw TorchError(.value, "a tensor that is made of \(namedSlotList.count) others has no original to go back to")
      }
      let plain = noGrad { value().detach().clone() }
      return role == .parameter ? Parameter<Tensor>.trainable(plain) : plain
    }
    let original = namedSlotList[0].slot.tensor!
    if leaveParametrized {
      let plain = noGrad { value().detach() }
      guard plain.sizes == original.sizes, plain.dtype == original.dtype else {
        return role == .parameter ? Parameter<Tensor>.trainable(plain.clone()) : plain.clone()
      }
      noGrad { _ = original.copy_(plain) }
    }
    return original
  }
}
