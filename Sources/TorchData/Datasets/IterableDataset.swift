import TorchOps

/// Samples that come one after the other: lines of a file, messages of a stream. `torch.utils.data.IterableDataset`.
///
/// A pass has two halves. The iterator hands out elements and is asked by one thread at a time, so that every element comes once
/// and in order, whatever the number of workers; `sample(of:rng:)` does the work on an element, on many threads at once. Cheap
/// reading belongs in the first, decoding and augmenting in the second.
///
/// ```swift
/// struct Lines: IterableDataset {
///   let path: String
///   func makeIterator(rng: Generator, skipping count: Int) throws -> AnyIterator<String> { … }
///   func sample(of line: String, rng: Generator) throws -> Tensor { try tokenize(line) }
/// }
/// ```
public protocol IterableDataset<Sample>: Sendable {
  associatedtype Element
  associatedtype Sample
  associatedtype Elements: ElementIterator where Elements.Element == Element

  /// The number of samples of a pass, where it is known.
  var count: Int? { get }
  /// Begins a pass after its first `count` elements.
  /// - Parameter rng: for shuffling: its state depends on the loader's seed and the epoch alone.
  func makeIterator(rng: Generator, skipping count: Int) throws -> Elements
  /// The sample made of an element; `rng` depends on the loader's seed, the epoch and the element's place in it alone.
  func sample(of element: Element, rng: Generator) throws -> Sample
}

extension IterableDataset {
  public var count: Int? { nil }
}

extension IterableDataset where Sample == Element {
  public func sample(of element: Element, rng: Generator) throws -> Sample { element }
}

/// An iterator whose next element may fail to come.
public protocol ElementIterator<Element> {
  associatedtype Element
  /// The next element, or nil after the last.
  mutating func next() throws -> Element?
}

extension AnyIterator: ElementIterator {}
extension IndexingIterator: ElementIterator {}

/// The elements of a sequence, which can be passed through any number of times.
public struct SequenceDataset<Base: Sequence & Sendable>: IterableDataset where Base.Element: Sendable {
  public typealias Sample = Base.Element
  public let base: Base

  public init(_ base: Base) { self.base = base }

  public func makeIterator(rng: Generator, skipping count: Int) -> AnyIterator<Base.Element> {
    var iterator = base.makeIterator()
    for _ in 0..<count { if iterator.next() == nil { break } }
    return AnyIterator(iterator)
  }
}

/// Streams one after the other. `torch.utils.data.ChainDataset`.
public struct ChainDataset<Base: IterableDataset>: IterableDataset {
  public typealias Element = Base.Element
  public typealias Sample = Base.Sample
  public let datasets: [Base]

  public init(_ datasets: [Base]) { self.datasets = datasets }

  /// The sum of the streams' sizes, if all are known.
  public var count: Int? {
    datasets.reduce(0) { sum, dataset in dataset.count.flatMap { count in sum.map { $0 + count } } }
  }

  public func makeIterator(rng: Generator, skipping count: Int) throws -> Elements {
    var elements = Elements(rest: datasets[...], rng: rng)
    // Streams of known size are passed over as a whole.
    var left = count
    while let first = elements.rest.first, let size = first.count, size <= left {
      left -= size
      elements.rest.removeFirst()
    }
    try elements.open(skipping: 0)
    while left > 0 {
      guard try elements.next() != nil else { break }
      left -= 1
    }
    return elements
  }

  public func sample(of element: Element, rng: Generator) throws -> Sample {
    guard let first = datasets.first else { throw TorchError(.value, "a chain without data sets has no samples") }
    return try first.sample(of: element, rng: rng)
  }

  /// The elements of all streams.
  public struct Elements: ElementIterator {
    fileprivate var rest: ArraySlice<Base>
    fileprivate let rng: Generator
    private var current: Base.Elements?

    fileprivate init(rest: ArraySlice<Base>, rng: Generator) {
      self.rest = rest
      self.rng = rng
    }

    fileprivate mutating func open(skipping count: Int) throws {
      current = try rest.popFirst()?.makeIterator(rng: rng, skipping: count)
    }

    public mutating func next() throws -> Element? {
      while current != nil {
        if let element = try current!.next() { return element }
        try open(skipping: 0)
      }
      return nil
    }
  }
}
