import Foundation
import Testing
import TorchOps
import TorchTestSupport

@Suite("Op table: schemas")
struct SchemaTests {
  /// Ops that PyTorch has under no schema of this name: in-place forms that it lacks or names otherwise, formulas it composes in
  /// Python.
  static let oursAlone: Set<String> = [
    "aten::_trunc_divide", "aten::_trunc_divide_", "aten::floor_divide_", "aten::fmax_", "aten::fmin_", "aten::ldexp_.Tensor",
    "aten::log_sigmoid_", "aten::logaddexp2_", "aten::logaddexp_", "aten::maximum_", "aten::minimum_", "aten::pow_.Tensor_Scalar",
    "aten::pow_.Tensor_Tensor", "aten::softsign", "aten::softsign_", "aten::special_xlog1py_", "aten::tanhshrink",
    "torch::linalg_least_squares", "torch::linear_scan", "torch::convolution_weight_gradient", "aten::_gate",
    "torch::resample", "torch::resample_backward", "torch::pad_circular_backward",
    "aten::_cross_entropy_rows", "aten::_cross_entropy_rows_backward", "aten::_mse_loss_elements", "aten::_l1_loss_elements",
    "aten::_smooth_l1_loss_elements", "aten::_huber_loss_elements", "aten::_binary_cross_entropy_elements",
    "aten::_binary_cross_entropy_with_logits_elements", "aten::_binary_cross_entropy_with_logits_weighted_elements",
    "aten::_recurrent_sequence", "aten::_recurrent_sequence_backward",
    "aten::_kl_div_elements", "aten::_kl_div_log_target_elements", "aten::_soft_margin_loss_elements",
  ]

  @Test("the schema parses and names the op's Swift types", arguments: OpCase.all)
  func types(_ item: OpCase) throws {
    let schema = try Schema(parsing: item.op.info.text)
    #expect(schema.name == item.op.name)
    try #require(schema.arguments.count == item.op.argumentTypes.count)
    for (argument, types) in zip(schema.arguments, item.op.argumentTypes) {
      #expect(types.contains(argument.type), "\(argument.name): \(argument.type) against \(types)")
    }
    #expect(!schema.results.isEmpty || item.op.info.text.hasSuffix("-> ()"))
  }

  @Test func `schemas are PyTorch's own`() throws {
    let official = Dictionary(
      try fixture("schemas.txt").split(separator: "\n").map { (String($0.prefix { $0 != "(" }), String($0)) },
      uniquingKeysWith: { first, _ in first })
    for op in OpTable.all where !Self.oursAlone.contains(op.name) {
      guard let text = official[op.name] else {
        Issue.record("\(op.name) is not in schemas.txt: run Tools/record_samples.py, or name it in oursAlone")
        continue
      }
      #expect(outline(try Schema(parsing: op.info.text)) == outline(try Schema(parsing: text)))
    }
    for name in Self.oursAlone {
      #expect(OpTable.op(named: name) != nil, "\(name) is in oursAlone but not in the table")
      #expect(official[name] == nil, "\(name) is in oursAlone but PyTorch has it")
    }
  }

  /// A schema without what may be written in several ways: quotation marks, 1. for 1.0, numbers for formats.
  private func outline(_ schema: Schema) -> String {
    let arguments = schema.arguments.map { argument in
      var value = Schema.defaultValue(argument)
      if argument.type == "MemoryFormat", case .scalar(.int(0)) = value { value = .memoryFormat(.contiguous) }
      return "\(argument.type) \(argument.name)=\(argument.defaultText == nil ? "" : "\(value)") \(argument.isKeywordOnly) \(argument.isMutated)"
    }
    return "\(schema.name)(\(arguments.joined(separator: ", "))) -> \(schema.results)"
  }

  @Test func `names are unique`() {
    let counts = Dictionary(grouping: OpTable.all, by: \.name).filter { $0.value.count > 1 }
    #expect(counts.isEmpty, "\(counts.keys.sorted())")
  }

  @Test func `an op without derivative says why`() {
    for op in OpTable.all {
      if case .none(let reason) = op.info.derivative { #expect(reason.count > 8, "\(op.name)") }
    }
  }

  /// Every schema written in a source file belongs to an op that can be found by its name.
  @Test func `every op that is defined is in the table`() throws {
    let folder = packageFolder.appending(path: "Sources/TorchCore")
    let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
    var found = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let code = line.drop { $0 == " " }
        guard !code.hasPrefix("//"), let start = code.range(of: "\"aten::") else { continue }
        let rest = code[code.index(after: start.lowerBound)...]
        guard let end = rest.firstIndex(of: "("), rest[..<end].allSatisfy({ $0.isLetter || $0.isNumber || "_:.".contains($0) })
        else { continue }
        found += 1
        #expect(OpTable.op(named: String(rest[..<end])) != nil, "\(rest[..<end]) in \(file.lastPathComponent)")
      }
    }
    #expect(found > 100)
  }

  @Test func `malformed schemas are errors that quote them`() {
    for text in ["aten::add", "aten::add(Tensor) -> Tensor", "aten::add(Tensor self"] {
      let error = #expect(throws: TorchError.self) { try Schema(parsing: text) }
      #expect(error?.message.contains(text) == true)
    }
  }

  @Test func `defaults of a schema are values`() throws {
    let schema = try Schema(
      parsing: "aten::f(Tensor self, int[2] a=[1, 2], float b=1, bool c=True, str d='x', int? e=None, *, Scalar f=0.5) -> (Tensor, Tensor)")
    #expect(schema.results == ["Tensor", "Tensor"])
    #expect(schema.arguments.map(\.isKeywordOnly) == [false, false, false, false, false, false, true])
    let values = schema.arguments.dropFirst().map { "\(Schema.defaultValue($0))" }
    #expect(values == ["[1, 2]", "1.0", "true", "\"x\"", "nil", "0.5"])
  }
}
