import Foundation
import TorchNN
import TorchOps

/// Values recorded by Tools/record-training-fixtures.py.
struct ModuleFixture: Decodable {
  let description: String
  let stateKeys: [String]
  /// 64-bit FNV-1a hashes of the elements' bytes, by name.
  let initial: [String: String]
  let initialisers: [String: String]

  static func load() throws -> ModuleFixture {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/modules.json")
    return try JSONDecoder().decode(ModuleFixture.self, from: Data(contentsOf: url))
  }
}

/// The hash of a tensor's bytes, as the fixture holds it.
func hash(_ tensor: Tensor) -> String {
  let value = tensor.withUnsafeBytes { bytes in
    bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}

/// What a block's error says, or an empty text.
func message(_ body: () throws -> Void) -> String {
  do {
    try withTorchErrors { try body() }
    return ""
  } catch let error as TorchError {
    // Not the description, which would look up the call site.
    return "\(error.op): \(error.message)"
  } catch { return "\(error)" }
}

/// Two layers, of which the second is optional and one is shared.
final class Pair: Module {
  let first: Linear
  var second: Linear?
  var extra: [Linear] = []

  init(_ second: Linear?) {
    first = Linear(2, 3)
    self.second = second
  }

  override func forward(_ x: Tensor) -> Tensor { second?(first(x)) ?? first(x) }
}

/// Every kind of property.
class Base: Module {
  @Parameter var inProjWeight = Tensor.ones(2)
  @Parameter(key: "LayerNorm") var norm = Tensor.zeros(3)
  @Buffer var runningMean: Tensor? = Tensor.zeros(2)
  @Buffer(persistent: false) var mask = Tensor.ones(4)
  @Parameter var absent: Tensor? = nil
}

final class Derived: Base {
  let proj = Linear(1, 1)
  @Child("Mixed_5b") var mixed = Linear(1, 2)
  let named: [String: Module] = ["b": Identity(), "a": Linear(1, 3)]
  @Unregistered var teacher: Module = Linear(9, 9)
  let layers = [Linear(1, 4), Linear(1, 5)]
  weak var parent: Derived?
  lazy var lazyHead = Linear(1, 6)
  let plain = 3
}
