import CTorchShims
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// Keeps freed tensor memory for the next tensor of about its size: asking the system for pages on every op costs up to ten times
/// the op itself. Blocks come in size classes (four between powers of two); blocks of 1 MiB and more are backed by huge pages.
///
/// Settings are read once from the environment: `SWIFTTORCH_MEMORY_CAP` (bytes in use, with suffix K, M or G; a request beyond it
/// fails), `SWIFTTORCH_CACHE_CAP` (bytes kept for reuse), `SWIFTTORCH_FILL` (`1`: fresh memory is filled with garbage so that reads
/// of memory never written show up).
public enum Memory {
  /// Figures of the allocator, in bytes and counts since the program began.
  public struct Statistics: Sendable, Hashable {
    /// Bytes held by live tensors, rounded up to their size classes.
    public var live = 0
    /// The largest `live` so far.
    public var peak = 0
    /// Bytes kept for reuse.
    public var cached = 0
    /// Requests served.
    public var requests = 0
    /// Requests served from kept blocks.
    public var reused = 0
  }

  /// The allocator's present figures. Blocks of at most 512 bytes come from the C library and are not counted.
  public static var statistics: Statistics { CachingAllocator.shared.statistics }

  /// Gives all kept blocks back to the system. `torch.cuda.empty_cache`'s counterpart.
  public static func releaseCached() { CachingAllocator.shared.releaseCached() }

  /// Makes `peak` equal to `live`.
  public static func resetPeak() { CachingAllocator.shared.resetPeak() }

  /// The most bytes live tensors may hold together; a request beyond it fails with an error.
  public static var cap: Int {
    get { CachingAllocator.shared.cap }
    set { CachingAllocator.shared.cap = newValue }
  }

  /// Fills fresh memory with garbage (signalling patterns that are NaN in every float type) while set. For debugging.
  public static var fillsWithGarbage: Bool {
    get { CachingAllocator.shared.fills.load(ordering: .relaxed) }
    set { CachingAllocator.shared.fills.store(newValue, ordering: .relaxed) }
  }
}

