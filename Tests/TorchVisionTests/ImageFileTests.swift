import Foundation
import Testing

@testable import TorchVision

private typealias Image = TorchVision.Image

@Suite struct ImageFileTests {
  @Test(arguments: [1, 3, 4]) func pngRoundTrip(channels: Int) throws {
    let folder = try TemporaryFolder()
    let image = try patterned(31, 17, channels)
    let file = folder.path + "/picture.png"
    try image.writePNG(to: file)
    #expect(try Image(contentsOf: file) == image)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["picture.png"])
  }

  @Test func typeIsToldByContentNotName() throws {
    let folder = try TemporaryFolder()
    let png = try folder.write(try patterned(4, 4, 3).pngData(), as: "really.jpg")
    #expect(try Image(contentsOf: png).channels == 3)
    let jpeg = try folder.write(Fixtures.bytes(Fixtures.grayJPEG), as: "really.png")
    #expect(try Image(contentsOf: jpeg).channels == 1)
  }

  @Test func kindsOfPNGAsPillowDecodesThem() throws {
    let palette = try Image(encoded: Fixtures.bytes(Fixtures.palettePNG))
    #expect(palette.channels == 3 && palette.pixels == [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 0])
    let transparent = try Image(encoded: Fixtures.bytes(Fixtures.transparentPalettePNG))
    #expect(transparent.channels == 4)
    #expect(transparent.pixels == [255, 0, 0, 255, 0, 255, 0, 128, 0, 0, 255, 64, 255, 255, 0, 0])
    let bilevel = try Image(encoded: Fixtures.bytes(Fixtures.bilevelPNG))
    #expect(bilevel.channels == 1 && bilevel.pixels == [0, 255, 0])
    let deep = try Image(encoded: Fixtures.bytes(Fixtures.sixteenBitPNG))
    #expect(deep.channels == 1 && deep.pixels == [0, 128, 255])
  }

  @Test func kindsOfJPEGAsPillowDecodesThem() throws {
    let color = try Image(encoded: Fixtures.bytes(Fixtures.rgbJPEG))
    #expect(color.width == 8 && color.height == 8 && color.channels == 3)
    #expect(color.pixels.prefix(12).elementsEqual([0, 20, 39, 16, 26, 62, 34, 30, 89, 51, 34, 114]))
    #expect(fnv1a(color.pixels) == 0xbd30_1415_d94a_9b67)
    let gray = try Image(encoded: Fixtures.bytes(Fixtures.grayJPEG))
    #expect(gray.channels == 1 && fnv1a(gray.pixels) == 0x3749_6dd1_7972_63bd)
    let progressive = try Image(encoded: Fixtures.bytes(Fixtures.progressiveJPEG))
    #expect(progressive.channels == 3 && fnv1a(progressive.pixels) == 0xbdc5_30b6_1ea0_e89d)
    let inked = try Image(encoded: Fixtures.bytes(Fixtures.cmykJPEG))
    #expect(inked.channels == 3 && inked.pixels.count == Fixtures.cmykPixels.count)
    // Rounding of the product of ink and black differs by one step at most.
    #expect(zip(inked.pixels, Fixtures.cmykPixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  @Test func missingFolderAndUnreadableFilesAreNamed() throws {
    let folder = try TemporaryFolder()
    let absent = folder.path + "/absent.png"
    expectError(.missing, absent, [absent, "no such file"]) { _ = try Image(contentsOf: absent) }
    expectError(.wrongFileKind, folder.path, ["folder"]) { _ = try Image(contentsOf: folder.path) }
    expectError(.invalidArgument, "", ["empty"]) { _ = try Image(contentsOf: "") }
    let empty = try folder.write([], as: "empty.png")
    expectError(.truncated, empty, ["empty"]) { _ = try Image(contentsOf: empty) }
  }

  @Test func otherTypesAreRecognised() throws {
    let folder = try TemporaryFolder()
    let samples: [([UInt8], String)] = [
      (Array("just some notes\nin a file".utf8), "text"), (Array("GIF89a......".utf8), "GIF"),
      (Array("<?xml version='1.0'?><svg width='4'>".utf8), "SVG"), (Array("%PDF-1.7".utf8), "PDF"),
      (Array("RIFF....WEBPVP8 ".utf8), "WebP"), ([0x1F, 0x8B, 8, 0], "gzip"), ([1, 2, 3, 4, 5], "01 02 03 04 05"),
      (idx(8, [2, 2], [1, 2, 3, 4]), "IDX"),
    ]
    for (bytes, word) in samples {
      let file = try folder.write(bytes, as: "renamed.png")
      expectError(.unsupportedType, file, [word, "expected a PNG or JPEG"]) { _ = try Image(contentsOf: file) }
    }
  }

