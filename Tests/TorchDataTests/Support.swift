import Testing
import TorchData
import TorchOps

/// Suites that use the default generator, or time, run one after the other.
@Suite(.serialized) enum DataLoaderSuites {}

func numbers(_ loader: DataLoader<[Tensor]>) -> [[Int]] { loader.map { $0[0].array(as: Int.self) } }

func message(_ body: () throws -> Void) -> String {
  do {
    try withTorchErrors { try body() }
    return ""
  } catch let error as TorchError {
    // Not the description, which would look up the call site.
    return "\(error.op): \(error.message)"
  } catch { return "\(error)" }
}
