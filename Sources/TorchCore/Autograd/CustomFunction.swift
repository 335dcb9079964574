/// A function with a derivative of its own: a forward and a backward, written in tensor ops or anything else. `torch.autograd.Function`.
///
/// A type that conforms is one such function; what is no tensor are its stored properties. Call it like a function:
///
/// ```swift
/// struct ClippedExp: CustomFunction {
///   let limit: Double
///   func forward(_ context: FunctionContext, _ inputs: [Tensor]) -> [Tensor] {
///     let y = inputs[0].exp().clamp(max: .double(limit))
///     context.save([y])
///     return [y]
///   }
///   func backward(_ context: FunctionContext, _ gradients: [Tensor?]) throws -> [Tensor?] {
///     [gradients[0]! * (try context.saved()[0])]
///   }
/// }
/// let y = ClippedExp(limit: 10)(x)[0]
/// ```
///
/// Derivatives of higher order follow where `backward` is made of tensor ops. Forward-mode derivatives are those of the backward, which is
/// linear, and `vmap` runs both functions on the batch: neither needs a rule of its own.
public protocol CustomFunction {
  /// The results. Recording is off; what the backward needs is given to `context`.
  func forward(_ context: FunctionContext, _ inputs: [Tensor]) throws -> [Tensor]
  /// The gradients of the inputs, nil for those without one, from the gradients of the results.
  func backward(_ context: FunctionContext, _ gradients: [Tensor?]) throws -> [Tensor?]
}

extension CustomFunction {
  /// Runs `forward` and records the call. `Function.apply`.
  public func callAsFunction(_ inputs: Tensor...) -> [Tensor] { apply(inputs) }

  /// Runs `forward` and records the call. `Function.apply`.
  public func apply(_ inputs: [Tensor]) -> [Tensor] {
    checked([], String(describing: Self.self)) { try CustomNode.call(self, inputs) }
  }
}

/// What the two halves of a ``CustomFunction`` share about one call. `ctx`.
public final class FunctionContext {
  /// Whether the gradient of each input is wanted. `ctx.needs_input_grad`.
  public let needsInputGrad: [Bool]
  /// Whether absent gradients of results come as zeros rather than nil. `ctx.set_materialize_grads`.
  public var materializesGradients = true
  /// Anything else to keep for the backward.
  public var storage: Any?

  fileprivate var kept: [Tensor?] = []
  fileprivate var undifferentiable: [Tensor] = []
  fileprivate var dirty: [Tensor] = []
  private var values: [SavedTensor?] = []
  private weak var node: CustomNode?

  fileprivate init(needsInputGrad: [Bool]) { self.needsInputGrad = needsInputGrad }

  /// Keeps inputs, results or other tensors for the backward, which finds a later in-place change of them. `ctx.save_for_backward`.
  public func save(_ tensors: [Tensor?]) { kept = tensors }

  /// The tensors that were saved. Fails where one was changed since, and after the graph was freed. `ctx.saved_tensors`.
  public func saved() throws -> [Tensor?] {
    guard let node else { return kept }
    return try values.map { try $0?.unpack(for: node) }
  }

  /// The tensors that were saved, none of which is nil.
  public func saved() throws -> [Tensor] { try (saved() as [Tensor?]).compactMap { $0 } }

  /// These results have no gradient. `ctx.mark_non_differentiable`.
  public func markNonDifferentiable(_ results: Tensor...) { undifferentiable += results }

  /// These inputs were changed in place by the forward and are among the results. `ctx.mark_dirty`.
  public func markDirty(_ inputs: Tensor...) { dirty += inputs }

  fileprivate func close(_ results: [Tensor], _ node: CustomNode) {
    self.node = node
    values = kept.map { tensor in
      tensor.map { tensor in
        // A result is kept off the tape, or node and result would keep each other alive.
        results.firstIndex { $0 === tensor }.map { SavedTensor(result: tensor, index: $0) } ?? SavedTensor(tensor)
      }
    }
    kept = []
    undifferentiable = []
    dirty = []
  }

  fileprivate func release() {
    values = []
    storage = nil
  }
}

