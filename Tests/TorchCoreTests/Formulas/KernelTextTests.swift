import Foundation
import Testing

@testable import TorchCore
import TorchOps

@Suite struct KernelTextTests {
  @Test func generatedFilesAreUpToDate() throws {
    let directory = PointwiseFixture.packageRoot.appending(path: "Sources/CTorchKernels/Generated")
    let differences = try KernelSources.differences { try? String(contentsOf: directory.appending(path: $0), encoding: .utf8) }
    #expect(differences.isEmpty, "\(differences.joined(separator: "; ")): run swift run generate-kernels")
  }

  @Test func differencesAreNoticed() throws {
    let files = try KernelSources.files()
    let missing = try KernelSources.differences { _ in nil }
    #expect(missing.count == files.count)
    let changed = try KernelSources.differences { name in files.first { $0.name == name }.map { $0.text + "x" } }
    #expect(changed.count == files.count && changed[0].hasPrefix("pointwise_float.inc is out of date from line"))
  }

  @Test func textSharesAndFolds() throws {
    let x = Expression.input(0)
    let shared = (x + 1.0) * (1.0 + x)
    let text = try KernelText.value("f", inputCount: 1, kind: .float, shared + 0.0 * x)
    #expect(text == "BODY_1(f) {\n  const V t0 = x0 + K(1.0);\n  return t0 * t0;\n}\nLOOP_1(f)\n")
    let folded = -(-x) * 1.0 - 0.0
    #expect(try KernelText.value("f", inputCount: 1, kind: .float, folded) == "BODY_1(f) {\n  return x0;\n}\nLOOP_1(f)\n")
    let predicate = try KernelText.predicate("m", inputCount: 2, kind: .integer, x .< .input(1))
    #expect(predicate == "BODYM_2(m) {\n  return FN(lt)(x0, x1);\n}\nLOOPM_2(m)\n")
    #expect(try KernelText.value("f", inputCount: 1, kind: .integer, x + 2.0).contains("x0 + K(2)"))
    #expect(try KernelText.value("f", inputCount: 1, kind: .float, Expression.conj(x) * 2.0).contains("return x0 * K(2.0);"))
    #expect(try KernelText.value("f", inputCount: 1, kind: .complex, Expression.conj(x)).contains("FN(conj)(x0)"))
    #expect(try KernelText.value("f", inputCount: 1, kind: .complex, 1.0 / x).contains("FN(div)(K(1.0), x0)"))
  }

  @Test func textThatCannotBeSaysWhy() {
    let x = Expression.input(0)
    func message(_ body: () throws -> String) -> String {
      do { return try body() } catch { return "\(error)" }
    }
    #expect(message { try KernelText.value("f", inputCount: 1, kind: .integer, x + 0.5) } == "kernel f: 0.5 is not an integer")
    #expect(message { try KernelText.value("f", inputCount: 1, kind: .float, .input(1)) } == "kernel f: reads input 1 of 1")
    let constant = Expression.constant(1) .< 2.0
    #expect(
      message { try KernelText.predicate("m", inputCount: 1, kind: .float, constant) }
        == "kernel m: has a condition that is always true")
  }

  @Test func deepExpressionsAreNoProblem() throws {
    var x = Expression.input(0)
    for _ in 0..<2_000 { x = x * x }
    let text = try KernelText.value("f", inputCount: 1, kind: .float, x)
    #expect(text.split(separator: "\n").count == 2_003)
  }

  @Test func gradientsSayWhatTheyRead() {
    func summary(_ f: any ValueFormula.Type) -> [String] {
      f.gradients.map { gradient in
        let reads = gradient.reads.map { operand in
          switch operand {
          case .input(let i): "x\(i)"
          case .output: "y"
          }
        }
        switch gradient.form {
        case .zero: return "zero"
        case .identity: return "identity"
        case .kernel(let name): return "\(name)(\(reads.joined(separator: ", ")))"
        }
      }
    }
    #expect(summary(Pointwise.Add.self) == ["identity", "identity"])
    #expect(summary(Pointwise.AddScaled.self) == ["identity", "add_alpha_backward_1()"])
    #expect(summary(Pointwise.Mul.self) == ["mul_backward_0(x1)", "mul_backward_1(x0)"])
    #expect(summary(Pointwise.Tanh.self) == ["tanh_backward(y)"])
    #expect(summary(Pointwise.Relu.self) == ["relu_backward(y)"])
    #expect(summary(Pointwise.Silu.self) == ["silu_backward(x0)"])
    #expect(summary(Pointwise.Hypot.self) == ["hypot_backward_0(x0, y)", "hypot_backward_1(x1, y)"])
    #expect(summary(Pointwise.Where.self) == ["where_backward_1(x0)", "where_backward_2(x0)"])
    #expect(summary(Pointwise.Floor.self) == ["zero"])
    #expect(summary(Pointwise.Heaviside.self) == [])
    #expect(summary(Pointwise.BitwiseAnd.self) == [])
  }

  @Test func everyGradientKernelTakesAtMostFourInputs() {
    for case let f as any ValueFormula.Type in Pointwise.all {
      for gradient in f.gradients { #expect(gradient.reads.count <= 3, "\(f.name)") }
    }
  }
}
