import CTorchKernels

/// The right side of float32 products, in the order in which their kernel reads it.
package struct PackedMatrix {
  private let storage: Storage
  private let depth: Int
  private let columns: Int

  /// What a packed form depends on besides the contents of the storage.
  private struct Form: Hashable {
    let offset: Int
    let sizes: Dims
    let strides: Dims
    let level: Int32
  }

  /// Packs a float32 matrix (depth, columns) of any strides, unless its storage still has it packed from an earlier call.
  package init(_ matrix: Tensor) throws {
    depth = matrix.impl.sizes[0]
    columns = matrix.impl.sizes[1]
    let form = Form(
      offset: matrix.impl.offset, sizes: matrix.impl.sizes, strides: matrix.impl.strides, level: torch_level_current())
    storage = try matrix.impl.storage.prepared(form) {
      let product = FloatProduct(rows: 0, columns: matrix.impl.sizes[1], depth: matrix.impl.sizes[0])
      let storage = try product.packedStorage()
      let target = storage.pointer!.assumingMemoryBound(to: Float.self)
      let strides = matrix.impl.strides
      parallelFor(product.panels, grain: Swift.max(1, 1 << 16 / Swift.max(1, product.depth * product.panel))) {
        product.pack(matrix.address, strides[0], strides[1], into: target, $0)
      }
      return storage
    }
  }

  /// `c = a b + bias`, or `c += a b`, of `rows` rows; rows of `c` are contiguous at a distance of `cRow`.
  package func product(
    _ rows: Int, _ a: UnsafeRawPointer, _ aRow: Int, _ aDepth: Int, bias: UnsafeRawPointer? = nil, adds: Bool = false,
    into c: UnsafeMutableRawPointer, _ cRow: Int
  ) {
    let product = FloatProduct(rows: rows, columns: columns, depth: depth)
    let packed = UnsafePointer(storage.pointer!.assumingMemoryBound(to: Float.self))
    product.run(product.problem(a, aRow, aDepth, bias, adds, c, cRow), packed)
    withExtendedLifetime(storage) {}
  }
}

/// Products of one left matrix with several right ones, contiguous and equally far apart.
package struct StridedProducts {
  private let product: FloatProduct

  package init(rows: Int, columns: Int, depth: Int) { product = FloatProduct(rows: rows, columns: columns, depth: depth) }

  /// `c[i] = a b[i] + rowBias`; distances between matrices are in bytes.
  package func run(
    count: Int, _ a: UnsafeRawPointer, _ aRow: Int, _ aDepth: Int, _ b: UnsafeRawPointer, _ bStep: Int, rowBias: UnsafeRawPointer?,
    _ c: UnsafeMutableRawPointer, _ cStep: Int
  ) throws {
    // Threads take whole matrices if there are enough of them, otherwise panels of each.
    let parts = count >= 2 * numThreads ? numThreads : 1
    let storages = try (0..<parts).map { _ in try product.packedStorage() }
    parallelFor(parts, grain: 1) { range in
      for part in range {
        let packed = storages[part].pointer!.assumingMemoryBound(to: Float.self)
        for i in (count * part / parts)..<(count * (part + 1) / parts) {
          var problem = product.problem(a, aRow, aDepth, nil, false, c + i * cStep, product.columns)
          problem.row_bias = rowBias?.assumingMemoryBound(to: Float.self)
          product.packAndRun(problem, b + i * bStep, product.columns, 1, packed)
        }
      }
    }
    withExtendedLifetime(storages) {}
  }
}

/// The sizes of a float32 product and how its work is divided.
struct FloatProduct {
  let rows: Int
  let columns: Int
  let depth: Int
  private let kernels = torch_gemm(torch_level_current()).pointee

  init(rows: Int, columns: Int, depth: Int) {
    self.rows = rows
    self.columns = columns
    self.depth = depth
  }

  /// How many columns a panel has, and how many panels there are.
  var panel: Int { Int(kernels.panel) }
  var panels: Int { (columns + panel - 1) / panel }

  /// Multiplications below which a second thread does not pay.
  private static let parallelWork = 1 << 17
  /// Products of that few multiplications read the right side as it lies.
  private static let plainWork = 1 << 15

