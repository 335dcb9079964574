import TorchOps
import TorchReport

/// Turns the format's tensors and values into those of this framework.
struct Values {
  let numbers: UnsafeRawBufferPointer
  /// Where tensors are made: on the meta device they have sizes and types alone.
  var device = Device.cpu

  /// The dtype with PyTorch's name.
  static func dtype(_ name: String) throws -> DType {
    guard let dtype = DType.allCases.first(where: { $0.name == name }) else { throw Unsupported("the dtype \(name)") }
    return dtype
  }

  /// The bytes of the elements at `at`.
  func bytes(at: Int, count: Int, _ dtype: DType) throws -> UnsafeRawBufferPointer {
    let (size, overflow) = count.multipliedReportingOverflow(by: dtype.byteCount)
    guard at >= 0, count >= 0, !overflow, at <= numbers.count, size <= numbers.count - at else {
      throw FormatError("\(count) elements of \(dtype) at byte \(at) lie outside the file of numbers (\(numbers.count) bytes)")
    }
    return UnsafeRawBufferPointer(rebasing: numbers[at..<at + size])
  }

  private func dense(_ at: Int, _ shape: [Int], _ dtype: DType) throws -> Tensor {
    guard device == .cpu else { return try Tensor.allocate(TensorSpec(Dims(shape), dtype, device)) }
    let result = try Tensor.allocate(TensorSpec(Dims(shape), dtype))
    let source = try bytes(at: at, count: result.count, dtype)
    try result.withUnsafeMutableBytes { $0.copyMemory(from: source) }
    return result
  }

  /// An input tensor: dense, a strided view of a larger storage, or sparse.
  func tensor(_ json: JSONValue) throws -> Tensor {
    let dtype = try Values.dtype(json.member("dtype").string())
    let shape = try json.member("shape").array().map { try $0.int() }
    if let layout = json["layout"]?.stringValue, layout != "strided" { return try sparse(json, layout, shape) }
    let at = json["at"]?.intValue ?? 0
    guard let strides = json["strides"], let length = json["storage_len"]?.intValue else { return try dense(at, shape, dtype) }
    let base = try dense(at, [length], dtype)
    return base.asStrided(shape, try strides.array().map { try $0.int() }, offset: json["offset"]?.intValue ?? 0).detach()
  }

  /// A sparse tensor from its parts.
  private func sparse(_ json: JSONValue, _ layout: String, _ shape: [Int]) throws -> Tensor {
    let parts = try json.member("parts").array().map { try tensor($0) }
    switch (layout, parts.count) {
    case ("sparse_coo", 2):
      let isCoalesced = json["coalesced"]?.boolValue ?? false
      return .sparseCOO(indices: parts[0], values: parts[1], size: shape, isCoalesced: isCoalesced)
    case ("sparse_csr", 3): return .sparseCSR(crowIndices: parts[0], colIndices: parts[1], values: parts[2], size: shape)
    default: throw Unsupported("\(layout) tensors of \(parts.count) parts")
    }
  }

  /// An argument of a step.
  func argument(_ json: JSONValue, _ known: [Int: IValue]) throws -> IValue {
    switch json {
    case .null: return .none
    case .bool(let value): return .scalar(.bool(value))
    case .int(let value): return .scalar(.int(Int64(value)))
    case .double(let value): return .scalar(.double(value))
    case .string(let value): return .string(value)
    case .array(let values): return .list(try values.map { try argument($0, known) })
    case .object:
      if let number = json["v"] {
        guard let value = known[try number.int()] else { throw FormatError("value \(number.text) is not known yet") }
        return value
      }
      if json["f"] != nil { return .scalar(.double(try json.double())) }
      if let parts = try json["c"]?.array(), parts.count == 2 {
        return .scalar(.complex(try parts[0].double(), try parts[1].double()))
      }
      if let number = json["num"] { return try argument(number, known) }
      if let name = json["dtype"]?.stringValue { return .dtype(try Values.dtype(name)) }
      if let name = json["layout"]?.stringValue { return .string(name) }
      if let name = json["memory_format"]?.stringValue {
        guard let format = MemoryFormat(torchName: name) else { throw Unsupported("the memory format \(name)") }
        return .memoryFormat(format)
      }
      throw FormatError("unknown value \(json.text)")
    }
  }
}

/// Something of the data set that this framework does not have.
struct Unsupported: Error, CustomStringConvertible {
  let description: String
  init(_ what: String) { description = "\(what) are not supported" }
}
