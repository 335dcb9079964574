/// The gradients that arrived for a node's results; nil where none did, which means zero.
package struct GradientInputs {
  fileprivate let buffers: UnsafeMutablePointer<Tensor?>
  package let count: Int
  @inline(__always) package subscript(_ i: Int) -> Tensor? { buffers[i] }
  /// The gradient of the first result, which exists whenever a node with one result runs.
  @inline(__always) package var first: Tensor { buffers[0].unsafelyUnwrapped }
}

/// Where a node puts the gradients of its inputs.
package struct GradientSink {
  fileprivate var values: [Tensor?] = []
  fileprivate var edges = Edges()
  package fileprivate(set) var count = 0
  /// Whether the backward being run is itself recorded.
  package let createsGraph: Bool

  fileprivate init(createsGraph: Bool) { self.createsGraph = createsGraph }

  /// The node being run.
  package fileprivate(set) var node: Node!

  /// A saved value, connected to the tape; fails if it was changed in place since.
  @inline(__always)
  package func value(_ saved: SavedTensor) throws -> Tensor { try saved.unpack(for: node) }

  fileprivate mutating func begin(_ node: Node) {
    self.node = node
    edges = node.edges
    count = edges.count
    while values.count < count { values.append(nil) }
  }

  /// Whether the gradient of this input goes anywhere; a node need not compute it otherwise.
  @inline(__always) package func wants(_ input: Int) -> Bool { !edges[input].isNone }

  @inline(__always)
  package subscript(_ input: Int) -> Tensor? {
    get { values[input] }
    set { values[input] = newValue }
  }

  fileprivate mutating func take(_ input: Int) -> Tensor? {
    guard let value = values[input] else { return nil }
    values[input] = nil
    return value
  }
}

