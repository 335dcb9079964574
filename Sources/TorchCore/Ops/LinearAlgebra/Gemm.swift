import COneDNN
import COpenBLAS
import CTorchShims

/// Matrix products on raw memory: oneDNN for float32, OpenBLAS for the other types it has.
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
    dtype == .float32 || dtype == .float64 || dtype.isComplex
  }

  /// `out = a b + beta out` for matrices of one native type; `out` is row-major.
  package static func multiply(_ a: Tensor, _ b: Tensor, into out: Tensor, beta: Double = 0) throws {
    let (m, k, n) = (a.impl.sizes[0], a.impl.sizes[1], b.impl.sizes[1])
    if m == 0 || n == 0 { return }
    if k == 0 {
      if beta == 0 { Copying.fill(out, 0) }
      return
    }
    let (x, y) = (Operand(a), Operand(b))
    try raw(
      out.dtype, x.isTransposed, y.isTransposed, m, n, k, x.tensor.address, x.leading, y.tensor.address, y.leading, beta,
      out.address, Swift.max(out.impl.sizes[0] == 1 ? n : out.impl.strides[0], 1))
  }

  /// `c = op(a) op(b) + beta c`, all row-major with the given leading dimensions.
  package static func raw(
    _ dtype: DType, _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafeRawPointer, _ lda: Int,
    _ b: UnsafeRawPointer, _ ldb: Int, _ beta: Double, _ c: UnsafeMutableRawPointer, _ ldc: Int
  ) throws {
    let (ta, tb) = (transposeA ? CblasTrans : CblasNoTrans, transposeB ? CblasTrans : CblasNoTrans)
    let (m32, n32, k32) = (blasint(m), blasint(n), blasint(k))
    switch dtype {
    case .float32:
      let status = dnnl_sgemm(
        transposeA ? 84 : 78, transposeB ? 84 : 78, dnnl_dim_t(m), dnnl_dim_t(n), dnnl_dim_t(k), 1,
        a.assumingMemoryBound(to: Float.self), dnnl_dim_t(lda), b.assumingMemoryBound(to: Float.self), dnnl_dim_t(ldb),
        Float(beta), c.assumingMemoryBound(to: Float.self), dnnl_dim_t(ldc))
      guard status == dnnl_success else {
        throw TorchError(.internal, "the matrix product of \(m)x\(k) and \(k)x\(n) failed (oneDNN status \(status.rawValue))")
      }
    case .float64:
      cblas_dgemm(
        CblasRowMajor, ta, tb, m32, n32, k32, 1, a.assumingMemoryBound(to: Double.self), blasint(lda),
        b.assumingMemoryBound(to: Double.self), blasint(ldb), beta, c.assumingMemoryBound(to: Double.self), blasint(ldc))
    case .complex64:
      var (one, scale): (SIMD2<Float>, SIMD2<Float>) = ([1, 0], [Float(beta), 0])
      cblas_cgemm(CblasRowMajor, ta, tb, m32, n32, k32, &one, a, blasint(lda), b, blasint(ldb), &scale, c, blasint(ldc))
    case .complex128:
      var (one, scale): (SIMD2<Double>, SIMD2<Double>) = ([1, 0], [beta, 0])
      cblas_zgemm(CblasRowMajor, ta, tb, m32, n32, k32, &one, a, blasint(lda), b, blasint(ldb), &scale, c, blasint(ldc))
    default:
      throw TorchError(.dtype, "matrix products are not defined for \(dtype)")
    }
  }

  /// The product of any types: half types through float32, integers exactly.
  package static func product(_ a: Tensor, _ b: Tensor, into out: Tensor) throws {
    if isNative(out.dtype) { return try multiply(a, b, into: out) }
    if out.dtype.isFloatingPoint {
      let wide = try Tensor.allocate(TensorSpec(out.impl.sizes, .float32))
      try multiply(a.to(.float32), b.to(.float32), into: wide)
      return Copying.copy(wide, into: out)
    }
    // Integers: a row at a time, so that the broadcast product stays small.
    for i in 0..<a.impl.sizes[0] {
      let row = (a.select(0, i).unsqueeze(-1) * b).sum(0)
      Copying.copy(row, into: out.select(0, i))
    }
  }
}
