import COpenBLAS
import TorchCore

/// What calls of LAPACK on batches of matrices share.
enum Lapack {
  /// Types that LAPACK computes in.
  static func isNative(_ dtype: DType) -> Bool { dtype == .float32 || dtype == .float64 || dtype.isComplex }

  /// LAPACK's letter for a type.
  static func type(_ dtype: DType) -> torch_lapack_type {
    switch dtype {
    case .float64: TORCH_LAPACK_D
    case .complex64: TORCH_LAPACK_C
    case .complex128: TORCH_LAPACK_Z
    default: TORCH_LAPACK_S
    }
  }

  /// Cost of one matrix, in multiplications, from which on all threads share it instead of taking whole matrices each.
  private static let sharedCost = 1 << 22
  /// Cost below which a second thread does not pay.
  private static let serialCost = 1 << 16

  /// Runs `body` for each of `count` matrices: small ones in parallel, each thread with work space of its own.
  /// - Parameters:
  ///   - cost: multiplications that one matrix takes, about.
  ///   - workspace: bytes of work space.
  ///   - infos: where what `body` returns goes.
  static func forEach(
    _ count: Int, cost: Double, workspace: Int = 0, infos: UnsafeMutablePointer<Int32>,
    _ body: (Int, UnsafeMutableRawPointer) -> Int32
  ) {
    func run(_ range: Range<Int>) {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: Swift.max(workspace, 64), alignment: 64)
      defer { memory.deallocate() }
      for i in range { infos[i] = body(i, memory) }
    }
    if count > 1 && cost < Double(sharedCost) {
      parallelFor(count, grain: Swift.max(1, serialCost / Swift.max(Int(cost), 1))) { run($0) }
    } else if count > 0 {
      run(0..<count)
    }
  }

  /// Runs `body` for each matrix where nothing can fail but through a mistake of this module's.
  static func forEach(
    _ count: Int, cost: Double, workspace: Int = 0, _ name: String, _ body: (Int, UnsafeMutableRawPointer) -> Int32
  ) throws {
    var infos = [Int32](repeating: 0, count: count)
    infos.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      forEach(count, cost: cost, workspace: workspace, infos: base, body)
    }
    if let failed = infos.firstIndex(where: { $0 != 0 }) {
      throw TorchError(.internal, "LAPACK's \(name) rejected matrix \(failed) (code \(infos[failed]))")
    }
  }

  /// The size that a routine asked for by writing it into the first element of its work space.
  static func workspaceCount(_ dtype: DType, _ query: (UnsafeMutableRawPointer) -> Void) -> Int {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { buffer in
      let address = buffer.baseAddress!
      address.initializeMemory(as: UInt8.self, repeating: 0, count: 16)
      query(address)
      return realCount(address, dtype)
    }
  }

  /// A count that a routine wrote as an element of `dtype`; float32 is rounded up, as it may have been rounded down. LAPACK itself
  /// rejects work space that it cannot count.
  static func realCount(_ address: UnsafeMutableRawPointer, _ dtype: DType) -> Int {
    let value = dtype.realType == .float64 ? address.load(as: Double.self) : Double(address.load(as: Float.self).nextUp)
    return Int(Swift.min(Swift.max(value.rounded(.up), 1), Double(Int32.max)))
  }
}

/// The parts of one block of work space, each aligned.
struct WorkspaceLayout {
  private(set) var byteCount = 0

  /// Reserves `count` elements and returns where they begin, in bytes.
  mutating func reserve(_ count: Int, _ elementBytes: Int) -> Int {
    let start = byteCount
    byteCount += (Swift.max(count, 1) * elementBytes + 63) & ~63
    return start
  }
}
