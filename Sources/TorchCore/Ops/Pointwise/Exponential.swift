/// The pointwise formulas, by family. Each family file ends with the list of its formulas; `all` joins them.
package enum Pointwise {}

extension Pointwise {
  package enum Exp: UnaryFormula {
    package static let name = "exp"
    package static let kinds = FormulaKinds.continuous
    package static func value<V: Elementwise>(_ x: V, _ p: Parameters<V>) -> V { V.exp(x) }
    package static func backward<V: Elementwise>(_ g: V, _ x: V, _ y: V, _ p: Parameters<V>) -> V { g * y }
  }
}
