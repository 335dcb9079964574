import TorchNN
import TorchOps

/// Makes the modules of torch.nn from recorded arguments. One table for each family.
enum ModuleFactory {
  typealias Maker = @Sendable (CallArguments) throws -> BoxedModule

  static func make(_ name: String, _ arguments: CallArguments) throws -> BoxedModule {
    guard let maker = makers[name] else { throw Missing(name: "nn." + name) }
    let boxed = try maker(arguments)
    try arguments.finish()
    return boxed
  }

  private static let makers: [String: Maker] = {
    var all: [String: Maker] = [:]
    let families = [
      linear, activations, convolutions, norms, pooling, spatial, losses, embeddings, recurrent, transformers,
    ]
    for family in families { all.merge(family) { first, _ in first } }
    return all
  }()
}
