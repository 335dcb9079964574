import TorchOps

/// Sequences of several lengths without padding: the rows of all samples at the first time, then at the second, …, the longest
/// sample first. `torch.nn.utils.rnn.PackedSequence`.
///
/// Made by ``packPaddedSequence(_:lengths:batchFirst:enforceSorted:)`` or ``packSequence(_:enforceSorted:)``.
public struct PackedSequence: Sendable, CustomStringConvertible {
  /// The rows (sum of the lengths, …).
  public let data: Tensor
  /// How many samples each time has (T), int64.
  public let batchSizes: Tensor
  /// The samples in order of length; nil where they came so.
  public let sortedIndices: Tensor?
  /// Undoes `sortedIndices`.
  public let unsortedIndices: Tensor?

  /// - Parameter unsortedIndices: computed from `sortedIndices` where nil.
  public init(data: Tensor, batchSizes: Tensor, sortedIndices: Tensor? = nil, unsortedIndices: Tensor? = nil) {
    self.data = data
    self.batchSizes = batchSizes
    self.sortedIndices = sortedIndices
    self.unsortedIndices = unsortedIndices ?? sortedIndices.map(invertPermutation)
  }

  /// The same sequences with other rows: what an element-wise or row-wise function makes of `data`.
  public func with(data: Tensor) -> PackedSequence {
    PackedSequence(data: data, batchSizes: batchSizes, sortedIndices: sortedIndices, unsortedIndices: unsortedIndices)
  }

  /// With the rows converted.
  public func to(_ dtype: DType) -> PackedSequence { with(data: data.to(dtype)) }

  public var description: String {
    func text(_ tensor: Tensor?) -> String { tensor.map { "\($0)" } ?? "None" }
    return "PackedSequence(data=\(data), batch_sizes=\(batchSizes), sorted_indices=\(text(sortedIndices)), "
      + "unsorted_indices=\(text(unsortedIndices)))"
  }
}

/// The permutation that undoes another (n). `torch.nn.utils.rnn.invert_permutation`.
public func invertPermutation(_ permutation: Tensor) -> Tensor {
  permutation.zerosLike().scatter(0, permutation, Tensor.arange(Scalar(permutation.count)))
}

/// Packs padded sequences. `torch.nn.utils.rnn.pack_padded_sequence`.
/// - Parameters:
///   - input: (T, B, …), or (B, T, …) where `batchFirst`.
///   - lengths: those of the samples, each from 1 to T.
///   - enforceSorted: whether the samples must come in order of length, the longest first; they are sorted otherwise.
public func packPaddedSequence(
  _ input: Tensor, lengths: [Int], batchFirst: Bool = false, enforceSorted: Bool = true
) -> PackedSequence {
  let failed = PackedSequence(data: .poison(), batchSizes: .poison())
  return checked(failed, "packPaddedSequence") {
    guard input.isDefined else { return failed }
    guard input.rank >= 2 else { throw TorchError(.shape, "expected an input of at least 2 dimensions, got \(input.summary)") }
    let (batch, steps) = batchFirst ? (input.size(0), input.size(1)) : (input.size(1), input.size(0))
    guard batch > 0, lengths.count == batch else {
      throw TorchError(.value, "expected a length for each of \(batch) samples, at least one; got \(lengths.count) lengths")
    }
    if let bad = lengths.first(where: { $0 < 1 || $0 > steps }) {
      throw TorchError(.value, "lengths must lie in 1...\(steps), got \(bad)")
    }
    var order: Tensor?
    var sizes = Tensor(lengths)
    if !enforceSorted {
      let sorted = sizes.sort(0, descending: true, stable: true)
      (sizes, order) = (sorted.values, sorted.indices)
    } else if zip(lengths, lengths.dropFirst()).contains(where: { $0 < $1 }) {
      throw TorchError(.value, "the samples must come in order of length, the longest first; enforceSorted: false sorts them")
    }
    var rows = batchFirst ? input.transpose(0, 1) : input
    if let order { rows = rows.indexSelect(1, order) }
    let longest = lengths.max() ?? 0
    let present = Tensor.arange(Scalar(longest)).unsqueeze(1) .< sizes
    let data = rows.narrow(0, 0, longest).flatten(0, 1).indexSelect(0, present.flatten().nonzero().flatten())
    return PackedSequence(data: data, batchSizes: present.sum([1]), sortedIndices: order)
  }
}

/// As above, with the lengths in a tensor (B) of whole numbers.
public func packPaddedSequence(
  _ input: Tensor, lengths: Tensor, batchFirst: Bool = false, enforceSorted: Bool = true
) -> PackedSequence {
  let numbers = sequenceLengths(lengths, "packPaddedSequence")
  return packPaddedSequence(input, lengths: numbers, batchFirst: batchFirst, enforceSorted: enforceSorted)
}

private func sequenceLengths(_ lengths: Tensor, _ op: String) -> [Int] {
  checked([], op) {
    guard lengths.isDefined else { return [] }
    guard lengths.rank == 1, !lengths.dtype.isFloatingPoint, !lengths.dtype.isComplex else {
      throw TorchError(.dtype, "lengths must be a vector of whole numbers, got \(lengths.summary)")
    }
    return lengths.to(.int64).array(as: Int.self)
  }
}

