import TorchCore

/// Products of eight-bit matrices, each of which stands for itself times a scale.
enum ScaledProducts {
  private static func check(_ a: Tensor, _ b: Tensor, _ scaleA: Tensor, _ scaleB: Tensor, _ bias: Tensor?, _ dtype: DType?) throws -> TensorSpec {
    guard a.rank == 2, b.rank == 2, a.impl.sizes[1] == b.impl.sizes[0] else {
      throw TorchError(.shape, "expected matrices (n, m) and (m, p), got \(a.summary) and \(b.summary)")
    }
    for (name, matrix) in [("self", a), ("mat2", b)] {
      guard matrix.dtype == .float8E4M3FN || matrix.dtype == .float8E5M2 else {
        throw TorchError(.dtype, "\(name) must be of an eight-bit floating-point type, got \(matrix.dtype)")
      }
    }
    let (rows, columns) = (a.impl.sizes[0], b.impl.sizes[1])
    let single = scaleA.count == 1 && scaleB.count == 1
    let each = scaleA.impl.sizes == [rows, 1] && scaleB.impl.sizes == [1, columns]
    guard scaleA.dtype == .float32, scaleB.dtype == .float32, single || each else {
      throw TorchError(
        .value, "the scales must be float32: one number each, or [\(rows), 1] and [1, \(columns)]; got \(scaleA.summary) and \(scaleB.summary)")
    }
    if let bias {
      guard bias.impl.sizes == [columns], bias.dtype.isFloatingPoint else {
        throw TorchError(.shape, "the bias must have \(columns) elements, got \(bias.summary)")
      }
    }
    let type = dtype ?? a.dtype
    guard type.isFloatingPoint else { throw TorchError(.dtype, "out_dtype must be a floating-point type, got \(type)") }
    return TensorSpec(like: a, sizes: [rows, columns], dtype: type)
  }

  private static func multiply(_ out: Tensor, _ a: Tensor, _ b: Tensor, _ scaleA: Tensor, _ scaleB: Tensor, _ bias: Tensor?) throws {
    let single = scaleA.count == 1 && scaleB.count == 1
    var product = try Tensor.allocate(TensorSpec(out.impl.sizes, .float32))
    try Gemm.multiply(a.to(.float32), b.to(.float32), into: product)
    product = product * (single ? scaleA.reshape([]) : scaleA) * (single ? scaleB.reshape([]) : scaleB)
    if let bias { product = product + bias.to(.float32) }
    Copying.copy(product, into: out)
  }

  private static func samples(_ s: inout SampleSource) -> (Tensor, Tensor) {
    (s.tensor([3, 4], dtype: .float8E4M3FN), s.tensor([4, 2], dtype: .float8E4M3FN))
  }

  static let scaled: Op<Tensor, Tensor, Tensor, Tensor, Tensor?, Tensor?, DType?, Bool, Tensor> = .structured(
    "aten::_scaled_mm(Tensor self, Tensor mat2, Tensor scale_a, Tensor scale_b, Tensor? bias=None, Tensor? scale_result=None, ScalarType? out_dtype=None, bool use_fast_accum=False) -> Tensor",
    undifferentiable: "eight-bit factors have no gradient",
    // The scale of the result is taken and, as in PyTorch on the CPU, has no effect.
    rule: { a, b, scaleA, scaleB, bias, _, dtype, _ in try check(a, b, scaleA, scaleB, bias, dtype) },
    kernel: { out, a, b, scaleA, scaleB, bias, _, _, _ in try multiply(out, a, b, scaleA, scaleB, bias) },
    samples: { s in
      let (a, b) = samples(&s)
      let scale = Tensor(0.5, dtype: .float32)
      return [Sample(.tensor(a), .tensor(b), .tensor(scale), .tensor(scale), .none, .none, .dtype(.bfloat16), false.box())]
    })

  /// How the scales of the second form belong to the matrix: one for all, or one for each row (PyTorch's ScalingType).
  private static func scale(_ scales: [Tensor], _ recipe: [Int], _ swizzle: [Int], _ name: String) throws -> Tensor {
    guard scales.count == 1, recipe.count == 1, recipe[0] == 0 || recipe[0] == 1 else {
      throw TorchError(.unsupported, "\(name): only one scale for the tensor (recipe 0) or for each row (1) is available, got recipe \(recipe)")
    }
    guard swizzle.allSatisfy({ $0 == 0 }) else { throw TorchError(.unsupported, "\(name): swizzled scales are not available, got \(swizzle)") }
    guard recipe[0] == 1 || scales[0].count == 1 else {
      throw TorchError(.shape, "\(name): recipe 0 takes one number, got \(scales[0].summary)")
    }
    return scales[0]
  }

  static let second: Op<Tensor, Tensor, [Tensor], [Int], [Int], [Tensor], [Int], [Int], Tensor?, DType?, [Int], Bool, Tensor> = .structured(
    "aten::_scaled_mm_v2(Tensor self, Tensor mat2, Tensor[] scale_a, int[] recipe_a, int[] swizzle_a, Tensor[] scale_b, int[] recipe_b, int[] swizzle_b, Tensor? bias, ScalarType? out_dtype, int[] contraction_dim=[], bool use_fast_accum=False) -> Tensor",
    undifferentiable: "eight-bit factors have no gradient",
    rule: { a, b, scaleA, recipeA, swizzleA, scaleB, recipeB, swizzleB, bias, dtype, _, _ in
      try check(
        a, b, try scale(scaleA, recipeA, swizzleA, "scale_a"), try scale(scaleB, recipeB, swizzleB, "scale_b"), bias, dtype)
    },
    kernel: { out, a, b, scaleA, _, _, scaleB, _, _, bias, _, _, _ in try multiply(out, a, b, scaleA[0], scaleB[0], bias) },
    samples: { s in
      let (a, b) = samples(&s)
      let (rows, columns) = (Tensor([0.5, 1, 2], shape: [3, 1], dtype: .float32), Tensor([1, 0.25], shape: [1, 2], dtype: .float32))
      return [
        Sample(
          .tensor(a), .tensor(b), [rows].box(), [1].box(), [0].box(), [columns].box(), [1].box(), [0].box(), .none, .dtype(.bfloat16),
          [Int]().box(), false.box())
      ]
    })

  static let table: [AnyOp] = [scaled.erased, second.erased]
}

/// The product of two matrices of an eight-bit floating-point type, times their scales: one number each, or one for each row of `a` and
/// column of `b`. `torch._scaled_mm`.
/// - Parameter dtype: the result's type; that of `a` when nil.
public func scaledMM(_ a: Tensor, _ b: Tensor, scaleA: Tensor, scaleB: Tensor, bias: Tensor? = nil, dtype: DType? = nil) -> Tensor {
  ScaledProducts.scaled(a, b, scaleA, scaleB, bias, nil, dtype, false)
}
