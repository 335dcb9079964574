import Foundation
import Testing
import Torch

@testable import TorchSerialization

/// Files for PyTorch and NumPy, read again here and, where there is one, by PyTorch.
@Suite struct TorchWriterTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func dtypes() -> PickleValue {
    var result = PickleDictionary()
    for dtype in DType.allCases { result[dtype.name] = .tensor(Tensor([1, 0, 3, 4, 5, 6], shape: [2, 3], dtype: dtype)) }
    return .dictionary(result)
  }

  private func views() -> PickleValue {
    let base = Tensor((0..<24).map(Float.init))
    let weight = Tensor.ones([2, 2]).requiresGrad_()
    return .dictionary([
      "base": .tensor(base), "row": .tensor(base.view(4, 6).select(0, 1)), "transposed": .tensor(base.view(4, 6).t()),
      "tied": .parameter(weight), "tied_again": .parameter(weight), "empty": .tensor(Tensor.zeros(0, 3)),
      "bits": .tensor(base.view(dtype: .int32)),
    ])
  }

  private func values() throws -> PickleValue {
    var result: PickleDictionary = [
      "none": .none, "true": .bool(true), "wide": .int(1 << 40), "huge": .bigInt([0, 0, 0, 0, 0, 0, 0, 0, 64]), "float": .double(1.5),
      "complex": .complex(1, -2), "text": .string("é"), "data": .bytes([0, 255]), "list": .list([.int(1), .list([.int(2), .string("x")])]),
      "tuple": .tuple([.int(1), .int(2), .int(3), .int(4)]), "set": .set([.int(3)]), "size": .size([2, 3]), "dtype": .dtype(.bfloat16),
      "device": .device("cpu"), "sparse": .tensor(Tensor([[0, 2], [3, 0]] as [[Float]]).toSparse()),
      "csr": .tensor(Tensor([[0, 2], [3, 0]] as [[Float]]).toSparseCSR()), "meta": .tensor(Tensor.empty([3, 4], device: .meta)),
      "storage": .storage(Tensor([1, 2, 3] as [Float]), isTyped: false),
    ]
    result[.int(3)] = .string("int key")
    result[.tuple([.int(1), .string("a")])] = .string("tuple key")
    return .dictionary(result)
  }

  private func model() -> Sequential { Sequential(Linear(3, 4), BatchNorm1d(4), ReLU(), Linear(4, 2)) }

  @Test func whatIsWrittenIsReadAgain() throws {
    let path = directory.path("a.pt")
    try save(dtypes(), to: path)
    let read = try load(path, verifyChecksums: true)
    for (key, value) in try #require(read.dictionaryValue) {
      #expect(value.tensorValue?.dtype.name == key.text && value.tensorValue?.to(.complex64).array(as: Float.self).count == 6)
    }
    try save(views(), to: path)
    let shared = try load(path, verifyChecksums: true)
    let base = try #require(shared["base"]?.tensorValue)
    base.fill_(9 as Scalar)
    #expect(shared["transposed"]?.tensorValue?.array(as: Float.self) == [Float](repeating: 9, count: 24))
    #expect(shared["bits"]?.tensorValue?.dtype == .int32)
    #expect(try ZipArchive(path).members.filter { $0.name.contains("/data/") }.count == 3)
    try save(values(), to: path)
    let others = try load(path)
    #expect(others["tuple"]?.elements?.count == 4 && others["data"]?.bytesValue == [0, 255])
    #expect(others["sparse"]?.tensorValue?.toDense().array(as: Float.self) == [0, 2, 3, 0])
    let first = try contents(path)
    try save(values(), to: path)
    #expect(try contents(path) == first, "the same input gives the same bytes")
  }

  @Test(arguments: ["m.pt", "m.safetensors", "m.npz"]) func modulesInEveryFormat(name: String) throws {
    let path = directory.path(name)
    let (a, b) = (model(), model())
    try a.save(to: path)
    #expect(try b.load(from: path).isClean)
    let x = Tensor.ones([2, 3])
    #expect(a.eval()(x).array(as: Float.self) == b.eval()(x).array(as: Float.self))
    #expect(throws: StateDictReport.self) { try Linear(2, 2).load(from: path) }
  }

  @Test func fixturesOfPyTorchLoadByName() throws {
    let module = model()
    #expect(try module.load(from: try fixture("torch/state_dict.pt")).isClean)
    let optimizer = AdamW(module.parameters(), lr: 0.5)
    try optimizer.loadStateDict(StateValue(try #require(try load(try fixture("torch/checkpoint.pt"))["optimizer"])))
    #expect(optimizer.parameterGroups[0].options["lr"]?.doubleValue == 0.01)
  }

  @Test(arguments: [false, true]) func archivesOfArrays(isCompressed: Bool) throws {
    let path = directory.path("a.npz")
    let matrix = Tensor([[1, 0, 3], [4, 5, 6]] as [[Float]])
    try saveNPZ([("a", matrix), ("t", matrix.t()), ("s", Tensor(7)), ("e", Tensor.zeros(0, 2))], to: path, isCompressed: isCompressed)
    let arrays = try loadNPZ(path)
    #expect(arrays.map(\.name) == ["a", "t", "s", "e"])
    #expect(arrays[1].tensor.shape == [3, 2] && arrays[1].tensor.array(as: Float.self) == [1, 4, 0, 5, 3, 6])
    #expect(arrays[2].tensor.shape == [] && arrays[3].tensor.shape == [0, 2])
    #expect(throws: NPYError.self) { try saveNPZ([("h", Tensor.zeros(1, dtype: .bfloat16))], to: path) }
  }

  /// A storage that begins beyond 4 GiB, in a file that takes no room on the disk.
  @Test func beyondFourGibibytes() throws {
    let path = directory.path("big.pt")
    let elements = 1 << 30 + 16
    var head: [UInt8] = []
    let zip = ZipWriter(path: path) { head += $0 }
    var pickler = PickleWriter(path: path)
    let (big, small) = (Tensor.empty([0]), Tensor([1, 2, 3] as [Float]))
    try pickler.writeRoot(.list([.tensor(big), .tensor(small)]))
    // The first storage is said to be large.
    var pickle = pickler.bytes
    let cpu = Array("cpu".utf8)
    let place = try #require((0..<pickle.count - 3).first { pickle[$0..<$0 + 3].elementsEqual(cpu) }) + 3
    var number: [UInt8] = [0x8a, 8]
    number.append(little: elements, 8)
    pickle.replaceSubrange(place..<place + 2, with: number)
    try zip.add("a/data.pkl", pickle, alignment: 64)
    // The members' headers are written here: their contents are a hole.
    try SparseArchive.write(head: head, hole: elements * 4, tail: small.withUnsafeBytes { Array($0) }, pickle: pickle, to: path)
    let value = try load(path)
    let tensors = try #require(value.elements)
    #expect(tensors[1].tensorValue?.array(as: Float.self) == [1, 2, 3])
    #expect(tensors[0].tensorValue?.shape == [0])
    #expect(tensors[0].tensorValue?.impl.storage.byteCount == elements * 4)
  }

  /// Set `SWIFTTORCH_PYTHON` to a Python with torch and numpy.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["SWIFTTORCH_PYTHON"] != nil, "SWIFTTORCH_PYTHON names no Python with torch"))
  func pyTorchReadsThem() throws {
    try save(dtypes(), to: directory.path("dtypes.pt"))
    try save(views(), to: directory.path("views.pt"))
    try save(values(), to: directory.path("values.pt"))
    let module = model()
    try module.save(to: directory.path("state_dict.pt"))
    let optimizer = AdamW(module.parameters(), lr: 0.01)
    module(Tensor.ones([5, 3])).sum().backward()
    optimizer.step()
    try save(
      .dictionary(["model": module.stateDict().pickled, "optimizer": optimizer.stateDict().pickled, "epoch": .int(3)]),
      to: directory.path("checkpoint.pt"))
    let arrays: [(name: String, tensor: Tensor)] = [
      ("float32", Tensor([[1, 0, 3], [4, 5, 6]] as [[Float]])), ("scalar", Tensor(7)),
    ]
    try saveNPZ(arrays, to: directory.path("arrays.npz"))
    try saveNPZ(arrays, to: directory.path("arrays_compressed.npz"), isCompressed: true)
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Tools/check-weights.py")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(ProcessInfo.processInfo.environment["SWIFTTORCH_PYTHON"]))
    process.arguments = [script.standardized.path, directory.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && output.contains("all files agree"), "\(output)")
  }
}

/// An archive with a member of zeros, of which the disk holds nothing.
enum SparseArchive {
  static func write(head: [UInt8], hole: Int, tail: [UInt8], pickle: [UInt8], to path: String) throws {
    func header(_ name: String, size: Int, checksum: Int) -> (local: [UInt8], common: [UInt8]) {
      var common: [UInt8] = []
      common.append(little: 45, 2)
      common.append(little: 0, 2)
      common.append(little: 0, 2)
      common.append(little: 0x0021_0000, 4)
      common.append(little: checksum, 4)
      common.append(little: 0xffff_ffff, 4)
      common.append(little: 0xffff_ffff, 4)
      common.append(little: name.utf8.count, 2)
      var local: [UInt8] = []
      local.append(little: 0x0403_4b50, 4)
      local += common
      local.append(little: 20, 2)
      local += name.utf8
      local.append(little: 1, 2)
      local.append(little: 16, 2)
      local.append(little: size, 8)
      local.append(little: size, 8)
      return (local, common)
    }
    try put(head, path)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    defer { try? file.close() }
    var directory: [UInt8] = []
    func enter(_ name: String, common: [UInt8], size: Int, offset: Int) {
      directory.append(little: 0x0201_4b50, 4)
      directory.append(little: 45, 2)
      directory += common
      directory.append(little: 28, 2)
      directory += [UInt8](repeating: 0, count: 10)
      directory.append(little: 0xffff_ffff, 4)
      directory += name.utf8
      directory.append(little: 1, 2)
      directory.append(little: 24, 2)
      for value in [size, size, offset] { directory.append(little: value, 8) }
    }
    let pickleSum = pickle.withUnsafeBytes { Int(zipChecksum($0)) }
    enter("a/data.pkl", common: header("a/data.pkl", size: pickle.count, checksum: pickleSum).common, size: pickle.count, offset: 0)
    var offset = head.count
    let first = header("a/data/0", size: hole, checksum: 0)
    enter("a/data/0", common: first.common, size: hole, offset: offset)
    try file.seekToEnd()
    try file.write(contentsOf: Data(first.local))
    offset += first.local.count + hole
    try file.seek(toOffset: UInt64(offset))
    let second = header("a/data/1", size: tail.count, checksum: tail.withUnsafeBytes { Int(zipChecksum($0)) })
    enter("a/data/1", common: second.common, size: tail.count, offset: offset)
    try file.write(contentsOf: Data(second.local + tail))
    offset += second.local.count + tail.count
    var end: [UInt8] = directory
    end.append(little: 0x0606_4b50, 4)
    end.append(little: 44, 8)
    end.append(little: 45, 2)
    end.append(little: 45, 2)
    end.append(little: 0, 8)
    for value in [3, 3, directory.count, offset] { end.append(little: value, 8) }
    end.append(little: 0x0706_4b50, 4)
    end.append(little: 0, 4)
    end.append(little: offset + directory.count, 8)
    end.append(little: 1, 4)
    end.append(little: 0x0605_4b50, 4)
    end.append(little: 0, 4)
    end.append(little: 0xffff, 2)
    end.append(little: 0xffff, 2)
    end.append(little: 0xffff_ffff, 4)
    end.append(little: 0xffff_ffff, 4)
    end.append(little: 0, 2)
    try file.write(contentsOf: Data(end))
  }
}
