/// The pointwise ops, by family; each stands in its family's file beside its formula.
package enum PointwiseOps {
  package static let table: [AnyOp] = [
    exponential, trigonometric, power, rounding, bounds, comparison, logical, integer, activations, shrink, special, arithmetic,
    complexOps, division, floatParts,
  ].flatMap { $0.flatMap { $0 } }
}
