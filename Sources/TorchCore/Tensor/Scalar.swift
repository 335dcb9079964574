/// A number of any type, as an argument: PyTorch's `Scalar`. Literals convert to it.
public enum Scalar: Sendable, Hashable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral {
  case bool(Bool)
  case int(Int64)
  case double(Double)
  case complex(Double, Double)

  public init(integerLiteral value: Int64) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(_ value: some BinaryInteger) { self = .int(Int64(truncatingIfNeeded: value)) }
  public init(_ value: some BinaryFloatingPoint) { self = .double(Double(value)) }

  /// The type a tensor made of this number has: `bool`, `int64`, the default type, or its complex counterpart.
  public var dtype: DType {
    switch self {
    case .bool: .bool
    case .int: .int64
    case .double: defaultDType
    case .complex: defaultDType.complexType
    }
  }

  /// The real part as a double.
  public var doubleValue: Double {
    switch self {
    case .bool(let b): b ? 1 : 0
    case .int(let i): Double(i)
    case .double(let d): d
    case .complex(let re, _): re
    }
  }

  /// The value as an integer, truncated toward zero; values out of range saturate and NaN is 0.
  public var intValue: Int64 {
    switch self {
    case .bool(let b): b ? 1 : 0
    case .int(let i): i
    case .double(let d), .complex(let d, _):
      d.isNaN ? 0 : d >= 0x1p63 ? .max : d < -0x1p63 ? .min : Int64(d)
    }
  }

  /// Whether the number differs from zero.
  public var boolValue: Bool {
    switch self {
    case .bool(let b): b
    case .int(let i): i != 0
    case .double(let d): d != 0
    case .complex(let re, let im): re != 0 || im != 0
    }
  }

  package var imaginaryPart: Double {
    if case .complex(_, let im) = self { im } else { 0 }
  }
}

extension Scalar: CustomStringConvertible {
  public var description: String {
    switch self {
    case .bool(let b): "\(b)"
    case .int(let i): "\(i)"
    case .double(let d): "\(d)"
    case .complex(let re, let im): "\(re)\(im < 0 ? "-" : "+")\(im.magnitude)i"
    }
  }
}
