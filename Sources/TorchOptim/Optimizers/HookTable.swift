import TorchOps

/// Functions to call around a step, in the order of their registration.
final class HookTable<Hook> {
  private var entries: [(id: Int, hook: Hook)] = []
  private var next = 0

  var values: [Hook] { entries.map(\.hook) }

  func add(_ hook: Hook) -> HookHandle {
    next += 1
    let id = next
    entries.append((id, hook))
    return HookHandle { [weak self] in self?.entries.removeAll { $0.id == id } }
  }
}
