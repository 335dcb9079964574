import TorchCore

/// What the instructions that would call Python amount to here.
extension Unpickler {
  // MARK: Arguments

  private func items(_ node: Int32, _ what: String) throws(PickleError) -> [Int32] {
    switch nodes[Int(node)] {
    case .tuple(let items), .list(let items), .set(let items): return items
    default: throw failure("\(what) should be a tuple, but is \(nodes[Int(node)].kind)")
    }
  }

  private func integer(_ node: Int32, _ what: String) throws(PickleError) -> Int {
    guard case .int(let value) = nodes[Int(node)] else {
      throw failure("\(what) should be an int of 64 bits, but is \(nodes[Int(node)].kind)")
    }
    return value
  }

  private func integers(_ node: Int32, _ what: String) throws(PickleError) -> [Int] {
    if case .size(let sizes) = nodes[Int(node)] { return sizes }
    var result: [Int] = []
    for item in try items(node, what) { result.append(try integer(item, what)) }
    return result
  }

  /// Sizes or strides of a tensor.
  private mutating func extents(_ node: Int32, _ what: String) throws(PickleError) -> [Int] {
    let result = try integers(node, what)
    guard result.count <= 64, result.allSatisfy({ $0 >= 0 }) else {
      throw failure("\(what) \(abbreviated(result)) has a negative entry or more than 64")
    }
    try charge(8 * result.count)
    return result
  }

  private func text(_ node: Int32, _ what: String) throws(PickleError) -> String {
    guard case .string(let text) = nodes[Int(node)] else { throw failure("\(what) should be a str, but is \(nodes[Int(node)].kind)") }
    return text
  }

  private func flag(_ node: Int32, _ what: String) throws(PickleError) -> Bool {
    guard case .bool(let value) = nodes[Int(node)] else { throw failure("\(what) should be a bool, but is \(nodes[Int(node)].kind)") }
    return value
  }

  private func number(_ node: Int32, _ what: String) throws(PickleError) -> Double {
    switch nodes[Int(node)] {
    case .double(let value): return value
    case .int(let value): return Double(value)
    default: throw failure("\(what) should be a float, but is \(nodes[Int(node)].kind)")
    }
  }

  private func count(_ arguments: [Int32], _ range: ClosedRange<Int>, _ function: String) throws(PickleError) {
    guard range.contains(arguments.count) else {
      let wanted = range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      throw failure("\(function) takes \(wanted) arguments, but got \(arguments.count)")
    }
  }

  // MARK: REDUCE

  mutating func reduce(_ function: Int32, _ arguments: Int32) throws(PickleError) -> Int32 {
    guard case .global(let global) = nodes[Int(function)] else { throw failure("calls \(nodes[Int(function)].kind)") }
    let arguments = try items(arguments, "the arguments")
    try charge(arguments.count)
    return try add(try call(global, arguments))
  }

