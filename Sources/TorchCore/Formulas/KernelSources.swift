/// The generated part of the C kernels: the text of every formula and of its gradients, by kind of element type.
package enum KernelSources {
  /// The generated files, by name.
  /// - Throws: `KernelTextError` if a formula cannot be written for one of its kinds.
  package static func files() throws -> [(name: String, text: String)] {
    let kernels = try kernels(of: Pointwise.all)
    func file(_ kind: FormulaKinds) -> String { header + kernels.compactMap { $0.texts[kind] }.map { "\n" + $0 }.joined() }
    let entries = kernels.map { "\($0.entry)\n" }.joined()
    return [
      ("pointwise_float.inc", file(.float)),
      ("pointwise_integer.inc", file(.integer)),
      ("pointwise_complex.inc", file(.complex)),
      ("pointwise_list.inc", header + "\n" + entries),
    ]
  }

  /// What differs between the generated files and the given ones, as messages; empty if they are up to date.
  /// - Parameter read: the present text of a file, or nil if it does not exist.
  package static func differences(read: (String) -> String?) throws -> [String] {
    try files().compactMap { name, text in
      guard let present = read(name) else { return "\(name) is missing" }
      if present == text { return nil }
      let old = present.split(separator: "\n", omittingEmptySubsequences: false)
      let new = text.split(separator: "\n", omittingEmptySubsequences: false)
      let line = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
      return "\(name) is out of date from line \(line + 1) on"
    }
  }

  private static let header = "// Generated from TorchCore/Ops/Pointwise by generate-kernels. Do not edit.\n"
  private static let kinds: [FormulaKinds] = [.float, .integer, .complex]

  private struct Kernel {
    let name: String
    let inputCount: Int
    let isMask: Bool
    var texts = [FormulaKinds: String]()

    var entry: String {
      let has = KernelSources.kinds.map { texts[$0] == nil ? "0" : "1" }.joined(separator: ", ")
      return "ENTRY(\(name), \(inputCount), \(isMask ? 1 : 0), \(has))"
    }
  }

  private static func kernels(of formulas: [any Formula.Type]) throws -> [Kernel] {
    var kernels = [Kernel]()
    for formula in formulas {
      switch formula {
      case let formula as any ValueFormula.Type: kernels += try values(formula)
      case let formula as any PredicateFormula.Type: kernels.append(try predicate(formula))
      default: throw KernelTextError(kernel: formula.name, reason: "is neither a value nor a predicate")
      }
    }
    var names = Set<String>()
    for kernel in kernels where !names.insert(kernel.name).inserted {
      throw KernelTextError(kernel: kernel.name, reason: "is defined twice")
    }
    return kernels
  }

  private static func parameters<F: Formula>(_ formula: F.Type) -> Parameters<Expression> {
    Parameters((0..<F.parameterCount).map { Expression.parameter($0) })
  }

  private static func values<F: ValueFormula>(_ formula: F.Type) throws -> [Kernel] {
    var value = Kernel(name: F.name, inputCount: F.inputCount, isMask: false)
    let root = F.evaluate((0..<F.inputCount).map { Expression.input($0) }, parameters(F.self))
    for kind in kinds where F.kinds.contains(kind) {
      value.texts[kind] = try KernelText.value(F.name, inputCount: F.inputCount, kind: kind, root)
    }
    var kernels = [value]
    for i in F.differentiableInputs {
      let gradient = F.symbolicGradient(ofInput: i, conjugating: false)
      guard case .kernel(let name) = gradient.kernel.form else { continue }
      var kernel = Kernel(name: name, inputCount: 1 + gradient.kernel.reads.count, isMask: false)
      for kind in kinds where F.gradientKinds.contains(kind) {
        let expression = F.symbolicGradient(ofInput: i, conjugating: kind == .complex).expression
        kernel.texts[kind] = try KernelText.value(name, inputCount: kernel.inputCount, kind: kind, expression)
      }
      kernels.append(kernel)
    }
    return kernels
  }

  private static func predicate<F: PredicateFormula>(_ formula: F.Type) throws -> Kernel {
    var kernel = Kernel(name: F.name, inputCount: F.inputCount, isMask: true)
    let root = F.evaluate((0..<F.inputCount).map { Expression.input($0) }, parameters(F.self))
    for kind in kinds where F.kinds.contains(kind) {
      kernel.texts[kind] = try KernelText.predicate(F.name, inputCount: F.inputCount, kind: kind, root)
    }
    return kernel
  }
}
