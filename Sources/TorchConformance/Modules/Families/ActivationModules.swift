import TorchNN
import TorchOps

extension ModuleFactory {
  /// Activations.
  static let activations: [String: Maker] = [
    "CELU": { a in BoxedModule(CELU(alpha: try a.double("alpha", 1))) },
    "ELU": { a in BoxedModule(ELU(alpha: try a.double("alpha", 1), inPlace: try a.bool("inplace", false))) },
    "GELU": { a in BoxedModule(GELU(approximate: try a.choice("approximate", GeluApproximation.none))) },
    "GLU": { a in BoxedModule(GLU(dim: try a.int("dim", -1))) },
    "Hardshrink": { a in BoxedModule(Hardshrink(lambda: try a.double("lambd", 0.5))) },
    "Hardsigmoid": { _ in BoxedModule(Hardsigmoid()) },
    "Hardswish": { _ in BoxedModule(Hardswish()) },
    "Hardtanh": { a in
      BoxedModule(
        Hardtanh(minVal: try a.double("min_val", -1), maxVal: try a.double("max_val", 1), inPlace: try a.bool("inplace", false)))
    },
    "LeakyReLU": { a in
      BoxedModule(LeakyReLU(negativeSlope: try a.double("negative_slope", 0.01), inPlace: try a.bool("inplace", false)))
    },
    "LogSigmoid": { _ in BoxedModule(LogSigmoid()) },
    "LogSoftmax": { a in BoxedModule(LogSoftmax(dim: try a.optionalInt("dim"))) },
    "Mish": { a in BoxedModule(Mish(inPlace: try a.bool("inplace", false))) },
    "PReLU": { a in BoxedModule(PReLU(numParameters: try a.int("num_parameters", 1), initial: try a.double("init", 0.25))) },
    "RReLU": { a in BoxedModule(RReLU(lower: try a.double("lower", 1.0 / 8), upper: try a.double("upper", 1.0 / 3))) },
    "ReLU": { a in BoxedModule(ReLU(inPlace: try a.bool("inplace", false))) },
    "ReLU6": { a in BoxedModule(ReLU6()) },
    "SELU": { a in BoxedModule(SELU()) },
    "SiLU": { a in BoxedModule(SiLU(inPlace: try a.bool("inplace", false))) },
    "Sigmoid": { _ in BoxedModule(Sigmoid()) },
    "Softmax": { a in BoxedModule(Softmax(dim: try a.optionalInt("dim"))) },
    "Softmax2d": { _ in BoxedModule(Softmax2d()) },
    "Softmin": { a in BoxedModule(Softmin(dim: try a.optionalInt("dim"))) },
    "Softplus": { a in BoxedModule(Softplus(beta: try a.double("beta", 1), threshold: try a.double("threshold", 20))) },
    "Softshrink": { a in BoxedModule(Softshrink(lambda: try a.double("lambd", 0.5))) },
    "Softsign": { _ in BoxedModule(Softsign()) },
    "Tanh": { _ in BoxedModule(Tanh()) },
    "Tanhshrink": { _ in BoxedModule(Tanhshrink()) },
    "Threshold": { a in
      BoxedModule(Threshold(try a.double("threshold"), try a.double("value"), inPlace: try a.bool("inplace", false)))
    },
    "Dropout": { a in BoxedModule(Dropout(try a.double("p", 0.5))) },
    "Dropout1d": { a in BoxedModule(Dropout1d(try a.double("p", 0.5))) },
    "Dropout2d": { a in BoxedModule(Dropout2d(try a.double("p", 0.5))) },
    "Dropout3d": { a in BoxedModule(Dropout3d(try a.double("p", 0.5))) },
    "AlphaDropout": { a in BoxedModule(AlphaDropout(try a.double("p", 0.5))) },
    "FeatureAlphaDropout": { a in BoxedModule(FeatureAlphaDropout(try a.double("p", 0.5))) },
  ]
}