  /// `c = op(a) op(b)`, or added to `c`; false where the shape is better left to others.
  static func run(
    _ transposeA: Bool, _ transposeB: Bool, _ m: Int, _ n: Int, _ k: Int, _ a: UnsafeRawPointer, _ lda: Int, _ b: UnsafeRawPointer,
    _ ldb: Int, adds: Bool, _ c: UnsafeMutableRawPointer, _ ldc: Int
  ) throws -> Bool {
    // Vectors, and so few rows that packing costs as much as multiplying.
    let isTiny = !transposeB && m * n * k <= plainWork
    if n < 8 || m < 12 && !isTiny { return false }
    let product = FloatProduct(rows: m, columns: n, depth: k)
    let problem = product.problem(a, transposeA ? 1 : lda, transposeA ? lda : 1, nil, adds, c, ldc)
    if isTiny {
      withUnsafePointer(to: problem) {
        product.kernels.plain($0, b.assumingMemoryBound(to: Float.self), Int64(ldb), 0, Int64(m))
      }
      return true
    }
    let storage = try product.packedStorage()
    let packed = storage.pointer!.assumingMemoryBound(to: Float.self)
    product.packAndRun(problem, b, transposeB ? 1 : ldb, transposeB ? ldb : 1, packed)
    withExtendedLifetime(storage) {}
    return true
  }

  /// The whole product with a right side of the given strides, packed into the memory given.
  func packAndRun(
    _ problem: torch_gemm_problem, _ b: UnsafeRawPointer, _ depthStride: Int, _ columnStride: Int,
    _ packed: UnsafeMutablePointer<Float>
  ) {
    if sharesPanels {
      parallelForShares(panels, grain: panelGrain) { range in
        pack(b, depthStride, columnStride, into: packed, range)
        run(problem, packed, 0..<rows, range)
      }
    } else {
      parallelFor(panels, grain: panelGrain) { pack(b, depthStride, columnStride, into: packed, $0) }
      run(problem, packed)
    }
  }

  func problem(
    _ a: UnsafeRawPointer, _ aRow: Int, _ aDepth: Int, _ bias: UnsafeRawPointer?, _ adds: Bool, _ c: UnsafeMutableRawPointer, _ cRow: Int
  ) -> torch_gemm_problem {
    torch_gemm_problem(
      rows: Int64(rows), columns: Int64(columns), depth: Int64(depth), a: a.assumingMemoryBound(to: Float.self), a_row: Int64(aRow),
      a_depth: Int64(aDepth), c: c.assumingMemoryBound(to: Float.self), c_row: Int64(cRow),
      bias: bias?.assumingMemoryBound(to: Float.self), row_bias: nil, adds: adds)
  }

  func packedStorage() throws -> Storage { try Storage(byteCount: Swift.max(4 * panels * panel * depth, 4)) }

  func pack(
    _ b: UnsafeRawPointer, _ depthStride: Int, _ columnStride: Int, into packed: UnsafeMutablePointer<Float>, _ panels: Range<Int>
  ) {
    kernels.pack(
      b.assumingMemoryBound(to: Float.self), Int64(depthStride), Int64(columnStride), Int64(depth), Int64(columns), packed,
      Int64(panels.lowerBound), Int64(panels.upperBound))
  }

  /// Whether threads share the columns rather than the rows.
  private var sharesPanels: Bool { panels >= 4 * numThreads || panels * panel >= rows }
  private var panelGrain: Int { Swift.max(1, Self.parallelWork / 2 / Swift.max(1, rows * depth * panel)) }

  /// The whole product with a packed right side.
  func run(_ problem: torch_gemm_problem, _ packed: UnsafePointer<Float>) {
    if sharesPanels {
      parallelForShares(panels, grain: panelGrain) { run(problem, packed, 0..<rows, $0) }
    } else {
      // In sixes, as many rows as the kernel takes at once.
      let groups = (rows + 5) / 6
      parallelForShares(groups, grain: Swift.max(1, Self.parallelWork / 2 / Swift.max(1, 6 * depth * columns))) {
        run(problem, packed, ($0.lowerBound * 6)..<Swift.min($0.upperBound * 6, rows), 0..<panels)
      }
    }
  }

  private func run(_ problem: torch_gemm_problem, _ packed: UnsafePointer<Float>, _ rows: Range<Int>, _ panels: Range<Int>) {
    withUnsafePointer(to: problem) {
      kernels.packed(
        $0, packed, Int64(rows.lowerBound), Int64(rows.upperBound), Int64(panels.lowerBound), Int64(panels.upperBound))
    }
  }
}
