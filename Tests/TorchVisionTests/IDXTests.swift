import Foundation
import Testing

@testable import TorchVision

@Suite struct IDXTests {
  @Test(arguments: [false, true]) func everyElementType(compressed: Bool) throws {
    let folder = try TemporaryFolder()
    func array(_ code: UInt8, _ content: [UInt8], _ count: UInt32) throws -> IDXArray {
      let bytes = idx(code, [count], content)
      return try IDXArray(contentsOf: folder.write(compressed ? gzipped(bytes) : bytes, as: "array"))
    }
    #expect(try array(0x08, [0, 255], 2).values(as: Int.self) == [0, 255])
    #expect(try array(0x09, [0x80, 0x7F], 2).values(as: Int.self) == [-128, 127])
    #expect(try array(0x0B, [0xFF, 0xFE, 0x01, 0x00], 2).values(as: Int.self) == [-2, 256])
    #expect(try array(0x0C, [0xFF, 0xFF, 0xFF, 0xFD, 0x01, 0x02, 0x03, 0x04], 2).values(as: Int.self) == [-3, 0x0102_0304])
    #expect(try array(0x0D, [0x3F, 0xC0, 0, 0], 1).values(as: Double.self) == [1.5])
    #expect(try array(0x0E, [0xC0, 0x04, 0, 0, 0, 0, 0, 0], 1).values(as: Double.self) == [-2.5])
    #expect(try array(0x0D, [0x3F, 0xC0, 0, 0], 1).values(as: Int.self) == [1])
    expectError(.unexpectedContent, "", ["element 1"]) { _ = try array(0x09, [1, 0xFF], 2).values(as: UInt8.self) }
    expectError(.unexpectedContent, "", ["element 0"]) { _ = try array(0x0D, [0x7F, 0xC0, 0, 0], 1).values(as: Int.self) }
  }

  @Test func shapesIncludingEmptyAndScalar() throws {
    let folder = try TemporaryFolder()
    let matrix = try IDXArray(contentsOf: folder.write(idx(8, [2, 3], [1, 2, 3, 4, 5, 6]), as: "a"))
    #expect(matrix.shape == [2, 3] && matrix.count == 6 && matrix.bytes == [1, 2, 3, 4, 5, 6])
    let empty = try IDXArray(contentsOf: folder.write(idx(8, [0, 4_294_967_295, 4_294_967_295], []), as: "b"))
    #expect(empty.count == 0)
    let scalar = try IDXArray(contentsOf: folder.write(idx(0x0C, [], [0, 0, 0, 9]), as: "c"))
    #expect(try scalar.shape.isEmpty && scalar.values(as: Int.self) == [9])
  }

  @Test func severalGzipMembersAreOneFile() throws {
    let folder = try TemporaryFolder()
    let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let bytes = idx(8, [100_000], content)
    let file = try folder.write(gzipped(Array(bytes[..<5])) + gzipped([]) + gzipped(Array(bytes[5...])), as: "many.gz")
    #expect(try IDXArray(contentsOf: file).bytes == content)
  }

  @Test func missingAndFolder() throws {
    let folder = try TemporaryFolder()
    let absent = folder.path + "/absent.gz"
    expectError(.missing, absent, ["no such file"]) { _ = try IDXArray(contentsOf: absent) }
    expectError(.wrongFileKind, folder.path, ["folder"]) { _ = try IDXArray(contentsOf: folder.path) }
  }

  @Test func wrongMagicSaysExpectedAndFound() throws {
    let folder = try TemporaryFolder()
    for bytes: [UInt8] in [[0, 1, 8, 3, 0], [0, 0, 7, 1, 0], Array("text".utf8)] {
      let file = try folder.write(bytes, as: "magic")
      expectError(.unsupportedType, file, ["expected", "found"]) { _ = try IDXArray(contentsOf: file) }
    }
    let text = try folder.write(Array("text".utf8), as: "magic")
    expectError(.unsupportedType, text, ["74 65 78 74", "looks like text"]) { _ = try IDXArray(contentsOf: text) }
  }

