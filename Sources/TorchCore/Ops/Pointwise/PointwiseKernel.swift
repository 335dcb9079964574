import CTorchKernels

/// The generated C loops of one formula, at every instruction-set level.
package final class PointwiseKernel: Sendable {
  package let name: String
  /// By level; entries live as long as the program.
  nonisolated(unsafe) private let levels: InlineArray<3, UnsafePointer<torch_pointwise_kernel>?>

  package init(_ name: String) {
    self.name = name
    levels = [
      torch_pointwise_find(name, 0), torch_pointwise_find(name, 1), torch_pointwise_find(name, 2),
    ]
  }

  package var exists: Bool { levels[0] != nil }

  /// The loop for a compute type at the level in use, or nil where the formula has none.
  @inline(__always)
  package func loop(_ compute: DType) -> torch_pointwise_fn? {
    guard let kernel = levels[Int(torch_level_current())] else { return nil }
    switch compute {
    case .float32: return kernel.pointee.f32
    case .float64: return kernel.pointee.f64
    case .int32: return kernel.pointee.i32
    case .int64: return kernel.pointee.i64
    case .complex64: return kernel.pointee.c64
    case .complex128: return kernel.pointee.c128
    default: return nil
    }
  }

  package var isMask: Bool { levels[0]?.pointee.is_mask ?? false }
}

/// Up to four numbers that a formula takes beside its operands.
package struct KernelParameters: Sendable {
  package var values: InlineArray<4, torch_scalar>
  package let count: Int

  @inline(__always)
  package init() {
    values = InlineArray(repeating: torch_scalar(re: 0, im: 0, i: 0))
    count = 0
  }
  @inline(__always)
  package init(_ a: Scalar) {
    values = InlineArray(repeating: torch_scalar(re: 0, im: 0, i: 0))
    values[0] = a.parameter
    count = 1
  }
  package init(_ scalars: [Scalar]) {
    values = InlineArray(repeating: torch_scalar(re: 0, im: 0, i: 0))
    for (i, scalar) in scalars.enumerated() { values[i] = scalar.parameter }
    count = scalars.count
  }
}

extension Scalar {
  @inline(__always)
  package var parameter: torch_scalar {
    switch self {
    case .double(let d): torch_scalar(re: d, im: 0, i: Scalar.double(d).intValue)
    case .int(let i): torch_scalar(re: Double(i), im: 0, i: i)
    case .bool(let b): torch_scalar(re: b ? 1 : 0, im: 0, i: b ? 1 : 0)
    case .complex(let re, let im): torch_scalar(re: re, im: im, i: Scalar.double(re).intValue)
    }
  }
}

extension PointwiseKernel {
  /// Elements of a contiguous loop below which a second thread does not pay.
  package static let grain = 32 << 10

  /// Computes the formula over `inputs`, which broadcast to `out`'s sizes, in the type `compute`.
  package func run(_ out: Tensor, _ inputs: [Tensor], compute: DType, _ parameters: KernelParameters) throws {
    guard let loop = loop(compute) else { throw unsupported(compute) }
    if out.count == 0 || !out.isCPU { return }
    let sizes = out.impl.sizes
    var operands: [(strides: Dims, byteCount: Int)] = [(out.impl.strides, out.dtype.byteCount)]
    for input in inputs {
      operands.append((sizes.broadcastStrides(from: input.impl.sizes, strides: input.impl.strides), input.dtype.byteCount))
    }
    let plan = StridedLoop(sizes: sizes, operands: operands)
    let outType = isMask ? DType.bool : compute
    let simple = out.dtype == outType && plan.isContiguous(0, byteCount: out.dtype.byteCount)
      && inputs.indices.allSatisfy { inputs[$0].dtype == compute && plan.isContiguous($0 + 1, byteCount: compute.byteCount) }
    if simple {
      contiguous(
        loop, out.count, out.address, out.dtype.byteCount, inputs[0].address, inputs.count > 1 ? inputs[1].address : nil,
        inputs.count > 2 ? inputs[2].address : nil, inputs.count > 3 ? inputs[3].address : nil, compute.byteCount, parameters)
    } else {
      strided(loop, plan, out, inputs, compute, parameters)
    }
  }

  /// Computes a float32 loop of whole numbers row by row: where a row ends decides which elements are left over from whole vectors.
  package func runRows(_ out: Tensor, _ inputs: [Tensor], _ loop: torch_pointwise_fn, _ parameters: KernelParameters) throws {
    if out.count == 0 || !out.isCPU { return }
    let sizes = out.impl.sizes
    if !out.isContiguous, sizes.isDense(strides: out.impl.strides), inputs.allSatisfy({ $0.impl.sizes == sizes }) {
      // In the order of the result's memory.
      let strides = out.impl.strides
      let order = (0..<sizes.count).sorted { strides[$0] != strides[$1] ? strides[$0] > strides[$1] : $0 < $1 }
      let inOrder = out.permute(order)
      if inOrder.isContiguous { return try runRows(inOrder, inputs.map { $0.permute(order) }, loop, parameters) }
    }
    let whole = inputs.map { $0.to(.float32).contiguous() }
    let plan = StridedLoop(
      sizes: sizes,
      operands: [(sizes.contiguousStrides, 4)] + whole.map { (sizes.broadcastStrides(from: $0.impl.sizes, strides: $0.impl.strides), 4) })
    let row = Int(plan.sizes.last ?? 1)
    let operands = whole.map { $0.expand(Array(sizes)).contiguous() }
    let target = out.isContiguous ? out : try Tensor.allocate(TensorSpec(sizes, .float32))
    withUnsafePointer(to: parameters.values) { values in
      values.withMemoryRebound(to: torch_scalar.self, capacity: 4) { values in
        func run(_ elements: Range<Int>) {
          let start = 4 * elements.lowerBound
          loop(
            Int64(elements.count), target.address + start, operands[0].address + start,
            operands.count > 1 ? operands[1].address + start : nil, nil, nil, values)
        }
        if row == out.count {
          // Threads share a row in pieces of whole vectors.
          let piece = 16
          parallelFor((row + piece - 1) / piece, grain: PointwiseKernel.grain / piece) {
            run($0.lowerBound * piece..<Swift.min($0.upperBound * piece, row))
          }
        } else {
          parallelFor(out.count / row, grain: Swift.max(1, PointwiseKernel.grain / row)) { rows in
            for r in rows { run(r * row..<(r + 1) * row) }
          }
        }
      }
    }
    if !(target === out) { Copying.copy(target, into: out) }
  }

