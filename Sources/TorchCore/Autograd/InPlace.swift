/// What an in-place op does to the tape: the changed tensor gets a new history, and so does every view of the same memory.
package enum InPlace {
  /// Fails if `target` may not be changed in place now.
  package static func check(_ target: Tensor, recording: Bool) throws {
    try target.requireStrided()
    if target.impl.storage.isInference && !ThreadState.has(ThreadState.inference) {
      throw TorchError(
        .autograd,
        "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal tensor before "
          + "doing inplace update.")
    }
    if target.impl.isWrappedNumber { throw TorchError(.value, "a literal cannot be changed in place") }
    for i in 0..<target.rank where target.impl.sizes[i] > 1 && target.impl.strides[i] == 0 {
      throw TorchError(
        .value,
        "more than one element of the written-to tensor refers to a single memory location; clone it first (\(target.summary) has stride 0 in dimension \(i))")
    }
    guard recording else { return }
    if target.impl.leafRequiresGrad {
      throw TorchError(.autograd, "a leaf that requires gradients cannot be changed in place; wrap the change in noGrad, or clone it first")
    }
    if let base = target.impl.viewBase, base.leafRequiresGrad {
      throw TorchError(.autograd, "a view of a leaf that requires gradients cannot be changed in place; wrap the change in noGrad")
    }
  }

  /// Notes that the memory of `target` changed.
  @inline(__always)
  package static func changed(_ target: Tensor) { target.impl.storage.version &+= 1 }

  /// Makes `node` the history of the changed tensor. For a view, the change is recorded on its base.
  package static func rebase(_ target: Tensor, to node: Node) {
    let impl = target.impl
    guard let base = impl.viewBase else {
      impl.gradNode = node
      impl.gradIndex = 0
      return
    }
    let slices = CopySlicesNode(base: base, view: impl, change: node)
    base.gradNode = slices
    base.gradIndex = 0
    ViewHistory.refresh(impl, force: true)
  }
}

package enum ViewHistory {
  @inline(__always)
  package static func link(_ view: TensorImpl, to source: TensorImpl) {
    view.viewBase = source.viewBase ?? source
    view.viewVersion = view.storage.version
  }

  /// Renews the history of a view whose memory was changed since the view was made or last renewed.
  @inline(__always)
  package static func refresh(_ view: TensorImpl, force: Bool = false) {
    if view.viewVersion == view.storage.version && !force { return }
    renew(view)
  }

  @inline(never)
  private static func renew(_ view: TensorImpl) {
    view.viewVersion = view.storage.version
    guard let base = view.viewBase, let node = base.gradNode else { return }
    if !(node is CopySlicesNode) && view.gradNode == nil { return }
    view.gradNode = StridedViewNode(base: base, view: view)
    view.gradIndex = 0
  }
}

/// Geometry of a view relative to the first element of its base, of which it may be the complex or the real form.
private struct RelativeGeometry {
  private let sizes: Dims
  private let strides: Dims
  /// In elements of the view; nil where the first element of the view is no whole number of them away from that of the base.
  private let offset: Int?
  private let isComplex: Bool

  init(_ view: TensorImpl, in base: TensorImpl) {
    sizes = view.sizes
    strides = view.strides
    isComplex = view.dtype.isComplex
    let bytes = view.offset * view.dtype.byteCount - base.offset * base.dtype.byteCount
    offset = bytes % view.dtype.byteCount == 0 ? bytes / view.dtype.byteCount : nil
  }

  /// The view's place in a tensor that lies like the base.
  func slice(of whole: Tensor) throws -> Tensor {
    guard let offset else {
      throw TorchError(.autograd, "an in-place change of complex numbers that begin at an odd element cannot be recorded")
    }
    var source = whole
    if isComplex && !whole.dtype.isComplex {
      source = whole.asStrided([whole.count / 2, 2], [2, 1], offset: 0).viewAsComplex()
    } else if !isComplex && whole.dtype.isComplex {
      source = whole.viewAsReal()
    }
    return source.asStrided(sizes, strides, offset: offset)
  }
}

/// A fresh tensor with the memory layout of a base, so that a view's strides apply to it.
private struct BaseLayout {
  let sizes: Dims
  let strides: Dims
  let dtype: DType

  init(_ base: TensorImpl) {
    sizes = base.sizes
    strides = base.strides
    dtype = base.dtype
  }

  func check() throws {
    guard sizes.isDense(strides: strides) else {
      throw TorchError(.autograd, "an in-place change of a view of memory with gaps or overlaps cannot be recorded")
    }
  }

  /// Zeros of the precision of a gradient, complex if the base is.
  func zeros(_ gradient: DType) throws -> Tensor {
    try Tensor.filled(0, TensorSpec(sizes, dtype.isComplex ? gradient.complexType : gradient.realType, strides: strides))
  }
}

/// The gradient of a view, spread back over its base.
private final class StridedViewNode: Node, @unchecked Sendable {
  private let geometry: RelativeGeometry
  private let layout: BaseLayout

  init(base: TensorImpl, view: TensorImpl) {
    geometry = RelativeGeometry(view, in: base)
    layout = BaseLayout(base)
    super.init(edges: Edges(Tensor(base)))
  }

  override var name: String { "AsStridedBackward0" }

  override func backward(_ gradients: GradientInputs, _ sink: inout GradientSink) throws {
    try layout.check()
    let whole = try layout.zeros(gradients.first.dtype)
    try geometry.slice(of: whole).add_(gradients.first)
    sink[0] = whole
  }
}

/// An in-place change of a view, seen from its base: the gradient inside the view goes through the change, the rest passes.
private final class CopySlicesNode: Node, @unchecked Sendable {
  private let geometry: RelativeGeometry
  private let layout: BaseLayout
  private let change: Node

  init(base: TensorImpl, view: TensorImpl, change: Node) {
    geometry = RelativeGeometry(view, in: base)
    layout = BaseLayout(base)
    self.change = change
    // The change's first edge is the view's old history; the base's own replaces it.
    var edges = Edges(Tensor(base))
    for i in 1..<max(change.edges.count, 1) { edges.append(change.edges[i]) }
    super.init(edges: edges)
  }

  override var name: String { "CopySlices" }

  override func backward(_ gradients: GradientInputs, _ sink: inout GradientSink) throws {
    try layout.check()
    let whole = try layout.zeros(gradients.first.dtype)
    whole.copy_(gradients.first)
    let slice = try geometry.slice(of: whole)
    let results = try Engine.runNode(change, gradient: slice.clone(), like: sink)
    if let inner = results.first, let inner { slice.copy_(inner) } else { slice.zero_() }
    sink[0] = whole
    for i in 1..<max(results.count, 1) { sink[i] = results[i] }
  }

  override func release() { change.release() }
}
