/// Channels exchanged with each other and with the places of an image.
package enum PixelShuffleOps {
  package static let shuffle = Op<Tensor, Int, Tensor>.composite(
    "aten::pixel_shuffle(Tensor self, int upscale_factor) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 8, 2, 3])), 2.box())] }
  ) { x, factor in
    let (lead, channels, height, width) = try image(x)
    guard factor > 0, factor <= 1 << 30, channels % (factor * factor) == 0 else {
      throw TorchError(.value, "upscale_factor must be positive and its square divide the \(channels) channels, got \(factor)")
    }
    let n = lead.count
    let split = try ViewOps.reshape.callThrowing(x, lead + [channels / (factor * factor), factor, factor, height, width])
    let order = Array(0..<n) + [n, n + 3, n + 1, n + 4, n + 2]
    return try ViewOps.reshape.callThrowing(
      try ViewOps.permute.callThrowing(split, order),
      lead + [channels / (factor * factor), try sizeProduct(height, factor), try sizeProduct(width, factor)])
  }

  package static let unshuffle = Op<Tensor, Int, Tensor>.composite(
    "aten::pixel_unshuffle(Tensor self, int downscale_factor) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 2, 4, 6])), 2.box())] }
  ) { x, factor in
    let (lead, channels, height, width) = try image(x)
    guard factor > 0, factor <= 1 << 30, height % factor == 0, width % factor == 0 else {
      throw TorchError(.value, "downscale_factor must be positive and divide height \(height) and width \(width), got \(factor)")
    }
    let n = lead.count
    let split = try ViewOps.reshape.callThrowing(x, lead + [channels, height / factor, factor, width / factor, factor])
    let order = Array(0..<n) + [n, n + 2, n + 4, n + 1, n + 3]
    return try ViewOps.reshape.callThrowing(
      try ViewOps.permute.callThrowing(split, order),
      lead + [try sizeProduct(channels, factor * factor), height / factor, width / factor])
  }

  private static func image(_ x: Tensor) throws -> (lead: [Int], channels: Int, height: Int, width: Int) {
    guard x.rank >= 3 else { throw TorchError(.shape, "expected images (..., channels, height, width), got \(x.summary)") }
    let sizes = x.shape
    let n = sizes.count
    return (Array(sizes[..<(n - 3)]), sizes[n - 3], sizes[n - 2], sizes[n - 1])
  }

  package static let channels = Op<Tensor, Int, Tensor>.composite(
    "aten::channel_shuffle(Tensor self, SymInt groups) -> Tensor",
    samples: { s in [Sample(.tensor(s.tensor([2, 6, 2])), 3.box())] }
  ) { x, groups in
    guard x.rank > 2 else { throw TorchError(.shape, "expected (batch, channels, places...), got \(x.summary)") }
    let sizes = x.shape
    guard groups > 0, sizes[1] % groups == 0 else {
      throw TorchError(.value, "the number of groups must be positive and divide the \(sizes[1]) channels, got \(groups)")
    }
    let split = try ViewOps.reshape.callThrowing(x, [sizes[0], groups, sizes[1] / groups] + sizes[2...])
    return try ViewOps.reshape.callThrowing(try ViewOps.transpose.callThrowing(split, 1, 2), sizes)
  }

  package static let table: [AnyOp] = [shuffle.erased, unshuffle.erased, channels.erased]
}

extension Tensor {
  /// Images enlarged by a factor, each block of places filled from as many channels. `torch.nn.functional.pixel_shuffle`.
  public func pixelShuffle(_ factor: Int) -> Tensor { PixelShuffleOps.shuffle(self, factor) }
  /// Images reduced by a factor, each block of places spread over as many channels. `torch.nn.functional.pixel_unshuffle`.
  public func pixelUnshuffle(_ factor: Int) -> Tensor { PixelShuffleOps.unshuffle(self, factor) }
  /// The channels in groups, read across the groups. `torch.nn.functional.channel_shuffle`.
  public func channelShuffle(groups: Int) -> Tensor { PixelShuffleOps.channels(self, groups) }
}
