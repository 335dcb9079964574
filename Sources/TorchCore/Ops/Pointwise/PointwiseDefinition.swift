import CTorchKernels

/// How a pointwise op's result type follows from its inputs.
package enum ResultRule: Sendable {
  /// The promoted type.
  case same
  /// The promoted type; integers become the default floating-point type.
  case float
  /// Bool: the formula answers yes or no.
  case mask
}

/// What makes a pointwise op out of a formula: its kernel, the type of its result, and how its gradients are computed.
package final class PointwiseDefinition: Sendable {
  package let info: OpInfo
  package let kernel: PointwiseKernel
  package let rule: ResultRule
  /// By input; nil for inputs without a derivative.
  package let gradients: [PointwiseGradient?]
  /// Checks beyond the types that the formula's kernels cover; throws for combinations that PyTorch rejects.
  private let check: (@Sendable ([Tensor]) throws -> Void)?
  private let underivedInputs: [Int]
  private let computesIntegersInDouble: Bool
  /// The loop for inputs that are all whole numbers, where there is one of its own.
  private let loopOfIntegers: torch_pointwise_fn?
  /// Whether results go on the tape: also where asking for the derivative is an error.
  private let isRecorded: Bool

  package init(
    _ formula: any Formula.Type, info: OpInfo, rule: ResultRule, check: (@Sendable ([Tensor]) throws -> Void)? = nil
  ) {
    self.info = info
    self.rule = rule
    self.check = check
    kernel = PointwiseKernel(formula.name)
    loopOfIntegers = rule == .float ? torch_pointwise_of_integers(formula.name) : nil
    computesIntegersInDouble = formula.computesIntegersInDouble && loopOfIntegers == nil
    var gradients = [PointwiseGradient?](repeating: nil, count: formula.inputCount)
    if let formula = formula as? any ValueFormula.Type {
      for input in formula.differentiableInputs {
        gradients[input] = PointwiseGradient(formula.symbolicGradient(ofInput: input, conjugating: true))
      }
    }
    self.gradients = gradients
    underivedInputs = (formula as? any ValueFormula.Type)?.underivedInputs ?? []
    isRecorded = gradients.contains { $0 != nil } || !underivedInputs.isEmpty
  }

  /// Refuses the derivative by an input for which PyTorch has none either.
  fileprivate func checkDerivative(byInput i: Int) throws {
    if underivedInputs.contains(i) {
      throw TorchError(.autograd, "the derivative of \(info.name) by '\(info.schema.arguments[i].name)' is not available")
    }
  }

  // MARK: Calls

  package func callAsFunction(_ a: Tensor, _ parameters: KernelParameters = KernelParameters()) throws -> Tensor {
    try unary(a, parameters) ?? general([a], parameters)
  }

  package func callAsFunction(_ a: Tensor, _ b: Tensor, _ parameters: KernelParameters = KernelParameters()) throws -> Tensor {
    if let out = try binary(a, b, parameters) { return out }
    if b.impl.sizes.count == 0, a.impl.isContiguous, let out = try withScalar(a, b, full: a, parameters) { return out }
    if a.impl.sizes.count == 0, b.impl.isContiguous, let out = try withScalar(a, b, full: b, parameters) { return out }
    return try general([a, b], parameters)
  }

  /// The result without any dispatch, when no mode is active and the arguments are the plainest; nil otherwise.
  package func direct(_ a: Tensor) -> Tensor? {
    if ThreadState.has(ThreadState.modeActive) { return nil }
    return (try? unary(a, KernelParameters())) ?? nil
  }

  /// The result without any dispatch, when no mode is active and the arguments are the plainest; nil otherwise.
  package func direct(_ a: Tensor, _ b: Tensor) -> Tensor? {
    if ThreadState.has(ThreadState.modeActive) { return nil }
    do {
      if let out = try binary(a, b, KernelParameters()) { return out }
      if b.impl.sizes.count == 0, a.impl.isContiguous { return try withScalar(a, b, full: a, KernelParameters()) }
      return nil
    } catch {
      // The dispatched call meets the same failure and reports it.
      return nil
    }
  }

  /// A contiguous tensor of a type with a loop of its own.
  @inline(__always)
  private func unary(_ a: Tensor, _ parameters: KernelParameters) throws(TorchError) -> Tensor? {
    let x = a.impl
    guard x.isContiguous, x.device == .cpu, !x.isWrappedNumber, let (result, loop) = directLoop(x.dtype) else { return nil }
    let out = try Tensor.allocate(contiguousLike: x, result)
    kernel.contiguous(loop, x.count, out.address, result.byteCount, a.address, nil, nil, nil, x.dtype.byteCount, parameters)
    if x.requiresGrad, recording {
      let node = PointwiseNode(self, Edges(a), parameters, result)
      node.save(self, a, output: out)
      out.impl.gradNode = node
    }
    return out
  }

  /// Two contiguous tensors of equal sizes and of a type with a loop of its own.
  @inline(__always)
  private func binary(_ a: Tensor, _ b: Tensor, _ parameters: KernelParameters) throws(TorchError) -> Tensor? {
    let (x, y) = (a.impl, b.impl)
    guard x.dtype == y.dtype, x.isContiguous, y.isContiguous, x.device == .cpu, y.device == .cpu, x.sizes == y.sizes,
      !x.isWrappedNumber, !y.isWrappedNumber, let (result, loop) = directLoop(x.dtype)
    else { return nil }
    let out = try Tensor.allocate(contiguousLike: x, result)
    kernel.contiguous(
      loop, x.count, out.address, result.byteCount, a.address, b.address, nil, nil, x.dtype.byteCount, parameters)
    if x.requiresGrad || y.requiresGrad, recording {
      let node = PointwiseNode(self, Edges(a, b), parameters, result)
      node.save(self, a, b, output: out)
      out.impl.gradNode = node
    }
    return out
  }

  package func callAsFunction(_ inputs: [Tensor], _ parameters: KernelParameters = KernelParameters()) throws -> Tensor {
    try general(inputs, parameters)
  }

  /// Computes into the first input.
  package func inPlace(_ inputs: [Tensor], _ parameters: KernelParameters = KernelParameters()) throws -> Tensor {
    let target = inputs[0]
    let recorded = isGradEnabled && inputs.contains { $0.requiresGrad }
    try InPlace.check(target, recording: recorded)
    let (spec, compute) = try announce(inputs)
    guard spec.sizes == target.impl.sizes else {
      throw TorchError(.shape, "the result has sizes \(spec.sizes), which do not fit into \(target.summary) in place")
    }
    guard spec.dtype.category <= target.dtype.category else {
      throw TorchError(.dtype, "the result type \(spec.dtype) cannot be stored in \(target.dtype) in place")
    }
    try Overlap.check(target, inputs)
    // A derivative that reads the value before the change gets a copy of it, on the tape for derivatives of higher order.
    var saved = inputs
    let rereads = gradients.contains { $0?.reads.contains(.input(0)) ?? false }
    if recorded, rereads || inputs.dropFirst().contains(where: { $0 === target }) {
      let copy = target.clone()
      for i in inputs.indices where inputs[i] === target { saved[i] = copy }
    }
    guard recorded else {
      try kernel.run(target, inputs, compute: compute, parameters)
      InPlace.changed(target)
      return target
    }
    // Inputs are saved at the version before the change, so that one that shares the target's memory is found to be stale.
    let node = PointwiseNode(self, Edges(inputs), parameters, target.dtype)
    node.save(from: self, inputs: saved, output: target)
    try kernel.run(target, inputs, compute: compute, parameters)
    InPlace.changed(target)
    node.renewOutput(target)
    InPlace.rebase(target, to: node)
    return target
  }

  // MARK: Pieces

  @inline(__always)
  fileprivate var recording: Bool { isRecorded && !ThreadState.has(ThreadState.noGrad) }

  /// The loop for operands that already have the compute type, and the type of its result.
  @inline(__always)
  private func directLoop(_ dtype: DType) -> (DType, torch_pointwise_fn)? {
    guard dtype.computeType == dtype, rule != .float || dtype.isDifferentiable, let loop = kernel.loop(dtype) else { return nil }
    return (rule == .mask ? .bool : dtype, loop)
  }

  /// A contiguous tensor and a 0-d one that does not change its type: the commonest mixed call.
  @inline(__always)
  private func withScalar(_ a: Tensor, _ b: Tensor, full: Tensor, _ parameters: KernelParameters) throws -> Tensor? {
    let (x, y, whole) = (a.impl, b.impl, full.impl)
    let type = whole.dtype
    let other = full.impl === x ? y : x
    guard x.device == .cpu, y.device == .cpu, type != .bool || check == nil, !whole.isWrappedNumber, whole.sizes.count > 0 || other.isWrappedNumber,
      other.dtype == type || other.dtype.category <= type.category, rule != .float || type.isDifferentiable
    else { return nil }
    let compute = type.computeType
    guard let loop = kernel.loop(compute) else { return nil }
    let out = try Tensor.allocate(contiguousLike: whole, rule == .mask ? .bool : type)
    kernel.flat(loop, out, a, b, compute, parameters)
    if x.requiresGrad || y.requiresGrad, recording {
      let node = PointwiseNode(self, Edges(a, b), parameters, type)
      node.save(self, a, b, output: out)
      if type.isDifferentiable { out.impl.gradNode = node }
    }
    return out
  }

  /// The shape rule: sizes and type of the result, and the type to compute in.
  package func announce(_ inputs: [Tensor]) throws -> (TensorSpec, compute: DType) {
    var promotion = Promotion()
    var sizes = inputs[0].impl.sizes
    var device = Device.cpu
    for (i, input) in inputs.enumerated() {
      if input.impl.device != .cpu {
        try input.requireStrided()
        device = input.impl.device
      }
      promotion.add(input)
      if i > 0 { sizes = try broadcastSizes(sizes, input.impl.sizes) }
    }
    try check?(inputs)
    var type = promotion.result
    var compute = type.computeType
    if rule == .float && !type.isDifferentiable {
      type = defaultDType
      compute = computesIntegersInDouble ? .float64 : type.computeType
    }
    guard kernel.loop(compute) != nil else { throw kernel.unsupported(type) }
    return (TensorSpec(sizes, rule == .mask ? .bool : type, device, strides: resultStrides(inputs, sizes)), compute)
  }

  private func integerLoop(_ inputs: [Tensor]) -> torch_pointwise_fn? {
    guard let loopOfIntegers, inputs.allSatisfy({ !$0.dtype.isDifferentiable }) else { return nil }
    return loopOfIntegers
  }

  /// A result keeps the memory order of its inputs; nil where that is row-major.
  private func resultStrides(_ inputs: [Tensor], _ sizes: Dims) -> Dims? {
    let first = inputs[0].impl
    if first.sizes == sizes {
      if first.isContiguous { return nil }
      if sizes.isDense(strides: first.strides) { return first.strides }
    }
    return sizes.commonOrder(of: inputs.map { sizes.broadcastStrides(from: $0.impl.sizes, strides: $0.impl.strides) })
  }

  @inline(never)
  private func general(_ inputs: [Tensor], _ parameters: KernelParameters) throws -> Tensor {
    if let wrapped = inputs.first(where: \.isWrapped) { return try transformed(wrapped, inputs, parameters) }
    let (spec, compute) = try announce(inputs)
    let out = try Tensor.allocate(spec)
    if compute == .float32, let loop = integerLoop(inputs) {
      try kernel.runRows(out, inputs, loop, parameters)
    } else {
      try kernel.run(out, inputs, compute: compute, parameters)
    }
    if recording, inputs.contains(where: { $0.requiresGrad }) {
      let node = PointwiseNode(self, Edges(inputs), parameters, spec.dtype)
      node.save(from: self, inputs: inputs, output: out)
      if spec.dtype.isDifferentiable { out.impl.gradNode = node }
    }
    return out
  }
}

