import CTorchShims

/// Results that a kernel writes into: allocated from what the shape rule announced.
package protocol KernelResult: OpResult {
  associatedtype Spec
  static func allocate(_ spec: Spec, device: Device) throws -> Self
}

extension Tensor: KernelResult {
  package static func allocate(_ spec: TensorSpec, device: Device) throws -> Tensor {
    var spec = spec
    if device != .cpu { spec.device = device }
    return try allocate(spec)
  }
}

extension TensorPair: KernelResult {
  package static func allocate(_ spec: (TensorSpec, TensorSpec), device: Device) throws -> TensorPair {
    TensorPair(values: try .allocate(spec.0, device: device), indices: try .allocate(spec.1, device: device))
  }
}

extension TensorTriple: KernelResult {
  package static func allocate(_ spec: (TensorSpec, TensorSpec, TensorSpec), device: Device) throws -> TensorTriple {
    TensorTriple(
      try .allocate(spec.0, device: device), try .allocate(spec.1, device: device), try .allocate(spec.2, device: device))
  }
}

extension TensorQuadruple: KernelResult {
  package static func allocate(
    _ spec: (TensorSpec, TensorSpec, TensorSpec, TensorSpec), device: Device
  ) throws -> TensorQuadruple {
    TensorQuadruple(
      try .allocate(spec.0, device: device), try .allocate(spec.1, device: device), try .allocate(spec.2, device: device),
      try .allocate(spec.3, device: device))
  }
}

extension Array: KernelResult where Element == Tensor {
  package static func allocate(_ spec: [TensorSpec], device: Device) throws -> [Tensor] {
    try spec.map { try Tensor.allocate($0, device: device) }
  }
}

/// Turns the gradients of an op's results into those of its inputs: `gradients[i]` belongs to result i, `sink[i]` to the i-th place
/// for a tensor among the arguments. Nothing is put for inputs the sink does not want.
package typealias Pullback = (_ gradients: GradientInputs, _ sink: inout GradientSink) throws -> Void

/// What a derivative may keep when its op is recorded.
package struct Tape<R: OpResult> {
  package let result: R
  fileprivate let edges: Edges

  /// Keeps an input.
  package func save(_ input: Tensor) -> SavedTensor { SavedTensor(input) }
  /// Keeps an optional input.
  package func save(_ input: Tensor?) -> SavedTensor? { input.map { SavedTensor($0) } }
  /// Keeps a result.
  package func save(result: Tensor, index: Int = 0) -> SavedTensor { SavedTensor(result: result, index: index) }
  /// Whether the gradient of the i-th tensor argument will be asked for.
  package func wants(_ input: Int) -> Bool { !edges[input].isNone }
}

/// A recorded op whose derivative is a closure over what it saved.
package final class RecordedNode: Node, @unchecked Sendable {
  private let info: OpInfo
  @exclusivity(unchecked) private var pullback: Pullback?

  package init(_ info: OpInfo, edges: Edges, resultCount: Int, pullback: @escaping Pullback) {
    self.info = info
    self.pullback = pullback
    super.init(edges: edges, resultCount: resultCount)
  }

  override package var name: String { info.nodeName }

  override package func backward(_ gradients: GradientInputs, _ sink: inout GradientSink) throws {
    guard let pullback else { throw Node.released(name) }
    try pullback(gradients, &sink)
  }

  override package func release() { pullback = nil }
}

extension Node {
  package static func released(_ name: String) -> TorchError {
    TorchError(
      .autograd,
      "\(name): trying to backward through the graph a second time: what it saved is gone; pass retainGraph: true the first time")
  }
}

extension OpInfo {
  /// `AddBackward0` for `aten::add.Tensor`.
  package var nodeName: String {
    let short = name.split(separator: ":").last!.split(separator: ".")[0]
    return short.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Backward0"
  }
}

/// Looks over the tensors among an op's arguments.
package struct ArgumentSurvey {
  package var device = Device.cpu
  package var requiresGrad = false
  /// The type of an argument that is kept and converted, and not computed with.
  fileprivate var carriedType: DType?

  @inline(__always)
  package mutating func add<T: Boxable>(_ argument: T) throws {
    try argument.visitTensors { value in
      guard let value else { return }
      if value.impl.device != .cpu {
        try value.requireStrided()
        device = value.impl.device
      }
      if value.requiresGrad { requiresGrad = true }
      if value.dtype.isCarriedOnly { carriedType = value.dtype }
    }
  }
}

