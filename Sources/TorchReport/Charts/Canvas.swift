import CCairo

/// A colour with components within 0...1.
struct ChartColor: Equatable {
  var red: Double
  var green: Double
  var blue: Double
  var alpha = 1.0

  /// From the hexadecimal notation 0xRRGGBB.
  init(_ hex: UInt32, alpha: Double = 1) {
    red = Double(hex >> 16 & 0xFF) / 255
    green = Double(hex >> 8 & 0xFF) / 255
    blue = Double(hex & 0xFF) / 255
    self.alpha = alpha
  }

  /// The colour at `fraction` of the way to `other`.
  func mixed(with other: ChartColor, _ fraction: Double) -> ChartColor {
    var result = self
    result.red += (other.red - red) * fraction
    result.green += (other.green - green) * fraction
    result.blue += (other.blue - blue) * fraction
    return result
  }

  /// Perceived brightness, 0...1.
  var luminance: Double { 0.299 * red + 0.587 * green + 0.114 * blue }

  static let ink = ChartColor(0x1F2933)
  static let mutedInk = ChartColor(0x5B6770)
  static let grid = ChartColor(0xE3E7EB)
  static let frame = ChartColor(0x9AA5B1)
  static let paper = ChartColor(0xFFFFFF)

  /// The qualitative palette of Okabe and Ito, which people with colour-blindness tell apart (https://jfly.uni-koeln.de/color),
  /// without its yellow, too pale on white.
  static let series: [ChartColor] = [
    ChartColor(0x0072B2), ChartColor(0xD55E00), ChartColor(0x009E73), ChartColor(0xCC79A7), ChartColor(0xE69F00),
    ChartColor(0x56B4E9), ChartColor(0x3A3A3A),
  ]
}

/// A rectangle in pixels, y downwards.
struct ChartRect {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double
  var width: Double { right - left }
  var height: Double { bottom - top }
}

/// A drawing surface of pixels, written as PNG: cairo's calls in Swift's clothes.
final class Canvas {
  enum Anchor {
    case start
    case middle
    case end
  }

  let width: Int
  let height: Int
  private let surface: OpaquePointer
  private let context: OpaquePointer
  private let path: String

