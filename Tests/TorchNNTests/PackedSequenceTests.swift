import Testing
import TorchNN
import TorchOps

@Suite struct PackedSequenceTests {
  private func ints(_ tensor: Tensor) -> [Int] { tensor.to(.int64).contiguous().array(as: Int.self) }

  /// The example of PyTorch's documentation.
  @Test func packsAndPads() throws {
    let x = Tensor([1, 2, 0, 3, 0, 0, 4, 5, 6]).reshape([3, 3])
    let packed = packPaddedSequence(x, lengths: Tensor([2, 1, 3]), batchFirst: true, enforceSorted: false)
    #expect(ints(packed.data) == [4, 1, 3, 5, 2, 6] && ints(packed.batchSizes) == [3, 2, 1])
    #expect(try ints(#require(packed.sortedIndices)) == [2, 0, 1])
    #expect(try ints(#require(packed.unsortedIndices)) == [1, 2, 0])
    let (padded, lengths) = padPackedSequence(packed, batchFirst: true)
    #expect(ints(padded) == ints(x) && padded.shape == [3, 3] && ints(lengths) == [2, 1, 3])
    #expect(unpackSequence(packed).map(ints) == [[1, 2], [3], [4, 5, 6]])
    #expect(
      "\(packSequence([Tensor([1, 2]), Tensor([3])]))"
        == "PackedSequence(data=tensor([1, 3, 2]), batch_sizes=tensor([2, 1]), sorted_indices=None, unsorted_indices=None)")
  }

  @Test func padsEitherSide() {
    let sequences = [Tensor([1, 2, 3]), Tensor([4])]
    #expect(ints(padSequence(sequences)) == [1, 4, 2, 0, 3, 0])
    #expect(ints(padSequence(sequences, batchFirst: true, paddingValue: 9, paddingSide: .left)) == [1, 2, 3, 9, 9, 4])
    #expect(padSequence([Tensor.ones(2, 5), Tensor.ones(4, 5)]).shape == [4, 2, 5])
    #expect(unpadSequence(padSequence(sequences), lengths: [3, 1]).map(ints) == [[1, 2, 3], [4]])
    let padded = padSequence(sequences, batchFirst: true)
    #expect(unpadSequence(padded, lengths: Tensor([3, 1]), batchFirst: true).map(ints) == [[1, 2, 3], [4]])
    #expect(ints(invertPermutation(Tensor([2, 0, 1]))) == [1, 2, 0])
  }

  @Test func gradientsComeBack() {
    let x = Tensor.ones([3, 2, 2], requiresGrad: true)
    let packed = packPaddedSequence(x, lengths: [3, 1])
    let (padded, _) = padPackedSequence(packed.with(data: packed.data * 2))
    (padded * padded).sum().backward()
    #expect(ints(x.grad!) == [8, 8, 8, 8, 8, 8, 0, 0, 8, 8, 0, 0])
  }

  /// Longer padding than any sequence needs is cut off, and can be had again.
  @Test func totalLengths() {
    let packed = packPaddedSequence(Tensor.ones(5, 2), lengths: [3, 2])
    #expect(padPackedSequence(packed).padded.shape == [3, 2])
    #expect(ints(padPackedSequence(packed, paddingValue: 7, totalLength: 4).padded) == [1, 1, 1, 1, 1, 7, 7, 7])
    #expect(message { _ = padPackedSequence(packed, totalLength: 2) }.contains("at least the longest length 3, got 2"))
  }

  @Test func lengthsAreJudged() {
    let x = Tensor.ones(4, 2)
    #expect(message { _ = packPaddedSequence(x, lengths: [1, 2]) }.contains("in order of length"))
    #expect(message { _ = packPaddedSequence(x, lengths: [2, 0]) }.contains("lengths must lie in 1...4, got 0"))
    #expect(message { _ = packPaddedSequence(x, lengths: [5, 1]) }.contains("got 5"))
    #expect(message { _ = packPaddedSequence(x, lengths: [2]) }.contains("a length for each of 2 samples"))
    #expect(message { _ = packPaddedSequence(Tensor.ones(4), lengths: [2]) }.contains("at least 2 dimensions"))
    #expect(message { _ = packPaddedSequence(x, lengths: Tensor([2.5, 1])) }.contains("whole numbers"))
    #expect(message { _ = padSequence([]) }.contains("at least one sequence"))
    #expect(message { _ = padSequence([Tensor.ones(2, 3), Tensor.ones(2, 4)]) }.contains("all sizes but the first"))
    #expect(message { _ = unpadSequence(x, lengths: [1]) }.contains("a length for each of 2 samples"))
    for first in [-1, Int.max] {
      let odd = PackedSequence(data: Tensor.ones(2, 2), batchSizes: Tensor([first, 1]))
      #expect(message { _ = padPackedSequence(odd) }.contains("batch sizes must begin with 1...2"))
      #expect(message { _ = GRU(2, 3)(odd).output }.contains("batch sizes must begin with 1...2"))
    }
    let packed = packSequence([Tensor.ones(2), Tensor.ones(1)])
    #expect(message { _ = padPackedSequence(packed, totalLength: .max) }.contains("steps"))
    let short = PackedSequence(data: Tensor.ones(2), batchSizes: Tensor([2, 1]))
    #expect(message { _ = padPackedSequence(short) }.contains("add up to 3, but the data has 2 rows"))
  }
}
