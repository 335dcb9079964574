import Foundation
import Testing
import Torch

/// Checkpoints of eleven architectures that PyTorch wrote (`Tools/architectures.py record`), and those written here read by PyTorch.
@Suite struct ArchitectureTests {
  struct Architecture: CustomTestStringConvertible, Sendable {
    let name: String
    let make: @Sendable () -> Module
    let call: @Sendable (Module, [Tensor]) -> Tensor
    var testDescription: String { name }

    init<M: Module>(_ name: String, _ make: @escaping @Sendable () -> M, _ call: @escaping @Sendable (M, [Tensor]) -> Tensor) {
      self.name = name
      self.make = make
      self.call = { call($0 as! M, $1) }
    }
    init<M: Module>(_ name: String, _ make: @escaping @Sendable () -> M) { self.init(name, make) { $0($1[0]) } }
  }

  static let all = [
    Architecture("lenet") { LeNet() }, Architecture("resnet") { ResNet() }, Architecture("mobilenet") { MobileNet() },
    Architecture("unet") { UNet() }, Architecture("vae") { VAE() }, Architecture("lstm_language_model") { LSTMLanguageModel() },
    Architecture("seq2seq") {
      Seq2Seq()
    } _: {
      $0($1[0], $1[1])
    },
    Architecture("encoder") {
      Encoder()
    } _: {
      $0($1[0], $1[1])
    },
    Architecture("gpt") { GPT() }, Architecture("vit") { VisionTransformer() },
    Architecture("dlrm") {
      DLRM()
    } _: {
      $0($1[0], Array($1[1...]))
    },
  ]

  private func stored(_ architecture: Architecture) throws -> (state: StateDict, inputs: [Tensor], output: Tensor) {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    let file = try load(folder.appending(path: "\(architecture.name).pt").path)
    return (
      try StateDict(#require(file["state"])), try #require(file["inputs"]?.elements).map { try #require($0.tensorValue) },
      try #require(file["output"]?.tensorValue)
    )
  }

  @Test(arguments: all) func `a checkpoint of PyTorch's gives its outputs`(_ architecture: Architecture) throws {
    let (state, inputs, expected) = try stored(architecture)
    let model = architecture.make().eval()
    let report = try model.loadStateDict(state)
    #expect(report.isClean)
    #expect(Array(model.stateDict().keys) == Array(state.keys), "names and order")
    let output = noGrad { architecture.call(model, inputs) }
    #expect(output.sizes == expected.sizes)
    #expect((output - expected).abs().amax().item(as: Float.self) <= 1e-5)
  }

  /// Set `SWIFTTORCH_PYTHON` to a Python with torch.
  @Test(
    .enabled(if: ProcessInfo.processInfo.environment["SWIFTTORCH_PYTHON"] != nil, "SWIFTTORCH_PYTHON names no Python with torch"))
  func `PyTorch reads checkpoints written here, strictly, and gives the same outputs`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "architectures-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for architecture in Self.all {
      let inputs = try stored(architecture).inputs
      let model = withGenerator(Generator(seed: 11)) { architecture.make() }.eval()
      let output = noGrad { architecture.call(model, inputs) }
      try save(
        .dictionary(["state": model.stateDict().pickled, "inputs": .list(inputs.map { .tensor($0) }), "output": .tensor(output)]),
        to: folder.appending(path: "\(architecture.name).pt").path)
    }
    let process = Process()
    process.executableURL = URL(filePath: try #require(ProcessInfo.processInfo.environment["SWIFTTORCH_PYTHON"]))
    let script = URL(filePath: #filePath).appending(path: "../../../Tools/architectures.py").standardized
    process.arguments = [script.path, "check", folder.path]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
