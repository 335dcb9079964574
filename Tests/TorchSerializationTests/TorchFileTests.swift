import FormatFuzzing
import Foundation
import Testing
import Torch

@testable import TorchSerialization

/// Files that PyTorch wrote (Tools/record-weights-fixtures.py).
@Suite struct TorchFileTests {
  private func read(_ name: String) throws -> PickleValue { try load(try fixture("torch/\(name).pt"), verifyChecksums: true) }
  private func tensor(_ value: PickleValue, _ name: String) throws -> Tensor { try #require(value[name]?.tensorValue, "\(name)") }
  private func doubles(_ tensor: Tensor) -> [Double] {
    tensor.dtype.isComplex ? tensor.to(.complex128).array(as: Double.self) : tensor.to(.float64).array(as: Double.self)
  }

  @Test(arguments: ["dtypes", "legacy", "legacy_big_endian", "big_endian"]) func everyType(name: String) throws {
    let value = try read(name)
    let count = ["dtypes": 18, "legacy": 12, "legacy_big_endian": 12, "big_endian": 5][name]
    #expect(value.dictionaryValue?.count == count)
    for (key, value) in try #require(value.dictionaryValue) {
      let tensor = try #require(value.tensorValue)
      #expect(tensor.dtype.name == key.text && tensor.shape == [2, 3])
      #expect(doubles(tensor) == (tensor.dtype == .bool ? [1, 0, 1, 1, 1, 1] : [1, 0, 3, 4, 5, 6]), "\(key)")
    }
  }

  @Test(arguments: ["views", "legacy_views"]) func viewsShareTheirStorage(name: String) throws {
    let value = try read(name)
    let (base, row, transposed) = (try tensor(value, "base"), try tensor(value, "row"), try tensor(value, "transposed"))
    #expect(row.array(as: Float.self) == [6, 7, 8, 9, 10, 11])
    #expect(transposed.shape == [6, 4] && transposed.strides == [1, 6])
    base.select(0, 6).fill_(-1 as Scalar)
    #expect(row.select(0, 0).item(as: Float.self) == -1 && transposed.select(0, 0).select(0, 1).item(as: Float.self) == -1)
    // The file is as it was.
    #expect(try tensor(try read(name), "base").array(as: Float.self) == (0..<24).map(Float.init))
  }

  @Test func viewsOfEveryKind() throws {
    let value = try read("views")
    #expect(try tensor(value, "strided").array(as: Float.self) == [1, 6, 11, 16, 21])
    let expanded = try tensor(value, "expanded")
    #expect(expanded.shape == [3, 2] && expanded.strides == [0, 0] && expanded.array(as: Float.self) == [7, 7, 7, 7, 7, 7])
    #expect(try tensor(value, "empty").shape == [0, 3])
    #expect(try tensor(value, "scalar").item(as: Int.self) == 5)
    guard case .parameter(let tied)? = value["tied"], case .parameter(let again)? = value["tied_again"] else {
      Issue.record("no parameters")
      return
    }
    #expect(tied === again && tied.requiresGrad)
    guard case .complex(let re, let im) = try tensor(value, "conjugate").select(0, 0).item() else {
      Issue.record("not complex")
      return
    }
    #expect(re == 1 && im == -2)
    #expect(try tensor(value, "negated").array(as: Float.self) == [-2])
  }

  @Test func values() throws {
    let value = try read("values")
    guard case .none? = value["none"], case .size([2, 3])? = value["size"], case .dtype(.bfloat16)? = value["dtype"],
      case .device("cpu")? = value["device"], case .layout("torch.sparse_coo")? = value["layout"],
      case .complex(1, -2)? = value["complex"], case .bigInt(let huge)? = value["huge"]
    else {
      Issue.record("values differ")
      return
    }
    #expect(huge == [0, 0, 0, 0, 0, 0, 0, 0, 64])
    #expect(value["true"]?.boolValue == true && value["small"]?.intValue == 7 && value["negative"]?.intValue == -3)
    #expect(value["wide"]?.intValue == 1 << 40 && value["float"]?.doubleValue == 1.5 && value["text"]?.stringValue == "é")
    #expect(value["data"]?.bytesValue == [0, 255] && value["list"]?.elements?[1].elements?[1].stringValue == "x")
    #expect(value["tuple"]?.elements?.compactMap(\.intValue) == [1, 2, 3, 4] && value["set"]?.elements?.count == 1)
    #expect(try tensor(value, "sparse").toDense().array(as: Float.self) == [0, 2, 3, 0])
    #expect(try tensor(value, "csr").toDense().array(as: Float.self) == [0, 2, 3, 0])
    let meta = try tensor(value, "meta")
    #expect(meta.device == .meta && meta.shape == [3, 4])
    guard case .storage(let storage, false)? = value["storage"] else {
      Issue.record("no storage")
      return
    }
    #expect(storage.count == 12)
    let entries = try #require(value.dictionaryValue)
    #expect(value["counter"]?["a"]?.intValue == 2 && entries[.int(3)]?.stringValue == "int key")
    #expect(entries[.tuple([.int(1), .string("a")])]?.stringValue == "tuple key" && entries[PickleKey.none]?.stringValue == "none key")
    #expect(entries[.double(2.5)]?.stringValue == "float key")
  }

