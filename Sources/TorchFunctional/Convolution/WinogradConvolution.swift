import TorchCore
import CTorchKernels
import Synchronization

/// A float32 convolution with 3 x 3 kernels, stride 1 and dilation 1 by Winograd's method, which needs a quarter of the products.
/// Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016; points after Barabasz et al., 2020.
///
/// The gradient of the input is such a convolution too, with the roles of the channels exchanged and the weights turned.
struct WinogradConvolution {
  private var shape: torch_winograd_shape
  private let images: Int
  private let isTurned: Bool
  private let kernels: torch_winograd_kernels

  /// Nil where the method does not apply or would not be faster.
  /// - Parameters:
  ///   - x: the input, or the gradient of the output.
  ///   - isTurned: whether the input's gradient is computed.
  init?(_ x: Tensor, _ weight: Tensor, _ out: Tensor, _ geometry: ConvolutionGeometry, isTurned: Bool) {
    guard out.dtype == .float32, x.rank == 4, weight.impl.sizes[2] == 3, weight.impl.sizes[3] == 3, geometry.groups == 1,
      geometry.stride == [1, 1], geometry.dilation == [1, 1], geometry.padding.allSatisfy({ $0 <= 2 })
    else { return nil }
    kernels = torch_winograd(torch_level_current()).pointee
    let (sizes, outSizes) = (x.impl.sizes, out.impl.sizes)
    let (channels, filters) = (sizes[1], outSizes[1])
    guard channels % Int(TORCH_WINOGRAD_CHANNELS) == 0, filters % Int(kernels.panel) == 0 else { return nil }
    let tile = Int(TORCH_WINOGRAD_TILE)
    let (tilesY, tilesX) = ((outSizes[2] + tile - 1) / tile, (outSizes[3] + tile - 1) / tile)
    images = sizes[0]
    self.isTurned = isTurned
    guard Self.isFaster(outSizes[0] * outSizes[2] * outSizes[3], images * tilesY * tilesX, channels, filters) else { return nil }
    let padding = geometry.padding.map { Int64(isTurned ? 2 - $0 : $0) }
    shape = torch_winograd_shape(
      channels: Int64(channels), filters: Int64(filters), height: Int64(sizes[2]), width: Int64(sizes[3]),
      out_height: Int64(outSizes[2]), out_width: Int64(outSizes[3]), padding_y: padding[0], padding_x: padding[1],
      tiles_y: Int64(tilesY), tiles_x: Int64(tilesX), x_strides: Self.strides(x), y_strides: Self.strides(out), rows: 0)
  }

  private static func strides(_ t: Tensor) -> (Int64, Int64, Int64, Int64) {
    let strides = t.impl.strides
    return (Int64(strides[0]), Int64(strides[1]), Int64(strides[2]), Int64(strides[3]))
  }

  /// Compares the products of both methods, the transformations counted as products that take as long.
  private static func isFaster(_ positions: Int, _ tiles: Int, _ channels: Int, _ filters: Int) -> Bool {
    let direct = 9 * positions * channels * filters
    let transformed = 36 * tiles * channels * filters + 1100 * tiles * channels + 480 * tiles * filters + 1400 * channels * filters
    return transformed * 5 < direct * 4
  }

  private var tileCount: Int { images * Int(shape.tiles_y * shape.tiles_x) }

  /// Convolves a dense tensor.
  func run(_ x: Tensor, _ weight: Tensor, bias: Tensor?, into out: Tensor) throws {
    let form = Form(
      isTurned: isTurned, offset: weight.impl.offset, sizes: weight.impl.sizes, strides: weight.impl.strides, panel: Int(kernels.panel))
    let transformed = try weight.impl.storage.prepared(form) { try transform(weight.contiguous()) }
    let (source, target) = (x.address.assumingMemoryBound(to: Float.self), out.address.assumingMemoryBound(to: Float.self))
    let u = UnsafePointer(transformed.pointer!.assumingMemoryBound(to: Float.self))
    let shift = bias.map { UnsafePointer($0.contiguous().address.assumingMemoryBound(to: Float.self)) }
    // Large weights are read once for all tiles; otherwise each thread takes blocks of tiles that stay in its cache.
    let weightBytes = 144 * Int(shape.channels * shape.filters)
    if weightBytes > 1 << 21, tileCount <= 512 {
      try inPhases(source, u, shift, target)
    } else {
      try inBlocks(source, u, shift, target)
    }
    withExtendedLifetime((transformed, bias)) {}
  }

  private struct Form: Hashable {
    let isTurned: Bool
    let offset: Int
    let sizes: Dims
    let strides: Dims
    let panel: Int
  }

  private func transform(_ weight: Tensor) throws -> Storage {
    let (channels, filters) = (Int(shape.channels), Int(shape.filters))
    let result = try Storage(byteCount: 4 * Int(TORCH_WINOGRAD_POINTS) * channels * filters)
    let (filter, channel) = isTurned ? (9, 9 * filters) : (9 * channels, 9)
    let source = UnsafePointer(weight.address.assumingMemoryBound(to: Float.self))
    let target = result.pointer!.assumingMemoryBound(to: Float.self)
    parallelFor(filters / Int(kernels.panel), grain: Swift.max(1, 4096 / channels)) { panels in
      withUnsafePointer(to: shape) {
        kernels.weights($0, source, Int64(filter), Int64(channel), isTurned, target, Int64(panels.lowerBound), Int64(panels.upperBound))
      }
    }
    return result
  }