package final class CachingAllocator: Sendable {
  package static let shared = CachingAllocator()

  private struct State {
    // By size class: blocks kept for reuse.
    var free: [[UnsafeMutableRawPointer]] = Array(repeating: [], count: SizeClass.count)
    var statistics = Memory.Statistics()
    var cap = Int.max
    var cacheCap = Int.max
  }

  // Pointers in the free lists belong to nobody until handed out.
  private let state: Mutex<State>
  package let fills: Atomic<Bool>

  private init() {
    var initial = State()
    initial.cap = CachingAllocator.environmentBytes("SWIFTTORCH_MEMORY_CAP") ?? .max
    initial.cacheCap = CachingAllocator.environmentBytes("SWIFTTORCH_CACHE_CAP") ?? .max
    state = Mutex(initial)
    fills = Atomic(getenv("SWIFTTORCH_FILL").map { String(cString: $0) == "1" } ?? false)
  }

  package var statistics: Memory.Statistics { state.withLock { $0.statistics } }
  package var cap: Int {
    get { state.withLock { $0.cap } }
    set { state.withLock { $0.cap = newValue } }
  }
  package func resetPeak() { state.withLock { $0.statistics.peak = $0.statistics.live } }

  /// A block of at least `bytes`, aligned to 64 bytes, and its size class.
  package func allocate(_ bytes: Int) throws(TorchError) -> (pointer: UnsafeMutableRawPointer, sizeClass: Int) {
    let sizeClass = SizeClass.of(bytes)
    guard sizeClass < SizeClass.count else {
      throw TorchError(.memory, "cannot allocate \(bytes) bytes: more than any machine has")
    }
    let size = SizeClass.bytes(sizeClass)
    enum Outcome { case reused(UInt), fresh, overCap(Int, Int) }
    let outcome = state.withLock { state -> Outcome in
      if state.statistics.live > state.cap - size { return .overCap(state.statistics.live, state.cap) }
      state.statistics.requests += 1
      state.statistics.live += size
      if state.statistics.live > state.statistics.peak { state.statistics.peak = state.statistics.live }
      guard let block = state.free[sizeClass].popLast() else { return .fresh }
      state.statistics.cached -= size
      state.statistics.reused += 1
      return .reused(UInt(bitPattern: block))
    }
    let pointer: UnsafeMutableRawPointer
    switch outcome {
    case .reused(let address):
      pointer = UnsafeMutableRawPointer(bitPattern: address)!
    case .overCap(let live, let cap):
      throw TorchError(.memory, "cannot allocate \(bytes) bytes: live tensors hold \(live) of the \(cap) bytes allowed")
    case .fresh:
      var block = CachingAllocator.systemBlock(sizeClass)
      if block == nil {
        releaseCached()
        block = CachingAllocator.systemBlock(sizeClass)
      }
      guard let block else {
        state.withLock { $0.statistics.live -= size }
        throw TorchError(.memory, "cannot allocate \(bytes) bytes: the system has no memory left")
      }
      pointer = block
    }
    if fills.load(ordering: .relaxed) { memset(pointer, 0xFF, size) }
    return (pointer, sizeClass)
  }

  package func free(_ pointer: UnsafeMutableRawPointer, sizeClass: Int) {
    let size = SizeClass.bytes(sizeClass)
    let address = UInt(bitPattern: pointer)
    let keep = state.withLock { state -> Bool in
      let block = UnsafeMutableRawPointer(bitPattern: address)!
      state.statistics.live -= size
      if state.statistics.cached > state.cacheCap - size { return false }
      state.statistics.cached += size
      state.free[sizeClass].append(block)
      return true
    }
    if !keep { CachingAllocator.release(pointer, sizeClass) }
  }

  package func releaseCached() {
    let blocks = state.withLock { state -> [(UInt, Int)] in
      var blocks: [(UInt, Int)] = []
      for sizeClass in 0..<SizeClass.count {
        for block in state.free[sizeClass] { blocks.append((UInt(bitPattern: block), sizeClass)) }
        state.free[sizeClass].removeAll()
      }
      state.statistics.cached = 0
      return blocks
    }
    for (address, sizeClass) in blocks {
      CachingAllocator.release(UnsafeMutableRawPointer(bitPattern: address)!, sizeClass)
    }
  }

  private static func systemBlock(_ sizeClass: Int) -> UnsafeMutableRawPointer? {
    let size = SizeClass.bytes(sizeClass)
    if size >= hugeThreshold { return torch_map_huge(size) }
    var pointer: UnsafeMutableRawPointer?
    return posix_memalign(&pointer, 64, size) == 0 ? pointer : nil
  }

  private static func release(_ pointer: UnsafeMutableRawPointer, _ sizeClass: Int) {
    let size = SizeClass.bytes(sizeClass)
    if size >= hugeThreshold { torch_unmap(pointer, size) } else { Glibc.free(pointer) }
  }

  private static let hugeThreshold = 1 << 20

  private static func environmentBytes(_ name: String) -> Int? {
    guard let raw = getenv(name) else { return nil }
    let text = String(cString: raw)
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    if let unit = text.last.flatMap({ units[$0] }) { return Int(text.dropLast()).map { $0 * unit } }
    return Int(text)
  }
}

/// Block sizes: 128 bytes, then four steps between each power of two and the next.
package enum SizeClass {
  package static let count = 4 * 36
  private static let smallest = 7  // log2 of 128

  @inline(__always)
  package static func of(_ bytes: Int) -> Int {
    if bytes <= 1 << smallest { return 0 }
    let n = bytes - 1
    let log = Int.bitWidth - 1 - n.leadingZeroBitCount
    // The two bits below the leading one choose the step.
    return (log - smallest) * 4 + ((n >> (log - 2)) & 3) + 1
  }

  @inline(__always)
  package static func bytes(_ sizeClass: Int) -> Int {
    if sizeClass == 0 { return 1 << smallest }
    let log = smallest + (sizeClass - 1) / 4
    return (1 << log) + (((sizeClass - 1) % 4) + 1) << (log - 2)
  }
}
