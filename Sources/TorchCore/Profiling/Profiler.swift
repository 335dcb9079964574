/// Measures time and memory of every op that this thread calls, forward and backward. `torch.profiler.profile`.
///
/// ```swift
/// let profiler = Profiler()
/// profiler.run { loss(model(x)).backward() }
/// for entry in profiler.entries { print(entry.name, entry.calls, entry.selfTime) }
/// ```
///
/// A call of an op that is made of others counts as one op. Backward steps have the names of their nodes (`AddBackward0`); ops that
/// they call are counted apart.
public final class Profiler: OpMode {
  /// What is known of one op.
  public struct Entry: Sendable, Hashable {
    /// `aten::linear`, or the name of a backward step.
    public let name: String
    public let isBackward: Bool
    public fileprivate(set) var calls = 0
    /// Time in the op, without the ops that it called.
    public fileprivate(set) var selfTime = Duration.zero
    /// Bytes of tensors that the op left behind, less those it freed; blocks of at most 512 bytes are not counted.
    public fileprivate(set) var memory = 0
    /// The most bytes that were live in one of its calls beyond those before it.
    public fileprivate(set) var peak = 0
  }

  private var found: [String: Entry] = [:]
  /// For each op that runs: the time spent in ops that it called, and the largest memory in use.
  private var inner: [(time: Duration, peak: Int)] = []
  private let clock = ContinuousClock()

  public init() {}

  /// The ops seen, those that took longest first.
  public var entries: [Entry] { found.values.sorted { ($0.selfTime, $1.name) > ($1.selfTime, $0.name) } }

  /// Time in all ops together.
  public var total: Duration { found.values.reduce(.zero) { $0 + $1.selfTime } }

  /// Measures what `body` calls.
  public func run<T, E: Error>(_ body: () throws(E) -> T) throws(E) -> T { try withMode(self, body) }

  /// Forgets what was measured.
  public func reset() { found = [:] }

  public func intercept(_ call: OpCall) throws -> [IValue] {
    try measured(call.op.name, isBackward: false) { try call.proceed() }
  }

  package func interceptBackward(_ name: String, _ body: () throws -> Void) throws {
    try measured(name, isBackward: true, body)
  }

  private func measured<T>(_ name: String, isBackward: Bool, _ body: () throws -> T) throws -> T {
    let before = Memory.statistics
    let start = clock.now
    inner.append((.zero, before.live))
    defer {
      let elapsed = clock.now - start
      let after = Memory.statistics
      let own = inner.removeLast()
      // The allocator's peak is of all time: it tells of this call only if the call raised it.
      let peak = Swift.max(own.peak, after.live, after.peak > before.peak ? after.peak : 0)
      if !inner.isEmpty {
        inner[inner.count - 1].time += elapsed
        inner[inner.count - 1].peak = Swift.max(inner[inner.count - 1].peak, peak)
      }
      var entry = found[name] ?? Entry(name: name, isBackward: isBackward)
      entry.calls += 1
      entry.selfTime += elapsed - own.time
      entry.memory += after.live - before.live
      entry.peak = Swift.max(entry.peak, peak - before.live)
      found[name] = entry
    }
    return try body()
  }
}