/// Undoes ``packPaddedSequence(_:lengths:batchFirst:enforceSorted:)``: the sequences (T, B, …), or (B, T, …) where `batchFirst`,
/// in the order before sorting, and their lengths (B). `torch.nn.utils.rnn.pad_packed_sequence`.
/// - Parameters:
///   - paddingValue: stands behind the end of the shorter ones.
///   - totalLength: T, where it is not the longest length; at least that.
public func padPackedSequence(
  _ sequence: PackedSequence, batchFirst: Bool = false, paddingValue: Scalar = 0, totalLength: Int? = nil
) -> (padded: Tensor, lengths: Tensor) {
  checked((.poison(), .poison()), "padPackedSequence") {
    let (data, batchSizes) = (sequence.data, sequence.batchSizes)
    guard data.isDefined, batchSizes.isDefined else { return (.poison(), .poison()) }
    guard batchSizes.rank == 1, batchSizes.count > 0, data.rank > 0 else {
      throw TorchError(
        .shape, "expected rows and the batch sizes of at least one step, got \(data.summary) and \(batchSizes.summary)")
    }
    let (steps, batch) = (batchSizes.count, batchSizes.select(0, 0).item(as: Int.self))
    let total = totalLength ?? steps
    guard total >= steps else {
      throw TorchError(.value, "totalLength must be at least the longest length \(steps), got \(total)")
    }
    let (places, isTooLarge) = total.multipliedReportingOverflow(by: batch)
    guard batch > 0, batch <= data.size(0), !isTooLarge else {
      throw TorchError(.value, "batch sizes must begin with 1...\(data.size(0)), as many as fit \(total) steps; got \(batch)")
    }
    let present = Tensor.arange(Scalar(batch)) .< batchSizes.unsqueeze(1)
    let filled = present.flatten().nonzero().flatten()
    guard filled.count == data.size(0) else {
      throw TorchError(.shape, "the batch sizes add up to \(filled.count), but the data has \(data.size(0)) rows")
    }
    let blank = Tensor.full([places] + data.shape.dropFirst(), paddingValue, dtype: data.dtype, device: data.device)
    var padded = blank.indexCopy(0, filled, data).reshape([total, batch] + data.shape.dropFirst())
    var lengths = present.sum([0])
    if let order = sequence.unsortedIndices { (padded, lengths) = (padded.indexSelect(1, order), lengths.indexSelect(0, order)) }
    return (batchFirst ? padded.transpose(0, 1) : padded, lengths)
  }
}

/// At which end of shorter sequences the padding stands.
public enum PaddingSide: String, Sendable { case left, right }

/// Stacks sequences (length, …) along a new dimension, padded to the longest: (T, B, …), or (B, T, …) where `batchFirst`.
/// `torch.nn.utils.rnn.pad_sequence`.
public func padSequence(
  _ sequences: [Tensor], batchFirst: Bool = false, paddingValue: Scalar = 0, paddingSide: PaddingSide = .right
) -> Tensor {
  checked(.poison(), "padSequence") {
    guard sequences.allSatisfy(\.isDefined) else { return .poison() }
    guard let first = sequences.first else { throw TorchError(.value, "expected at least one sequence") }
    for sequence in sequences {
      guard sequence.rank > 0, sequence.shape.dropFirst() == first.shape.dropFirst() else {
        throw TorchError(.shape, "sequences must agree in all sizes but the first, got \(first.summary) and \(sequence.summary)")
      }
    }
    let longest = sequences.map { $0.size(0) }.max() ?? 0
    let padded = sequences.map { sequence in
      let missing = longest - sequence.size(0)
      let ends = paddingSide == .right ? [0, missing] : [missing, 0]
      let others = Array(repeating: 0, count: 2 * (sequence.rank - 1))
      return missing == 0 ? sequence : sequence.constantPad(others + ends, paddingValue)
    }
    return stack(padded, dim: batchFirst ? 0 : 1)
  }
}

/// Undoes ``padSequence(_:batchFirst:paddingValue:paddingSide:)`` of the right side: views of the samples' own steps.
/// `torch.nn.utils.rnn.unpad_sequence`.
/// - Parameter lengths: one for each sample; those beyond T are T.
public func unpadSequence(_ padded: Tensor, lengths: [Int], batchFirst: Bool = false) -> [Tensor] {
  checked([], "unpadSequence") {
    guard padded.isDefined else { return [] }
    guard padded.rank >= 2 else { throw TorchError(.shape, "expected an input of at least 2 dimensions, got \(padded.summary)") }
    let rows = batchFirst ? padded : padded.transpose(0, 1)
    guard lengths.count == rows.size(0) else {
      throw TorchError(.value, "expected a length for each of \(rows.size(0)) samples, got \(lengths.count)")
    }
    return lengths.enumerated().map { i, length in rows.select(0, i).narrow(0, 0, min(max(length, 0), rows.size(1))) }
  }
}

/// As above, with the lengths in a tensor (B) of whole numbers.
public func unpadSequence(_ padded: Tensor, lengths: Tensor, batchFirst: Bool = false) -> [Tensor] {
  unpadSequence(padded, lengths: sequenceLengths(lengths, "unpadSequence"), batchFirst: batchFirst)
}

/// Packs sequences (length, …). `torch.nn.utils.rnn.pack_sequence`.
/// - Parameter enforceSorted: whether they must come in order of length, the longest first; they are sorted otherwise.
public func packSequence(_ sequences: [Tensor], enforceSorted: Bool = true) -> PackedSequence {
  let padded = padSequence(sequences)
  let lengths = sequences.map { $0.isDefined && $0.rank > 0 ? $0.size(0) : 0 }
  return packPaddedSequence(padded, lengths: lengths, enforceSorted: enforceSorted)
}

/// Undoes ``packSequence(_:enforceSorted:)``. `torch.nn.utils.rnn.unpack_sequence`.
public func unpackSequence(_ sequence: PackedSequence) -> [Tensor] {
  let (padded, lengths) = padPackedSequence(sequence, batchFirst: true)
  return unpadSequence(padded, lengths: lengths, batchFirst: true)
}
