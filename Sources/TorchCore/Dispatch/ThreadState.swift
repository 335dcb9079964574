import CTorchShims

/// The calling thread's state: one word that is zero in the common case, and the rarely needed stacks behind it.
package enum ThreadState {
  package static let noGrad: UInt64 = 1
  package static let modeActive: UInt64 = 2
  package static let errorScope: UInt64 = 4
  /// Parallel regions run serially: set in data-loading workers, which must not start thread pools of their own.
  package static let serial: UInt64 = 8
  package static let inference: UInt64 = 16
  /// A transform runs that ops of random numbers have to ask.
  package static let transform: UInt64 = 32
  /// What the tape saves goes through hooks.
  package static let savedTensorHooks: UInt64 = 64
  /// Nodes remember where they were made, and gradients are checked for NaN.
  package static let anomaly: UInt64 = 128
  /// Random numbers come from a generator of the thread's own.
  package static let generator: UInt64 = 256
  /// Tensors are made on a device of the thread's own choice.
  package static let device: UInt64 = 512

  @inline(__always) package static var word: UInt64 { torch_state_word() }

  package static func set(_ word: UInt64) { torch_state_set_word(word) }

  @inline(__always)
  package static func has(_ bit: UInt64) -> Bool { torch_state_word() & bit != 0 }

  /// Runs `body` with the given bits set and cleared, and restores the word afterwards.
  @inline(__always)
  package static func with<T, E: Error>(setting: UInt64, clearing: UInt64 = 0, _ body: () throws(E) -> T) throws(E) -> T {
    let old = torch_state_word()
    torch_state_set_word((old | setting) & ~clearing)
    defer { torch_state_set_word(old) }
    return try body()
  }

  /// The thread's stacks, created on first use.
  package static var stacks: ThreadStacks {
    if let raw = torch_state_object() { return Unmanaged<ThreadStacks>.fromOpaque(raw).takeUnretainedValue() }
    let stacks = ThreadStacks()
    // Lives as long as the thread; a thread that used modes or scopes keeps these few words.
    torch_state_set_object(Unmanaged.passRetained(stacks).toOpaque())
    return stacks
  }
}

/// What a thread's active scopes hold.
package final class ThreadStacks {
  package var modes: [any OpMode] = []
  package var errorScopes: [ErrorScope] = []
  package var transforms: [any RunningTransform] = []
  package var savedTensorHooks: [SavedTensorHooks] = []
  package var generators: [Generator] = []
  package var devices: [Device] = []
  /// Nodes waiting to be released by `Teardown`.
  package var condemnedNodes: [Node] = []
}
