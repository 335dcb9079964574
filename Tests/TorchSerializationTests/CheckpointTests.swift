import Foundation
import Testing

@testable import TorchSerialization

@Suite struct CheckpointTests {
  let directory: TemporaryDirectory
  let store: CheckpointStore

  init() throws {
    directory = try TemporaryDirectory()
    store = CheckpointStore(directory: directory.path("run"))
  }

  private func save(_ step: Int, to store: CheckpointStore, size: Int = 40) throws {
    let weights = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ step) }
    try weights.withUnsafeBytes { bytes in
      let half = UnsafeRawBufferPointer(rebasing: bytes.prefix(8))
      try store.save(
        step: step,
        tensors: [
          SafetensorsBlock(name: "model.weight", dtype: .uint8, shape: [size], bytes: bytes),
          SafetensorsBlock(name: "optimizer.step", dtype: .int64, shape: [], bytes: half),
        ],
        state: ["scheduler": "{\"last\":\(step)}", "loader": "[\(step),\"é\"]"])
    }
  }

  @Test func savesAndLoads() throws {
    #expect(try store.latestValid().checkpoint == nil)
    #expect(try store.steps() == [])
    try save(3, to: store)
    let latest = try store.latestValid()
    let checkpoint = try #require(latest.checkpoint)
    #expect(latest.messages == [])
    #expect(checkpoint.step == 3)
    #expect(checkpoint.state == ["scheduler": "{\"last\":3}", "loader": "[3,\"é\"]"])
    #expect(checkpoint.file.names == ["optimizer.step", "model.weight"])
    let weights = try checkpoint.file.withBytes(of: "model.weight") { Array($0) }
    #expect(weights == (0..<40).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) })
    let first = try contents(store.path(step: 3))
    try save(3, to: store)
    #expect(try contents(store.path(step: 3)) == first, "the same input gives the same bytes")
  }

  @Test func keepsTheNewest() throws {
    for step in [1, 5, 9, 10, 11] { try save(step, to: store) }
    #expect(try store.steps() == [10, 11])
    let many = CheckpointStore(directory: directory.path("many"), keep: 3)
    for step in 0..<6 { try save(step, to: many) }
    #expect(try many.steps() == [3, 4, 5])
    try many.removeAll(after: 3)
    #expect(try many.steps() == [3])
    try many.removeAll()
    #expect(try many.steps() == [])
  }

  @Test func damagedFilesDoNotCountAsKept() throws {
    try save(1, to: store)
    try put([1, 2, 3], store.path(step: 2))
    try put([1, 2, 3], store.path(step: 3))
    try save(4, to: CheckpointStore(directory: store.directory, keep: 2))
    #expect(try store.steps() == [1, 2, 3, 4], "1 is the second valid one")
    // A file that was good and is no longer is noticed too.
    try put([1, 2, 3], store.path(step: 4))
    try save(5, to: store)
    #expect(try store.steps() == [1, 2, 3, 4, 5])
    try save(6, to: store)
    #expect(try store.steps() == [5, 6])
  }

  @Test func aRunThatWentBackIsNotDeletedForLaterDamage() throws {
    let single = CheckpointStore(directory: directory.path("single"), keep: 1)
    try save(1, to: single)
    try put([0], single.path(step: 9))
    try save(2, to: single)
    #expect(try single.steps() == [2, 9])
    let latest = try single.latestValid()
    #expect(latest.checkpoint?.step == 2)
    #expect(latest.messages.count == 1 && latest.messages[0].contains("checkpoint-9.safetensors"))
  }

  @Test func otherFilesAreLeftAlone() throws {
    try save(1, to: store)
    let others = [
      "checkpoint-.safetensors", "checkpoint-01.safetensors", "checkpoint-x.safetensors", "checkpoint-1.safetensors.bak",
      "checkpoint-99999999999999999999.safetensors", "checkpoint-+1.safetensors",
    ]
    for name in others { try put([1], "\(store.directory)/\(name)") }
    try put([1], "\(store.directory)/.checkpoint-7.safetensors.0123456789abcdef.partial")
    try put([1], "\(store.directory)/.notes.txt.0123456789abcdef.partial")
    for step in 2...4 { try save(step, to: store) }
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: store.directory).sorted()
        == (others + ["checkpoint-3.safetensors", "checkpoint-4.safetensors", ".notes.txt.0123456789abcdef.partial"]).sorted())
  }

  /// A newer checkpoint cut at every length, with or without the rest filled with zeros (which is how some file systems lose
  /// data in a power cut): always refused, and the older one is used.
  @Test func tornWritesAtEveryPosition() throws {
    try save(1, to: store)
    try save(2, to: store)
    let path = store.path(step: 2)
    let whole = try contents(path)
    for length in 0..<whole.count {
      for padded in [false, true] {
        let torn = whole.prefix(length) + (padded ? [UInt8](repeating: 0, count: whole.count - length) : [])
        guard Array(torn) != whole else { continue }
        try put(torn, path)
        let latest = try store.latestValid()
        #expect(latest.checkpoint?.step == 1, "cut at \(length)")
        #expect(latest.messages.count == 1)
        #expect(latest.messages.first?.hasPrefix("checkpoint of step 2 not used: \(path): ") == true, "\(latest.messages)")
      }
    }
    try put(whole, path)
    #expect(try store.latestValid().checkpoint?.step == 2)
  }

  @Test func everySingleFlippedBitIsNoticed() throws {
    try save(7, to: store)
    let path = store.path(step: 7)
    let whole = try contents(path)
    for bit in 0..<whole.count * 8 {
      var damaged = whole
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      try put(damaged, path)
      #expect(throws: (any Error).self, "bit \(bit)") { try Checkpoint(path) }
    }
  }

  @Test func randomDamageIsNoticed() throws {
    try save(7, to: store, size: 5000)
    let path = store.path(step: 7)
    let whole = try contents(path)
    var generator = SeededGenerator(state: 7)
    for _ in 0..<2000 {
      var damaged = whole
      for _ in 0..<Int.random(in: 1...5, using: &generator) {
        let place = Int.random(in: 0..<whole.count, using: &generator)
        damaged[place] = UInt8.random(in: 0...255, using: &generator)
      }
      guard damaged != whole else { continue }
      try put(damaged, path)
      #expect(throws: (any Error).self) { try Checkpoint(path) }
    }
  }

  @Test func namesTheDefect() throws {
    try save(1, to: store)
    let path = store.path(step: 1)
    let file = try SafetensorsFile(path, access: .loaded)
    defer { withExtendedLifetime(file) {} }
    func rewrite(_ change: (inout [String: String]) -> Void, to path: String) throws {
      var metadata = file.metadata
      change(&metadata)
      let blocks = file.tensors.enumerated().map { position, tensor in
        SafetensorsBlock(name: tensor.name, dtype: tensor.dtype, shape: tensor.shape, bytes: file.bytes(at: position))
      }
      try SafetensorsWriter.write(blocks, to: path, metadata: metadata)
    }
    func reason() throws -> CheckpointError { try #require(throws: CheckpointError.self) { try Checkpoint(path) } }
    try rewrite({ $0["checkpoint.version"] = "2" }, to: path)
    #expect(try "\(reason())" == "\(path): checkpoint format version \"2\"; this library reads version 1")
    try rewrite({ $0["checkpoint.format"] = nil }, to: path)
    #expect(try reason().reason == .notACheckpoint)
    try rewrite({ $0["checkpoint.checksum"] = nil }, to: path)
    #expect(try reason().reason == .checksumMismatch)
    try rewrite({ $0["state.scheduler"]? += " " }, to: path)
    #expect(try reason().reason == .checksumMismatch)
    try rewrite({ $0["state.more"] = "" }, to: path)
    #expect(try reason().reason == .checksumMismatch)
    try rewrite({ _ in }, to: store.path(step: 4))
    #expect(try #require(throws: CheckpointError.self) { try store.open(step: 4) }.reason == .stepMismatch)
    #expect(throws: CheckpointError.self) { try store.save(step: -1, tensors: []) }
  }

  @Test func failedSavesLeaveTheOlderOnes() throws {
    try save(1, to: store)
    let short: [UInt8] = [1]
    #expect(throws: SafetensorsError.self) {
      try short.withUnsafeBytes { bytes in
        try store.save(step: 2, tensors: [SafetensorsBlock(name: "w", dtype: .uint8, shape: [2], bytes: bytes)])
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.directory) == ["checkpoint-1.safetensors"])
    try put([1], directory.path("file"))
    let error = try #require(throws: FileError.self) {
      try CheckpointStore(directory: directory.path("file")).save(step: 1, tensors: [])
    }
    #expect(error.code == ENOTDIR)
  }

  @Test func hashesAsTheStandardToolDoes() {
    func hash(_ text: [UInt8], pieces: Int) -> UInt64 {
      var hash = XXHash64()
      var rest = text[...]
      while !rest.isEmpty {
        Array(rest.prefix(pieces)).withUnsafeBytes { hash.update($0) }
        rest = rest.dropFirst(pieces)
      }
      return hash.finalize()
    }
    // Values of the reference implementation (Python package xxhash 4.1.0, xxh64, seed 0).
    let expected: [(length: Int, hash: UInt64)] = [
      (0, 0xef46db3751d8e999), (1, 0xe934a84adb052768), (3, 0xf5cd310a927fde3e),
      (4, 0xa9c00ae8f9b200f0), (5, 0x89b53bed953a032a), (7, 0x72b108a52e458e66),
      (8, 0x74c725313330d0cc), (11, 0xcab448d998be1da0), (12, 0x3a8dd8800255438a),
      (16, 0x5ddd2a45f74136e7), (31, 0x4513ec5ebc46d0d3), (32, 0x2c1f2ffa2ace16d3),
      (33, 0x62f3b71cd8263c47), (36, 0x385cbf15ac07bd09), (44, 0xdfe8aa76f8915e3b),
      (63, 0x2c9d78b9323007f3), (64, 0xcb86cfdc04a5148a), (100, 0x3f99fd1263b54f01),
      (1000, 0x8b800b26b17a620a),
    ]
    for (length, value) in expected {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 256) }
      for pieces in [1, 3, 31, 32, 33, 64, 1000] {
        #expect(hash(bytes, pieces: pieces) == value, "\(length) in pieces of \(pieces)")
      }
    }
  }
}
