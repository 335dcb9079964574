import CPNG

extension Image {
  /// Decodes a PNG with libpng's simplified interface, which keeps its error jumps inside the library.
  static func decodePNG(_ bytes: [UInt8], path: String, maximumPixels: Int) throws(VisionError) -> Image {
    let result: Result<Image, VisionError> = bytes.withUnsafeBytes { source in
      var header = png_image()
      header.version = png_uint_32(PNG_IMAGE_VERSION)
      defer { png_image_free(&header) }
      guard png_image_begin_read_from_memory(&header, source.baseAddress, source.count) != 0 else {
        return .failure(pngError(header, path: path))
      }
      let width = Int(header.width)
      let height = Int(header.height)
      do throws(VisionError) {
        try checkSize(width: width, height: height, path: path, maximumPixels: maximumPixels)
      } catch {
        return .failure(error)
      }
      let hasColor = header.format & PNGFormat.colorFlag != 0
      let hasAlpha = header.format & PNGFormat.alphaFlag != 0
      let channels = hasAlpha ? 4 : hasColor ? 3 : 1
      header.format = PNGFormat.of(channels: channels)
      // Without it 16-bit files that do not say otherwise would be taken for linear light.
      header.flags |= png_uint_32(PNG_IMAGE_FLAG_16BIT_sRGB)
      let count = width * height * channels
      var finished: Int32 = 0
      let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
        // Zeroes, so that no path can show uninitialised memory.
        buffer.initialize(repeating: 0)
        initialized = count
        finished = png_image_finish_read(&header, nil, buffer.baseAddress, png_int_32(width * channels), nil)
      }
      guard finished != 0 else { return .failure(pngError(header, path: path)) }
      return .success(Image(unchecked: width, height, channels, pixels))
    }
    return try result.get()
  }

  /// The image as a PNG file's bytes.
  public func pngData() throws(VisionError) -> [UInt8] {
    try encodePNG(path: "PNG data")
  }

  /// Writes the image as a PNG file. A regular file appears whole or not at all.
  ///
  /// Throws ``VisionError`` of kind ``VisionError/Kind/unwritable`` naming the file and the cause: a missing folder, no
  /// permission, a full disk.
  public func writePNG(to path: String) throws(VisionError) {
    try writeFile(encodePNG(path: path), to: path)
  }

  private func encodePNG(path: String) throws(VisionError) -> [UInt8] {
    var header = png_image()
    header.version = png_uint_32(PNG_IMAGE_VERSION)
    guard let columns = png_uint_32(exactly: width), let rows = png_uint_32(exactly: height),
      let stride = png_int_32(exactly: width * channels)
    else { throw VisionError(.tooLarge, path: path, "\(width)x\(height) pixels are too many for a PNG file") }
    header.width = columns
    header.height = rows
    header.format = PNGFormat.of(channels: channels)
    defer { png_image_free(&header) }
    // The first call measures, the second writes.
    var size = 0
    guard png_image_write_to_memory(&header, nil, &size, 0, pixels, stride, nil) != 0 else {
      throw Image.pngError(header, path: path)
    }
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&header, &bytes, &size, 0, pixels, stride, nil) != 0 else {
      throw Image.pngError(header, path: path)
    }
    bytes.removeLast(bytes.count - size)
    return bytes
  }

  private static func pngError(_ header: png_image, path: String) -> VisionError {
    let message = withUnsafeBytes(of: header.message) { raw in
      String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    if message.contains("read beyond end of data") || message.contains("ot enough image data") {
      return VisionError(.truncated, path: path, "the PNG is truncated (libpng: \(message))")
    }
    if message.contains("exceeds user limit") || message.contains("image too large") {
      return VisionError(.tooLarge, path: path, "the PNG is too large (libpng: \(message))")
    }
    return VisionError(.corrupt, path: path, "the PNG is corrupt (libpng: \(message.isEmpty ? "no details" : message))")
  }
}

/// The flag words of png.h, which are macros that Swift does not import.
private enum PNGFormat {
  static let alphaFlag: png_uint_32 = 0x01
  static let colorFlag: png_uint_32 = 0x02

  static func of(channels: Int) -> png_uint_32 {
    switch channels {
    case 1: 0
    case 3: colorFlag
    default: colorFlag | alphaFlag
    }
  }
}
