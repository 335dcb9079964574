import TorchCore

// Parts of complex tensors, written in ops that are recorded, for derivatives.

extension Tensor {
  /// The conjugate transpose of each matrix.
  var conjugateTransposed: Tensor { mT.conj() }

  /// The real part; a real tensor is its own.
  var realPart: Tensor { dtype.isComplex ? to(dtype.realType) : self }

  /// The imaginary part; zero for a real tensor.
  var imaginaryPart: Tensor { dtype.isComplex ? (self * Tensor(scalar: .complex(0, -1))).to(dtype.realType) : zerosLike() }

  /// The real number times i.
  var timesImaginaryUnit: Tensor { self * Tensor(scalar: .complex(0, 1)) }

  /// The magnitude of each element, with gradient 0 at 0.
  var magnitude: Tensor { dtype.isComplex ? unsqueeze(-1).norm(2, [-1]) : abs() }

  /// The diagonals of the matrices, as vectors.
  var matrixDiagonal: Tensor { diagonal(offset: 0, -2, -1) }
}

/// Identity matrices to add or choose from, without a batch.
func identity(_ n: Int, _ m: Int? = nil, like other: Tensor) -> Tensor { .eye(n, m, dtype: other.dtype) }
