/// What stands behind a tensor that takes the place of many while a transform runs (`vmap`): its `TensorImpl` has the sizes of one of
/// them, no memory of its own, and a device of its own, so that kernels cannot meet it unawares.
///
/// As with sparse tensors, an op that meets one fails at the test that finds every tensor without strided elements
/// (``UnstridedArgument``), and the call is handed to the wrapper, which runs it on what it wraps. The tape is the wrappers' own: the op
/// records itself on them as on any tensor, so that functions that differentiate run inside a transform, and what they wrap is
/// recorded below, so that transforms run inside functions that are differentiated.
package protocol WrappedTensor: AnyObject, Sendable {
  /// Where the wrapped tensor is.
  var device: Device { get }
  /// The op's results for these arguments, of which one or more are wrapped.
  func compute(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue]
  /// A pointwise op's result for these inputs, of which one or more are wrapped; `run` computes it for others.
  func pointwise(_ inputs: [Tensor], _ run: ([Tensor]) throws -> Tensor) throws -> Tensor
  /// Another tensor for the same, off its tape.
  func again() -> Tensor
  /// What is wrapped.
  var value: Tensor { get }
  /// Zeros of these sizes for each of what it stands for.
  func zeros(_ sizes: [Int], _ dtype: DType) -> Tensor
  /// The wrapped tensor as it is printed.
  var text: String { get }
}

extension TensorImpl {
  /// What a tensor of the device `wrapped` stands for; only for those.
  package var wrapper: any WrappedTensor {
    guard let wrapper = extra?.wrapper else { fatalError("a tensor was asked for what it does not wrap") }
    return wrapper
  }
}

extension Tensor {
  /// A tensor that stands for what `wrapper` holds, with the version of its memory. It counts as row-major: ops that ask are not the
  /// ones that read it.
  package init(wrapping wrapper: any WrappedTensor, storage: Storage, sizes: Dims, dtype: DType) {
    self.init(
      TensorImpl(
        storage: storage, data: nil, sizes: sizes, strides: sizes.contiguousStrides, count: sizes.product, dtype: dtype,
        device: .wrapped, isContiguous: true))
    impl.autogradExtra.wrapper = wrapper
  }

  /// The elements of all calls that a wrapped tensor stands for: for derivatives that take a way that is right for all of them.
  package var inAllCalls: Tensor {
    var tensor = self
    while tensor.isWrapped { tensor = tensor.impl.wrapper.value }
    return tensor
  }

  /// Zeros to write values like this one's into: of one call each, where this is a tensor of many calls.
  package func blank(_ sizes: [Int]) -> Tensor {
    isWrapped ? impl.wrapper.zeros(sizes, dtype) : Tensor.zeros(sizes, dtype: dtype, device: device)
  }

  @inline(__always) package var isWrapped: Bool { impl.device == .wrapped }
}

/// An op met a tensor that is not strided: sparse, or wrapped by a transform.
package struct UnstridedArgument: Error {
  package let tensor: Tensor

  package var isWrapped: Bool { tensor.isWrapped }

  /// What the parts of the sparse tensor, or the transform, make of the call.
  package func answer(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue] {
    if isWrapped { return try tensor.impl.wrapper.compute(op, arguments) }
    do {
      if let results = try tensor.impl.parts.answer(op, arguments) { return results }
    } catch let met as UnstridedArgument where !met.isWrapped {}
    throw refusal
  }

  package var refusal: TorchError {
    if isWrapped {
      return TorchError(
        .transform,
        "the elements of a tensor inside of vmap cannot be read (item, array, printing, a condition of if or while): it stands for one "
          + "of many; use where() for choices that depend on values")
    }
    return TorchError(
      .unsupported, "not available for tensors of layout \(tensor.layout.rawValue); toDense() gives a strided tensor of the same values")
  }
}

/// A transform that is running on this thread, as far as ops have to ask it.
package protocol RunningTransform: AnyObject {
  /// The results of an op that draws random numbers.
  func drawRandomly(_ op: AnyOp, _ arguments: [IValue]) throws -> [IValue]
}
