/// Sizes with at most one -1, which takes what is left of `count` elements.
package func inferSizes(_ sizes: [Int], count: Int) throws -> Dims {
  var dims = Dims(sizes)
  var unknown: Int?
  var known = 1
  var overflow = false
  for (i, size) in sizes.enumerated() {
    if size == -1 {
      guard unknown == nil else { throw TorchError(.shape, "only one size can be inferred, got \(sizes)") }
      unknown = i
    } else if size < 0 {
      throw TorchError(.shape, "sizes must not be negative, got \(sizes)")
    } else {
      let product = known.multipliedReportingOverflow(by: size)
      overflow = overflow || product.overflow
      known = product.partialValue
    }
  }
  if sizes.contains(0) { (known, overflow) = (0, false) }
  guard !overflow else { throw TorchError(.shape, "sizes \(sizes) do not fit \(count) elements") }
  if let unknown {
    guard known > 0 else { throw TorchError(.shape, "the size -1 in \(sizes) is ambiguous for a tensor without elements") }
    guard count % known == 0 else { throw TorchError(.shape, "sizes \(sizes) do not fit \(count) elements") }
    dims[unknown] = count / known
  } else if known != count {
    throw TorchError(.shape, "sizes \(sizes) do not fit \(count) elements")
  }
  return dims
}

/// Strides under which `x`'s memory has the target sizes, or nil if there are none.
func viewStrides(_ x: Tensor, _ target: Dims) -> Dims? {
  if x.impl.isContiguous { return target.contiguousStrides }
  if x.count == 0 { return target.contiguousStrides }
  let (sizes, strides) = (x.impl.sizes, x.impl.strides)
  var out = Dims(repeating: 0, count: target.count)
  var t = target.count - 1
  // Runs of old dimensions that are neighbours in memory, from the last.
  var chunkStride = strides[sizes.count - 1]
  var chunk = 1
  var covered = 1
  var d = sizes.count - 1
  while d >= 0 {
    chunk *= sizes[d]
    if d == 0 || (sizes[d - 1] != 1 && strides[d - 1] != chunk * chunkStride) {
      while t >= 0 && (covered < chunk || target[t] == 1) {
        out[t] = covered * chunkStride
        covered *= target[t]
        t -= 1
      }
      if covered != chunk { return nil }
      if d > 0 {
        chunkStride = strides[d - 1]
        chunk = 1
        covered = 1
      }
    }
    d -= 1
  }
  return t == -1 ? out : nil
}

/// An order of all dimensions, counted from the front.
func permutation(_ dims: [Int], rank: Int) throws -> [Int] {
  guard dims.count == rank else { throw TorchError(.shape, "expected \(rank) dimensions in the new order, got \(dims)") }
  return try distinctDims(dims, rank: rank)
}

/// Dimensions counted from the front, none twice.
func distinctDims(_ dims: [Int], rank: Int, _ name: String = "dim") throws -> [Int] {
  var found: [Int] = []
  for dim in dims {
    let d = try normalizeDim(dim, rank: rank, name)
    if found.contains(d) { throw TorchError(.value, "dimension \(dim) appears twice in \(dims)") }
    found.append(d)
  }
  return found
}

/// The geometry without those dimensions of size 1 that `drops` names.
func squeezed(_ x: Tensor, _ drops: (Int) -> Bool) -> ViewGeometry {
  var (sizes, strides) = (Dims(), Dims())
  for d in 0..<x.rank where !(x.impl.sizes[d] == 1 && drops(d)) {
    sizes.append(x.impl.sizes[d])
    strides.append(x.impl.strides[d])
  }
  return ViewGeometry(sizes: sizes, strides: strides, offset: x.impl.offset)
}

/// The derivative of a view that holds the same elements under other sizes.
func restoringShape(_ x: Tensor) -> Pullback {
  let sizes = x.shape
  return { g, sink in sink[0] = g.first.reshape(sizes) }
}

/// A product or sum of sizes that callers choose; throws where it is more than an integer holds.
package func sizeProduct(_ a: Int, _ b: Int) throws(TorchError) -> Int {
  let (product, overflow) = a.multipliedReportingOverflow(by: b)
  if overflow { throw TorchError(.shape, "the size \(a) times \(b) is more than can be counted") }
  return product
}
package func sizeSum(_ a: Int, _ b: Int) throws(TorchError) -> Int {
  let (sum, overflow) = a.addingReportingOverflow(b)
  if overflow { throw TorchError(.shape, "the size \(a) plus \(b) is more than can be counted") }
  return sum
}

extension Dims {
  /// How many elements of memory these sizes span under strides that are not negative: the position of the last element plus one.
  /// Nil where that is more than an integer holds.
  package func extent(strides: Dims) -> Int? {
    var last = 0
    for i in 0..<count {
      if self[i] == 0 { return 0 }
      let (step, overflow) = (self[i] - 1).multipliedReportingOverflow(by: strides[i])
      let (sum, more) = last.addingReportingOverflow(step)
      if overflow || more { return nil }
      last = sum
    }
    let (extent, overflow) = last.addingReportingOverflow(1)
    return overflow ? nil : extent
  }

  /// Throws where the number of elements is more than an integer holds.
  package func checkCount() throws(TorchError) {
    var product = 1
    var overflow = false
    for i in 0..<count {
      if self[i] == 0 { return }
      let (next, over) = product.multipliedReportingOverflow(by: self[i])
      product = next
      overflow = overflow || over
    }
    if overflow { throw TorchError(.shape, "sizes \(self) have more elements than can be counted") }
  }
}