  private mutating func call(_ function: PickleGlobal, _ a: [Int32]) throws(PickleError) -> PickleNode {
    switch function {
    case .orderedDict, .counter: return try dictionary(a, isOrdered: function == .orderedDict)
    case .set, .frozenset:
      try count(a, 0...1, "set")
      let members = try a.first.map { node throws(PickleError) in try items(node, "the members of a set") } ?? []
      try charge(members.count * 4)
      return .set(members)
    case .complex:
      try count(a, 2...2, "complex")
      return .complex(try number(a[0], "a complex number's part"), try number(a[1], "a complex number's part"))
    case .encode, .bytearray: return try bytes(a, function == .encode ? "encode" : "bytearray")
    case .size:
      try count(a, 1...1, "torch.Size")
      let sizes = try integers(a[0], "a torch.Size")
      try charge(sizes.count * 8)
      return .size(sizes)
    case .device:
      try count(a, 1...2, "torch.device")
      let type = try text(a[0], "a device")
      return .device(a.count == 2 ? "\(type):\(try integer(a[1], "a device's number"))" : type)
    case .layout:
      try count(a, 1...1, "_get_layout")
      return .layout(try text(a[0], "a layout"))
    case .rebuildTensor, .rebuildTensorV2, .rebuildTensorV3: return try tensor(function, a)
    case .rebuildMeta: return try metaTensor(a)
    case .rebuildSparse: return try sparseTensor(a)
    case .parameter, .rebuildParameter, .rebuildParameterWithState:
      try count(a, 1...4, "Parameter")
      guard case .tensor(let index) = nodes[Int(a[0])] else { throw failure("a parameter of \(nodes[Int(a[0])].kind)") }
      var recipe = recipes[index]
      recipe.requiresGrad = a.count > 1 ? try flag(a[1], "requires_grad") : true
      recipe.isParameter = true
      return addTensor(recipe)
    case .rebuildFromType:
      // A tensor with attributes of its own: they are dropped.
      try count(a, 4...4, "_rebuild_from_type_v2")
      guard case .global(let inner) = nodes[Int(a[0])], inner != .rebuildFromType, case .global(let type) = nodes[Int(a[1])],
        type == .tensor || type == .parameter
      else { throw failure("a tensor of a class of its own, which is refused") }
      return try call(inner, try items(a[2], "the arguments"))
    case .numpyReconstruct:
      guard let type = a.first, case .global(.numpyArray) = nodes[Int(type)] else { throw failure("a NumPy object that is no array") }
      return .emptyArray
    case .numpyDType:
      try count(a, 1...3, "numpy.dtype")
      let name = try text(a[0], "a NumPy dtype")
      guard let dtype = NPYDType(rawValue: name) ?? NPYDType.parse(name)?.dtype else {
        throw failure("NumPy dtype \"\(printable(name, limit: 40))\" has no tensor equivalent")
      }
      return .numpyDType(NumPyDescriptor(dtype: dtype, isSwapped: name.hasPrefix(">")))
    case .numpyScalar:
      try count(a, 2...2, "numpy scalar")
      guard case .numpyDType(let type) = nodes[Int(a[0])], case .bytes(let data) = nodes[Int(a[1])],
        data.count == type.dtype.byteWidth
      else { throw failure("a NumPy scalar whose bytes do not fit its dtype") }
      return NumPyScalar.node(data, type)
    case .tensor, .dtype, .storage, .numpyArray:
      throw failure("calls \(function), which is refused")
    }
  }

  private mutating func dictionary(_ a: [Int32], isOrdered: Bool) throws(PickleError) -> PickleNode {
    try count(a, 0...1, "a dictionary")
    var entries: [Int32] = []
    if let first = a.first {
      if case .dictionary(let given, _, _) = nodes[Int(first)] {
        entries = given
      } else {
        for pair in try items(first, "the entries of a dictionary") {
          let pair = try items(pair, "an entry of a dictionary")
          guard pair.count == 2 else { throw failure("an entry of a dictionary with \(pair.count) parts") }
          entries += pair
        }
      }
      try charge(entries.count * 4)
    }
    return .dictionary(entries, isOrdered: isOrdered, attributes: -1)
  }

  /// Protocol 2 has no bytes: they are written as text, one character a byte.
  private mutating func bytes(_ a: [Int32], _ function: String) throws(PickleError) -> PickleNode {
    try count(a, 0...2, function)
    guard let first = a.first else { return .bytes([]) }
    if a.count == 1, case .bytes(let data) = nodes[Int(first)] { return .bytes(data) }
    let text = try text(first, "the text of bytes")
    guard a.count == 2, ["latin1", "latin-1"].contains(try self.text(a[1], "an encoding")) else {
      throw failure("an encoding other than latin1")
    }
    try charge(text.utf8.count)
    var data: [UInt8] = []
    data.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { throw failure("a character that latin1 does not have") }
      data.append(byte)
    }
    return .bytes(data)
  }

  // MARK: Tensors

  private mutating func addTensor(_ recipe: TensorRecipe) -> PickleNode {
    recipes.append(recipe)
    return .tensor(recipes.count - 1)
  }

