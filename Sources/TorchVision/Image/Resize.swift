#if canImport(Glibc)
  import Glibc
#endif

extension Image {
  /// The image at another size, by bilinear interpolation with antialiasing: when shrinking, the triangle filter widens to
  /// cover every source pixel.
  ///
  /// The arithmetic is that of Pillow's `resize(..., BILINEAR)` (and so of torchvision's on images): 22-bit fixed-point
  /// weights, first along rows, then along columns, rounded to 8 bits in between, alpha premultiplied; results are equal bit
  /// for bit.
  ///
  /// Throws ``VisionError`` of kind ``VisionError/Kind/invalidArgument`` when a side is not positive or the result would
  /// exceed ``maximumPixels``.
  public func resized(width newWidth: Int, height newHeight: Int) throws(VisionError) -> Image {
    let (area, overflow) = newWidth.multipliedReportingOverflow(by: newHeight)
    guard newWidth > 0, newHeight > 0, !overflow, area <= Image.maximumPixels else {
      throw VisionError(
        .invalidArgument, path: "",
        "resize: the sides must be positive and give at most \(Image.maximumPixels) pixels, got \(newWidth)x\(newHeight)")
    }
    if newWidth == width && newHeight == height { return self }
    var image = channels == 4 ? premultiplied() : self
    if newWidth != width { image = image.resampledRows(to: newWidth) }
    if newHeight != height { image = image.resampledColumns(to: newHeight) }
    return channels == 4 ? image.unpremultiplied() : image
  }

  private func resampledRows(to newWidth: Int) -> Image {
    let filter = ResampleFilter(from: width, to: newWidth)
    let result = [UInt8](unsafeUninitializedCapacity: newWidth * height * channels) { output, initialized in
      pixels.withUnsafeBufferPointer { source in
        var index = 0
        for row in 0..<height {
          let rowStart = row * width * channels
          for window in filter.windows {
            for channel in 0..<channels {
              var sum = ResampleFilter.half
              var offset = rowStart + window.first * channels + channel
              for tap in 0..<window.count {
                sum += Int(source[offset]) * Int(filter.weights[window.weights + tap])
                offset += channels
              }
              output[index] = ResampleFilter.rounded(sum)
              index += 1
            }
          }
        }
      }
      initialized = newWidth * height * channels
    }
    return Image(unchecked: newWidth, height, channels, result)
  }

  private func resampledColumns(to newHeight: Int) -> Image {
    let filter = ResampleFilter(from: height, to: newHeight)
    let stride = width * channels
    let result = [UInt8](unsafeUninitializedCapacity: newHeight * stride) { output, initialized in
      pixels.withUnsafeBufferPointer { source in
        var index = 0
        for window in filter.windows {
          for column in 0..<stride {
            var sum = ResampleFilter.half
            var offset = window.first * stride + column
            for tap in 0..<window.count {
              sum += Int(source[offset]) * Int(filter.weights[window.weights + tap])
              offset += stride
            }
            output[index] = ResampleFilter.rounded(sum)
            index += 1
          }
        }
      }
      initialized = newHeight * stride
    }
    return Image(unchecked: width, newHeight, channels, result)
  }

  private func premultiplied() -> Image {
    var result = self
    for start in stride(from: 0, to: pixels.count, by: 4) {
      let alpha = UInt32(pixels[start + 3])
      for channel in start..<start + 3 {
        // The product over 255, rounded, without a division.
        let product = UInt32(pixels[channel]) * alpha + 128
        result.pixels[channel] = UInt8(((product >> 8) + product) >> 8)
      }
    }
    return result
  }

  private func unpremultiplied() -> Image {
    var result = self
    for start in stride(from: 0, to: pixels.count, by: 4) {
      let alpha = Int(pixels[start + 3])
      if alpha == 0 || alpha == 255 { continue }
      for channel in start..<start + 3 {
        result.pixels[channel] = UInt8(min(255, 255 * Int(pixels[channel]) / alpha))
      }
    }
    return result
  }
}

/// The weights of every output position along one side.
private struct ResampleFilter {
  /// The source positions that make one output position: `count` from `first`, weighted from `weights` on.
  struct Window {
    var first: Int
    var count: Int
    var weights: Int
  }

  static let precision = 32 - 8 - 2
  static let half = 1 << (precision - 1)

  var windows: [Window] = []
  var weights: [Int32] = []

  init(from inSize: Int, to outSize: Int) {
    let scale = Double(inSize) / Double(outSize)
    let filterScale = max(scale, 1)
    let support = filterScale
    windows.reserveCapacity(outSize)
    for position in 0..<outSize {
      let center = (Double(position) + 0.5) * scale
      let first = max(0, Int(center - support + 0.5))
      let end = min(inSize, Int(center + support + 0.5))
      let taps = (0..<end - first).map { tap -> Double in
        let distance = abs((Double(tap + first) - center + 0.5) * (1 / filterScale))
        return distance < 1 ? 1 - distance : 0
      }
      let total = taps.reduce(0, +)
      let unit = Double(1 << ResampleFilter.precision)
      windows.append(Window(first: first, count: taps.count, weights: weights.count))
      for tap in taps {
        weights.append(Int32((total == 0 ? 0 : tap / total) * unit + 0.5))
      }
    }
  }

  static func rounded(_ sum: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: min(255, max(0, sum >> precision)))
  }
}
