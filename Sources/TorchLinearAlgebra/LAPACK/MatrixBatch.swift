import COpenBLAS
import TorchCore

/// Matrices in column-major order, one after the other: what LAPACK reads and writes.
struct MatrixBatch {
  /// Keeps the memory alive.
  private let tensor: Tensor
  private let base: UnsafeMutableRawPointer
  private let matrixBytes: Int
  let rows: Int32
  let columns: Int32
  let count: Int
  let type: torch_lapack_type

  /// The matrices of a tensor that lies column-major already, such as a result announced by `TensorSpec.columnMajor`.
  init(over tensor: Tensor) {
    let (rows, columns) = (tensor.impl.sizes[tensor.rank - 2], tensor.impl.sizes[tensor.rank - 1])
    self.tensor = tensor
    base = tensor.address
    matrixBytes = rows * columns * tensor.dtype.byteCount
    self.rows = Int32(rows)
    self.columns = Int32(columns)
    count = tensor.matrixCount
    type = Lapack.type(tensor.dtype)
  }

  /// The matrices of any tensor, to read: itself where it lies column-major, otherwise a copy.
  init(reading tensor: Tensor) {
    self.init(over: tensor.mT.isContiguous ? tensor.detach() : MatrixBatch.copied(tensor))
  }

  /// The matrices of any tensor, to overwrite.
  init(copying tensor: Tensor) { self.init(over: MatrixBatch.copied(tensor)) }

  private static func copied(_ tensor: Tensor) -> Tensor { tensor.detach().mT.clone(memoryFormat: .contiguous).mT }

  /// The i-th matrix.
  @inline(__always) subscript(_ i: Int) -> UnsafeMutableRawPointer { base + i * matrixBytes }
}

/// Rows of numbers, one for each matrix of a batch.
struct VectorBatch {
  private let tensor: Tensor
  private let base: UnsafeMutableRawPointer
  private let bytes: Int

  /// - Parameter tensor: contiguous.
  init(over tensor: Tensor) {
    self.tensor = tensor
    base = tensor.address
    bytes = (tensor.rank == 0 ? 1 : tensor.impl.sizes[tensor.rank - 1]) * tensor.dtype.byteCount
  }

  /// The elements of any tensor, to read.
  init(reading tensor: Tensor) { self.init(over: tensor.detach().contiguous()) }

  @inline(__always) subscript(_ i: Int) -> UnsafeMutableRawPointer { base + i * bytes }
  @inline(__always) func int32s(_ i: Int) -> UnsafeMutablePointer<Int32> { self[i].assumingMemoryBound(to: Int32.self) }
}

extension Tensor {
  /// How many matrices a batch holds.
  var matrixCount: Int { impl.sizes.dropLast(2).reduce(1, *) }
  /// Sizes before the matrices' own.
  var batchSizes: [Int] { Array(impl.sizes.dropLast(2)) }
  /// Rows and columns of each matrix.
  var rowCount: Int { impl.sizes[rank - 2] }
  var columnCount: Int { impl.sizes[rank - 1] }
  /// Elements as 32-bit integers.
  var int32s: UnsafeMutablePointer<Int32> { address.assumingMemoryBound(to: Int32.self) }

  /// The batch with these leading sizes.
  func expandedBatch(_ batch: [Int]) -> Tensor {
    batch == batchSizes ? self : expand(batch + [rowCount, columnCount])
  }
}

extension TensorSpec {
  /// A batch of column-major matrices, which LAPACK writes without a copy.
  static func columnMajor(like other: Tensor, _ sizes: [Int], dtype: DType? = nil) -> TensorSpec {
    var spec = TensorSpec(like: other, sizes: Dims(sizes), dtype: dtype)
    guard sizes.count >= 2 else { return spec }
    var strides = spec.sizes.contiguousStrides
    strides[sizes.count - 2] = 1
    strides[sizes.count - 1] = Swift.max(sizes[sizes.count - 2], 1)
    spec.strides = strides
    return spec
  }
}

/// Checks that the rules of this module share.
enum MatrixCheck {
  /// The tensor is a matrix or a batch of them, of a type LAPACK has.
  static func matrices(_ a: Tensor, _ name: String = "A") throws {
    guard a.rank >= 2 else { throw TorchError(.shape, "\(name) must be a matrix or a batch of matrices, got \(a.summary)") }
    try type(a, name)
    guard a.rowCount <= Int(Int32.max), a.columnCount <= Int(Int32.max) else {
      throw TorchError(.unsupported, "\(name) has more rows or columns than LAPACK can count (\(Int32.max)), got \(a.summary)")
    }
  }

  /// The tensor is a square matrix or a batch of them, of a type LAPACK has.
  static func square(_ a: Tensor, _ name: String = "A") throws {
    try matrices(a, name)
    try squareShape(a, name)
  }

  static func squareShape(_ a: Tensor, _ name: String = "A") throws {
    guard a.rank >= 2 else { throw TorchError(.shape, "\(name) must be a matrix or a batch of matrices, got \(a.summary)") }
    guard a.rowCount == a.columnCount else {
      throw TorchError(.shape, "\(name) must hold square matrices, got \(a.rowCount) rows and \(a.columnCount) columns")
    }
  }

  static func type(_ a: Tensor, _ name: String = "A") throws {
    guard Lapack.isNative(a.dtype) else {
      throw TorchError(.dtype, "\(name) must be float32, float64, complex64 or complex128, got \(a.dtype)")
    }
  }

  static func sameType(_ a: Tensor, _ b: Tensor, _ names: (String, String)) throws {
    guard a.dtype == b.dtype else {
      throw TorchError(.dtype, "\(names.0) and \(names.1) must have one type, got \(a.dtype) and \(b.dtype)")
    }
  }

  /// The leading sizes that two batches of matrices have in common after broadcasting.
  static func batch(_ a: Tensor, _ b: Tensor) throws -> [Int] {
    Array(try broadcastSizes(Dims(a.batchSizes), Dims(b.batchSizes)))
  }

  /// A x = b or x A = b: the sizes fit together.
  static func equation(_ a: Tensor, _ b: Tensor, left: Bool, _ names: (String, String) = ("A", "B")) throws {
    try square(a, names.0)
    try matrices(b, names.1)
    try sameType(a, b, names)
    guard left ? a.rowCount == b.rowCount : a.columnCount == b.columnCount else {
      throw TorchError(
        .shape,
        "\(names.0) is \(a.rowCount)x\(a.columnCount) and does not fit \(names.1), which is \(b.rowCount)x\(b.columnCount), in "
          + (left ? "A X = B" : "X A = B"))
    }
  }

  /// Throws for the first matrix with a code other than 0, in PyTorch's words.
  static func success(_ infos: Tensor, _ message: (Int) -> String) throws {
    guard infos.isCPU else { return }
    let codes = infos.array(as: Int32.self)
    guard let failed = codes.firstIndex(where: { $0 != 0 }) else { return }
    let place = infos.rank == 0 ? "" : "(Batch element \(failed)): "
    throw TorchError(.linearAlgebra, place + message(Int(codes[failed])))
  }
}