private final class CustomNode: Node, @unchecked Sendable {
  private let function: any CustomFunction
  private let context: FunctionContext
  private let specs: [(sizes: Dims, dtype: DType, device: Device)]
  private let inputs: [(sizes: Dims, dtype: DType)]
  private var isReleased = false

  private init(
    _ function: any CustomFunction, _ context: FunctionContext, _ edges: Edges, inputs: [Tensor], results: [Tensor]
  ) {
    self.function = function
    self.context = context
    specs = results.map { ($0.impl.sizes, $0.dtype, $0.device) }
    self.inputs = inputs.map { ($0.impl.sizes, $0.dtype) }
    super.init(edges: edges, resultCount: results.count)
  }

  override var name: String { "\(type(of: function))Backward" }

  static func call(_ function: any CustomFunction, _ inputs: [Tensor]) throws -> [Tensor] {
    if inputs.contains(where: { !$0.isDefined }) { throw PoisonedInput() }
    let recorded = isGradEnabled && inputs.contains(where: \.requiresGrad)
    let context = FunctionContext(needsInputGrad: inputs.map { recorded && $0.requiresGrad })
    let edges = recorded ? Edges(inputs) : Edges()
    var results = try noGrad { try function.forward(context, inputs) }
    if results.contains(where: { !$0.isDefined }) { throw PoisonedInput() }
    for tensor in context.dirty {
      guard inputs.contains(where: { $0 === tensor }) else {
        throw TorchError(.autograd, "markDirty: \(tensor.summary) is no input of \(type(of: function))")
      }
      guard results.contains(where: { $0 === tensor }) else {
        throw TorchError(.autograd, "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must all be outputs of the Function.")
      }
      if recorded && tensor.impl.leafRequiresGrad {
        throw TorchError(.autograd, "a leaf that requires gradients cannot be changed in place; clone it first")
      }
    }
    guard recorded else { return results }
    // An input that comes back as it is becomes another tensor: it has another history.
    results = results.map { result in
      inputs.contains { $0 === result } && !context.dirty.contains { $0 === result } || (result.requiresGrad && !context.dirty.contains { $0 === result })
        ? result.alias() : result
    }
    let node = CustomNode(function, context, edges, inputs: inputs, results: results)
    let silent = context.undifferentiable
    let changed = context.dirty
    context.close(results, node)
    for (i, result) in results.enumerated() where result.dtype.isDifferentiable && !silent.contains(where: { $0 === result }) {
      if changed.contains(where: { $0 === result }) {
        InPlace.changed(result)
        InPlace.rebase(result, to: node)
      }
      result.impl.gradNode = node
      result.impl.gradIndex = Int32(i)
    }
    return results
  }

  override func backward(_ gradients: GradientInputs, _ sink: inout GradientSink) throws {
    if isReleased { throw Node.released(name) }
    var incoming = (0..<gradients.count).map { gradients[$0] }
    if context.materializesGradients {
      for (i, spec) in specs.enumerated() where incoming[i] == nil && spec.dtype.isDifferentiable {
        incoming[i] = try Tensor.filled(0, TensorSpec(spec.sizes, spec.dtype, spec.device))
      }
    }
    let found = try function.backward(context, incoming)
    guard found.count == inputs.count else {
      throw TorchError(
        .autograd,
        "function \(name) returned an incorrect number of gradients (expected \(inputs.count), got \(found.count))")
    }
    for (i, gradient) in found.enumerated() where sink.wants(i) {
      guard var gradient else { continue }
      guard gradient.isDefined else { throw PoisonedInput() }
      if gradient.impl.sizes != inputs[i].sizes {
        guard (try? broadcastSizes(gradient.impl.sizes, inputs[i].sizes)) == gradient.impl.sizes else {
          throw TorchError(
            .autograd,
            "Function \(name) returned an invalid gradient at index \(i) - got \(gradient.impl.sizes) but expected shape compatible with "
              + "\(inputs[i].sizes)")
        }
        gradient = gradient.sum(toSizes: inputs[i].sizes)
      }
      sink[i] = gradient.dtype == inputs[i].dtype ? gradient : gradient.to(inputs[i].dtype)
    }
  }

  override func release() {
    isReleased = true
    context.release()
  }
}
