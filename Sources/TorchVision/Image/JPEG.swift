import CTurboJPEG

extension Image {
  /// Decodes a JPEG with TurboJPEG. Damage that the library would paint over is an error here: a picture that is half
  /// grey must not be classified as if it were whole.
  static func decodeJPEG(_ bytes: [UInt8], path: String, maximumPixels: Int) throws(VisionError) -> Image {
    guard let handle = tjInitDecompress() else {
      throw VisionError(.unreadable, path: path, "TurboJPEG cannot be initialised")
    }
    defer { tjDestroy(handle) }
    guard let size = UInt(exactly: bytes.count) else { preconditionFailure("an array's count is not negative") }

    var width: Int32 = 0
    var height: Int32 = 0
    var subsampling: Int32 = 0
    var colorSpace: Int32 = 0
    guard tjDecompressHeader3(handle, bytes, size, &width, &height, &subsampling, &colorSpace) == 0 else {
      throw jpegError(handle, path: path)
    }
    try checkSize(width: Int(width), height: Int(height), path: path, maximumPixels: maximumPixels)

    let isGray = colorSpace == Int32(TJCS_GRAY.rawValue)
    let isCMYK = colorSpace == Int32(TJCS_CMYK.rawValue) || colorSpace == Int32(TJCS_YCCK.rawValue)
    let format = isGray ? TJPF_GRAY : isCMYK ? TJPF_CMYK : TJPF_RGB
    let channels = isGray ? 1 : isCMYK ? 4 : 3
    var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
    let flags = TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS
    if tjDecompress2(handle, bytes, size, &pixels, width, 0, height, Int32(format.rawValue), flags) != 0 {
      let message = jpegMessage(handle)
      // Padding between segments is common and loses nothing.
      let isHarmless = tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) && message.contains("extraneous bytes")
      guard isHarmless else { throw jpegError(handle, path: path) }
    }
    let image = Image(unchecked: Int(width), Int(height), channels, pixels)
    return isCMYK ? image.convertedFromInvertedCMYK() : image
  }

  /// JPEG files carry CMYK as Adobe writes it: 255 is no ink.
  private func convertedFromInvertedCMYK() -> Image {
    var rgb = [UInt8](repeating: 0, count: width * height * 3)
    for pixel in 0..<width * height {
      let black = Int(pixels[4 * pixel + 3])
      for channel in 0..<3 {
        rgb[3 * pixel + channel] = UInt8((Int(pixels[4 * pixel + channel]) * black + 127) / 255)
      }
    }
    return Image(unchecked: width, height, 3, rgb)
  }

  private static func jpegMessage(_ handle: tjhandle) -> String {
    tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no details"
  }

  private static func jpegError(_ handle: tjhandle, path: String) -> VisionError {
    let message = jpegMessage(handle)
    let lowered = message.lowercased()
    if lowered.contains("premature end") || lowered.contains("ends before") || lowered.contains("empty input") {
      return VisionError(.truncated, path: path, "the JPEG is truncated (libjpeg: \(message))")
    }
    if lowered.contains("could not determine subsampling") || lowered.contains("unsupported") || lowered.contains("not supported")
    {
      return VisionError(.unsupportedType, path: path, "a kind of JPEG that is not supported (libjpeg: \(message))")
    }
    return VisionError(.corrupt, path: path, "the JPEG is corrupt (libjpeg: \(message))")
  }
}
