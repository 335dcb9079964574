import Synchronization

/// A short list of sizes or strides that lives inline for up to six dimensions, so that shapes cost no allocation.
///
/// Longer lists are rare; each distinct one is kept once for the life of the program (`LongDims`), so that a `Dims` is plain bytes that
/// copy without reference counting.
public struct Dims: Sendable, RandomAccessCollection, ExpressibleByArrayLiteral, Hashable, CustomStringConvertible {
  package static let inlineCapacity = 6
  private var length: Int
  private var inline: InlineArray<6, Int>
  nonisolated(unsafe) private var long: UnsafePointer<Int>?

  /// An empty list: the shape of a scalar.
  @inline(__always)
  public init() {
    length = 0
    inline = InlineArray(repeating: 0)
    long = nil
  }

  @inline(__always)
  public init(repeating value: Int, count: Int) {
    length = count
    inline = InlineArray(repeating: value)
    long = count > Dims.inlineCapacity ? LongDims.keep(Array(repeating: value, count: count)) : nil
  }

  public init<S: Collection>(_ elements: S) where S.Element == Int {
    length = elements.count
    inline = InlineArray(repeating: 0)
    long = length > Dims.inlineCapacity ? LongDims.keep(Array(elements)) : nil
    if length > Dims.inlineCapacity { return }
    var i = 0
    for element in elements {
      inline[i] = element
      i += 1
    }
  }

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  public var startIndex: Int { 0 }
  @inline(__always) public var endIndex: Int { length }
  @inline(__always) public var count: Int { length }

  @inline(__always)
  public subscript(position: Int) -> Int {
    get {
      precondition(position >= 0 && position < length, "dimension index out of range")
      return length <= Dims.inlineCapacity ? inline[position] : long.unsafelyUnwrapped[position]
    }
    set {
      precondition(position >= 0 && position < length, "dimension index out of range")
      if length <= Dims.inlineCapacity { inline[position] = newValue } else { changeLong { $0[position] = newValue } }
    }
  }

  /// The product of the entries: the number of elements of a tensor of these sizes. 1 for an empty list.
  @inline(__always)
  package var product: Int {
    var n = 1
    for i in 0..<length { n &*= self[i] }
    return n
  }

  private mutating func changeLong(_ change: (inout [Int]) -> Void) {
    var values = Array(self)
    change(&values)
    self = Dims(values)
  }

  public mutating func append(_ value: Int) {
    if length < Dims.inlineCapacity {
      inline[length] = value
      length += 1
    } else {
      changeLong { $0.append(value) }
    }
  }

  public mutating func insert(_ value: Int, at position: Int) {
    var values = Array(self)
    values.insert(value, at: position)
    self = Dims(values)
  }

  public mutating func remove(at position: Int) {
    var values = Array(self)
    values.remove(at: position)
    self = Dims(values)
  }

  @inline(__always)
  public static func == (a: Dims, b: Dims) -> Bool {
    if a.length != b.length { return false }
    for i in 0..<a.length where a[i] != b[i] { return false }
    return true
  }

  public func hash(into hasher: inout Hasher) { for value in self { hasher.combine(value) } }

  /// `[2, 3]`
  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }

  /// Row-major strides, in elements, for these sizes.
  @inline(__always)
  package var contiguousStrides: Dims {
    var strides = self
    var step = 1
    var i = length - 1
    while i >= 0 {
      strides[i] = step
      step &*= Swift.max(self[i], 1)
      i -= 1
    }
    return strides
  }

  /// Strides of the channels-last layout (N, H, W, C in memory) for four sizes (N, C, H, W).
  package var channelsLastStrides: Dims {
    let (c, h, w) = (self[1], self[2], self[3])
    return [Swift.max(h * w * c, 1), 1, Swift.max(w * c, 1), Swift.max(c, 1)]
  }
}

/// Lists of more than six entries, each distinct one kept once.
private enum LongDims {
  private static let kept = Mutex<[[Int]: UInt]>([:])

  static func keep(_ values: [Int]) -> UnsafePointer<Int> {
    let address = kept.withLock { kept in
      if let found = kept[values] { return found }
      let copy = UnsafeMutablePointer<Int>.allocate(capacity: values.count)
      copy.initialize(from: values, count: values.count)
      kept[values] = UInt(bitPattern: copy)
      return UInt(bitPattern: copy)
    }
    return UnsafePointer(bitPattern: address)!
  }
}