  @Test func truncationSaysHowManyBytes() throws {
    let folder = try TemporaryFolder()
    let short = try folder.write(idx(8, [2, 3], [1, 2, 3, 4]), as: "short")
    expectError(.truncated, short, ["need 6 bytes", "found 4"]) { _ = try IDXArray(contentsOf: short) }
    let header = try folder.write([0, 0, 8, 2, 0, 0], as: "header")
    expectError(.truncated, header, ["12 bytes", "found 6"]) { _ = try IDXArray(contentsOf: header) }
    let magic = try folder.write([0, 0], as: "magic")
    expectError(.truncated, magic, ["found 2"]) { _ = try IDXArray(contentsOf: magic) }
    let inner = try folder.write(gzipped(idx(8, [2, 3], [1, 2, 3, 4])), as: "inner.gz")
    expectError(.truncated, inner, ["need 6 bytes", "found 4"]) { _ = try IDXArray(contentsOf: inner) }
    let noise = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let whole = gzipped(idx(8, [5000], noise))
    for kept in [whole.count / 2, whole.count - 1, whole.count - 8, 12] {
      let file = try folder.write(Array(whole.prefix(kept)), as: "cut.gz")
      expectError(.truncated, file, ["truncated"]) { _ = try IDXArray(contentsOf: file) }
    }
  }

  @Test func trailingGarbage() throws {
    let folder = try TemporaryFolder()
    let plain = try folder.write(idx(8, [2], [1, 2, 3]), as: "long")
    expectError(.corrupt, plain, ["trailing garbage", "2 bytes"]) { _ = try IDXArray(contentsOf: plain) }
    let inner = try folder.write(gzipped(idx(8, [2], [1, 2, 3])), as: "inner.gz")
    expectError(.corrupt, inner, ["trailing garbage"]) { _ = try IDXArray(contentsOf: inner) }
    let outer = try folder.write(gzipped(idx(8, [2], [1, 2])) + [7, 7, 7], as: "outer.gz")
    expectError(.corrupt, outer, ["trailing garbage"]) { _ = try IDXArray(contentsOf: outer) }
  }

  @Test func overflowingAndHugeDimensions() throws {
    let folder = try TemporaryFolder()
    let overflow = try folder.write(idx(0x0E, [.max, .max, .max], [1]), as: "overflow")
    expectError(.tooLarge, overflow, ["4294967295x4294967295x4294967295"]) { _ = try IDXArray(contentsOf: overflow) }
    let huge = try folder.write(idx(8, [.max, 16], [1]), as: "huge")
    expectError(.tooLarge, huge, ["68719476720 bytes"]) { _ = try IDXArray(contentsOf: huge) }
    // Within the limit, but a lie: no memory is taken for what is not there.
    let lie = try folder.write(gzipped(idx(8, [.max], [1])), as: "lie.gz")
    expectError(.truncated, lie, ["found 1"]) { _ = try IDXArray(contentsOf: lie) }
  }

  @Test func corruptGzip() throws {
    let folder = try TemporaryFolder()
    let noise = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    var bytes = gzipped(idx(8, [5000], noise))
    bytes[bytes.count - 6] ^= 0x10
    let checksum = try folder.write(bytes, as: "checksum.gz")
    expectError(.corrupt, checksum, ["gzip", "check"]) { _ = try IDXArray(contentsOf: checksum) }
  }

  @Test func mutatedFilesNeverCrash() throws {
    let folder = try TemporaryFolder()
    var generator = SeededGenerator(state: 2)
    let plain = idx(0x0B, [3, 4], (0..<24).map { UInt8($0) })
    let seeds = [plain, gzipped(plain), gzipped(Array(plain[..<9])) + gzipped(Array(plain[9...]))]
    let rounds = ProcessInfo.processInfo.environment["FUZZ_ROUNDS"].flatMap { Int($0) } ?? 60
    var failures = 0
    for _ in 0..<rounds {
      for seed in seeds {
        let file = try folder.write(mutated(seed, &generator), as: "mutant")
        do throws(VisionError) {
          let array = try IDXArray(contentsOf: file)
          #expect(array.bytes.count == array.shape.reduce(1, *) * array.elementType.byteCount)
        } catch {
          failures += 1
          #expect(error.path == file)
        }
      }
    }
    #expect(failures > rounds)
  }
}
