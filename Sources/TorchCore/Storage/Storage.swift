#if canImport(Glibc)
  import Glibc
#endif

/// The memory behind one or more tensors, and the count of in-place changes made to it.
package final class Storage {
  /// The bytes; nil on the meta device and for tensors without elements.
  package let pointer: UnsafeMutableRawPointer?
  package let byteCount: Int
  /// Raised by every in-place op on any tensor of this storage, so that the tape notices a saved value that changed.
  @exclusivity(unchecked) package var version: UInt32 = 0
  /// Other forms of the contents; read and written under a lock (`prepared`).
  @exclusivity(unchecked) package var preparedContents: PreparedContents?
  private let sizeClass: Int32
  /// Made in inference mode: off the tape for good.
  package let isInference: Bool
  /// Keeps foreign memory (a mapped file, a caller's buffer) alive, or holds the parts of a sparse tensor.
  package let owner: AnyObject?

  private static let smallClass: Int32 = -1
  private static let smallLimit = 512
  private static let foreignClass: Int32 = -2

  /// Fresh, uninitialised memory.
  @inline(__always)
  package init(byteCount: Int) throws(TorchError) {
    self.byteCount = byteCount
    owner = nil
    isInference = ThreadState.has(ThreadState.inference)
    if byteCount <= Storage.smallLimit {
      // Small blocks come from the C library, whose per-thread caches need no lock.
      pointer = byteCount == 0 ? nil : malloc(byteCount)
      sizeClass = Storage.smallClass
      if byteCount > 0 && CachingAllocator.shared.fills.load(ordering: .relaxed) { memset(pointer!, 0xFF, byteCount) }
    } else {
      let block = try CachingAllocator.shared.allocate(byteCount)
      pointer = block.pointer
      sizeClass = Int32(truncatingIfNeeded: block.sizeClass)
    }
  }

  /// Memory that belongs to `owner`, which is kept alive.
  package init(foreign pointer: UnsafeMutableRawPointer?, byteCount: Int, owner: AnyObject?) {
    self.pointer = pointer
    self.byteCount = byteCount
    self.owner = owner
    isInference = false
    sizeClass = Storage.foreignClass
  }

  /// No memory: the meta device.
  package static func absent(byteCount: Int) -> Storage { Storage(foreign: nil, byteCount: byteCount, owner: nil) }

  deinit {
    if sizeClass == Storage.smallClass { return free(pointer) }
    if sizeClass >= 0 { CachingAllocator.shared.free(pointer!, sizeClass: Int(sizeClass)) }
  }
}
