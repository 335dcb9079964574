import TorchCore

/// The grid sampler in tensor ops, for its derivatives of higher order.
enum GridComposite {
  private static func number(_ value: Double, _ like: Tensor) -> Tensor { Tensor(value).to(like.dtype) }

  /// The samples of `x` at `grid`.
  static func sample(_ x: Tensor, _ grid: Tensor, _ geometry: GridSampler.Geometry) -> Tensor {
    let points = grid.reshape([geometry.batch, geometry.points, geometry.dims])
    let images = x.reshape([geometry.batch, geometry.channels, geometry.size.reduce(1, *)])
    // By dimension, last first: the neighbours' places and their weights.
    let neighbours = (0..<geometry.dims).map { i in
      Self.neighbours(points.select(2, i), geometry.size[geometry.dims - 1 - i], geometry)
    }
    var total: Tensor?
    func add(_ i: Int, _ place: Tensor?, _ weight: Tensor?) {
      if i < 0 {
        guard let place, let weight else { return }
        let index = place.unsqueeze(1).expand([geometry.batch, geometry.channels, geometry.points])
        let term = images.gather(2, index) * weight.unsqueeze(1)
        total = total.map { $0 + term } ?? term
        return
      }
      // From the first dimension of the image to the last, so that places add up in row-major order.
      let size = geometry.size[geometry.dims - 1 - i]
      for (own, share) in neighbours[i] {
        // Outside the image the element counts as 0.
        let limited = own.clamp(min: 0, max: Scalar(size - 1))
        let inside = (own .== limited).to(share.dtype)
        let at = place.map { $0 * Tensor(size) + limited } ?? limited
        add(i - 1, at, (weight.map { $0 * share } ?? share) * inside)
      }
    }
    add(geometry.dims - 1, nil, nil)
    let out = total ?? Tensor.zeros([geometry.batch, geometry.channels, geometry.points], dtype: x.dtype)
    return out.reshape(Array(geometry.outSizes))
  }

  private static func neighbours(_ coordinate: Tensor, _ size: Int, _ geometry: GridSampler.Geometry) -> [(Tensor, Tensor)] {
    let scaled = geometry.alignCorners
      ? (coordinate + 1) * number(Double(size - 1) / 2, coordinate)
      : (coordinate + 1) * number(Double(size) / 2, coordinate) - number(0.5, coordinate)
    switch geometry.mode {
    case 1:
      let place = inside(scaled, size, geometry).detach().round().to(.int64)
      return [(place, scaled.detach() * 0 + 1)]
    case 2:
      let low = scaled.detach().floor()
      let t = scaled - low
      return (-1...2).map { k in
        let place = inside(low + number(Double(k), low), size, geometry)
        return (place.to(.int64), cubic(t - number(Double(k), t), far: k == -1 || k == 2))
      }
    default:
      let at = inside(scaled, size, geometry)
      let low = at.detach().floor()
      let t = at - low
      return [(low.to(.int64), 1 - t), ((low + 1).to(.int64), t)]
    }
  }

  /// A position moved into the image as the padding says.
  private static func inside(_ position: Tensor, _ size: Int, _ geometry: GridSampler.Geometry) -> Tensor {
    if geometry.padding == 0 { return position }
    var at = position
    if geometry.padding == 2 {
      let least = geometry.alignCorners ? 0 : -0.5
      let span = Double(geometry.alignCorners ? size - 1 : size)
      if span == 0 { return position * 0 }
      let distance = (position - number(least, position)).abs()
      let flips = (distance.detach() / number(span, position)).floor()
      let extra = distance - flips * number(span, position)
      let isOdd = flips.remainder(number(2, position))
      at = extra * (1 - isOdd) + (number(span, position) - extra) * isOdd + number(least, position)
    }
    return at.clamp(min: 0, max: Scalar(Double(size - 1)))
  }

  /// The weight of cubic convolution with A = -0.75 at a signed distance below 1, or from 1 to 2.
  private static func cubic(_ signed: Tensor, far: Bool) -> Tensor {
    let x = signed.abs()
    let a = -0.75
    func n(_ value: Double) -> Tensor { number(value, x) }
    if !far { return (x * n(a + 2) - n(a + 3)) * x * x + 1 }
    return ((x * n(a) - n(5 * a)) * x + n(8 * a)) * x - n(4 * a)
  }
}
