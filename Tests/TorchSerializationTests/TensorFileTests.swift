import Foundation
import Testing
import TorchOps

@testable import TorchSerialization

/// Tensors to files and back.
@Suite struct TensorFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: DType.allCases.filter { SafetensorsDType($0) != nil }) func safetensorsKeepEveryTypeAndLayout(dtype: DType) throws {
    let path = directory.path("a.safetensors")
    let matrix = Tensor([1, 0, 3, 4, 5, 6], shape: [2, 3], dtype: dtype)
    let scalar = Tensor(1, dtype: dtype)
    let tensors: [(name: String, tensor: Tensor)] = [
      ("matrix", matrix), ("transposed", matrix.t()), ("row", matrix.select(0, 1)), ("scalar", scalar),
      ("empty", Tensor.zeros(0, 4, dtype: dtype)),
    ]
    try saveSafetensors(tensors, to: path, metadata: ["format": "pt"])
    let loaded = try loadSafetensors(path)
    #expect(loaded.map(\.name).sorted() == tensors.map(\.name).sorted())
    for (name, tensor) in tensors {
      let other = try #require(loaded.first { $0.name == name }).tensor
      #expect(other.dtype == dtype && other.shape == tensor.shape, "\(name)")
      #expect(other.to(.complex64).array(as: Double.self) == tensor.to(.complex64).array(as: Double.self), "\(name)")
    }
    #expect(try SafetensorsFile(path).metadata == ["format": "pt"])
  }

  @Test func whatSafetensorsCannotHoldIsAnErrorAndWritesNothing() throws {
    let path = directory.path("a.safetensors")
    let error = #expect(throws: SafetensorsError.self) {
      try saveSafetensors([("spectrum", Tensor.zeros(2, dtype: .complex128))], to: path)
    }
    #expect(error?.tensor == "spectrum" && error?.reason == .unknownDType)
    #expect(throws: SafetensorsError.self) { try saveSafetensors([("a", Tensor.zeros(1)), ("a", Tensor.zeros(1))], to: path) }
    #expect(throws: SafetensorsError.self) { try saveSafetensors([("a", Tensor.zeros(1, device: .meta))], to: path) }
    #expect(try directory.names() == [])
    try put(safetensors(#"{"x":{"dtype":"F8_E8M0","shape":[4],"data_offsets":[0,4]}}"#, data: 4), path)
    let unknown = #expect(throws: SafetensorsError.self) { try loadSafetensors(path) }
    #expect(unknown?.description.contains("element type F8_E8M0 has no tensor equivalent") == true)
    #expect(unknown?.path == path)
  }

  @Test(arguments: [true, false]) func changesOfALoadedTensorDoNotReachTheFile(isMapped: Bool) throws {
    let path = directory.path("a.safetensors")
    try saveSafetensors([("a", Tensor([1, 2, 3] as [Float]))], to: path)
    let tensor = try loadSafetensors(path, isMapped: isMapped)[0].tensor
    tensor.fill_(7 as Scalar)
    #expect(try loadSafetensors(path)[0].tensor.array(as: Float.self) == [1, 2, 3])
    try saveSafetensors([("a", Tensor([4, 5, 6] as [Float]))], to: path)
    #expect(tensor.array(as: Float.self) == [7, 7, 7], "the file that was replaced lives on")
  }

  @Test func aMappedTensorIsTheFilesMemory() throws {
    let path = directory.path("a.safetensors")
    try saveSafetensors([("a", Tensor([1, 2, 3] as [Float]))], to: path)
    let file = try SafetensorsFile(path, access: .copyOnWrite)
    try file.loadTensor(named: "a").fill_(7 as Scalar)
    #expect(try file.loadTensor(named: "a").array(as: Float.self) == [7, 7, 7])
    #expect(try SafetensorsFile(path).loadTensor(named: "a").array(as: Float.self) == [1, 2, 3])
  }

  @Test func checkpointsOfTensors() throws {
    let store = CheckpointStore(directory: directory.path("run"))
    try store.save(step: 3, named: [(name: "model.weight", tensor: Tensor([1.5, 2.5]))], state: ["loader": "{}"])
    let checkpoint = try #require(try store.latestValid().checkpoint)
    #expect(checkpoint.step == 3)
    let model = try checkpoint.file.loadTensors(prefix: "model.")
    #expect(model.map(\.name) == ["weight"] && model[0].tensor.array(as: Double.self) == [1.5, 2.5])
  }

  @Test(arguments: DType.allCases.filter { NPYDType($0) != nil }) func npyKeepsEveryTypeAndLayout(dtype: DType) throws {
    let path = directory.path("a.npy")
    let matrix = Tensor([1, 0, 3, 4, 5, 6], shape: [2, 3], dtype: dtype)
    for tensor in [matrix, matrix.t(), Tensor(1, dtype: dtype), Tensor.zeros(0, 2, dtype: dtype)] {
      try tensor.saveNPY(to: path)
      let other = try Tensor(npy: path)
      #expect(other.dtype == dtype && other.shape == tensor.shape)
      #expect(other.to(.complex128).array(as: Double.self) == tensor.to(.complex128).array(as: Double.self))
    }
  }

  @Test func npyInFortranOrderKeepsItsLayout() throws {
    let path = directory.path("f.npy")
    let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"
    let text = header + String(repeating: " ", count: 118 - header.utf8.count - 1) + "\n"
    let values: [Float] = [1, 4, 2, 5, 3, 6]
    let data = values.withUnsafeBytes { Array($0) }
    try put([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(text.utf8) + data, path)
    let tensor = try Tensor(npy: path)
    #expect(tensor.shape == [2, 3] && tensor.strides == [1, 2])
    #expect(tensor.array(as: Float.self) == [1, 2, 3, 4, 5, 6])
  }

  @Test func whatNumPyCannotHoldIsAnError() throws {
    let path = directory.path("b.npy")
    #expect(throws: NPYError.self) { try Tensor.zeros(1, dtype: .bfloat16).saveNPY(to: path) }
    #expect(try directory.names() == [])
  }
}