/// One run of backward. All its state is local, so that threads can run backward at once, over shared graphs too.
package struct Engine {
  private enum Vertex {
    case node(Node)
    case leaf(TensorImpl)
  }

  private struct Slot {
    let vertex: Vertex
    var waiting: Int32
    let buffer: Int32
    var wanted = true
  }

  private let keepsGraph: Bool
  private let accumulates: Bool
  private var table = PointerTable()
  private var slots: [Slot] = []
  private var buffers: [Tensor?] = []
  private var ready = ReadyQueue()
  private var captures: [Int: [Int]] = [:]
  private var captured: [Tensor?] = []
  private var sink: GradientSink

  /// Runs backward from `roots` with the given gradients. Gradients of `inputs` are returned; without `inputs` they accumulate on
  /// the leaves.
  package static func run(
    roots: [Tensor], gradients: [Tensor], inputs: [Tensor]?, retainGraph: Bool, createGraph: Bool
  ) throws -> [Tensor?] {
    var engine = Engine(keepsGraph: retainGraph, accumulates: inputs == nil, createsGraph: createGraph)
    return try ThreadState.with(
      setting: createGraph ? 0 : ThreadState.noGrad, clearing: createGraph ? ThreadState.noGrad : 0
    ) {
      try engine.execute(roots: roots, gradients: gradients, inputs: inputs ?? [])
    }
  }

  private init(keepsGraph: Bool, accumulates: Bool, createsGraph: Bool) {
    self.keepsGraph = keepsGraph
    self.accumulates = accumulates
    sink = GradientSink(createsGraph: createsGraph)
  }

  private mutating func execute(roots: [Tensor], gradients: [Tensor], inputs: [Tensor]) throws -> [Tensor?] {
    let rootEdges = roots.map { Edge($0) }
    discover(rootEdges)
    captured = Array(repeating: nil, count: inputs.count)
    if !accumulates { markCaptures(inputs) }
    for (edge, gradient) in zip(rootEdges, gradients) { try deliver(gradient, to: edge, initial: true) }
    for edge in rootEdges {
      if let slot = slotIndex(edge), slots[slot].waiting == 0 { try schedule(slot) }
    }
    while let slot = ready.popFirst() { try runNode(slot) }
    return captured
  }

  // MARK: Building the run

  private func slotIndex(_ edge: Edge) -> Int? {
    switch edge {
    case .none: nil
    case .node(let node, _): table[node]
    case .leaf(let impl): table[impl]
    }
  }

  /// Visits everything reachable, counting for each vertex how many gradients it waits for.
  private mutating func discover(_ roots: [Edge]) {
    var pending: [Node] = []
    for edge in roots { visit(edge, &pending, counts: false) }
    while let node = pending.popLast() {
      for i in 0..<node.edges.count { visit(node.edges[i], &pending, counts: true) }
    }
  }

  private mutating func visit(_ edge: Edge, _ pending: inout [Node], counts: Bool) {
    let slot: Int
    switch edge {
    case .none:
      return
    case .node(let node, _):
      let (found, isNew) = table.insert(node, next: slots.count)
      slot = found
      if isNew {
        slots.append(Slot(vertex: .node(node), waiting: 0, buffer: Int32(buffers.count)))
        for _ in 0..<node.resultCount { buffers.append(nil) }
        pending.append(node)
      }
    case .leaf(let impl):
      let (found, isNew) = table.insert(impl, next: slots.count)
      slot = found
      if isNew {
        slots.append(Slot(vertex: .leaf(impl), waiting: 0, buffer: Int32(buffers.count)))
        buffers.append(nil)
      }
    }
    if counts { slots[slot].waiting += 1 }
  }

  /// With `inputs`, only what lies between the roots and them is computed.
  private mutating func markCaptures(_ inputs: [Tensor]) {
    for (position, input) in inputs.enumerated() {
      guard let slot = slotIndex(Edge(input)) else { continue }
      captures[Int(slots[slot].buffer) + Int(input.impl.gradNode == nil ? 0 : input.impl.gradIndex), default: []].append(position)
    }
    let targets = Set(inputs.compactMap { slotIndex(Edge($0)) })
    // Later nodes come after what they need, so one pass from the oldest up settles who leads to a target.
    var order: [(UInt64, Int)] = []
    for i in slots.indices {
      if case .node(let node) = slots[i].vertex { order.append((node.sequence, i)) }
      slots[i].wanted = targets.contains(i)
    }
    order.sort { $0.0 < $1.0 }
    for (_, i) in order {
      guard case .node(let node) = slots[i].vertex, !slots[i].wanted else { continue }
      for e in 0..<node.edges.count {
        if let next = slotIndex(node.edges[e]), slots[next].wanted {
          slots[i].wanted = true
          break
        }
      }
    }
  }

  // MARK: Running

  private mutating func deliver(_ gradient: Tensor, to edge: Edge, initial: Bool = false) throws {
    guard let slot = slotIndex(edge) else { return }
    var index = Int(slots[slot].buffer)
    if case .node(_, let result) = edge { index += Int(result) }
    if buffers[index] == nil {
      buffers[index] = gradient
    } else {
      // Taken out of the buffer, so that a sum held by nobody else is grown in place.
      // The sum is made outside self: a method of self would hold the buffers, and taking from them would copy them all.
      let held = buffers[index].take()!
      buffers[index] = Engine.accumulate(consume held, gradient, createsGraph: sink.createsGraph)
    }
    if !initial {
      slots[slot].waiting -= 1
      if slots[slot].waiting == 0 { try schedule(slot) }
    }
  }

  private mutating func skip(_ edge: Edge) throws {
    guard let slot = slotIndex(edge) else { return }
    slots[slot].waiting -= 1
    if slots[slot].waiting == 0 { try schedule(slot) }
  }

  /// The sum of two gradients, in place when nothing else sees the first.
  private static func accumulate(_ a: consuming Tensor, _ b: Tensor, createsGraph: Bool) -> Tensor {
    // A strided gradient takes the entries of a sparse one, not the other way round.
    if a.isSparse && !b.isSparse { return b + a }
    if createsGraph || a.requiresGrad { return a + b }
    var impl = a.impl
    _ = consume a
    if isKnownUniquelyReferenced(&impl), isKnownUniquelyReferenced(&impl.storage), impl.isContiguous, impl.sizes == b.impl.sizes,
      impl.dtype == b.dtype, impl.device == b.impl.device
    {
      let target = Tensor(impl)
      target.add_(b)
      return target
    }
    return Tensor(impl) + b
  }

  private mutating func schedule(_ slot: Int) throws {
    switch slots[slot].vertex {
    case .node(let node): ready.insert(sequence: node.sequence, slot: slot)
    case .leaf(let impl): try finishLeaf(impl, slot)
    }
  }

  private mutating func capture(_ index: Int) {
    guard !captures.isEmpty, let positions = captures[index] else { return }
    for position in positions { captured[position] = buffers[index] }
  }

  private mutating func finishLeaf(_ impl: TensorImpl, _ slot: Int) throws {
    let index = Int(slots[slot].buffer)
    guard var gradient = buffers[index].take() else { return }
    if let extra = impl.extra { gradient = try runHooks(extra, gradient) }
    if !accumulates {
      buffers[index] = gradient
      capture(index)
      buffers[index] = nil
      return
    }
    let extra = impl.autogradExtra
    if let old = extra.grad {
      if old.isSparse && !gradient.isSparse {
        extra.grad = gradient + old
      } else if sink.createsGraph || gradient.requiresGrad {
        extra.grad = old + gradient
      } else {
        old.add_(gradient)
      }
    } else {
      extra.grad = owned(gradient)
    }
    for entry in extra.postAccumulateHooks { try entry.hook(Tensor(impl)) }
  }

  /// The gradient itself when nobody else holds its memory, otherwise a copy.
  private func owned(_ gradient: consuming Tensor) -> Tensor {
    if sink.createsGraph { return gradient }
    var impl = gradient.impl
    _ = consume gradient
    if isKnownUniquelyReferenced(&impl), isKnownUniquelyReferenced(&impl.storage), impl.isContiguous || Tensor(impl).isChannelsLast {
      return Tensor(impl)
    }
    return Tensor(impl).clone()
  }

  private mutating func runPrehooks(_ node: Node, _ base: Int) throws {
    for entry in node.extras?.preHooks ?? [] {
      guard let replaced = try entry.hook(Array(buffers[base..<base + node.resultCount])) else { continue }
      try Engine.checkCount(replaced, node.resultCount, "a prehook of \(node.name)")
      for (i, gradient) in replaced.enumerated() { buffers[base + i] = gradient }
    }
  }

  private mutating func runHooks(_ node: Node, _ base: Int) throws {
    if ThreadState.has(ThreadState.anomaly) {
      for i in 0..<sink.count { if let gradient = sink[i] { try AnomalyMode.check(gradient, of: node, input: i) } }
    }
    for entry in node.extras?.hooks ?? [] {
      let inputs = (0..<sink.count).map { sink[$0] }
      guard let replaced = try entry.hook(inputs, Array(buffers[base..<base + node.resultCount])) else { continue }
      try Engine.checkCount(replaced, inputs.count, "a hook of \(node.name)")
      for (i, gradient) in replaced.enumerated() { sink[i] = gradient }
    }
  }

  private static func checkCount(_ gradients: [Tensor?], _ count: Int, _ name: String) throws {
    guard gradients.count == count else {
      throw TorchError(.autograd, "\(name) has returned an incorrect number of gradients: expected \(count), got \(gradients.count)")
    }
  }

  private func runHooks(_ extra: AutogradExtra, _ gradient: Tensor) throws -> Tensor {
    var gradient = gradient
    for entry in extra.hooks { if let replaced = try entry.hook(gradient) { gradient = replaced } }
    return gradient
  }

  private mutating func runNode(_ slot: Int) throws {
    guard case .node(let node) = slots[slot].vertex else { return }
    let base = Int(slots[slot].buffer)
    let results = node.resultCount
    if let retained = node.retained {
      for entry in retained {
        guard let gradient = buffers[base + entry.result] else { continue }
        buffers[base + entry.result] = try entry.apply(gradient)
      }
    }
    var any = false
    for i in 0..<results where buffers[base + i] != nil {
      any = true
      capture(base + i)
    }
    if any && slots[slot].wanted {
      if node.extras != nil { try runPrehooks(node, base) }
      sink.begin(node)
      try buffers.withUnsafeMutableBufferPointer { all in
        let gradients = GradientInputs(buffers: all.baseAddress! + base, count: results)
        if ThreadState.has(ThreadState.modeActive), let profiler = ThreadState.stacks.modes.last as? Profiler {
          try profiler.interceptBackward(node.name) { try node.backward(gradients, &sink) }
        } else {
          try node.backward(gradients, &sink)
        }
      }
      if node.extras != nil || ThreadState.has(ThreadState.anomaly) { try runHooks(node, base) }
      if !keepsGraph { node.release() }
      for i in 0..<results { buffers[base + i] = nil }
      for i in 0..<sink.count {
        let edge = sink.edges[i]
        if let gradient = sink.take(i) { try deliver(gradient, to: edge) } else { try skip(edge) }
      }
    } else {
      for i in 0..<results { buffers[base + i] = nil }
      for i in 0..<node.edges.count { try skip(node.edges[i]) }
    }
  }
}