/// Types that are kept, moved and converted, and not computed with.
private enum CarriedTypes {
  /// Ops with kernels that move elements of any type, or say for themselves which they take.
  static let ops: Set<String> = [
    "aten::clone", "aten::copy", "aten::_to_copy", "aten::cat", "aten::index_select", "aten::flip", "aten::fill.Scalar", "aten::mm",
    "aten::bmm", "aten::addmm", "aten::baddbmm", "aten::_scaled_mm", "aten::_scaled_mm_v2", "aten::hash_tensor",
  ]
}

extension Op where R: KernelResult {
  /// An op with a kernel of its own.
  /// - Parameters:
  ///   - rule: judges the arguments and announces the results; pure.
  ///   - kernel: fills the results, which have been allocated; recording is off while it runs, and it is skipped on the meta device.
  ///   - vjp: given the arguments, returns the derivative; called when the op is recorded.
  package static func structured(
    _ schema: String, rule: @escaping @Sendable (repeat each A) throws -> R.Spec,
    kernel: @escaping @Sendable (R, repeat each A) throws -> Void,
    vjp: @escaping @Sendable (Tape<R>, repeat each A) throws -> Pullback,
    samples: @escaping @Sendable (inout SampleSource) -> [Sample] = { _ in [] }
  ) -> Op {
    structured(
      OpInfo(schema, tier: .structured, derivative: .own, samples: samples), rule: rule, kernel: kernel,
      derivation: Derivation(make: vjp))
  }

  /// An op with a kernel of its own and no derivative, for the reason given.
  package static func structured(
    _ schema: String, undifferentiable reason: String, rule: @escaping @Sendable (repeat each A) throws -> R.Spec,
    kernel: @escaping @Sendable (R, repeat each A) throws -> Void,
    samples: @escaping @Sendable (inout SampleSource) -> [Sample] = { _ in [] }
  ) -> Op {
    structured(
      OpInfo(schema, tier: .structured, derivative: .none(reason), samples: samples), rule: rule, kernel: kernel, derivation: nil)
  }

  /// A derivative wrapped up, because optionals of variadic functions do not exist.
  fileprivate struct Derivation: Sendable {
    let make: @Sendable (Tape<R>, repeat each A) throws -> Pullback

    @inline(__always)
    func record(_ info: OpInfo, _ result: R, _ arguments: repeat each A) throws {
      var edges = Edges()
      for argument in repeat each arguments { edges.append(argument) }
      let tensors = result.tensors
      let node = RecordedNode(
        info, edges: edges, resultCount: tensors.count, pullback: try make(Tape(result: result, edges: edges), repeat each arguments))
      Recording.attach(node, to: tensors)
    }
  }

  private static func structured(
    _ info: OpInfo, rule: @escaping @Sendable (repeat each A) throws -> R.Spec,
    kernel: @escaping @Sendable (R, repeat each A) throws -> Void, derivation: Derivation?
  ) -> Op {
    let takesAllTypes = CarriedTypes.ops.contains(info.name)
    var recorder: Recorder?
    if let derivation {
      recorder = Recorder { (result: R, arguments: repeat each A) in try derivation.record(info, result, repeat each arguments) }
    }
    return Op(info, recorder: recorder) { (arguments: repeat each A) throws -> R in
      var survey = ArgumentSurvey()
      for argument in repeat each arguments { try survey.add(argument) }
      if let type = survey.carriedType, !takesAllTypes {
        throw TorchError(.dtype, "not defined for \(type); convert to a type that is computed with")
      }
      let spec = try rule(repeat each arguments)
      let result = try R.allocate(spec, device: survey.device)
      if survey.device == .cpu {
        if survey.requiresGrad {
          try ThreadState.with(setting: ThreadState.noGrad) { try kernel(result, repeat each arguments) }
        } else {
          try kernel(result, repeat each arguments)
        }
      }
      if survey.requiresGrad, isGradEnabled, let derivation { try derivation.record(info, result, repeat each arguments) }
      return result
    }
  }
}

package enum Recording {
  /// Makes the tensors results of the node; types without gradients stay off the tape.
  package static func attach(_ node: Node, to results: [Tensor]) {
    for (i, result) in results.enumerated() where result.dtype.isDifferentiable {
      result.impl.gradNode = node
      result.impl.gradIndex = Int32(i)
    }
  }
}

