import TorchCore

/// Divides each element by (k + α · mean square of `size` neighbouring channels)^β. Inputs have sizes (N, C, L…).
/// `torch.nn.functional.local_response_norm`.
public func localResponseNorm(
  _ input: Tensor, _ size: Int, alpha: Double = 1e-4, beta: Double = 0.75, k: Double = 1
) -> Tensor {
  checked(.poison(), "localResponseNorm") {
    guard input.isDefined else { return .poison() }
    guard input.rank >= 3 else { throw TorchError(.shape, "expected an input of at least 3 dimensions, got \(input.summary)") }
    guard size > 0 else { throw TorchError(.value, "size: expected a positive number, got \(size)") }
    if input.count == 0 { return input }
    let (before, after) = (size / 2, (size - 1) / 2)
    let sizes = input.shape
    let planes = (input * input).reshape([sizes[0], 1, sizes[1], sizes.dropFirst(2).reduce(1, *)])
    let means = avgPool2d(planes.pad([0, 0, before, after]), [size, 1], stride: [1])
    return input / (means.reshape(sizes) * Tensor(scalar: .double(alpha)) + Tensor(scalar: .double(k))).pow(.double(beta))
  }
}
