/// What few nodes have.
package final class NodeExtras {
  /// Where the op was called, in anomaly mode.
  let site: CallSite?
  fileprivate(set) var preHooks: [(id: Int, hook: ([Tensor?]) throws -> [Tensor?]?)] = []
  fileprivate(set) var hooks: [(id: Int, hook: ([Tensor?], [Tensor?]) throws -> [Tensor?]?)] = []
  fileprivate var next = 0

  init(site: CallSite? = nil) { self.site = site }
}

extension Node {
  private func extrasForHooks() -> NodeExtras {
    if let extras { return extras }
    let fresh = NodeExtras()
    extras = fresh
    return fresh
  }

  /// Calls `hook` with the gradients of the op's results before its derivative runs; what it returns replaces them.
  /// `Node.register_prehook`.
  @discardableResult
  public final func registerPrehook(_ hook: @escaping (_ gradOutputs: [Tensor?]) throws -> [Tensor?]?) -> HookHandle {
    let extras = extrasForHooks()
    extras.next += 1
    let id = extras.next
    extras.preHooks.append((id, hook))
    return HookHandle { [weak extras] in extras?.preHooks.removeAll { $0.id == id } }
  }

  /// Calls `hook` with the gradients of the op's inputs and of its results after its derivative ran; what it returns replaces those of
  /// the inputs. `Node.register_hook`.
  @discardableResult
  public final func registerHook(
    _ hook: @escaping (_ gradInputs: [Tensor?], _ gradOutputs: [Tensor?]) throws -> [Tensor?]?
  ) -> HookHandle {
    let extras = extrasForHooks()
    extras.next += 1
    let id = extras.next
    extras.hooks.append((id, hook))
    return HookHandle { [weak extras] in extras?.hooks.removeAll { $0.id == id } }
  }

  /// Where each input's gradient goes: the node and which of its results, or the leaf that accumulates it; both nil for inputs without a
  /// gradient. `Node.next_functions`.
  public final var nextFunctions: [(node: Node?, index: Int, leaf: Tensor?)] {
    (0..<edges.count).map { i in
      switch edges[i] {
      case .none: (nil, 0, nil)
      case .node(let node, let index): (node, Int(index), nil)
      case .leaf(let impl): (nil, 0, Tensor(impl))
      }
    }
  }
}
