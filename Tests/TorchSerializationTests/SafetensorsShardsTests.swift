import Foundation
import Testing

@testable import TorchSerialization

@Suite struct SafetensorsShardsTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func write(_ names: [String], to file: String) throws {
    let bytes = [UInt8](file.utf8)
    try bytes.withUnsafeBytes { bytes in
      let blocks = names.map { SafetensorsBlock(name: $0, dtype: .uint8, shape: [bytes.count], bytes: bytes) }
      try SafetensorsWriter.write(blocks, to: directory.path(file))
    }
  }

  private func writeIndex(_ text: String) throws { try put(text.utf8, directory.path(SafetensorsShards.indexName)) }

  @Test(arguments: ["", "/model.safetensors.index.json"])
  func readsAcrossFiles(suffix: String) throws {
    try write(["a", "b"], to: "one.safetensors")
    try write(["c"], to: "two.safetensors")
    try writeIndex(
      #"{"metadata":{"total_size":45.0},"weight_map":{"c":"two.safetensors","a":"one.safetensors","b":"one.safetensors"}}"#)
    let model = try SafetensorsShards(directory.path + suffix)
    defer { withExtendedLifetime(model) {} }
    #expect(model.names == ["c", "a", "b"])
    #expect(model.shards == ["two.safetensors", "one.safetensors"])
    #expect(String(decoding: try model.bytes(of: "b"), as: UTF8.self) == "one.safetensors")
    #expect(try model.tensor(named: "c").shape == [15])
    #expect(model.check().isClean)
    #expect(throws: SafetensorsError.self) { try model.tensor(named: "d") }
  }

  @Test func opensFilesOnlyWhenUsed() throws {
    try write(["a"], to: "one.safetensors")
    try writeIndex(#"{"weight_map":{"a":"one.safetensors","b":"absent.safetensors"}}"#)
    let model = try SafetensorsShards(directory.path)
    #expect(try model.bytes(of: "a").count == 15)
    let error = try #require(throws: FileError.self) { try model.bytes(of: "b") }
    #expect(error.path == directory.path("absent.safetensors"))
  }

  @Test func reportsMissingAndExtra() throws {
    try write(["a", "surplus"], to: "one.safetensors")
    try writeIndex(#"{"weight_map":{"a":"one.safetensors","lost":"one.safetensors","b":"absent.safetensors"}}"#)
    let model = try SafetensorsShards(directory.path)
    let report = model.check()
    #expect(report.missing == ["lost (one.safetensors)"])
    #expect(report.extra == ["surplus (one.safetensors)"])
    #expect(report.unreadableShards.count == 1 && report.unreadableShards[0].contains("absent.safetensors"))
    #expect(try #require(throws: SafetensorsError.self) { try model.bytes(of: "lost") }.reason == .shardMismatch)
  }

  @Test func aSingleFileServesAsAModel() throws {
    try write(["a"], to: "model.safetensors")
    let model = try SafetensorsShards(directory.path)
    #expect(model.names == ["a"] && model.check().isClean)
    #expect(model.path == directory.path("model.safetensors"))
  }

  @Test(arguments: [
    (#"{}"#, "no weight_map"),
    (#"{"weight_map":{"a":"/etc/passwd"}}"#, "not the name of a file beside the index"),
    (#"{"weight_map":{"a":"../x.safetensors"}}"#, "not the name of a file beside the index"),
    (#"{"weight_map":{"a":""}}"#, "not the name of a file beside the index"),
    (#"{"weight_map":{"a":"x","a":"y"}}"#, "listed twice"),
    (#"{"weight_map":{"a":1}}"#, "a string, found '1'"),
    (#"{"weight_map":{},"weight_map":{}}"#, "weight_map occurs twice"),
    (#"{"weight_map":{}"#, "',' or '}'"),
    ("", "an object, found the end"),
  ])
  func rejectsBadIndexes(text: String, message: String) throws {
    try writeIndex(text)
    let error = try #require(throws: SafetensorsError.self) { try SafetensorsShards(directory.path) }
    #expect("\(error)".contains(message), "\(error)")
    #expect(error.path == directory.path(SafetensorsShards.indexName))
  }

  @Test func nothingThereIsAnError() throws {
    #expect(throws: FileError.self) { try SafetensorsShards(directory.path) }
    #expect(throws: FileError.self) { try SafetensorsShards(directory.path("missing")) }
  }
}
