import COneDNN
import CTorchKernels
import Synchronization

/// Products of bfloat16 matrices by the instructions that take them as they are, with sums in float32: half the memory and
/// twice the speed of going through float32. Only where the processor has them.
final class BFloat16Product: @unchecked Sendable {
  private struct Key: Hashable {
    let sizes: SIMD3<Int>
    let a: SIMD2<Int>, b: SIMD2<Int>, out: Int
    // Work is divided when a primitive is made.
    let threads: Int
  }

  /// Whether the processor has the instructions, and no lower level was asked for.
  static var isAvailable: Bool { hasInstructions && torch_level_current() == Int32(TORCH_LEVEL_AVX512) }
  private static let hasInstructions = dnnl_get_effective_cpu_isa().rawValue >= dnnl_cpu_isa_avx512_core_bf16.rawValue

  private static let cache = Mutex<[Key: BFloat16Product]>([:])

  /// `out = a b` for matrices whose rows or columns are contiguous; false where oneDNN has no implementation.
  static func run(_ a: Tensor, _ b: Tensor, into out: Tensor) throws -> Bool {
    let (m, k, n) = (a.impl.sizes[0], a.impl.sizes[1], b.impl.sizes[1])
    guard m > 0, k > 0, n > 0 else { return false }
    let (x, y) = (Gemm.Operand(a), Gemm.Operand(b))
    func strides(_ operand: Gemm.Operand) -> SIMD2<Int> { operand.isTransposed ? [1, operand.leading] : [operand.leading, 1] }
    let key = Key(
      sizes: [m, k, n], a: strides(x), b: strides(y), out: Swift.max(m == 1 ? n : out.impl.strides[0], 1), threads: numThreads)
    let found = cache.withLock { $0[key] }
    guard let product = try found ?? make(key) else { return false }
    if found == nil {
      cache.withLock { products in
        // Sizes come and go with the batches; a program that meets many begins anew.
        if products.count >= 512 { products.removeAll() }
        products[key] = product
      }
    }
    try OneDNN.execute(
      product.primitive,
      [
        (DNNL_ARG_SRC, product.layouts.0, x.tensor.address), (DNNL_ARG_WEIGHTS, product.layouts.1, y.tensor.address),
        (DNNL_ARG_DST, product.layouts.2, out.address),
      ], scratchpad: product.scratchpad, "a product of bfloat16 matrices")
    return true
  }

  private static func make(_ key: Key) throws -> BFloat16Product? {
    func layout(_ rows: Int, _ columns: Int, _ strides: SIMD2<Int>) throws -> dnnl_memory_desc_t {
      var descriptor = dnnl_memory_desc_t()
      try OneDNN.check(
        dnnl_memory_desc_init_by_strides(
          &descriptor, 2, [dnnl_dim_t(rows), dnnl_dim_t(columns)], dnnl_bf16, [dnnl_dim_t(strides.x), dnnl_dim_t(strides.y)]),
        "describing memory")
      return descriptor
    }
    var a = try layout(key.sizes.x, key.sizes.y, key.a)
    var b = try layout(key.sizes.y, key.sizes.z, key.b)
    var c = try layout(key.sizes.x, key.sizes.z, [key.out, 1])
    var operation = dnnl_matmul_desc_t()
    var descriptor: dnnl_primitive_desc_t?
    guard dnnl_matmul_desc_init(&operation, &a, &b, nil, &c) == dnnl_success,
      dnnl_primitive_desc_create(&descriptor, &operation, OneDNN.attributes, OneDNN.engine, nil) == dnnl_success
    else { return nil }
    defer { dnnl_primitive_desc_destroy(descriptor) }
    var primitive: dnnl_primitive_t?
    try OneDNN.check(dnnl_primitive_create(&primitive, descriptor), "a product of bfloat16 matrices")
    return BFloat16Product(primitive!, (a, b, c), OneDNN.scratchpad(descriptor!))
  }

  // Primitives may run from several threads; destruction happens with the last reference.
  private let primitive: dnnl_primitive_t
  private let layouts: (dnnl_memory_desc_t, dnnl_memory_desc_t, dnnl_memory_desc_t)
  private let scratchpad: dnnl_memory_desc_t?

  private init(
    _ primitive: dnnl_primitive_t, _ layouts: (dnnl_memory_desc_t, dnnl_memory_desc_t, dnnl_memory_desc_t),
    _ scratchpad: dnnl_memory_desc_t?
  ) {
    self.primitive = primitive
    self.layouts = layouts
    self.scratchpad = scratchpad
  }

  deinit { dnnl_primitive_destroy(primitive) }
}