  /// All operands are runs of the compute type.
  @inline(__always)
  package func contiguous(
    _ loop: torch_pointwise_fn, _ count: Int, _ out: UnsafeMutableRawPointer, _ outBytes: Int, _ a: UnsafeRawPointer,
    _ b: UnsafeRawPointer?, _ c: UnsafeRawPointer?, _ d: UnsafeRawPointer?, _ bytes: Int, _ parameters: KernelParameters
  ) {
    withUnsafePointer(to: parameters.values) { values in
      values.withMemoryRebound(to: torch_scalar.self, capacity: 4) { values in
        parallelFor(count, grain: PointwiseKernel.grain) { range in
          let s = range.lowerBound
          loop(
            Int64(range.count), out + s * outBytes, a + s * bytes, b.map { $0 + s * bytes }, c.map { $0 + s * bytes },
            d.map { $0 + s * bytes }, values)
        }
      }
    }
  }

  /// Two operands, each a run of the result's elements or a single one, of any types.
  package func flat(
    _ loop: @escaping torch_pointwise_fn, _ out: Tensor, _ a: Tensor, _ b: Tensor, _ compute: DType, _ parameters: KernelParameters
  ) {
    let count = out.count
    if count == 0 { return }
    var size = Int64(count)
    let strides: InlineArray<3, Int64> = [
      Int64(out.dtype.byteCount), a.rank == 0 ? 0 : Int64(a.dtype.byteCount), b.rank == 0 ? 0 : Int64(b.dtype.byteCount),
    ]
    withUnsafePointer(to: parameters.values) { values in
      withUnsafePointer(to: strides) { strides in
        withUnsafePointer(to: &size) { size in
          let call = torch_pointwise_plan(
            fn: loop, params: UnsafeRawPointer(values).assumingMemoryBound(to: torch_scalar.self), inputs: 2, ndim: 1,
            compute_dtype: Int32(compute.rawValue), is_mask: isMask, size: size,
            strides: UnsafeRawPointer(strides).assumingMemoryBound(to: Int64.self),
            data: (
              out.address.assumingMemoryBound(to: CChar.self), a.address.assumingMemoryBound(to: CChar.self),
              b.address.assumingMemoryBound(to: CChar.self), nil, nil
            ),
            dtype: (Int32(out.dtype.rawValue), Int32(a.dtype.rawValue), Int32(b.dtype.rawValue), 0, 0))
          withUnsafePointer(to: call) { call in
            parallelFor(count, grain: PointwiseKernel.grain) { torch_pointwise_run(call, Int64($0.lowerBound), Int64($0.upperBound)) }
          }
        }
      }
    }
  }

  private func strided(
    _ loop: @escaping torch_pointwise_fn, _ plan: StridedLoop, _ out: Tensor, _ inputs: [Tensor], _ compute: DType,
    _ parameters: KernelParameters
  ) {
    withUnsafePointer(to: parameters.values) { values in
      values.withMemoryRebound(to: torch_scalar.self, capacity: 4) { values in
        plan.sizes.withUnsafeBufferPointer { sizes in
          plan.strides.withUnsafeBufferPointer { strides in
            var call = torch_pointwise_plan(
              fn: loop, params: values, inputs: Int32(inputs.count), ndim: Int32(plan.sizes.count),
              compute_dtype: Int32(compute.rawValue), is_mask: isMask, size: sizes.baseAddress!, strides: strides.baseAddress!,
              data: (nil, nil, nil, nil, nil), dtype: (0, 0, 0, 0, 0))
            call.setOperand(0, out)
            for (i, input) in inputs.enumerated() { call.setOperand(i + 1, input) }
            withUnsafePointer(to: call) { call in
              parallelFor(plan.count, grain: PointwiseKernel.grain) { range in
                torch_pointwise_run(call, Int64(range.lowerBound), Int64(range.upperBound))
              }
            }
          }
        }
      }
    }
  }

  package func unsupported(_ compute: DType) -> TorchError { TorchError(.dtype, "not defined for \(compute)") }
}

extension torch_pointwise_plan {
  package mutating func setOperand(_ i: Int, _ tensor: Tensor) {
    let address = tensor.address.assumingMemoryBound(to: CChar.self)
    let type = Int32(tensor.dtype.rawValue)
    switch i {
    case 0: (data.0, dtype.0) = (address, type)
    case 1: (data.1, dtype.1) = (address, type)
    case 2: (data.2, dtype.2) = (address, type)
    case 3: (data.3, dtype.3) = (address, type)
    default: (data.4, dtype.4) = (address, type)
    }
  }
}