  @Test(arguments: 3...5) func laterProtocols(version: Int) throws {
    let value = try read("protocol\(version)")
    #expect(try tensor(value, "x").array(as: Float.self) == [0, 1, 2] && value["b"]?.bytesValue == [97, 98])
  }

  @Test func numPysValues() throws {
    let values = try #require(try read("numpy").elements)
    #expect(values[0].doubleValue == 1.5 && values[1].intValue == -2)
    #expect(values[2].tensorValue?.array(as: Double.self) == [0, 1, 2, 3, 4, 5])
    #expect(values[3].tensorValue?.array(as: Int.self) == [0, 1, 2, 3, 4, 5] && values[3].tensorValue?.strides == [1, 2])
    #expect(values[4].tensorValue?.array(as: Int.self) == [1, 2] && values[4].tensorValue?.dtype == .int16)
  }

  @Test func stateDictionariesAndOptimizers() throws {
    let value = try read("state_dict")
    let state = try StateDict(value)
    #expect(state.keys.count == 9 && state["1.num_batches_tracked"]?.dtype == .int64)
    let metadata = try #require(value.dictionaryValue?.attributes.first)
    #expect(metadata.name == "_metadata" && metadata.value["1"]?["version"]?.intValue == 2)
    let checkpoint = try read("checkpoint")
    let tree = try StateValue(try #require(checkpoint["optimizer"]))
    #expect(tree.dictionaryValue?["state"]?.dictionaryValue?.count == 6)
    #expect(checkpoint["epoch"]?.intValue == 3)
    let first = tree.dictionaryValue?["state"]?.dictionaryValue?["0"]?.dictionaryValue
    #expect(first?["exp_avg"]?.tensorValue?.shape == [4, 3] && first?["step"]?.doubleValue == 1)
  }

  @Test func whatIsRefusedIsNamed() throws {
    let evil = try #require(throws: PickleError.self) { try read("evil") }
    #expect(evil.global == "posix.system" && evil.position != nil && evil.description.contains("posix.system"))
    let whole = try #require(throws: PickleError.self) { try read("whole_module") }
    #expect(whole.description.contains("state_dict()") && whole.global == "torch.nn.modules.container.Sequential")
    let script = try #require(throws: PickleError.self) { try read("torchscript") }
    #expect(script.description.contains("TorchScript"))
    let directory = try TemporaryDirectory()
    for (bytes, message) in [
      ([], "neither of PyTorch's formats"), (Array("hello".utf8), "neither of PyTorch's formats"),
      ([UInt8](repeating: 0, count: 257) + Array("ustar\u{0}00".utf8), "tar format"),
      (try contents(try fixture("arrays.npz")), "without data.pkl"),
    ] as [([UInt8], String)] {
      let path = directory.path("bad.pt")
      try put(bytes, path)
      let error = try #require(throws: PickleError.self) { try load(path) }
      #expect(error.description.hasPrefix(path) && error.description.contains(message), "\(error)")
    }
  }

  /// Every shortened file is an error; a changed byte of an archive is an error or changes nothing.
  @Test(arguments: ["dtypes", "legacy_views"]) func truncationIsNoticed(name: String) throws {
    let whole = try contents(try fixture("torch/\(name).pt"))
    for length in 0..<whole.count {
      #expect(throws: (any Error).self) { try TorchFile.read(MappedFile(contents: Array(whole[..<length]), path: "cut")) }
    }
  }

  @Test func archivesWithoutChecksums() throws {
    let path = try fixture("torch/no_checksums.pt")
    #expect(try tensor(try load(path), "x").array(as: Float.self) == (0..<24).map(Float.init))
    let error = try #require(throws: PickleError.self) { try load(path, verifyChecksums: true) }
    #expect(error.description.contains("without checksums"))
  }

  @Test func damagedElementsAreNoticedWhenAskedFor() throws {
    var bytes = try contents(try fixture("torch/views.pt"))
    let pattern = [Float(22), 23].withUnsafeBytes { Array($0) }
    let place = try #require((0..<bytes.count - 8).first { bytes[$0..<$0 + 8].elementsEqual(pattern) })
    bytes[place] ^= 1
    _ = try TorchFile.read(MappedFile(contents: bytes, path: "damaged"))
    #expect(throws: ZipError.self) { try TorchFile.read(MappedFile(contents: bytes, path: "damaged"), verifyChecksums: true) }
  }

  @Test(arguments: [
    ("80025d7100680065 2e", "mark is missing"), ("80025d71006800612e", "contains itself"),
    ("8002635f5f6d61696e5f5f0a466f6f0a2e", "__main__.Foo"), ("800258ffffffff2e", "claims 4294967295 bytes"),
    ("80028d ffffffffffffffff 2e", "claims 18446744073709551615 bytes"), ("800268072e", "memo 7"), ("8002522e", "empty stack"),
    ("8002", "truncated"), ("80092e", "protocol 9"), ("8002ff2e", "no instruction"), ("80027d5d4e732e", "cannot be the key"),
    ("80024e4e522e", "calls None"), ("80024e4e622e", "sets the state of None"), ("8002286f2e", "INST or OBJ"),
  ]) func malformedPickles(hexadecimal: String, message: String) throws {
    let digits = Array(hexadecimal.filter { $0 != " " })
    let bytes = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    let error = try #require(throws: PickleError.self) { try TorchFile.readPickle(MappedFile(contents: bytes, path: "bad")) }
    #expect(error.description.contains(message), "\(error)")
  }

  /// Deep nesting, and values that double in size with each instruction.
  @Test func bombsAreErrorsOrCheap() throws {
    let deep = [0x80, 2] + [UInt8](repeating: 0x5d, count: 100_000) + [UInt8](repeating: 0x61, count: 99_999) + [0x2e]
    #expect(throws: PickleError.self) { try TorchFile.readPickle(MappedFile(contents: deep, path: "deep")) }
    // Each list holds the one before twice: 2^100 leaves, 101 lists.
    var doubling: [UInt8] = [0x80, 2, 0x5d]
    for _ in 0..<100 { doubling += [0x71, 0, 0x30, 0x5d, 0x28, 0x68, 0, 0x68, 0, 0x65] }
    let value = try TorchFile.readPickle(MappedFile(contents: doubling + [0x2e], path: "doubling"))
    #expect(value.elements?.count == 2)
    #expect(throws: PickleError.self) { try value.namedTensors() }
    // One text, used as the key of many dictionaries.
    var keys: [UInt8] = [0x80, 2, 0x58, 0, 0, 1, 0] + [UInt8](repeating: 0x61, count: 65536) + [0x71, 0, 0x30, 0x5d, 0x28]
    for _ in 0..<20_000 { keys += [0x7d, 0x68, 0, 0x4e, 0x73] }
    #expect(throws: PickleError.self) { try TorchFile.readPickle(MappedFile(contents: keys + [0x65, 0x2e], path: "keys")) }
  }

  @Test(arguments: FuzzFormat.allCases) func damagedFilesNeverCrash(format: FuzzFormat) throws {
    let rounds = ProcessInfo.processInfo.environment["SWIFTTORCH_FUZZ_ROUNDS"].flatMap(UInt64.init) ?? 2000
    let fuzzer = try FormatFuzzer(fixtures: try fixture("empty.safetensors").replacingOccurrences(of: "/empty.safetensors", with: ""))
    let report = fuzzer.run(format, seeds: 1..<1 + rounds)
    #expect(report.cases == Int(rounds) && report.unexpected.isEmpty, "\(report.unexpected)")
    #expect(report.accepted < report.cases, "some damage is noticed")
  }
}
