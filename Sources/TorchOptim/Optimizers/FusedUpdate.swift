import CTorchKernels
import TorchOps

/// Runs optimizer steps on many parameters in one parallel region: all elements are laid end to end and cut evenly, so that many
/// small tensors cost no more than one large one.
struct FusedUpdate<Options> {
  /// One parameter: addresses of equal layout and the options of its step.
  private struct Job {
    let parameter: UnsafeMutableRawPointer
    let gradient: UnsafeRawPointer
    let state: InlineArray<3, UnsafeMutableRawPointer?>
    let dtype: DType
    let options: Options
    /// Where its elements begin among all.
    let start: Int
    let count: Int
  }

  private var jobs: [Job] = []
  private var total = 0
  /// Keeps the memory of the jobs alive.
  private var tensors: [Tensor] = []
  /// Parameters whose step ran on a copy.
  private var copies: [(parameter: Tensor, copy: Tensor)] = []
  private var changed: [Tensor] = []

  /// Adds a parameter with its gradient and its state tensors (from ``FusedUpdate/stateTensor(like:from:)``).
  mutating func add(_ parameter: Tensor, gradient: Tensor, state: [Tensor?], options: Options) throws {
    let layout = UpdateLayout(parameter)
    let target: Tensor
    if layout.isDirect {
      target = parameter
    } else {
      target = try layout.empty()
      target.copy_(parameter.detach())
      copies.append((parameter, target))
    }
    let aligned = try layout.aligned(gradient)
    var addresses = InlineArray<3, UnsafeMutableRawPointer?>(repeating: nil)
    for (i, tensor) in state.enumerated() {
      addresses[i] = tensor?.address
      if let tensor { tensors.append(tensor) }
    }
    let count = parameter.count * (parameter.dtype.isComplex ? 2 : 1)
    jobs.append(
      Job(
        parameter: target.address, gradient: UnsafeRawPointer(aligned.address), state: addresses, dtype: layout.kernelDType,
        options: options, start: total, count: count))
    total += count
    tensors.append(target)
    tensors.append(aligned)
    changed.append(parameter)
  }

  /// Runs `kernel(dtype, count, parameter, gradient, state, options)` over all elements.
  func run(
    _ kernel: (
      Int32, Int64, UnsafeMutableRawPointer, UnsafeRawPointer, InlineArray<3, UnsafeMutableRawPointer?>, inout Options
    ) -> Void
  ) {
    // About seven streams of four bytes per element.
    parallelFor(total, grain: parallelGrainBytes / 16) { range in
      var (low, high) = (0, jobs.count)
      while low < high {
        let middle = (low + high) / 2
        if jobs[middle].start + jobs[middle].count <= range.lowerBound { low = middle + 1 } else { high = middle }
      }
      var i = low
      while i < jobs.count && jobs[i].start < range.upperBound {
        let job = jobs[i]
        let begin = max(range.lowerBound - job.start, 0)
        let end = min(range.upperBound - job.start, job.count)
        i += 1
        if begin >= end { continue }
        let offset = begin * job.dtype.byteCount
        var state = job.state
        for k in 0..<3 { state[k] = state[k].map { $0 + offset } }
        var options = job.options
        kernel(
          Int32(job.dtype.rawValue), Int64(end - begin), job.parameter + offset, job.gradient + offset, state, &options)
      }
    }
    withExtendedLifetime(tensors) {
      for (parameter, copy) in copies { parameter.detach().copy_(copy) }
    }
    for parameter in changed where !copies.contains(where: { $0.parameter === parameter }) { InPlace.changed(parameter) }
  }
}

extension FusedUpdate where Options == Never {
  /// The tensor that keeps a parameter's state: of the layout its step runs in, holding zeros or the elements of `source`. Itself
  /// where it fits already, unless `source` has to be copied.
  static func stateTensor(like parameter: Tensor, from source: Tensor? = nil) -> Tensor {
    checked(.poison(), "optimizer state") {
      let out = try UpdateLayout(parameter).empty()
      if let source { out.copy_(source) } else { out.zero_() }
      return out
    }
  }

  /// A state tensor, laid out anew if the parameter's layout changed since it was made.
  static func current(_ state: Tensor, like parameter: Tensor) -> Tensor {
    UpdateLayout(parameter).fits(state) ? state : stateTensor(like: parameter, from: state)
  }
}

/// The memory layout in which a parameter's step runs: its own where the memory has no gaps, row-major otherwise; narrow types
/// are computed in float32, complex ones as pairs of reals.
private struct UpdateLayout {
  let sizes: Dims
  let strides: Dims
  let dtype: DType
  /// Whether the step runs on the parameter's own memory.
  let isDirect: Bool

  init(_ parameter: Tensor) {
    sizes = parameter.impl.sizes
    let dense = parameter.isContiguous || sizes.isDense(strides: parameter.impl.strides)
    strides = dense ? parameter.impl.strides : sizes.contiguousStrides
    let narrow = parameter.dtype.realType.byteCount < 4
    dtype = narrow ? .float32 : parameter.dtype
    isDirect = dense && !narrow && parameter.isCPU
  }

  var kernelDType: DType { dtype.realType }

  func empty() throws -> Tensor { try Tensor.allocate(TensorSpec(sizes, dtype, strides: strides)) }

  func fits(_ tensor: Tensor) -> Bool {
    guard tensor.dtype == dtype, tensor.impl.sizes == sizes else { return false }
    for i in 0..<sizes.count where sizes[i] != 1 && tensor.impl.strides[i] != strides[i] { return false }
    return true
  }

  func aligned(_ tensor: Tensor) throws -> Tensor {
    if fits(tensor) { return tensor }
    let out = try empty()
    out.copy_(tensor.detach())
    return out
  }
}
