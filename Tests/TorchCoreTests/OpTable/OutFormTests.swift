import Foundation
import Testing
import TorchOps
import TorchTestSupport

/// The op that a form with results given by the caller (`out=`) computes, found by its schema.
struct OutForm: Sendable, CustomTestStringConvertible {
  let form: AnyOp
  let plain: AnyOp
  /// Where the results stand among the form's arguments.
  let places: [Int]
  var testDescription: String { form.name }

  static let all: [OutForm] = {
    let byBase = Dictionary(grouping: OpTable.all, by: { base($0.name) })
    return OpTable.all.compactMap { form in
      let arguments = form.info.schema.arguments
      let places = arguments.indices.filter { arguments[$0].isMutated && arguments[$0].isKeywordOnly }
      guard !places.isEmpty else { return nil }
      let wanted = arguments.indices.filter { !places.contains($0) }.map { outline(arguments[$0]) }
      // A form without options of its own fits the op that has them, as long as they can be left at their defaults.
      let plain = byBase[base(form.name)]!.first { op in
        let own = op.info.schema.arguments
        guard !own.contains(where: \.isMutated) else { return false }
        return own.map(outline) == wanted || own.filter { !isFactoryOption($0) }.map(outline) == wanted
      }
      return plain.map { OutForm(form: form, plain: $0, places: places) }
    }
  }()

  /// With samples that give the same results each time. Ops that read strides give other views for other memory.
  static let tested = all.filter { pair in OpCase.deterministic.contains { $0.op.name == pair.plain.name } }

  private static func base(_ name: String) -> String { String(name.prefix { $0 != "." }) }
  private static func outline(_ argument: Schema.Argument) -> String { "\(argument.type) \(argument.name)" }
  static func isFactoryOption(_ argument: Schema.Argument) -> Bool {
    ["dtype", "layout", "device", "pin_memory"].contains(argument.name) && ["ScalarType", "ScalarType?", "Layout?", "Device?", "bool?"].contains(argument.type)
      && argument.isKeywordOnly
  }

  /// The form's arguments for those of the plain op.
  func arguments(_ plainArguments: [IValue], _ outs: [IValue]) -> [IValue] {
    let own = plain.info.schema.arguments
    var values = zip(own, plainArguments).filter { pair in
      form.info.schema.arguments.contains { $0.name == pair.0.name }
    }.map(\.1)
    for (place, out) in zip(places, outs) { values.insert(out, at: place) }
    return values
  }
}

@Suite("Op table: results given by the caller")
struct OutFormTests {
  @Test("the form with given results computes the same into them", arguments: OutForm.tested)
  func computes(_ pair: OutForm) throws {
    for dtype in [DType.float32, .int64, .complex64] {
      for sample in OpSample.all(of: pair.plain, dtype: dtype) {
        guard let expected = try? pair.plain.call(sample.arguments) else { continue }
        // A list of results is one argument.
        let outs: [IValue] = pair.places.indices.map { expected[min($0, expected.count - 1)].mapTensors { Tensor.empty([0], dtype: $0.dtype) } }
        let returned: [IValue]
        do { returned = try pair.form.call(pair.arguments(sample.arguments, outs)) } catch {
          Issue.record("\(sample.label): \((error as? TorchError)?.message ?? "\(error)")")
          continue
        }
        let text = try difference(outs.tensors, Array(expected.prefix(outs.count)).tensors)
        #expect(text == nil, "\(sample.label)")
        if !returned.isEmpty {
          #expect(zip(returned.tensors, outs.tensors).allSatisfy { $0 === $1 }, "\(sample.label): the results are the given tensors")
        }
      }
    }
  }

  /// Forms that change the tensors of a list and return nothing, with the op they belong to.
  static let listForms: [OutForm] = OpTable.all.compactMap { form in
    guard form.info.schema.results.isEmpty, form.name.contains("_foreach_"), let mark = form.name.range(of: "_", options: .backwards) else { return nil }
    let plain = form.name.contains(".")
      ? form.name.replacingOccurrences(of: "_.", with: ".")
      : String(form.name[..<mark.lowerBound])
    guard plain != form.name, let op = OpTable.op(named: plain) else { return nil }
    return OutForm(form: form, plain: op, places: [])
  }

  @Test("the form that changes the tensors of a list computes the same into them", arguments: listForms)
  func changesLists(_ pair: OutForm) throws {
    for dtype in [DType.float32, .int64] {
      for sample in OpSample.all(of: pair.plain, dtype: dtype) {
        guard let expected = try? pair.plain.call(sample.arguments).tensors else { continue }
        let targets = sample.arguments[0].tensors.map { $0.clone() }
        // Whole numbers whose result is not whole cannot be kept.
        if zip(expected, targets).contains(where: { $0.dtype.category > $1.dtype.category }) {
          let fails = failure { try pair.form.call([.list(targets.map(IValue.tensor))] + sample.arguments.dropFirst()) } != nil
          #expect(fails, "\(sample.label)")
          continue
        }
        _ = try pair.form.call([.list(targets.map(IValue.tensor))] + sample.arguments.dropFirst())
        let text = try difference(targets, zip(expected, targets).map { $0.to($1.dtype) })
        #expect(text == nil, "\(sample.label)")
      }
    }
  }
}
