extension Image {
  /// A grey level to composite transparent images on.
  public enum Background: UInt8, Sendable {
    case black = 0
    case white = 255
  }

  /// One channel, by the ITU-R 601-2 luma of Pillow's `convert("L")`: `0.299 R + 0.587 G + 0.114 B`, bit for bit. Alpha is
  /// dropped; see ``composited(on:)``.
  public func grayscale() -> Image {
    guard channels > 1 else { return self }
    let gray = [UInt8](unsafeUninitializedCapacity: width * height) { buffer, initialized in
      pixels.withUnsafeBufferPointer { source in
        var offset = 0
        for pixel in 0..<width * height {
          // 16-bit fixed point, rounded to nearest.
          let red = UInt32(source[offset]) * 19595
          let green = UInt32(source[offset + 1]) * 38470
          let blue = UInt32(source[offset + 2]) * 7471
          buffer[pixel] = UInt8((red + green + blue + 0x8000) >> 16)
          offset += channels
        }
      }
      initialized = width * height
    }
    return Image(unchecked: width, height, 1, gray)
  }

  /// Three channels: grey is repeated, alpha is dropped.
  public func rgb() -> Image {
    guard channels != 3 else { return self }
    var color: [UInt8] = []
    color.reserveCapacity(width * height * 3)
    for pixel in 0..<width * height {
      for channel in 0..<3 { color.append(pixels[pixel * channels + (channels == 1 ? 0 : channel)]) }
    }
    return Image(unchecked: width, height, 3, color)
  }

  /// The negative: every colour `c` becomes `255 - c`; alpha stays.
  public func inverted() -> Image {
    var result = self
    for index in result.pixels.indices where channels < 4 || index % 4 != 3 {
      result.pixels[index] = 255 - result.pixels[index]
    }
    return result
  }

  /// Three channels, laid on a black or white background by the alpha channel; an image without alpha is returned as it is.
  public func composited(on background: Background) -> Image {
    guard channels == 4 else { return self }
    var color: [UInt8] = []
    color.reserveCapacity(width * height * 3)
    let behind = Int(background.rawValue)
    for pixel in 0..<width * height {
      let alpha = Int(pixels[4 * pixel + 3])
      for channel in 0..<3 {
        color.append(UInt8((Int(pixels[4 * pixel + channel]) * alpha + behind * (255 - alpha) + 127) / 255))
      }
    }
    return Image(unchecked: width, height, 3, color)
  }
}
