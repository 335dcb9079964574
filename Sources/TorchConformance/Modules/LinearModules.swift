import TorchNN

extension ModuleFactory {
  /// Linear layers and embeddings.
  static let linear: [String: Maker] = [
    "Linear": { a in BoxedModule(Linear(try a.int("in_features"), try a.int("out_features"), bias: try a.bool("bias", true))) },
  ]
}
