import Foundation
import Testing

@testable import TorchSerialization

@Suite struct SafetensorsWriterTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Reads a file of the reference implementation, gives its tensors to the writer in reverse, and compares the files' bytes.
  @Test(arguments: ["model.safetensors", "dtypes.safetensors", "empty.safetensors"])
  func writesTheReferenceImplementationsBytes(name: String) throws {
    let source = try SafetensorsFile(try fixture(name))
    defer { withExtendedLifetime(source) {} }
    let path = directory.path("copy.safetensors")
    let blocks = source.tensors.indices.reversed().map { position in
      let tensor = source.tensors[position]
      return SafetensorsBlock(name: tensor.name, dtype: tensor.dtype, shape: tensor.shape, bytes: source.bytes(at: position))
    }
    try SafetensorsWriter.write(blocks, to: path, metadata: source.metadata)
    #expect(try contents(path) == contents(try fixture(name)))
    #expect(try directory.names() == ["copy.safetensors"])
  }

  @Test func insertionOrderIsKept() throws {
    let path = directory.path("ordered.safetensors")
    let bytes: [UInt8] = Array(0..<13)
    try bytes.withUnsafeBytes { bytes in
      func part(_ range: Range<Int>) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: bytes[range]) }
      try SafetensorsWriter.write(
        [
          SafetensorsBlock(name: "z", dtype: .uint8, shape: [1], bytes: part(0..<1)),
          SafetensorsBlock(name: "a", dtype: .float32, shape: [1, 1], bytes: part(1..<5)),
          SafetensorsBlock(name: "m", dtype: .complex64, shape: [], bytes: part(5..<13)),
        ], to: path, metadata: ["b": "2", "a": "\"\u{1}é"], order: .insertion)
    }
    let file = try SafetensorsFile(path)
    #expect(file.names == ["z", "a", "m"])
    #expect(file.metadata == ["b": "2", "a": "\"\u{1}é"])
    #expect(try file.withBytes(of: "m") { Array($0) } == Array(5..<13))
    let header = String(decoding: try contents(path).dropFirst(8), as: UTF8.self)
    #expect(header.hasPrefix(#"{"__metadata__":{"a":"\"\u0001é","b":"2"},"z":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}"#))
    #expect((file.byteCount - 13) % 8 == 0)
  }

  @Test func streamsInPieces() throws {
    let path = directory.path("streamed.safetensors")
    let layout = try SafetensorsLayout(
      [SafetensorsTensor(name: "a", dtype: .int32, shape: [3, 100]), SafetensorsTensor(name: "b", dtype: .bool, shape: [0])],
      path: path)
    try SafetensorsWriter.write(to: path, layout: layout) { tensor, sink in
      guard tensor.name == "a" else { return }
      for row in 0..<3 {
        try [Int32](repeating: Int32(row), count: 100).withUnsafeBytes { try sink.write($0) }
      }
    }
    let file = try SafetensorsFile(path)
    let values = try file.withBytes(of: "a") { bytes in
      (0..<300).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self) }
    }
    #expect(values == (0..<300).map { Int32($0 / 100) })
  }

  @Test(arguments: [3, 5])
  func wrongNumberOfBytesLeavesNothing(count: Int) throws {
    let path = directory.path("wrong.safetensors")
    let error = try #require(throws: SafetensorsError.self) {
      try [UInt8](repeating: 0, count: count).withUnsafeBytes { bytes in
        try SafetensorsWriter.write([SafetensorsBlock(name: "w", dtype: .float32, shape: [1], bytes: bytes)], to: path)
      }
    }
    #expect(error.reason == .sizeMismatch && error.tensor == "w")
    #expect(error.detail.contains("1 bytes \(count == 3 ? "less" : "more")"), "\(error)")
    #expect(try directory.names() == [])
  }

  @Test func rejectsNamesAndShapes() throws {
    func failure(_ tensors: SafetensorsTensor...) -> SafetensorsError? {
      #expect(throws: SafetensorsError.self) { try SafetensorsLayout(tensors, path: "out") }
    }
    let a = SafetensorsTensor(name: "a", dtype: .uint8, shape: [1])
    #expect(failure(a, a)?.reason == .duplicateName)
    #expect(failure(SafetensorsTensor(name: "__metadata__", dtype: .uint8, shape: [1]))?.reason == .duplicateName)
    #expect(failure(SafetensorsTensor(name: "b", dtype: .uint8, shape: [-1]))?.reason == .invalidShape)
    #expect(failure(SafetensorsTensor(name: "b", dtype: .int64, shape: [1 << 61]))?.reason == .invalidShape)
    let half = SafetensorsTensor(name: "c", dtype: .uint8, shape: [1 << 62])
    #expect(failure(half, SafetensorsTensor(name: "d", dtype: .uint8, shape: [1 << 62]))?.reason == .invalidShape)
  }

  @Test func widthsOfTheTypes() {
    #expect(SafetensorsDType.allCases.compactMap(\.byteWidth) == [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8, 8])
    #expect(SafetensorsDType.float4.byteCount(shape: [3, 2]) == 3)
    #expect(SafetensorsDType.float6e2m3.byteCount(shape: [4]) == 3)
    #expect(SafetensorsDType.float6e2m3.byteCount(shape: [2]) == nil)
    #expect(SafetensorsDType(rawValue: "C128") == nil)
  }
}
