import COneDNN
import COpenBLAS
import CTorchKernels
import CTorchShims

/// Matrix products on raw memory: our own kernels and, for vectors and scaled products, oneDNN for float32; OpenBLAS for the other
/// types it has.
package enum Gemm {
  /// A matrix as BLAS sees it: rows in memory, or columns.
  package struct Operand {
    package let tensor: Tensor
    package let isTransposed: Bool
    package let leading: Int

    /// The matrix itself where its rows or columns are contiguous, otherwise a copy.
    package init(_ matrix: Tensor) {
      let (sizes, strides) = (matrix.impl.sizes, matrix.impl.strides)
      if strides[1] == 1 && (strides[0] >= Swift.max(sizes[1], 1) || sizes[0] == 1) {
        (tensor, isTransposed, leading) = (matrix, false, Swift.max(sizes[0] == 1 ? sizes[1] : strides[0], 1))
      } else if strides[0] == 1 && (strides[1] >= Swift.max(sizes[0], 1) || sizes[1] == 1) {
        (tensor, isTransposed, leading) = (matrix, true, Swift.max(sizes[1] == 1 ? sizes[0] : strides[1], 1))
      } else {
        let copy = matrix.contiguous()
        (tensor, isTransposed, leading) = (copy, false, Swift.max(copy.impl.sizes[1], 1))
      }
    }
  }

  /// The types products are computed in.
  package static func isNative(_ dtype: DType) -> Bool {
    dtype == .float32 || dtype == .float64 || dtype == .complex64 || dtype == .complex128
  }

  /// `out = alpha a b + beta out` for matrices of one native type; `out` is row-major.
  package static func multiply(_ a: Tensor, _ b: Tensor, into out: Tensor, alpha: Scalar = 1, beta: Scalar = 0) throws {
    let (m, k, n) = (a.impl.sizes[0], a.impl.sizes[1], b.impl.sizes[1])
    if m == 0 || n == 0 { return }
    if k == 0 {
      if beta.boolValue { out.mul_(Tensor(scalar: beta)) } else { Copying.fill(out, 0) }
      return
    }
    let (x, y) = (Operand(a), Operand(b))
    try raw(
      out.dtype, x.isTransposed, y.isTransposed, m, n, k, x.tensor.address, x.leading, y.tensor.address, y.leading, beta,
      out.address, Swift.max(out.impl.sizes[0] == 1 ? n : out.impl.strides[0], 1), alpha: alpha)
  }

  /// `c = alpha op(a) op(b) + beta c`, all row-major with the given leading dimensions.
  package static func raw(
    _ dtype: DType, _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafeRawPointer, _ lda: Int,
    _ b: UnsafeRawPointer, _ ldb: Int, _ beta: Scalar, _ c: UnsafeMutableRawPointer, _ ldc: Int, alpha: Scalar = 1
  ) throws {
    guard dtype == .float32 || Swift.max(m, n, k, lda, Swift.max(ldb, ldc)) <= Int(blasint.max) else {
      throw TorchError(.unsupported, "a matrix product of \(m)x\(k) and \(k)x\(n) is beyond the sizes that BLAS takes")
    }
    let (ta, tb) = (transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans)
    let (factor, scale) = (alpha.doubleValue, beta.doubleValue)
    switch dtype {
    case .float32:
      if factor == 1, scale == 0 || scale == 1,
        try FloatProduct.run(transposeA, transposeB, m, n, k, a, lda, b, ldb, adds: scale == 1, c, ldc)
      {
        return
      }
      let status = dnnl_sgemm(
        transposeA ? 84 : 78, transposeB ? 84 : 78, dnnl_dim_t(m), dnnl_dim_t(n), dnnl_dim_t(k), Float(factor),
        a.assumingMemoryBound(to: Float.self), dnnl_dim_t(lda), b.assumingMemoryBound(to: Float.self), dnnl_dim_t(ldb),
        Float(scale), c.assumingMemoryBound(to: Float.self), dnnl_dim_t(ldc))
      guard status == dnnl_success else {
        throw TorchError(.internal, "the matrix product of \(m)x\(k) and \(k)x\(n) failed (oneDNN status \(status.rawValue))")
      }
    case .float64:
      cblas_dgemm(
        CblasRowMajor, ta, tb, blasint(m), blasint(n), blasint(k), factor, a.assumingMemoryBound(to: Double.self), blasint(lda),
        b.assumingMemoryBound(to: Double.self), blasint(ldb), scale, c.assumingMemoryBound(to: Double.self), blasint(ldc))
    case .complex64:
      var one: SIMD2<Float> = [Float(factor), Float(alpha.imaginaryPart)]
      var two: SIMD2<Float> = [Float(scale), Float(beta.imaginaryPart)]
      cblas_cgemm(
        CblasRowMajor, ta, tb, blasint(m), blasint(n), blasint(k), &one, a, blasint(lda), b, blasint(ldb), &two, c, blasint(ldc))
    case .complex128:
      var one: SIMD2<Double> = [factor, alpha.imaginaryPart]
      var two: SIMD2<Double> = [scale, beta.imaginaryPart]
      cblas_zgemm(
        CblasRowMajor, ta, tb, blasint(m), blasint(n), blasint(k), &one, a, blasint(lda), b, blasint(ldb), &two, c, blasint(ldc))
    default:
      throw TorchError(.dtype, "matrix products are not defined for \(dtype)")
    }
  }

  /// The product of any types: half types through float32, integers modulo their range.
  package static func product(_ a: Tensor, _ b: Tensor, into out: Tensor) throws {
    if isNative(out.dtype) { return try multiply(a, b, into: out) }
    if out.dtype == .bfloat16, BFloat16Product.isAvailable, try BFloat16Product.run(a, b, into: out) { return }
    if out.dtype.isDifferentiable {
      let type = out.dtype.widened
      let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, type))
      try multiply(a.to(type), b.to(type), into: wide)
      return Copying.copy(wide, into: out)
    }
    guard out.dtype != .bool else { throw TorchError(.dtype, "matrix products are not defined for bool") }
    let (x, y) = (a.detach(), b.impl.strides[1] == 1 || b.impl.sizes[1] == 1 ? b.detach() : b.contiguous())
    let (m, k, n) = (out.impl.sizes[0], x.impl.sizes[1], out.impl.sizes[1])
    let type = Int32(out.dtype.rawValue)
    parallelFor(m, grain: Swift.max(1, 65536 / Swift.max(k * n, 1))) { rows in
      _ = torch_integer_product(
        type, Int64(rows.lowerBound), Int64(rows.upperBound), Int64(k), Int64(n), x.address, Int64(x.impl.strides[0]),
        Int64(x.impl.strides[1]), y.address, Int64(y.impl.strides[0]), out.address, Int64(out.impl.strides[0]))
    }
  }

  /// `out = alpha a b + beta bias` for matrices of any type, rounded once; `bias` broadcasts and is not read where beta is 0. `out` is
  /// row-major.
  package static func affine(_ a: Tensor, _ b: Tensor, bias: Tensor, alpha: Scalar, beta: Scalar, into out: Tensor) throws {
    guard out.dtype.isDifferentiable else {
      // Factors take the integer type.
      try product(a, b, into: out)
      if alpha.intValue != 1 { out.mul_(Tensor(scalar: .int(alpha.intValue))) }
      if beta.intValue != 0 { out.add_(bias, alpha: .int(beta.intValue)) }
      return
    }
    let type = out.dtype.widened
    let target = type == out.dtype ? out : try Tensor.allocate(TensorSpec(out.impl.sizes, type))
    if beta.boolValue { Copying.copy(bias.expand(out.shape), into: target) }
    try multiply(a.to(type), b.to(type), into: target, alpha: alpha, beta: beta)
    if !(target === out) { Copying.copy(target, into: out) }
  }
}
