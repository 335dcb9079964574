/// A short list of sizes or strides that lives inline for up to six dimensions, so that shapes cost no allocation.
public struct Dims: Sendable, RandomAccessCollection, ExpressibleByArrayLiteral, Hashable, CustomStringConvertible {
  package static let inlineCapacity = 6
  private var length: Int
  private var inline: InlineArray<6, Int>
  private var overflow: [Int]?

  /// An empty list: the shape of a scalar.
  @inline(__always)
  public init() {
    length = 0
    inline = InlineArray(repeating: 0)
    overflow = nil
  }

  @inline(__always)
  public init(repeating value: Int, count: Int) {
    length = count
    inline = InlineArray(repeating: value)
    overflow = count > Dims.inlineCapacity ? Array(repeating: value, count: count) : nil
  }

  public init<S: Collection>(_ elements: S) where S.Element == Int {
    self.init(repeating: 0, count: elements.count)
    var i = 0
    for element in elements {
      self[i] = element
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
      return length <= Dims.inlineCapacity ? inline[position] : overflow![position]
    }
    set {
      precondition(position >= 0 && position < length, "dimension index out of range")
      if length <= Dims.inlineCapacity { inline[position] = newValue } else { overflow![position] = newValue }
    }
  }

  /// The product of the entries: the number of elements of a tensor of these sizes. 1 for an empty list.
  @inline(__always)
  package var product: Int {
    var n = 1
    for i in 0..<length { n &*= self[i] }
    return n
  }

  public mutating func append(_ value: Int) {
    if length < Dims.inlineCapacity {
      inline[length] = value
    } else {
      if overflow == nil { overflow = (0..<length).map { inline[$0] } }
      overflow!.append(value)
    }
    length += 1
  }

  public mutating func insert(_ value: Int, at position: Int) {
    append(value)
    var i = length - 1
    while i > position {
      self[i] = self[i - 1]
      i -= 1
    }
    self[position] = value
  }

  public mutating func remove(at position: Int) {
    for i in position..<(length - 1) { self[i] = self[i + 1] }
    if length > Dims.inlineCapacity {
      overflow!.removeLast()
      if length - 1 == Dims.inlineCapacity {
        for i in 0..<Dims.inlineCapacity { inline[i] = overflow![i] }
        overflow = nil
      }
    }
    length -= 1
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
