import CTorchKernels

/// The ordering kernels on contiguous tensors, along the last dimension; rows are shared among threads.
package enum OrderingKernels {
  /// A 0-d tensor is a row of one element.
  private static func rowLength(_ x: Tensor) -> Int { x.rank == 0 ? 1 : x.impl.sizes[x.rank - 1] }

  /// Calls `body` with ranges of rows and scratch memory of the calling thread's own.
  private static func forRows(
    _ x: Tensor, length: Int, _ body: (_ begin: Int, _ rows: Int64, _ scratch: UnsafeMutableRawPointer) -> Void
  ) throws {
    let bytes = Int(torch_sort_scratch(Int32(x.dtype.rawValue), Int64(length)))
    guard bytes > 0 || length == 0 else { throw TorchError(.dtype, "\(x.dtype) numbers have no order") }
    let rows = length == 0 ? 0 : x.count / length
    parallelFor(rows, grain: Swift.max(1, 8192 / Swift.max(length, 1))) { range in
      let scratch = UnsafeMutableRawPointer.allocate(byteCount: Swift.max(bytes, 8), alignment: 64)
      defer { scratch.deallocate() }
      body(range.lowerBound, Int64(range.count), scratch)
    }
  }

  package static func sort(_ x: Tensor, descending: Bool, stable: Bool, _ values: Tensor, _ indices: Tensor?) throws {
    let length = rowLength(x)
    let width = x.dtype.byteCount
    try forRows(x, length: length) { begin, rows, scratch in
      _ = torch_sort(
        Int32(x.dtype.rawValue), rows, Int64(length), descending, stable, x.address + begin * length * width,
        values.address + begin * length * width, indices.map { $0.int64s + begin * length }, scratch)
    }
  }

  package static func topk(
    _ x: Tensor, _ k: Int, largest: Bool, sorted: Bool, _ values: Tensor, _ indices: Tensor
  ) throws {
    let length = rowLength(x)
    let width = x.dtype.byteCount
    try forRows(x, length: length) { begin, rows, scratch in
      _ = torch_topk(
        Int32(x.dtype.rawValue), rows, Int64(length), Int64(k), largest, sorted, x.address + begin * length * width,
        values.address + begin * k * width, indices.int64s + begin * k, scratch)
    }
  }

  /// Chooses one element of each row.
  private static func choose(
    _ x: Tensor, _ values: Tensor, _ indices: Tensor,
    _ fn: (
      Int32, Int64, Int64, UnsafeRawPointer, UnsafeMutableRawPointer, UnsafeMutablePointer<Int64>, UnsafeMutableRawPointer
    ) -> Bool
  ) throws {
    let length = rowLength(x)
    let width = x.dtype.byteCount
    try forRows(x, length: length) { begin, rows, scratch in
      _ = fn(
        Int32(x.dtype.rawValue), rows, Int64(length), x.address + begin * length * width, values.address + begin * width,
        indices.int64s + begin, scratch)
    }
  }

  package static func kthvalue(_ x: Tensor, _ k: Int, _ values: Tensor, _ indices: Tensor) throws {
    try choose(x, values, indices) { torch_kthvalue($0, $1, $2, Int64(k), $3, $4, $5, $6) }
  }

  package static func median(_ x: Tensor, skipsNaN: Bool, _ values: Tensor, _ indices: Tensor) throws {
    try choose(x, values, indices) { torch_median($0, $1, $2, skipsNaN, $3, $4, $5, $6) }
  }

  package static func mode(_ x: Tensor, _ values: Tensor, _ indices: Tensor) throws {
    try choose(x, values, indices) { torch_mode($0, $1, $2, $3, $4, $5, $6) }
  }
}
