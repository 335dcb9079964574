import TorchNN
import TorchOps

extension ModuleFactory {
  /// Linear layers, reshaping and distances.
  static let linear: [String: Maker] = [
    "Linear": { a in BoxedModule(Linear(try a.int("in_features"), try a.int("out_features"), bias: try a.bool("bias", true))) },
    "LazyLinear": { a in BoxedModule(LazyLinear(try a.int("out_features"), bias: try a.bool("bias", true))) },
    "Bilinear": { a in
      BoxedModule(
        of2: Bilinear(
          try a.int("in1_features"), try a.int("in2_features"), try a.int("out_features"), bias: try a.bool("bias", true)),
        "input1", "input2")
    },
    "Identity": { _ in BoxedModule(Identity()) },
    "Flatten": { a in BoxedModule(Flatten(startDim: try a.int("start_dim", 1), endDim: try a.int("end_dim", -1))) },
    "Unflatten": { a in BoxedModule(Unflatten(try a.int("dim"), try a.sizes("unflattened_size", count: -1))) },
    "CosineSimilarity": { a in
      BoxedModule(of2: CosineSimilarity(dim: try a.int("dim", 1), eps: try a.double("eps", 1e-8)), "x1", "x2")
    },
    "PairwiseDistance": { a in
      BoxedModule(
        of2: PairwiseDistance(p: try a.double("p", 2), eps: try a.double("eps", 1e-6), keepDim: try a.bool("keepdim", false)),
        "x1", "x2")
    },
  ]
}