/// Where a view's elements lie in the memory of the tensor it is taken from.
package struct ViewGeometry {
  package var sizes: Dims
  package var strides: Dims
  /// In elements from the start of the storage.
  package var offset: Int
  /// The type the memory is read as, which strides and offset count in; nil is the tensor's own.
  package var dtype: DType?

  package init(sizes: Dims, strides: Dims, offset: Int, dtype: DType? = nil) {
    self.sizes = sizes
    self.strides = strides
    self.offset = offset
    self.dtype = dtype
  }
}

extension Op where R == Tensor {
  /// An op whose result shares its first argument's memory.
  /// - Parameters:
  ///   - rule: judges the arguments and places the view.
  ///   - vjp: as for structured ops; it needs shapes only.
  package static func view(
    _ schema: String, rule: @escaping @Sendable (repeat each A) throws -> ViewGeometry,
    vjp: @escaping @Sendable (Tape<Tensor>, repeat each A) throws -> Pullback,
    samples: @escaping @Sendable (inout SampleSource) -> [Sample] = { _ in [] }
  ) -> Op {
    let info = OpInfo(schema, tier: .view, derivative: .own, samples: samples)
    let derivation = Derivation(make: vjp)
    let recorder = Recorder { (result: Tensor, arguments: repeat each A) in
      try derivation.record(info, result, repeat each arguments)
    }
    return Op(info, recorder: recorder) { (arguments: repeat each A) throws -> Tensor in
      var survey = ArgumentSurvey()
      var first: Tensor?
      for argument in repeat each arguments {
        try survey.add(argument)
        argument.visitTensors { if first == nil { first = $0 } }
      }
      let base = first!
      let geometry = try rule(repeat each arguments)
      try geometry.sizes.checkCount()
      let result = base.alias(
        sizes: geometry.sizes, strides: geometry.strides, offset: geometry.offset, dtype: geometry.dtype)
      ViewHistory.link(result.impl, to: base.impl)
      if survey.requiresGrad && isGradEnabled { try derivation.record(info, result, repeat each arguments) }
      return result
    }
  }
}

extension Op {
  /// An op written in terms of others, which record themselves. `rule` judges the arguments first, so that errors name this op.
  package static func composite(
    _ schema: String, rule: @escaping @Sendable (repeat each A) throws -> Void = { (_: repeat each A) in },
    samples: @escaping @Sendable (inout SampleSource) -> [Sample] = { _ in [] },
    body: @escaping @Sendable (repeat each A) throws -> R
  ) -> Op {
    let info = OpInfo(schema, tier: .composite, derivative: .composed, samples: samples)
    return Op(info) { (arguments: repeat each A) throws -> R in
      var wrapped: Tensor?
      for argument in repeat each arguments {
        try argument.visitTensors { tensor in
          guard let tensor, tensor.impl.device != .cpu else { return }
          if tensor.impl.device == .poison { throw PoisonedInput() }
          if tensor.isWrapped { wrapped = tensor }
        }
      }
      guard let wrapped else {
        try rule(repeat each arguments)
        return try body(repeat each arguments)
      }
      do {
        return try withTorchErrors {
          try rule(repeat each arguments)
          return try body(repeat each arguments)
        }
      } catch let error as TorchError where error.kind == .transform {
        // The body does what the transform cannot see through, such as reading elements: the op is its own unit then.
        throw UnstridedArgument(tensor: wrapped)
      }
    }
  }

  /// An op that reads random numbers or creates tensors: no inputs to differentiate.
  package static func factory(
    _ schema: String, tier: OpInfo.Tier = .factory,
    samples: @escaping @Sendable (inout SampleSource) -> [Sample] = { _ in [] },
    body: @escaping @Sendable (repeat each A) throws -> R
  ) -> Op {
    let info = OpInfo(schema, tier: tier, derivative: .none("it creates its result"), samples: samples)
    return Op(info) { (arguments: repeat each A) throws -> R in
      for argument in repeat each arguments {
        if type(of: argument) == Layout?.self, let layout = argument as? Layout, layout != .strided {
          throw TorchError(.unsupported, "the layout \(layout.rawValue) is not supported here; make a strided tensor and convert it")
        }
      }
      return try body(repeat each arguments)
    }
  }
}
