import Testing

@testable import TorchVision

private typealias Image = TorchVision.Image

@Suite struct ImageOperationTests {
  /// Channels, source size, target size, and the FNV-1a hash of Pillow's `resize(..., BILINEAR)` of the same picture.
  static let pillow: [(Int, Int, Int, Int, Int, UInt64)] = [
    (1, 13, 9, 7, 5, 0x5f47_f6e2_517b_de80),
    (1, 13, 9, 28, 28, 0x6566_c9ba_6d75_d1d4),
    (1, 5, 4, 5, 2, 0x45e9_fa48_571f_7c86),
    (1, 5, 4, 11, 4, 0x83bd_9736_da54_ad3f),
    (1, 100, 80, 28, 28, 0x6fbe_0142_d42f_a5c5),
    (1, 640, 3, 1, 1, 0xaf63_f24c_8602_11ee),
    (3, 13, 9, 7, 5, 0xce54_e744_1bb6_7e33),
    (3, 13, 9, 28, 28, 0xebfb_eaf5_2167_510b),
    (3, 5, 4, 5, 2, 0xa8b0_cf94_89c7_c09f),
    (3, 5, 4, 11, 4, 0x775a_46c1_2cf9_8af7),
    (3, 100, 80, 28, 28, 0x831e_dd1a_522e_034f),
    (3, 640, 3, 1, 1, 0xa2b0_3419_6ea4_c42f),
    (4, 13, 9, 7, 5, 0xecbf_4952_b831_3a4d),
    (4, 13, 9, 28, 28, 0xac75_eeb7_3985_1c8e),
    (4, 5, 4, 5, 2, 0x876c_d24b_4916_726e),
    (4, 5, 4, 11, 4, 0xfaff_8fb2_3205_8e70),
    (4, 100, 80, 28, 28, 0xc888_f9ac_1faf_5f99),
    (4, 640, 3, 1, 1, 0xec84_a2a2_b220_21c6),
  ]

  @Test(arguments: pillow.indices) func resizeEqualsPillow(_ index: Int) throws {
    let (channels, width, height, newWidth, newHeight, hash) = Self.pillow[index]
    let result = try patterned(width, height, channels).resized(width: newWidth, height: newHeight)
    #expect(result.width == newWidth && result.height == newHeight && result.channels == channels)
    #expect(fnv1a(result.pixels) == hash)
  }

  @Test func smallResizeByValue() throws {
    #expect(try patterned(5, 4, 1).resized(width: 3, height: 2).pixels == [74, 119, 108, 95, 107, 122])
    let image = try patterned(5, 4, 3)
    #expect(try image.resized(width: 5, height: 4) == image)
  }

  @Test(arguments: [1, 3, 4]) func flatImagesStayFlat(channels: Int) throws {
    let image = try Image(width: 9, height: 7, channels: channels, pixels: Array(repeating: 255, count: 63 * channels))
    #expect(try image.resized(width: 200, height: 3).pixels.allSatisfy { $0 == 255 })
  }

  @Test func badSizesAreRefused() throws {
    let image = try patterned(4, 4, 1)
    expectError(.invalidArgument, "", ["0x5"]) { _ = try image.resized(width: 0, height: 5) }
    expectError(.invalidArgument, "", ["-1"]) { _ = try image.resized(width: 5, height: -1) }
    expectError(.invalidArgument, "", ["positive"]) { _ = try image.resized(width: .max, height: 2) }
    expectError(.invalidArgument, "", ["channels"]) { _ = try Image(width: 1, height: 1, channels: 2, pixels: [0, 0]) }
    expectError(.invalidArgument, "", ["3 bytes"]) { _ = try Image(width: 2, height: 2, channels: 1, pixels: [0, 0, 0]) }
    expectError(.invalidArgument, "", ["match"]) { _ = try Image(width: .max, height: .max, channels: 4, pixels: []) }
  }

  @Test func grayscaleEqualsPillow() throws {
    #expect(fnv1a(try patterned(64, 64, 3).grayscale().pixels) == 0x63e9_4ba2_31b7_a5b2)
    let gray = try patterned(3, 3, 1)
    #expect(gray.grayscale() == gray)
    let primaries = try Image(width: 4, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    #expect(primaries.grayscale().pixels == [76, 150, 29, 255])
  }

  @Test func invertedKeepsAlpha() throws {
    let image = try Image(width: 1, height: 2, channels: 4, pixels: [0, 10, 255, 7, 1, 2, 3, 200])
    #expect(image.inverted().pixels == [255, 245, 0, 7, 254, 253, 252, 200])
    #expect(image.inverted().inverted() == image)
    #expect(try patterned(5, 5, 1).inverted().pixels.first == 255)
  }

  @Test func compositedOnBlackAndWhite() throws {
    let image = try Image(width: 3, height: 1, channels: 4, pixels: [200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 51])
    #expect(image.composited(on: .white).pixels == [200, 100, 0, 255, 255, 255, 244, 224, 204])
    #expect(image.composited(on: .black).pixels == [200, 100, 0, 0, 0, 0, 40, 20, 0])
    let opaque = try patterned(3, 3, 3)
    #expect(opaque.composited(on: .black) == opaque)
  }

  @Test func rgbRepeatsGrey() throws {
    #expect(try Image(width: 2, height: 1, channels: 1, pixels: [5, 9]).rgb().pixels == [5, 5, 5, 9, 9, 9])
    #expect(try Image(width: 1, height: 1, channels: 4, pixels: [5, 9, 2, 1]).rgb().pixels == [5, 9, 2])
  }
}