extension Engine {
  /// Runs one node with one result outside the queue.
  package static func runNode(_ node: Node, gradient: Tensor, like outer: GradientSink) throws -> [Tensor?] {
    var sink = GradientSink(createsGraph: outer.createsGraph)
    sink.begin(node)
    var buffer: Tensor? = gradient
    try withUnsafeMutablePointer(to: &buffer) { try node.backward(GradientInputs(buffers: $0, count: 1), &sink) }
    return (0..<sink.count).map { sink.take($0) }
  }
}

extension TensorImpl {
  package var autogradExtra: AutogradExtra {
    if let extra { return extra }
    let fresh = AutogradExtra()
    extra = fresh
    return fresh
  }
}

/// Nodes whose gradients are complete, the latest first.
private struct ReadyQueue {
  private var heap: [(sequence: UInt64, slot: Int)] = []

  mutating func insert(sequence: UInt64, slot: Int) {
    heap.append((sequence, slot))
    var i = heap.count - 1
    while i > 0 {
      let parent = (i - 1) / 2
      if heap[parent].sequence >= heap[i].sequence { break }
      heap.swapAt(i, parent)
      i = parent
    }
  }

  mutating func popFirst() -> Int? {
    guard let top = heap.first else { return nil }
    let last = heap.removeLast()
    if heap.isEmpty { return top.slot }
    heap[0] = last
    var i = 0
    while true {
      var child = 2 * i + 1
      if child >= heap.count { break }
      if child + 1 < heap.count && heap[child + 1].sequence > heap[child].sequence { child += 1 }
      if heap[i].sequence >= heap[child].sequence { break }
      heap.swapAt(i, child)
      i = child
    }
    return top.slot
  }
}