extension PointwiseDefinition {
  /// The result where a transform stands for an input, on the tape of what it wraps and on its own.
  fileprivate func transformed(_ wrapped: Tensor, _ inputs: [Tensor], _ parameters: KernelParameters) throws -> Tensor {
    let out = try wrapped.impl.wrapper.pointwise(inputs) { try self($0, parameters) }
    if recording, inputs.contains(where: { $0.requiresGrad }) {
      let node = PointwiseNode(self, Edges(inputs), parameters, out.dtype)
      node.save(from: self, inputs: inputs, output: out)
      if out.dtype.isDifferentiable { out.impl.gradNode = node }
    }
    return out
  }
}

/// How the gradient by one input is computed: by a generated kernel, and by tensor ops when it is itself recorded.
package struct PointwiseGradient: Sendable {
  package let form: GradientKernel.Form
  package let reads: [GradientKernel.Operand]
  package let kernel: PointwiseKernel?
  private let expression: Expression

  package init(_ symbolic: SymbolicGradient) {
    form = symbolic.kernel.form
    reads = symbolic.kernel.reads
    expression = symbolic.expression
    if case .kernel(let name) = form { kernel = PointwiseKernel(name) } else { kernel = nil }
  }

  /// The gradient by tensor ops, so that it can be differentiated again.
  package func compose(_ gradient: Tensor, _ values: [Tensor], _ parameters: KernelParameters) throws -> Tensor {
    try expression.evaluate([gradient] + values, parameters)
  }
}

