import CTorchKernels
import TorchCore

/// Histograms of all elements.
enum Histograms {
  static let histc = Op<Tensor, Int, Scalar, Scalar, Tensor>.structured(
    "aten::histc(Tensor self, int bins=100, Scalar min=0, Scalar max=0) -> Tensor",
    undifferentiable: "a count does not change continuously",
    rule: { x, bins, _, _ in
      guard x.dtype.isFloatingPoint else { throw TorchError(.dtype, "expected a floating-point type, got \(x.dtype)") }
      try BinEdges.checkBins(bins, 0)
      return TensorSpec(like: x, sizes: [bins])
    },
    kernel: { out, x, bins, min, max in
      var (low, high) = (min.doubleValue, max.doubleValue)
      if low == high && x.count > 0 {
        let range = x.aminmax()
        (low, high) = (range.min.item().doubleValue, range.max.item().doubleValue)
      }
      if low == high { (low, high) = (low - 1, high + 1) }
      guard low.isFinite && high.isFinite else { throw TorchError(.value, "the range from \(low) to \(high) is not finite") }
      guard low < high else { throw TorchError(.value, "max must be larger than min, got \(high) and \(low)") }
      let edges = try Tensor.allocate(TensorSpec([bins + 1], x.dtype))
      BinEdges.equal(edges, low, high)
      BinEdges.count(x.reshape([-1, 1]), nil, [edges], mode: TORCH_BINS_EQUAL, into: out)
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([4, 5])), 4.box(), .scalar(.int(-1)), .scalar(.int(1))),
        Sample(.tensor(s.tensor([20])), 3.box(), .scalar(.int(0)), .scalar(.int(0))),
      ]
    })

  static let counted = Op<Tensor, Int, [Double]?, Tensor?, Bool, TensorPair>.structured(
    "aten::histogram.bin_ct(Tensor self, int bins=100, *, float[]? range=None, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)",
    undifferentiable: "a count does not change continuously",
    rule: { x, bins, range, weight, _ in
      let spec = try MultidimensionalHistograms.spec(x.rank == 0 ? [1] : x.impl.sizes, x, [bins], range, weight)
      return (spec.0, spec.1[0])
    },
    kernel: { out, x, _, range, weight, density in
      try MultidimensionalHistograms.fill(
        TensorAndList(first: out.values, rest: [out.indices]), x.reshape([-1, 1]), range, weight, density)
    },
    samples: { s in
      [
        Sample(.tensor(s.tensor([20])), 4.box(), .none, .none, false.box()),
        Sample(.tensor(s.tensor([4, 5])), 3.box(), [-1.0, 1.0].box(), .tensor(s.tensor([4, 5])), true.box()),
      ]
    })

  static let given = Op<Tensor, Tensor, Tensor?, Bool, TensorPair>.structured(
    "aten::histogram.bins_tensor(Tensor self, Tensor bins, *, Tensor? weight=None, bool density=False) -> (Tensor hist, Tensor bin_edges)",
    undifferentiable: "a count does not change continuously",
    rule: { x, bins, weight, _ in
      let spec = try MultidimensionalHistograms.spec(x.rank == 0 ? [1] : x.impl.sizes, x, edges: [bins], nil, weight)
      return (spec.0, spec.1[0])
    },
    kernel: { out, x, bins, weight, density in
      MultidimensionalHistograms.fill(
        TensorAndList(first: out.values, rest: [out.indices]), x.reshape([-1, 1]), edges: [bins], weight, density)
    },
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([20])), .tensor(Tensor([-1.0, -0.2, 0.1, 1.5], dtype: s.dtype)), .tensor(s.tensor([20])), true.box())
      ]
    })

  static let table: [AnyOp] = [histc.erased, counted.erased, given.erased]
}

extension Tensor {
  /// How many elements lie in each of `bins` equally wide bins from `min` to `max`, in this tensor's type, which is
  /// floating-point; others are left out. Equal bounds stand for the range of the elements. `torch.histc`.
  public func histc(bins: Int = 100, min: Scalar = 0, max: Scalar = 0) -> Tensor { Histograms.histc(self, bins, min, max) }
  /// How many elements, or which sums of weights, lie in each of `bins` equally wide bins, and the bins' edges.
  /// `torch.histogram`.
  /// - Parameters:
  ///   - range: the outer edges; those of the elements when nil.
  ///   - density: divides by the total and the bins' widths, so that the integral is 1.
  public func histogram(
    bins: Int = 100, range: ClosedRange<Double>? = nil, weight: Tensor? = nil, density: Bool = false
  ) -> (hist: Tensor, binEdges: Tensor) {
    let result = Histograms.counted(self, bins, range.map { [$0.lowerBound, $0.upperBound] }, weight, density)
    return (result.values, result.indices)
  }
  /// How many elements, or which sums of weights, lie between ascending edges. `torch.histogram`.
  public func histogram(
    edges: Tensor, weight: Tensor? = nil, density: Bool = false
  ) -> (hist: Tensor, binEdges: Tensor) {
    let result = Histograms.given(self, edges, weight, density)
    return (result.values, result.indices)
  }
}
