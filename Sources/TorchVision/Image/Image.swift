/// A picture in memory: 8-bit channels, rows from top to bottom, channels of a pixel side by side.
///
/// One channel is grey, three are red, green and blue, four add alpha (not premultiplied). Colours are sRGB-encoded.
public struct Image: Equatable, Sendable {
  /// Columns, at least 1.
  public let width: Int
  /// Rows, at least 1.
  public let height: Int
  /// 1 (grey), 3 (RGB) or 4 (RGBA).
  public let channels: Int
  /// `height * width * channels` bytes in the order row, column, channel (HWC).
  public internal(set) var pixels: [UInt8]

  /// The most pixels a decoded file may have by default: a quarter of a gigabyte of RGB, Pillow's threshold for suspecting
  /// a decompression bomb.
  public static let maximumPixels = 89_478_485

  /// An image from its bytes in the order row, column, channel.
  ///
  /// Throws ``VisionError`` when a side is not positive, `channels` is not 1, 3 or 4, or the number of bytes disagrees.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) throws(VisionError) {
    guard width > 0, height > 0 else {
      throw VisionError(.invalidArgument, path: "", "image: width and height must be positive, got \(width)x\(height)")
    }
    guard channels == 1 || channels == 3 || channels == 4 else {
      throw VisionError(.invalidArgument, path: "", "image: channels must be 1, 3 or 4, got \(channels)")
    }
    let (area, areaOverflow) = width.multipliedReportingOverflow(by: height)
    let (count, countOverflow) = area.multipliedReportingOverflow(by: channels)
    guard !areaOverflow, !countOverflow, count == pixels.count else {
      throw VisionError(
        .invalidArgument, path: "",
        "image: \(width)x\(height) with \(channels) channels does not match \(pixels.count) bytes")
    }
    self.init(unchecked: width, height, channels, pixels)
  }

  init(unchecked width: Int, _ height: Int, _ channels: Int, _ pixels: [UInt8]) {
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// Decodes a PNG or JPEG file; which of the two is told by its first bytes, not by its name.
  ///
  /// Grey files give 1 channel, colour files 3, files with transparency 4; palettes, 1-, 2-, 4- and 16-bit PNGs are
  /// converted to 8-bit channels, CMYK JPEGs to RGB.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - maximumPixels: files that declare more pixels are refused before any memory is taken for them.
  /// - Throws: ``VisionError`` naming the file and the cause: missing, a folder, unreadable, not a PNG or JPEG (and what it
  ///   looks like), truncated, corrupt, or too large.
  public init(contentsOf path: String, maximumPixels: Int = Image.maximumPixels) throws(VisionError) {
    let fileLimit = 1 << 30
    let bytes = try InputFile.contents(of: path, limit: fileLimit)
    self = try Image.decode(bytes, path: path, maximumPixels: maximumPixels)
  }

  /// Decodes a PNG or JPEG from memory; `name` stands for the file in errors. See ``init(contentsOf:maximumPixels:)``.
  public init(
    encoded bytes: [UInt8], name: String = "image data", maximumPixels: Int = Image.maximumPixels
  ) throws(VisionError) {
    self = try Image.decode(bytes, path: name, maximumPixels: maximumPixels)
  }

  private static func decode(_ bytes: [UInt8], path: String, maximumPixels: Int) throws(VisionError) -> Image {
    switch FileSignature(bytes) {
    case .png: return try decodePNG(bytes, path: path, maximumPixels: maximumPixels)
    case .jpeg: return try decodeJPEG(bytes, path: path, maximumPixels: maximumPixels)
    case .empty: throw VisionError(.truncated, path: path, "the file is empty, expected a PNG or JPEG image")
    case .other(let kind):
      throw VisionError(.unsupportedType, path: path, "expected a PNG or JPEG image, but the content looks like \(kind)")
    }
  }

  /// Refuses an image of the declared size when it is empty or over the cap.
  static func checkSize(width: Int, height: Int, path: String, maximumPixels: Int) throws(VisionError) {
    guard width > 0, height > 0 else {
      throw VisionError(.corrupt, path: path, "declares an empty image of \(width)x\(height) pixels")
    }
    let (area, overflow) = width.multipliedReportingOverflow(by: height)
    guard !overflow, area <= maximumPixels else {
      throw VisionError(
        .tooLarge, path: path, "declares \(width)x\(height) pixels, more than the limit of \(maximumPixels) pixels")
    }
  }
}
