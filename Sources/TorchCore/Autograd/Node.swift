import CTorchShims
import Synchronization

/// One recorded op on the tape: knows how to turn the gradients of its results into those of its inputs. `torch.autograd.graph.Node`.
public class Node: @unchecked Sendable {
  // A node is built by one thread and then read; the engine alone runs it.

  /// Where the gradient of each input goes.
  @exclusivity(unchecked) package final var edges: Edges
  /// Order of creation: later nodes run first.
  package final let sequence: UInt64
  /// How many results the op had.
  package final let resultCount: Int

  /// Hooks on results and gradients to retain; nil on nearly every node.
  @exclusivity(unchecked) package final var retained: [(id: Int, result: Int, apply: (Tensor) throws -> Tensor)]?

  /// Hooks, and where the node was made; nil on nearly every node.
  @exclusivity(unchecked) package final var extras: NodeExtras?

  package init(edges: Edges, resultCount: Int = 1) {
    self.edges = edges
    self.resultCount = resultCount
    sequence = Node.nextSequence()
    if ThreadState.has(ThreadState.anomaly) { extras = NodeExtras(site: CallSite()) }
  }

  deinit {
    if edges.holdsNode { Teardown.release(&edges) }
  }

  /// The op's name with `Backward0` appended, as PyTorch shows it.
  public var name: String { "Node" }

  /// The nodes that this one sends gradients to, by input. `Node.next_functions`; nil for inputs without gradient and for leaves.
  public var nextNodes: [Node?] { (0..<edges.count).map { edges[$0].node } }

  /// Computes the inputs' gradients from the results' and puts them into `sink`.
  package func backward(_ gradients: GradientInputs, _ sink: inout GradientSink) throws {
    throw TorchError(.internal, "a node without a derivative was run")
  }

  /// Drops what was saved; a second backward through this node is then an error.
  package func release() {}

  /// Runs `apply` on the gradient of a result when it is complete; what it returns goes on.
  @discardableResult
  package final func observe(result: Int, apply: @escaping (Tensor) throws -> Tensor) -> Int {
    let id = (retained?.last?.id ?? -1) + 1
    retained = (retained ?? []) + [(id, result, apply)]
    return id
  }

  package final func removeObserver(_ id: Int) {
    retained?.removeAll { $0.id == id }
    if retained?.isEmpty == true { retained = nil }
  }

  private static let sequenceSource = Atomic<UInt64>(1)
  @inline(__always)
  private static func nextSequence() -> UInt64 {
    sequenceSource.wrappingAdd(1, ordering: .relaxed).oldValue
  }
}

/// Where an input's gradient goes: nowhere, to the node that made the input, or to a leaf.
package enum Edge {
  case none
  case node(Node, Int32)
  case leaf(TensorImpl)

  @inline(__always)
  package init(_ tensor: Tensor) {
    if tensor.impl.viewBase != nil { ViewHistory.refresh(tensor.impl) }
    if let node = tensor.impl.gradNode {
      self = .node(node, tensor.impl.gradIndex)
    } else if tensor.impl.leafRequiresGrad {
      self = .leaf(tensor.impl)
    } else {
      self = .none
    }
  }

  package var node: Node? { if case .node(let node, _) = self { node } else { nil } }
  @inline(__always) package var isNone: Bool { if case .none = self { true } else { false } }
}

/// The edges of a node, inline up to three.
package struct Edges {
  package private(set) var count: Int = 0
  private var e0 = Edge.none, e1 = Edge.none, e2 = Edge.none
  private var rest: [Edge] = []

  @inline(__always) package init() {}

  @inline(__always)
  package init(_ a: Tensor) {
    e0 = Edge(a)
    count = 1
  }

  @inline(__always)
  package init(_ a: Tensor, _ b: Tensor) {
    e0 = Edge(a)
    e1 = Edge(b)
    count = 2
  }

  package init(_ tensors: [Tensor?]) {
    for tensor in tensors { append(tensor.map { Edge($0) } ?? .none) }
  }

  /// Appends the edges of an argument's tensors.
  @inline(__always)
  package mutating func append<T: Boxable>(_ argument: T) {
    argument.visitTensors { append($0.map { Edge($0) } ?? .none) }
  }

  package mutating func append(_ edge: Edge) {
    switch count {
    case 0: e0 = edge
    case 1: e1 = edge
    case 2: e2 = edge
    default: rest.append(edge)
    }
    count += 1
  }

  @inline(__always)
  package subscript(_ i: Int) -> Edge {
    get {
      switch i {
      case 0: e0
      case 1: e1
      case 2: e2
      default: rest[i - 3]
      }
    }
    set {
      switch i {
      case 0: e0 = newValue
      case 1: e1 = newValue
      case 2: e2 = newValue
      default: rest[i - 3] = newValue
      }
    }
  }

  @inline(__always)
  package var holdsNode: Bool { count > 0 }
}

/// Releases graphs without recursion: a chain of a million nodes would otherwise overflow the stack.
package enum Teardown {
  private static let depthLimit: Int32 = 40

  @inline(__always)
  package static func release(_ node: inout Node?) {
    if torch_teardown_depth() < depthLimit {
      torch_teardown_enter()
      node = nil
      leave()
    } else {
      ThreadState.stacks.condemnedNodes.append(node!)
      node = nil
    }
  }

  @inline(__always)
  package static func release(_ edges: inout Edges) {
    if torch_teardown_depth() < depthLimit {
      torch_teardown_enter()
      edges = Edges()
      leave()
    } else {
      for i in 0..<edges.count { if let node = edges[i].node { ThreadState.stacks.condemnedNodes.append(node) } }
      edges = Edges()
    }
  }

  @inline(__always)
  private static func leave() {
    if torch_teardown_leave() == 0, torch_state_object() != nil { drain() }
  }

  @inline(never)
  private static func drain() {
    let stacks = ThreadState.stacks
    while !stacks.condemnedNodes.isEmpty {
      var last: Node? = stacks.condemnedNodes.removeLast()
      torch_teardown_enter()
      last = nil
      _ = last
      _ = torch_teardown_leave()
    }
  }
}
