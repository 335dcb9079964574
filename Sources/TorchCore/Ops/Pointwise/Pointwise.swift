/// The pointwise formulas: the mathematics of one element of every element-wise op, named as PyTorch's schemas name them. Each
/// family's file ends with the list of its formulas; the kernels are generated from `all`.
package enum Pointwise {
  package static let all: [any Formula.Type] =
    arithmeticFormulas + complexFormulas + divisionFormulas + floatPartFormulas + powerFormulas + exponentialFormulas + trigonometricFormulas + roundingFormulas + boundFormulas
    + comparisonFormulas + logicalFormulas + integerFormulas + activationFormulas + shrinkFormulas + lossFormulas
    + specialFormulas + libraryFormulas
}