/// Object identity to a small number: open addressing, because a run looks up every edge twice.
private struct PointerTable {
  private var keys: [UInt] = Array(repeating: 0, count: 64)
  private var values: [Int32] = Array(repeating: 0, count: 64)
  private var used = 0

  @inline(__always)
  private func position(_ key: UInt, _ mask: Int) -> Int {
    var i = Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 20) & mask
    while keys[i] != 0 && keys[i] != key { i = (i + 1) & mask }
    return i
  }

  subscript(_ object: AnyObject) -> Int? {
    let key = UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())
    let i = position(key, keys.count - 1)
    return keys[i] == 0 ? nil : Int(values[i])
  }

  mutating func insert(_ object: AnyObject, next: Int) -> (Int, isNew: Bool) {
    if used * 2 >= keys.count { grow() }
    let key = UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque())
    let i = position(key, keys.count - 1)
    if keys[i] != 0 { return (Int(values[i]), false) }
    keys[i] = key
    values[i] = Int32(next)
    used += 1
    return (next, true)
  }

  private mutating func grow() {
    let old = (keys, values)
    keys = Array(repeating: 0, count: old.0.count * 2)
    values = Array(repeating: 0, count: old.0.count * 2)
    for (key, value) in zip(old.0, old.1) where key != 0 {
      let i = position(key, keys.count - 1)
      keys[i] = key
      values[i] = value
    }
  }
}