  /// A white canvas; `path` is the file it is meant for, named in errors.
  init(width: Int, height: Int, path: String) throws(ReportError) {
    guard (320...16_000).contains(width), (240...16_000).contains(height) else {
      throw ReportError(path: path, "a chart's size must be within 320x240 and 16000x16000 pixels, got \(width)x\(height)")
    }
    guard let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)),
      let context = cairo_create(surface)
    else { throw ReportError(path: path, "cannot be drawn: out of memory") }
    self.surface = surface
    self.context = context
    self.width = width
    self.height = height
    self.path = path
    fill(ChartRect(left: 0, top: 0, right: Double(width), bottom: Double(height)), .paper)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  /// The drawing as a PNG file's bytes; throws ``ReportError`` with cairo's reason when drawing failed.
  func pngData() throws(ReportError) -> [UInt8] {
    var status = cairo_status(context)
    final class Sink { var bytes: [UInt8] = [] }
    let sink = Sink()
    if status == CAIRO_STATUS_SUCCESS {
      status = cairo_surface_write_to_png_stream(
        surface,
        { target, data, count in
          guard let target, let data else { return CAIRO_STATUS_WRITE_ERROR }
          Unmanaged<Sink>.fromOpaque(target).takeUnretainedValue().bytes
            .append(contentsOf: UnsafeBufferPointer(start: data, count: Int(count)))
          return CAIRO_STATUS_SUCCESS
        }, Unmanaged.passUnretained(sink).toOpaque())
    }
    guard status == CAIRO_STATUS_SUCCESS else {
      throw ReportError(path: path, "cannot be drawn: \(String(cString: cairo_status_to_string(status)))")
    }
    return sink.bytes
  }

  private func use(_ color: ChartColor) {
    cairo_set_source_rgba(context, color.red, color.green, color.blue, color.alpha)
  }

  func fill(_ rect: ChartRect, _ color: ChartColor) {
    use(color)
    cairo_rectangle(context, rect.left, rect.top, rect.width, rect.height)
    cairo_fill(context)
  }

  func stroke(_ rect: ChartRect, _ color: ChartColor, width: Double = 1) {
    use(color)
    cairo_set_line_width(context, width)
    cairo_rectangle(context, rect.left, rect.top, rect.width, rect.height)
    cairo_stroke(context)
  }

  func line(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double, _ color: ChartColor, width: Double = 1) {
    polyline([(x0, y0), (x1, y1)], color, width: width)
  }

  func polyline(_ points: [(x: Double, y: Double)], _ color: ChartColor, width: Double, dash: [Double] = []) {
    guard let first = points.first, points.count > 1 else { return }
    use(color)
    cairo_set_line_width(context, width)
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_line_cap(context, dash.isEmpty ? CAIRO_LINE_CAP_ROUND : CAIRO_LINE_CAP_BUTT)
    cairo_set_dash(context, dash, Int32(dash.count), 0)
    cairo_move_to(context, first.x, first.y)
    for point in points.dropFirst() { cairo_line_to(context, point.x, point.y) }
    cairo_stroke(context)
    cairo_set_dash(context, nil, 0, 0)
  }

  /// A disc with a white rim, so that it stands out from lines.
  func dot(_ x: Double, _ y: Double, radius: Double, _ color: ChartColor) {
    use(.paper)
    cairo_arc(context, x, y, radius + 1.2, 0, 2 * Double.pi)
    cairo_fill(context)
    use(color)
    cairo_arc(context, x, y, radius, 0, 2 * Double.pi)
    cairo_fill(context)
  }

  /// Draws only within `rect` while `body` runs.
  func clipped(to rect: ChartRect, _ body: () -> Void) {
    cairo_save(context)
    cairo_rectangle(context, rect.left, rect.top, rect.width, rect.height)
    cairo_clip(context)
    body()
    cairo_restore(context)
  }

  private func useFont(size: Double, bold: Bool) {
    cairo_select_font_face(
      context, "sans-serif", CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, size)
  }

  /// The width of a text in pixels.
  func measure(_ text: String, size: Double, bold: Bool = false) -> Double {
    useFont(size: size, bold: bold)
    var extents = cairo_text_extents_t()
    cairo_text_extents(context, printable(text), &extents)
    return extents.x_advance
  }

  /// The longest beginning of `text` that fits into `limit` pixels, with an ellipsis where it is cut.
  func fitted(_ text: String, size: Double, bold: Bool = false, limit: Double) -> String {
    if measure(text, size: size, bold: bold) <= limit { return text }
    let characters = Array(text.prefix(400))
    var fitting = 0
    var tooLong = characters.count + 1
    while fitting + 1 < tooLong {
      let middle = (fitting + tooLong) / 2
      if measure(String(characters[..<middle]) + "…", size: size, bold: bold) <= limit {
        fitting = middle
      } else {
        tooLong = middle
      }
    }
    return fitting == 0 ? "" : String(characters[..<fitting]) + "…"
  }

  /// Draws text, its vertical middle (of digits and capitals) at `y`, turned by `angle` radians clockwise around (x, y).
  func text(
    _ text: String, _ x: Double, _ y: Double, size: Double, _ color: ChartColor = .ink, bold: Bool = false,
    anchor: Anchor = .start, angle: Double = 0
  ) {
    let advance = measure(text, size: size, bold: bold)
    use(color)
    cairo_save(context)
    cairo_translate(context, x, y)
    cairo_rotate(context, angle)
    let offset =
      switch anchor {
      case .start: 0.0
      case .middle: -advance / 2
      case .end: -advance
      }
    // Capitals are about 0.73 em high in the common sans-serif faces.
    cairo_move_to(context, offset, size * 0.365)
    cairo_show_text(context, printable(text))
    cairo_restore(context)
  }

  /// Cairo stops at a NUL and draws boxes for control characters.
  private func printable(_ text: String) -> String { TextWidth.sanitized(text) }
}