  private mutating func tensor(_ function: PickleGlobal, _ a: [Int32]) throws(PickleError) -> PickleNode {
    let range = function == .rebuildTensor ? 4...4 : function == .rebuildTensorV2 ? 6...7 : 7...8
    try count(a, range, "_rebuild_tensor")
    guard case .storage(let storage) = nodes[Int(a[0])] else { throw failure("a tensor over \(nodes[Int(a[0])].kind)") }
    var dtype = storage.dtype ?? .uint8
    if function == .rebuildTensorV3 {
      guard case .global(.dtype(let named)) = nodes[Int(a[6])] else { throw failure("a tensor's dtype is \(nodes[Int(a[6])].kind)") }
      dtype = named
    }
    var recipe = TensorRecipe(
      form: .strided(storage), offset: try integer(a[1], "a storage offset"), sizes: try extents(a[2], "a tensor's size"),
      strides: try extents(a[3], "a tensor's stride"), dtype: dtype, position: instruction)
    guard recipe.offset >= 0, recipe.sizes.count == recipe.strides.count else {
      throw failure("a tensor with \(recipe.sizes.count) sizes, \(recipe.strides.count) strides and offset \(recipe.offset)")
    }
    if a.count > 4 { recipe.requiresGrad = try flag(a[4], "requires_grad") }
    if a.count == range.upperBound, function != .rebuildTensor, case .dictionary(let entries, _, _) = nodes[Int(a[a.count - 1])] {
      try charge(entries.count)
      for i in stride(from: 0, to: entries.count, by: 2) {
        switch try text(entries[i], "a tensor's mark") {
        case "conj": recipe.isConjugated = try flag(entries[i + 1], "conj")
        case "neg": recipe.isNegated = try flag(entries[i + 1], "neg")
        default: break
        }
      }
    }
    return addTensor(recipe)
  }

  private mutating func metaTensor(_ a: [Int32]) throws(PickleError) -> PickleNode {
    try count(a, 4...4, "_rebuild_meta_tensor_no_storage")
    guard case .global(.dtype(let dtype)) = nodes[Int(a[0])] else { throw failure("a tensor's dtype is \(nodes[Int(a[0])].kind)") }
    let recipe = TensorRecipe(
      form: .meta, sizes: try extents(a[1], "a tensor's size"), strides: try extents(a[2], "a tensor's stride"), dtype: dtype,
      requiresGrad: try flag(a[3], "requires_grad"), position: instruction)
    guard recipe.sizes.count == recipe.strides.count else { throw failure("a tensor with sizes and strides of different counts") }
    return addTensor(recipe)
  }

  private mutating func sparseTensor(_ a: [Int32]) throws(PickleError) -> PickleNode {
    try count(a, 2...2, "_rebuild_sparse_tensor")
    guard case .layout(let layout) = nodes[Int(a[0])] else { throw failure("a sparse tensor's layout is \(nodes[Int(a[0])].kind)") }
    let data = try items(a[1], "a sparse tensor's parts")
    let partCount = layout == "torch.sparse_coo" ? 2 : 3
    guard layout == "torch.sparse_coo" || layout == "torch.sparse_csr" else {
      throw failure("layout \(printable(layout, limit: 40)); expected torch.sparse_coo or torch.sparse_csr")
    }
    guard partCount == 2 ? (3...4).contains(data.count) : data.count == 4 else { throw failure("a sparse tensor of \(data.count) parts") }
    let parts = Array(data.prefix(partCount))
    for part in parts {
      guard case .tensor(let index) = nodes[Int(part)], case .strided = recipes[index].form else {
        throw failure("a part of a sparse tensor is no strided tensor")
      }
    }
    guard case .tensor(let values) = nodes[Int(parts[partCount - 1])] else { throw failure("a sparse tensor without values") }
    var isCoalesced: Bool?
    if partCount == 2, data.count == 4, case .bool(let value) = nodes[Int(data[3])] { isCoalesced = value }
    let recipe = TensorRecipe(
      form: .sparse(layout, parts: parts, isCoalesced: isCoalesced), sizes: try extents(data[partCount], "a tensor's size"),
      dtype: recipes[values].dtype, requiresGrad: recipes[values].requiresGrad, position: instruction)
    return addTensor(recipe)
  }

  // MARK: BUILD and persistent ids

