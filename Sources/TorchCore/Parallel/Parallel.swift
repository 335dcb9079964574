import CTorchShims
import Synchronization

/// How many threads an op may use; also rules oneDNN's and OpenBLAS's loops, which share the pool. `torch.get_num_threads()`.
public var numThreads: Int { ThreadCount.current }

/// Sets the number of threads an op may use. `torch.set_num_threads`. Throws unless `count` is at least 1.
public func setNumThreads(_ count: Int) throws {
  guard count >= 1 && count <= 4096 else {
    throw TorchError(.value, "setNumThreads: expected a count from 1 to 4096, got \(count)")
  }
  ThreadCount.current = count
  torch_set_thread_count(Int32(count))
}

package enum ThreadCount {
  @exclusivity(unchecked) nonisolated(unsafe) package static var current: Int = {
    let count = min(Int(torch_max_threads()), Int(torch_processor_count()))
    torch_set_thread_count(Int32(count))
    return count
  }()
}

/// Splits `0..<count` into at most `numThreads` contiguous parts of at least `grain` elements and runs `body` on each, in parallel.
/// The split depends on the count, the grain and the number of threads alone. `body` must not fail.
@inline(__always)
package func parallelFor(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  if count <= 0 { return }
  if count <= grain || ThreadCount.current == 1 { return body(0..<count) }
  parallelSplit(count, grain: grain, body)
}

@inline(never)
private func parallelSplit(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  let parts = min(ThreadCount.current, (count + grain - 1) / max(grain, 1))
  if parts <= 1 || ThreadState.has(ThreadState.serial) || torch_in_parallel() { return body(0..<count) }
  withoutActuallyEscaping(body) { body in
    var region = ParallelRegion(count: count, parts: parts, body: body)
    withUnsafeMutablePointer(to: &region) { pointer in
      torch_parallel({ ParallelRegion.runPart($0) }, pointer, Int32(parts))
    }
  }
}

private struct ParallelRegion {
  let count: Int
  let parts: Int
  let body: (Range<Int>) -> Void

  static func runPart(_ context: UnsafeMutableRawPointer) {
    let region = context.assumingMemoryBound(to: ParallelRegion.self)
    let parts = region.pointee.parts
    let count = region.pointee.count
    // The pool may grant fewer threads than asked for; each then takes several parts.
    var part = Int(torch_thread_index())
    let team = Int(torch_team_size())
    while part < parts {
      let start = count * part / parts
      let end = count * (part + 1) / parts
      if start < end { region.pointee.body(start..<end) }
      part += team
    }
  }
}

/// As `parallelFor`, for long work: small parts are handed out as threads become free, so that a thread that is held up, by another
/// program or by a harder part, holds up nobody else. Nothing may depend on which thread does a part.
package func parallelForShares(_ count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  let threads = ThreadCount.current
  if count <= grain || threads == 1 || ThreadState.has(ThreadState.serial) || torch_in_parallel() {
    if count > 0 { body(0..<count) }
    return
  }
  let share = Swift.max(grain, count / (8 * threads), 1)
  let next = Atomic(0)
  parallelFor(Swift.min(threads, (count + share - 1) / share), grain: 1) { _ in
    while true {
      let start = next.wrappingAdd(share, ordering: .relaxed).oldValue
      if start >= count { return }
      body(start..<Swift.min(start + share, count))
    }
  }
}

/// Work below which a second thread does not pay, in bytes moved by a simple loop.
package let parallelGrainBytes = 128 << 10
