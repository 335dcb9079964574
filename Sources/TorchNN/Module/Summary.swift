import TorchOps

extension Module {
  /// A table of the modules that own parameters, with the sizes and the number of their elements, and the totals.
  public final func summary() -> String {
    var rows: [[String]] = [["module", "type", "parameters", "elements"]]
    var seen: Set<ObjectIdentifier> = []
    var (total, trainable) = (0, 0)
    for (name, module) in namedModules() {
      let own = ModuleMembers(of: module).slots.filter { $0.role == .parameter }
      let fresh = own.compactMap { member in member.slot.tensor.map { (member.name, $0) } }
        .filter { seen.insert(ObjectIdentifier($0.1.impl)).inserted }
      if fresh.isEmpty { continue }
      let elements = fresh.reduce(0) { $0 + $1.1.count }
      total += elements
      trainable += fresh.reduce(0) { $0 + ($1.1.requiresGrad ? $1.1.count : 0) }
      let sizes = fresh.map { "\($0.0) \($0.1.sizes)" }.joined(separator: ", ")
      rows.append([name.isEmpty ? "(self)" : name, module.typeName, sizes, Module.grouped(elements)])
    }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let lines = rows.map { row in
      let cells = (0..<3).map { row[$0].padded(to: widths[$0]) }
      return (cells + [String(repeating: " ", count: widths[3] - row[3].count) + row[3]]).joined(separator: "  ")
    }
    let frozen = trainable == total ? "" : ", \(Module.grouped(trainable)) of them trainable"
    return (lines + ["\(Module.grouped(total)) parameters\(frozen)"]).joined(separator: "\n")
  }

  fileprivate static func grouped(_ number: Int) -> String {
    var digits = ""
    for (i, digit) in String(number).reversed().enumerated() {
      if i > 0 && i % 3 == 0 { digits.append(",") }
      digits.append(digit)
    }
    return String(digits.reversed())
  }
}

extension Module {
  /// A table of the calls that a run of the module on `inputs` makes: the tree of layers, the sizes of their outputs, their
  /// parameters and multiply-adds, and the totals. `torchinfo.summary`.
  ///
  /// The run is one of evaluation, and leaves the module as it was. Inputs on the device `meta` cost neither time nor memory where
  /// the model is there too (``withDevice(_:_:)``).
  public final func summary(_ inputs: Tensor...) -> String {
    checked("", "summary") {
      guard (1...3).contains(inputs.count) else { throw TorchError(.value, "expected one to three tensors, got \(inputs.count)") }
      let calls = CallRecorder(self)
      let modes = modules().map { ($0, $0.isTraining) }
      defer { for (module, mode) in modes { module.isTraining = mode } }
      eval()
      calls.record {
        noGrad {
          switch inputs.count {
          case 1: _ = self(inputs[0])
          case 2: _ = self(inputs[0], inputs[1])
          default: _ = self(inputs[0], inputs[1], inputs[2])
          }
        }
      }
      return calls.table()
    }
  }
}

/// What the calls of modules in a run gave.
private final class CallRecorder {
  private struct Call {
    let depth: Int
    let name: String
    let module: Module
    var output = ""
    var products = 0
  }

  private let root: Module
  private let names: [ObjectIdentifier: String]
  private var calls: [Call] = []
  private var open: [Int] = []
  private var activationBytes = 0

  init(_ root: Module) {
    self.root = root
    names = Dictionary(
      root.namedModules().map { (ObjectIdentifier($0.module), $0.name.split(separator: ".").last.map(String.init) ?? "") },
      uniquingKeysWith: { first, _ in first })
  }

  func record(_ body: () -> Void) {
    var handles: [HookHandle] = []
    defer { for handle in handles { handle.remove() } }
    for module in root.modules() {
      handles.append(
        module.registerForwardPreHookOnAll { [self] module, _ in
          calls.append(Call(depth: open.count, name: names[ObjectIdentifier(module)] ?? "", module: module))
          open.append(calls.count - 1)
          return nil
        })
      handles.append(
        module.registerForwardHookOnAll { [self] module, inputs, outputs in
          guard let i = open.popLast() else { return nil }
          calls[i].output = outputs.map { "\($0.shape)" }.joined(separator: ", ")
          calls[i].products = products(module, inputs, outputs)
          // Of the innermost calls only: what is around them passes their outputs on.
          if i == calls.count - 1 { activationBytes += outputs.reduce(0) { $0 + $1.count * $1.dtype.byteCount } }
          return nil
        })
    }
    body()
  }

  /// Multiplications of weights with activations.
  private func products(_ module: Module, _ inputs: [Tensor], _ outputs: [Tensor]) -> Int {
    guard let x = inputs.first, let y = outputs.first else { return 0 }
    switch module {
    case let layer as TransposedConvolution: return x.count * (layer.weight.count / Swift.max(layer.inChannels, 1))
    case let layer as ConvolutionLayer: return y.count * (layer.weight.count / Swift.max(layer.outChannels, 1))
    case let layer as Linear: return y.count * layer.inFeatures
    case let layer as RecurrentLayer:
      let weights = layer.parameters().filter { $0.rank == 2 }.reduce(0) { $0 + $1.count }
      return x.count / Swift.max(layer.inputSize, 1) * weights
    default: return 0
    }
  }

  func table() -> String {
    var rows: [[String]] = [["layer", "output", "parameters", "multiply-adds"]]
    var seen: Set<ObjectIdentifier> = []
    for call in calls {
      let own = ModuleMembers(of: call.module).slots.filter { $0.role == .parameter }.compactMap(\.slot.tensor)
        .filter { seen.insert(ObjectIdentifier($0.impl)).inserted }.reduce(0) { $0 + $1.count }
      let label = String(repeating: "  ", count: call.depth) + (call.name.isEmpty ? "" : "(\(call.name)) ") + call.module.typeName
      rows.append([
        label, call.output, own == 0 ? "" : Module.grouped(own), call.products == 0 ? "" : Module.grouped(call.products),
      ])
    }
    let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ row: [String]) -> String {
      let right = (2..<4).map { String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }
      return ([row[0].padded(to: widths[0]), row[1].padded(to: widths[1])] + right).joined(separator: "  ")
    }
    let rule = String(repeating: "-", count: widths.reduce(6, +))
    let parameters = root.parameters()
    let total = parameters.reduce(0) { $0 + $1.count }
    let trainable = parameters.reduce(0) { $0 + ($1.requiresGrad ? $1.count : 0) }
    let bytes = parameters.reduce(0) { $0 + $1.count * $1.dtype.byteCount }
    let products = calls.reduce(0) { $0 + $1.products }
    func megabytes(_ bytes: Int) -> String {
      let tenths = (bytes * 10 + 500_000) / 1_000_000
      return "\(Module.grouped(tenths / 10)).\(tenths % 10) MB"
    }
    let totals = [
      "\(Module.grouped(total)) parameters, \(Module.grouped(trainable)) trainable, \(megabytes(bytes))",
      "\(Module.grouped(products)) multiply-adds, \(megabytes(activationBytes)) of activations",
    ]
    return ([line(rows[0]), rule] + rows.dropFirst().map(line) + [rule] + totals).joined(separator: "\n")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: Swift.max(width - count, 0)) }
}
