import TorchNN
import TorchOps

extension ModuleFactory {
  /// Losses.
  static let losses: [String: Maker] = [
    "L1Loss": { a in pair(L1Loss(reduction: try reduction(a))) },
    "MSELoss": { a in pair(MSELoss(reduction: try reduction(a))) },
    "SmoothL1Loss": { a in pair(SmoothL1Loss(reduction: try reduction(a), beta: try a.double("beta", 1))) },
    "HuberLoss": { a in pair(HuberLoss(reduction: try reduction(a), delta: try a.double("delta", 1))) },
    "KLDivLoss": { a in
      let reduction: DivergenceReduction =
        switch try a.string("reduction", "mean") {
        case "none": .none
        case "sum": .sum
        case "batchmean": .batchMean
        default: .mean
        }
      return pair(KLDivLoss(reduction: reduction, logTarget: try a.bool("log_target", false)))
    },
    "PoissonNLLLoss": { a in
      pair(
        PoissonNLLLoss(
          logInput: try a.bool("log_input", true), full: try a.bool("full", false), eps: try a.double("eps", 1e-8),
          reduction: try reduction(a)), "log_input")
    },
    "GaussianNLLLoss": { a in
      BoxedModule(
        of3: GaussianNLLLoss(full: try a.bool("full", false), eps: try a.double("eps", 1e-6), reduction: try reduction(a)),
        "input", "target", "var")
    },
    "NLLLoss": { a in
      pair(
        NLLLoss(
          weight: try a.optionalTensor("weight"), ignoreIndex: try a.int("ignore_index", -100), reduction: try reduction(a)))
    },
    "CrossEntropyLoss": { a in
      pair(
        CrossEntropyLoss(
          weight: try a.optionalTensor("weight"), ignoreIndex: try a.int("ignore_index", -100), reduction: try reduction(a),
          labelSmoothing: try a.double("label_smoothing", 0)))
    },
    "LinearCrossEntropyLoss": { a in
      let (inputs, classes) = (try a.int("in_features"), try a.int("num_classes"))
      let (sizes, bias) = (try a.sizes("out_features", count: -1, []), try a.bool("bias", false))
      let (reduction, weight) = (try reduction(a), try a.optionalTensor("weight"))
      let (ignored, smoothing) = (try a.optionalInt("ignore_index"), try a.double("label_smoothing", 0))
      switch a.read("options") {
      case nil, .some(.none): break
      default: throw Unsupported("the argument options")
      }
      return pair(
        LinearCrossEntropyLoss(
          inputs, classes, outFeatures: sizes, bias: bias, reduction: reduction, weight: weight, ignoreIndex: ignored,
          labelSmoothing: smoothing))
    },
    "BCELoss": { a in pair(BCELoss(weight: try a.optionalTensor("weight"), reduction: try reduction(a))) },
    "BCEWithLogitsLoss": { a in
      let (weight, reduction) = (try a.optionalTensor("weight"), try reduction(a))
      return pair(BCEWithLogitsLoss(weight: weight, positiveWeight: try a.optionalTensor("pos_weight"), reduction: reduction))
    },
    "MultiLabelSoftMarginLoss": { a in
      pair(MultiLabelSoftMarginLoss(weight: try a.optionalTensor("weight"), reduction: try reduction(a)))
    },
    "HingeEmbeddingLoss": { a in pair(HingeEmbeddingLoss(margin: try a.double("margin", 1), reduction: try reduction(a))) },
    "MarginRankingLoss": { a in
      BoxedModule(
        of3: MarginRankingLoss(margin: try a.double("margin", 0), reduction: try reduction(a)), "input1", "input2", "target")
    },
    "CosineEmbeddingLoss": { a in
      BoxedModule(
        of3: CosineEmbeddingLoss(margin: try a.double("margin", 0), reduction: try reduction(a)), "input1", "input2", "target")
    },
    "TripletMarginLoss": { a in
      BoxedModule(
        of3: TripletMarginLoss(
          margin: try a.double("margin", 1), p: try a.double("p", 2), eps: try a.double("eps", 1e-6),
          swap: try a.bool("swap", false), reduction: try reduction(a)), "anchor", "positive", "negative")
    },
    "TripletMarginWithDistanceLoss": { a in
      var distance: Module = PairwiseDistance()
      switch a.read("distance_function") {
      case nil, .some(.none): break
      case .module(let name, let arguments): distance = try make(name, arguments).module
      default: throw Unsupported("a distance_function that is no module")
      }
      return BoxedModule(
        of3: TripletMarginWithDistanceLoss(
          distanceFunction: distance, margin: try a.double("margin", 1), swap: try a.bool("swap", false),
          reduction: try reduction(a)),
        "anchor", "positive", "negative")
    },
    "MultiMarginLoss": { a in
      pair(
        MultiMarginLoss(
          p: try a.int("p", 1), margin: try a.double("margin", 1), weight: try a.optionalTensor("weight"),
          reduction: try reduction(a)))
    },
    "MultiLabelMarginLoss": { a in pair(MultiLabelMarginLoss(reduction: try reduction(a))) },
    "SoftMarginLoss": { a in pair(SoftMarginLoss(reduction: try reduction(a))) },
    "CTCLoss": { a in
      let loss = CTCLoss(
        blank: try a.int("blank", 0), reduction: try reduction(a), zeroInfinity: try a.bool("zero_infinity", false))
      return BoxedModule(loss) { call in
        let (x, targets) = (try call.tensor("log_probs"), try call.tensor("targets"))
        switch (call.read("input_lengths"), call.read("target_lengths")) {
        case (.tensor(let inputs), .tensor(let labels)): return [loss(x, targets, inputLengths: inputs, targetLengths: labels)]
        case (.list(let inputs), .list(let labels)):
          return [loss(x, targets, inputLengths: try numbers(inputs), targetLengths: try numbers(labels))]
        default: throw FormatError("expected lengths as lists or tensors")
        }
      }
    },
    "AdaptiveLogSoftmaxWithLoss": { a in
      let module = AdaptiveLogSoftmaxWithLoss(
        try a.int("in_features"), try a.int("n_classes"), cutoffs: try a.sizes("cutoffs", count: -1),
        divValue: try a.double("div_value", 4), headBias: try a.bool("head_bias", false))
      return BoxedModule(module) { call in
        let result = module(try call.tensor("input_"), target: try call.tensor("target_"))
        return [result.output, result.loss]
      }
    },
  ]

  private static func reduction(_ a: CallArguments) throws -> Reduction {
    switch try a.string("reduction", "mean") {
    case "none": .none
    case "mean": .mean
    case "sum": .sum
    case let other: throw FormatError("unknown reduction \(other)")
    }
  }

  private static func numbers(_ values: [PythonValue]) throws -> [Int] {
    try values.map { value in
      guard case .int(let number) = value else { throw FormatError("expected whole numbers, found \(value)") }
      return number
    }
  }

  private static func pair(_ module: Module, _ input: String = "input") -> BoxedModule {
    BoxedModule(of2: module, input, "target")
  }
}
