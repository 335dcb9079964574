import Testing

@testable import TorchCore
import TorchOps

/// The value of an expression as its kernel would compute it.
private func number(_ root: TorchCore.Expression.Node, _ inputs: [Double], _ p: [Double]) -> Double {
  var values = [ObjectIdentifier: Double]()
  for node in root.topologicalOrder {
    let o = node.operands.map { values[ObjectIdentifier($0)]! }
    let value: Double
    switch node.operation {
    case .constant(let c): value = c
    case .input(let i): value = inputs[i]
    case .parameter(let i): value = p[i]
    case .add: value = o[0] + o[1]
    case .subtract: value = o[0] - o[1]
    case .multiply: value = o[0] * o[1]
    case .divide: value = o[0] / o[1]
    case .negate: value = -o[0]
    case .unary(let f): value = Double.apply(f, o[0])
    case .binary(let f): value = Double.apply(f, o[0], o[1])
    case .library(let f): value = Double.apply(f, o)
    case .select: value = o[0] != 0 ? o[1] : o[2]
    case .truth(let truth): value = truth ? 1 : 0
    case .compare(let c): value = Double.compare(c, o[0], o[1]) ? 1 : 0
    case .isNaN: value = o[0].isNaN ? 1 : 0
    case .and: value = o[0] != 0 && o[1] != 0 ? 1 : 0
    case .or: value = o[0] != 0 || o[1] != 0 ? 1 : 0
    case .not: value = o[0] == 0 ? 1 : 0
    }
    values[ObjectIdentifier(node)] = value
  }
  return values[ObjectIdentifier(root)]!
}

private func agrees(_ a: Double, _ b: Double) -> Bool {
  a == b || (a.isNaN && b.isNaN) || abs(a - b) <= 1e-14 + 1e-12 * abs(b)
}

/// Folding must not change what a formula says: the expressions that become kernels against the formulas at numbers, on every
/// recorded sweep.
@Suite struct ExpressionTests {
  let fixture: PointwiseFixture

  init() throws { fixture = try PointwiseFixture.shared.get() }

  @Test func expressionsEqualTheirFormulas() throws {
    for recorded in fixture.cases {
      let formula = try #require(Pointwise.all.first { $0.name == recorded.kernel })
      let leaves = (0..<formula.inputCount).map { TorchCore.Expression.input($0) }
      let symbols = Parameters((0..<formula.parameterCount).map { TorchCore.Expression.parameter($0) })
      let numbers = Parameters(recorded.parameters)
      for x in recorded.points {
        let symbolic: Double
        let direct: Double
        switch formula {
        case let f as any ValueFormula.Type:
          symbolic = number(f.evaluate(leaves, symbols).node, x, recorded.parameters)
          direct = f.evaluate(x, numbers)
        case let f as any PredicateFormula.Type:
          symbolic = number(f.evaluate(leaves, symbols).node, x, recorded.parameters)
          direct = f.evaluate(x, numbers) ? 1 : 0
        default: continue
        }
        #expect(agrees(symbolic, direct), "\(recorded.label) at \(x): \(symbolic), the formula gives \(direct)")
      }
    }
  }

  /// The gradient kernels, fed with what they say they read.
  @Test func gradientKernelsEqualTheirFormulas() throws {
    for recorded in fixture.cases where !recorded.gradients.isEmpty {
      let f = try #require(Pointwise.all.first { $0.name == recorded.kernel } as? any ValueFormula.Type)
      try check(f, recorded)
    }
  }

  private func check<F: ValueFormula>(_ f: F.Type, _ recorded: PointwiseFixture.Case) throws {
    let p = Parameters(recorded.parameters)
    for i in F.differentiableInputs {
      let gradient = F.symbolicGradient(ofInput: i, conjugating: false)
      for x in recorded.points {
        let output = F.evaluate(x, p)
        let direct = F.gradient(1.0, ofInput: i, x, output: output, p)
        // At the edge of its domain a partial derivative may be a number in one form and NaN in the other.
        if direct.isNaN { continue }
        let reads = gradient.kernel.reads.map { operand in
          if case .input(let j) = operand { x[j] } else { output }
        }
        let symbolic = number(gradient.expression.node, [1.0] + reads, recorded.parameters)
        #expect(
          agrees(symbolic, direct), "gradient \(i) of \(recorded.label) at \(x): \(symbolic), the formula gives \(direct)")
      }
    }
  }

  /// A branch of zero gives zero, whatever comes in.
  @Test func zeroBranchesStopInfiniteGradients() {
    for (f, x) in [(Pointwise.Relu.self, -1.0), (Pointwise.Clamp.self, 9), (Pointwise.Hardsigmoid.self, 9)]
      as [(any ValueFormula.Type, Double)] {
      let gradient = f.symbolicGradient(ofInput: 0, conjugating: false)
      let read = gradient.kernel.reads == [.output] ? max(x, 0) : x
      #expect(number(gradient.expression.node, [.infinity, read], [-1, 1]) == 0, "\(f.name)")
    }
  }

  @Test func complexGradientsAreConjugated() throws {
    let expression = Pointwise.Exp.symbolicGradient(ofInput: 0, conjugating: true).expression
    let text = try KernelText.value("exp_backward", inputCount: 2, kind: .complex, expression)
    #expect(text.contains("const V t0 = FN(conj)(x1);\n  return FN(mul)(t0, x0);"))
  }
}