/// A recorded pointwise op.
package final class PointwiseNode: Node, @unchecked Sendable {
  private let definition: PointwiseDefinition
  private let parameters: KernelParameters
  private let resultType: DType
  @exclusivity(unchecked) private var saved: (SavedTensor?, SavedTensor?, SavedTensor?, SavedTensor?)
  @exclusivity(unchecked) private var isReleased = false
  /// Sizes and types of inputs that were broadcast or converted; nil when no input was.
  @exclusivity(unchecked) private var originals: [(sizes: Dims, dtype: DType)]?

  @inline(__always)
  package init(_ definition: PointwiseDefinition, _ edges: Edges, _ parameters: KernelParameters, _ resultType: DType) {
    self.definition = definition
    self.parameters = parameters
    self.resultType = resultType
    super.init(edges: edges)
  }

  /// Keeps what the wanted gradient reads of an op with one input of the result's sizes and type.
  @inline(__always)
  package func save(_ definition: PointwiseDefinition, _ x: Tensor, output: Tensor) {
    guard let gradient = definition.gradients[0] else { return }
    for operand in gradient.reads {
      if case .output = operand { saved.3 = SavedTensor(result: output) } else { saved.0 = SavedTensor(x) }
    }
  }

  /// Keeps what the wanted gradients read of an op with two inputs.
  @inline(__always)
  package func save(_ definition: PointwiseDefinition, _ x: Tensor, _ y: Tensor, output: Tensor) {
    let result = output.impl
    if x.impl.sizes != result.sizes || y.impl.sizes != result.sizes || x.impl.dtype != result.dtype || y.impl.dtype != result.dtype {
      originals = [(x.impl.sizes, x.dtype), (y.impl.sizes, y.dtype)]
    }
    for i in 0..<2 {
      guard !edges[i].isNone, let gradient = definition.gradients[i] else { continue }
      for operand in gradient.reads {
        switch operand {
        case .input(0): if saved.0 == nil { saved.0 = SavedTensor(x) }
        case .input: if saved.1 == nil { saved.1 = SavedTensor(y) }
        case .output: if saved.3 == nil { saved.3 = SavedTensor(result: output) }
        }
      }
    }
  }

  /// Keeps what the wanted gradients read.
  package func save(from definition: PointwiseDefinition, inputs: [Tensor], output: Tensor) {
    let sizes = output.impl.sizes
    let type = output.impl.dtype
    var adapted = false
    for (i, input) in inputs.enumerated() {
      if input.impl.sizes != sizes || input.impl.dtype != type { adapted = true }
      guard !edges[i].isNone, let gradient = definition.gradients[i] else { continue }
      for operand in gradient.reads {
        switch operand {
        case .input(0): if saved.0 == nil { saved.0 = SavedTensor(inputs[0]) }
        case .input(1): if saved.1 == nil { saved.1 = SavedTensor(inputs[1]) }
        case .input: if saved.2 == nil { saved.2 = SavedTensor(inputs[2]) }
        case .output: if saved.3 == nil { saved.3 = SavedTensor(result: output) }
        }
      }
    }
    if adapted { originals = inputs.map { ($0.impl.sizes, $0.dtype) } }
  }

  /// Saves a result that was computed in place after the node was made.
  package func renewOutput(_ output: Tensor) {
    if saved.3 != nil { saved.3 = SavedTensor(result: output) }
  }

  override package var name: String { definition.info.nodeName }

  override package func release() {
    saved = (nil, nil, nil, nil)
    isReleased = true
  }

  private func value(_ operand: GradientKernel.Operand) throws -> Tensor {
    let slot: SavedTensor?
    switch operand {
    case .input(0): slot = saved.0
    case .input(1): slot = saved.1
    case .input: slot = saved.2
    case .output: slot = saved.3
    }
    guard let slot else { throw Node.released(name) }
    return try slot.unpack(for: self)
  }

  override package func backward(_ gradients: GradientInputs, _ sink: inout GradientSink) throws {
    let g = gradients.first
    for i in 0..<edges.count where sink.wants(i) {
      guard let gradient = definition.gradients[i] else {
        try definition.checkDerivative(byInput: i)
        continue
      }
      if isReleased && !gradient.reads.isEmpty { throw Node.released(name) }
      var result: Tensor
      switch gradient.form {
      case .zero:
        continue
      case .identity:
        result = g
      case .kernel:
        let values = try gradient.reads.map { try value($0) }
        if sink.createsGraph || g.isWrapped || values.contains(where: \.isWrapped) {
          result = try gradient.compose(g, values, parameters)
        } else {
          result = try fused(gradient, g, values)
        }
      }
      if let originals {
        let original = originals[i]
        if result.impl.sizes != original.sizes { result = result.sum(toSizes: original.sizes) }
        if result.dtype != original.dtype { result = result.to(original.dtype) }
      }
      sink[i] = result
    }
  }

  private func fused(_ gradient: PointwiseGradient, _ g: Tensor, _ values: [Tensor]) throws -> Tensor {
    let kernel = gradient.kernel!
    let compute = resultType.computeType
    var sizes = g.impl.sizes
    for value in values where value.impl.sizes != sizes { sizes = try broadcastSizes(sizes, value.impl.sizes) }
    let strides: Dims? = g.impl.isContiguous || !sizes.isDense(strides: g.impl.strides) ? nil : g.impl.strides
    let out = try Tensor.allocate(TensorSpec(sizes, resultType, g.device, strides: sizes == g.impl.sizes ? strides : nil))
    try kernel.run(out, [g] + values, compute: compute, parameters)
    return out
  }
}