  @Test func truncatedAndCorruptPNG() throws {
    let folder = try TemporaryFolder()
    let whole = try patterned(40, 40, 3).pngData()
    let short = try folder.write(Array(whole.prefix(whole.count / 2)), as: "short.png")
    expectError(.truncated, short, ["truncated"]) { _ = try Image(contentsOf: short) }
    var damaged = whole
    for index in 60..<90 { damaged[index] ^= 0x5A }
    let corrupt = try folder.write(damaged, as: "corrupt.png")
    expectError(.corrupt, corrupt, ["corrupt"]) { _ = try Image(contentsOf: corrupt) }
  }

  @Test func truncatedAndCorruptJPEG() throws {
    let folder = try TemporaryFolder()
    let whole = Fixtures.bytes(Fixtures.rgbJPEG)
    let short = try folder.write(Array(whole.dropLast(12)), as: "short.jpg")
    expectError(.truncated, short, ["truncated"]) { _ = try Image(contentsOf: short) }
    let head = try folder.write(Array(whole.prefix(40)), as: "head.jpg")
    #expect(throws: VisionError.self) { try Image(contentsOf: head) }
    var damaged = whole
    // The code counts of the first Huffman table, which follow its marker, length and number.
    let table = try #require(damaged.indices.dropLast().first { damaged[$0] == 0xFF && damaged[$0 + 1] == 0xC4 })
    for index in table + 5..<table + 12 { damaged[index] = 0xEE }
    let corrupt = try folder.write(damaged, as: "corrupt.jpg")
    expectError(.corrupt, corrupt, ["corrupt", "Huffman"]) { _ = try Image(contentsOf: corrupt) }
  }

  @Test func decompressionBombsAreRefused() throws {
    var bytes = try patterned(4, 4, 1).pngData()
    // Width and height stand at bytes 16 to 23, the checksum of the header chunk after byte 28.
    for (index, byte) in [0, 0, 0xF0, 0, 0, 0, 0xF0, 0].enumerated() { bytes[16 + index] = UInt8(byte) }
    let checksum = crc(Array(bytes[12..<29]))
    for index in 0..<4 { bytes[29 + index] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * index)) }
    let folder = try TemporaryFolder()
    let bomb = try folder.write(bytes, as: "bomb.png")
    expectError(.tooLarge, bomb, ["61440x61440", "89478485"]) { _ = try Image(contentsOf: bomb) }
    let small = try folder.write(try patterned(10, 10, 1).pngData(), as: "small.png")
    expectError(.tooLarge, small, ["10x10", "99"]) { _ = try Image(contentsOf: small, maximumPixels: 99) }
    expectError(.tooLarge, "image data", ["8x8"]) {
      _ = try Image(encoded: Fixtures.bytes(Fixtures.rgbJPEG), maximumPixels: 63)
    }
  }

  private func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF as UInt32) { value, byte in
      (0..<8).reduce(value ^ UInt32(byte)) { part, _ in part & 1 == 1 ? 0xEDB8_8320 ^ (part >> 1) : part >> 1 }
    }
  }

  @Test func unwritablePlaces() throws {
    let image = try patterned(3, 3, 1)
    let folder = try TemporaryFolder()
    let nowhere = folder.path + "/no/such/folder.png"
    expectError(.unwritable, nowhere, ["No such file or directory"]) { try image.writePNG(to: nowhere) }
    expectError(.unwritable, "/dev/full", ["No space left"]) { try image.writePNG(to: "/dev/full") }
    #expect(FileManager.default.fileExists(atPath: "/dev/full"))
  }

  @Test func mutatedFilesNeverCrash() throws {
    var generator = SeededGenerator(state: 1)
    var seeds = [
      Fixtures.palettePNG, Fixtures.transparentPalettePNG, Fixtures.sixteenBitPNG, Fixtures.rgbJPEG, Fixtures.grayJPEG,
      Fixtures.progressiveJPEG, Fixtures.cmykJPEG,
    ].map(Fixtures.bytes)
    seeds.append(try patterned(20, 20, 4).pngData())
    let rounds = ProcessInfo.processInfo.environment["FUZZ_ROUNDS"].flatMap { Int($0) } ?? 60
    var failures = 0
    for _ in 0..<rounds {
      for seed in seeds {
        do throws(VisionError) {
          let image = try Image(encoded: mutated(seed, &generator), maximumPixels: 1 << 20)
          #expect(image.pixels.count == image.width * image.height * image.channels)
        } catch {
          failures += 1
          #expect(!error.description.isEmpty)
        }
      }
    }
    #expect(failures > rounds)
  }
}