  /// Room for `rows` tiles' inputs and products.
  private func scratch(rows: Int, _ shape: torch_winograd_shape) throws -> (storage: Storage, v: UnsafeMutablePointer<Float>, m: UnsafeMutablePointer<Float>) {
    let points = Int(TORCH_WINOGRAD_POINTS)
    let inputs = points * Int(torch_winograd_point_size(Int64(rows), shape.channels))
    let products = points * Int(torch_winograd_point_size(Int64(rows), shape.filters))
    let storage = try Storage(byteCount: 4 * (inputs + products))
    let start = storage.pointer!.assumingMemoryBound(to: Float.self)
    return (storage, start, start + inputs)
  }

  private func inBlocks(
    _ x: UnsafePointer<Float>, _ u: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>
  ) throws {
    let wanted = (768 << 10) / (144 * Int(shape.channels + shape.filters)) / 6 * 6
    let rows = Swift.min(Swift.max(wanted, 24), 96)
    let blocks = (tileCount + rows - 1) / rows
    let parts = Swift.min(blocks, numThreads)
    var shape = shape
    shape.rows = Int64(rows)
    let memory = try (0..<parts).map { _ in try scratch(rows: rows, shape) }
    withUnsafePointer(to: shape) { shape in
      // Threads take the next block as they become free, each with its own room.
      let next = Atomic(0)
      parallelFor(parts, grain: 1) { range in
        for part in range {
          let own = memory[part]
          while true {
            let begin = Int64(next.wrappingAdd(rows, ordering: .relaxed).oldValue)
            if begin >= tileCount { break }
            let end = Swift.min(begin + Int64(rows), Int64(tileCount))
            kernels.input(shape, x, own.v, begin, begin, end)
            kernels.product(shape, own.v, u, own.m, end - begin, 0, Int64(TORCH_WINOGRAD_POINTS))
            kernels.output(shape, own.m, bias, y, begin, begin, end)
          }
        }
      }
    }
    withExtendedLifetime(memory) {}
  }

  private func inPhases(
    _ x: UnsafePointer<Float>, _ u: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>
  ) throws {
    let count = tileCount
    var shape = shape
    shape.rows = Int64(count)
    let memory = try scratch(rows: count, shape)
    withUnsafePointer(to: shape) { shape in
      parallelFor(count, grain: 1) { kernels.input(shape, x, memory.v, 0, Int64($0.lowerBound), Int64($0.upperBound)) }
      parallelForShares(Int(TORCH_WINOGRAD_POINTS), grain: 1) {
        kernels.product(shape, memory.v, u, memory.m, Int64(count), Int64($0.lowerBound), Int64($0.upperBound))
      }
      parallelFor(count, grain: 1) { kernels.output(shape, memory.m, bias, y, 0, Int64($0.lowerBound), Int64($0.upperBound)) }
    }
    withExtendedLifetime(memory.storage) {}
  }

  // MARK: The gradient of the weights

  /// Sums over all tiles of `x` and of the output's gradient `g`, into a contiguous weight. The tiles go through in blocks, whose
  /// transforms stay in the last-level cache.
  func weightGradient(_ x: Tensor, _ g: Tensor, into out: Tensor) throws {
    let (channels, filters) = (Int(shape.channels), Int(shape.filters))
    let rows = Swift.min(tileCount, Swift.max(48, (8 << 20) / (144 * (channels + filters))))
    var shape = shape
    shape.rows = Int64(rows)
    let memory = try scratch(rows: rows, shape)
    let points = Int(TORCH_WINOGRAD_POINTS)
    let sums = try Storage(byteCount: 4 * points * Int(torch_winograd_point_size(shape.channels, shape.filters)))
    let m = sums.pointer!.assumingMemoryBound(to: Float.self)
    let (source, gradient) = (x.address.assumingMemoryBound(to: Float.self), g.address.assumingMemoryBound(to: Float.self))
    withUnsafePointer(to: shape) { shape in
      for begin in stride(from: 0, to: tileCount, by: rows) {
        let end = Swift.min(begin + rows, tileCount)
        parallelFor(end - begin, grain: 1) { range in
          let (first, last) = (Int64(begin + range.lowerBound), Int64(begin + range.upperBound))
          kernels.input(shape, source, memory.v, Int64(begin), first, last)
          kernels.gradient(shape, gradient, memory.m, Int64(begin), first, last)
        }
        parallelForShares(points, grain: 1) {
          kernels.weight_product(
            shape, memory.v, memory.m, m, begin > 0, Int64(end - begin), Int64($0.lowerBound), Int64($0.upperBound))
        }
      }
      parallelFor(channels, grain: Swift.max(1, 4096 / filters)) {
        kernels.weight_output(shape, m, out.address.assumingMemoryBound(to: Float.self), Int64($0.lowerBound), Int64($0.upperBound))
      }
    }
    withExtendedLifetime((memory.storage, sums)) {}
  }
}