  mutating func build(_ target: Int32, _ state: Int32) throws(PickleError) {
    switch nodes[Int(target)] {
    case .dictionary(let entries, true, _):
      guard case .dictionary = nodes[Int(state)] else { throw failure("attributes that are \(nodes[Int(state)].kind)") }
      nodes[Int(target)] = .dictionary(entries, isOrdered: true, attributes: state)
    case .numpyDType(var type):
      let state = try items(state, "a NumPy dtype's state")
      guard state.count >= 3, case .none = nodes[Int(state[2])] else { throw failure("a NumPy dtype with parts, which has no tensor equivalent") }
      type.isSwapped = try text(state[1], "a byte order") == ">"
      nodes[Int(target)] = .numpyDType(type)
    case .emptyArray:
      let state = try items(state, "a NumPy array's state")
      guard state.count == 5, case .numpyDType(let type) = nodes[Int(state[2])], case .bytes(let data) = nodes[Int(state[4])] else {
        throw failure("a NumPy array of a kind that has no tensor equivalent")
      }
      let shape = try extents(state[1], "a NumPy array's shape")
      guard type.dtype.byteCount(shape: shape) == data.count else {
        throw failure("a NumPy array \(abbreviated(shape)) of \(type.dtype.rawValue) with \(data.count) bytes")
      }
      try charge(data.count)
      nodes[Int(target)] = .array(shape, type, isColumnMajor: try flag(state[3], "the order"), data: state[4])
    default: throw failure("sets the state of \(nodes[Int(target)].kind), which is refused")
    }
  }

  mutating func persistent(_ id: Int32) throws(PickleError) -> StorageReference {
    let parts = try items(id, "a persistent id")
    guard (5...6).contains(parts.count), try text(parts[0], "a persistent id's kind") == "storage" else {
      throw failure("a persistent id that does not name a storage")
    }
    guard case .global(.storage(let dtype)) = nodes[Int(parts[1])] else {
      throw failure("a storage's class is \(nodes[Int(parts[1])].kind)")
    }
    let count = try integer(parts[4], "a storage's size")
    guard count >= 0, !count.multipliedReportingOverflow(by: 16).overflow else { throw failure("a storage of \(count) elements") }
    var view: (offset: Int, count: Int)?
    if parts.count == 6, case .tuple(let of) = nodes[Int(parts[5])] {
      guard of.count == 3 else { throw failure("a storage's view of \(of.count) parts") }
      let (offset, length) = (try integer(of[1], "a view's offset"), try integer(of[2], "a view's size"))
      guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
        throw failure("a view of \(length) elements from \(offset) on in a storage of \(count)")
      }
      view = (offset, length)
    }
    let key = try text(parts[2], "a storage's key")
    try charge(key.utf8.count)
    let reference = StorageReference(key: key, dtype: dtype, count: count, view: view, position: instruction)
    if let first = storages[key] {
      guard first.byteCount == reference.byteCount else {
        throw failure("storage \(printable(key)) has \(count) elements here and \(first.count) earlier")
      }
    } else {
      storages[key] = reference
    }
    return reference
  }
}

extension StorageReference {
  var elementType: DType { dtype ?? .uint8 }
  /// Bytes of the whole storage; the count was checked when the reference was made.
  var byteCount: Int { count * elementType.byteCount }
}

/// NumPy's numbers outside of arrays.
enum NumPyScalar {
  static func node(_ data: [UInt8], _ type: NumPyDescriptor) -> PickleNode {
    let unit = type.dtype.swapUnit
    var bytes = data
    if type.isSwapped {
      bytes = stride(from: 0, to: data.count, by: unit).flatMap { data[$0..<$0 + unit].reversed() }
    }
    func load<T: BitwiseCopyable>(_ type: T.Type, at offset: Int = 0) -> T {
      bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
    }
    switch type.dtype {
    case .bool: return .bool(bytes[0] != 0)
    case .uint8: return .int(Int(load(UInt8.self)))
    case .int8: return .int(Int(load(Int8.self)))
    case .uint16: return .int(Int(load(UInt16.self)))
    case .int16: return .int(Int(load(Int16.self)))
    case .uint32: return .int(Int(load(UInt32.self)))
    case .int32: return .int(Int(load(Int32.self)))
    case .int64: return .int(load(Int.self))
    case .uint64: return Int(exactly: load(UInt64.self)).map { .int($0) } ?? .bigInt(bytes + [0])
    case .float16: return .double(half(load(UInt16.self)))
    case .float32: return .double(Double(load(Float.self)))
    case .float64: return .double(load(Double.self))
    case .complex64: return .complex(Double(load(Float.self)), Double(load(Float.self, at: 4)))
    case .complex128: return .complex(load(Double.self), load(Double.self, at: 8))
    }
  }

  private static func half(_ bits: UInt16) -> Double {
    let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
    let magnitude =
      exponent == 31 ? (fraction == 0 ? Double.infinity : .nan)
      : exponent == 0 ? fraction * 0x1p-24 : (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
    return bits & 0x8000 == 0 ? magnitude : -magnitude
  }
}
