import TorchCore

/// Runs the stack machine of Python's pickles, protocols 0 to 5, over a file's bytes. Nothing is executed: instructions make data, and
/// those that would import or call refer to `PickleGlobal`.
///
/// Memory and time are bounded by the pickle's size: every instruction makes at most one node, and what copies a node's contents is
/// counted against a budget.
struct Unpickler {
  let bytes: UnsafeRawBufferPointer
  let path: String
  /// The next byte.
  private(set) var position: Int
  /// Where the current instruction stands.
  private(set) var instruction: Int
  var nodes: [PickleNode] = []
  var recipes: [TensorRecipe] = []
  /// The storages referred to, by key.
  var storages: [String: StorageReference] = [:]
  private var stack: [Int32] = []
  private var marks: [Int] = []
  private var memo: [Int: Int32] = [:]
  private var budget: Int

  init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0, path: String) {
    self.bytes = bytes
    self.path = path
    self.position = position
    instruction = position
    budget = 1 << 16 + min(bytes.count, 1 << 40) * 16
  }

  func failure(_ detail: String, global: String? = nil) -> PickleError {
    PickleError(path, at: instruction, global: global, detail)
  }

  /// Counts work that is proportional to something earlier in the file, which a few bytes can ask for again and again.
  mutating func charge(_ amount: Int) throws(PickleError) {
    budget -= min(amount, 1 << 40)
    guard budget >= 0 else { throw failure("asks for more memory or work than a file of \(bytes.count) bytes justifies") }
  }

  // MARK: The machine

  /// Runs one pickle up to its end and returns the place of its value. Nodes of earlier pickles stay.
  mutating func run() throws(PickleError) -> Int32 {
    stack.removeAll(keepingCapacity: true)
    marks.removeAll(keepingCapacity: true)
    memo.removeAll(keepingCapacity: true)
    while true {
      instruction = position
      let code = try byte()
      if code == 0x2e { return try pop() }
      try step(code)
    }
  }

  mutating func add(_ node: PickleNode) throws(PickleError) -> Int32 {
    guard let index = Int32(exactly: nodes.count) else { throw failure("more than 2^31 values") }
    nodes.append(node)
    return index
  }

  private mutating func push(_ node: PickleNode) throws(PickleError) { stack.append(try add(node)) }

  private mutating func pop() throws(PickleError) -> Int32 {
    guard stack.count > (marks.last ?? 0), let top = stack.popLast() else { throw failure("takes a value from an empty stack") }
    return top
  }

  private func top() throws(PickleError) -> Int32 {
    guard stack.count > (marks.last ?? 0), let top = stack.last else { throw failure("takes a value from an empty stack") }
    return top
  }

  /// The values above the last mark, which are taken off.
  private mutating func popMark() throws(PickleError) -> [Int32] {
    guard let mark = marks.popLast() else { throw failure("a mark is missing") }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }

  private mutating func step(_ code: UInt8) throws(PickleError) {
    switch code {
    case 0x80:  // PROTO
      let version = try byte()
      guard version <= 5 else { throw failure("pickle protocol \(version); expected 0 to 5") }
    case 0x95: _ = try take(8)  // FRAME: the length is of no use here
    case 0x28: marks.append(stack.count)  // MARK
    case 0x30:  // POP
      if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
    case 0x31: _ = try popMark()  // POP_MARK
    case 0x32: stack.append(try top())  // DUP
    case 0x4e: try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case 0x4a: try push(.int(Int(Int32(truncatingIfNeeded: try unsigned(4)))))  // BININT
    case 0x4b: try push(.int(Int(try byte())))  // BININT1
    case 0x4d: try push(.int(try unsigned(2)))  // BININT2
    case 0x8a: try push(integer(try take(Int(try byte()))))  // LONG1
    case 0x8b: try push(integer(try take(try length(4))))  // LONG4
    case 0x47: try push(.double(Double(bitPattern: try bigEndian64())))  // BINFLOAT
    case 0x58: try push(try text(try take(try length(4))))  // BINUNICODE
    case 0x8c: try push(try text(try take(Int(try byte()))))  // SHORT_BINUNICODE
    case 0x8d: try push(try text(try take(try length(8))))  // BINUNICODE8
    case 0x54: try push(stringOrBytes(try take(try length(4))))  // BINSTRING
    case 0x55: try push(stringOrBytes(try take(Int(try byte()))))  // SHORT_BINSTRING
    case 0x42: try push(.bytes(Array(try take(try length(4)))))  // BINBYTES
    case 0x43: try push(.bytes(Array(try take(Int(try byte())))))  // SHORT_BINBYTES
    case 0x8e, 0x96: try push(.bytes(Array(try take(try length(8)))))  // BINBYTES8, BYTEARRAY8
    case 0x49, 0x4c, 0x46, 0x53, 0x56: try push(try textual(code))  // INT, LONG, FLOAT, STRING, UNICODE
    case 0x5d: try push(.list([]))
    case 0x29: try push(.tuple([]))
    case 0x7d: try push(.dictionary([], isOrdered: false, attributes: -1))
    case 0x8f: try push(.set([]))
    case 0x6c: try push(.list(try popMark()))  // LIST
    case 0x74: try push(.tuple(try popMark()))  // TUPLE
    case 0x91: try push(.set(try popMark()))  // FROZENSET
    case 0x64:  // DICT
      let items = try popMark()
      guard items.count % 2 == 0 else { throw failure("a key without a value") }
      try push(.dictionary(items, isOrdered: false, attributes: -1))
    case 0x85, 0x86, 0x87:  // TUPLE1, TUPLE2, TUPLE3
      var items: [Int32] = []
      for _ in 0..<Int(code - 0x84) { items.append(try pop()) }
      try push(.tuple(items.reversed()))
    case 0x61, 0x65, 0x90, 0x73, 0x75: try extend(code)  // APPEND, APPENDS, ADDITEMS, SETITEM, SETITEMS
    case 0x68: try get(Int(try byte()))  // BINGET
    case 0x6a: try get(try unsigned(4))  // LONG_BINGET
    case 0x67: try get(try decimal(try line()))  // GET
    case 0x71: memo[Int(try byte())] = try top()  // BINPUT
    case 0x72: memo[try unsigned(4)] = try top()  // LONG_BINPUT
    case 0x70: memo[try decimal(try line())] = try top()  // PUT
    case 0x94: memo[memo.count] = try top()  // MEMOIZE
    case 0x63:  // GLOBAL
      let module = try text(try line())
      try global(module, try text(try line()))
    case 0x93:  // STACK_GLOBAL
      let name = nodes[Int(try pop())]
      try global(nodes[Int(try pop())], name)
    case 0x52, 0x81:  // REDUCE, NEWOBJ
      let arguments = try pop()
      let function = try pop()
      stack.append(try reduce(function, arguments))
    case 0x62:  // BUILD
      let state = try pop()
      try build(try top(), state)
    case 0x51: try push(.storage(try persistent(try pop())))  // BINPERSID
    default: throw failure(Self.refusal(of: code))
    }
  }

  private static func refusal(of code: UInt8) -> String {
    switch code {
    case 0x50: "a persistent id in text form, which PyTorch does not write"
    case 0x69, 0x6f: "an instruction to construct an object of a class (INST or OBJ), which is refused"
    case 0x92: "an instruction to construct an object with named arguments (NEWOBJ_EX), which is refused"
    case 0x82, 0x83, 0x84: "a reference to Python's registry of extensions (EXT), which is refused"
    case 0x97, 0x98: "a buffer outside the pickle, which PyTorch does not write"
    default: "byte 0x\(String(code, radix: 16)) is no instruction of a pickle"
    }
  }

  private mutating func get(_ index: Int) throws(PickleError) {
    guard let node = memo[index] else { throw failure("refers to memo \(index), which was not stored") }
    stack.append(node)
  }

  private mutating func extend(_ code: UInt8) throws(PickleError) {
    var items: [Int32]
    switch code {
    case 0x61: items = [try pop()]
    case 0x73:
      let value = try pop()
      items = [try pop(), value]
    default: items = try popMark()
    }
    let target = Int(try top())
    switch (code, nodes[target]) {
    case (0x61, .list(var list)), (0x65, .list(var list)):
      // The node lets go of the list, so that it grows in place.
      nodes[target] = .none
      list.append(contentsOf: items)
      nodes[target] = .list(list)
    case (0x90, .set(var set)):
      nodes[target] = .none
      set.append(contentsOf: items)
      nodes[target] = .set(set)
    case (0x73, .dictionary(var entries, let isOrdered, let attributes)),
      (0x75, .dictionary(var entries, let isOrdered, let attributes)):
      guard items.count % 2 == 0 else { throw failure("a key without a value") }
      nodes[target] = .none
      entries.append(contentsOf: items)
      nodes[target] = .dictionary(entries, isOrdered: isOrdered, attributes: attributes)
    default: throw failure("adds entries to \(nodes[target].kind)")
    }
  }

  private mutating func global(_ module: PickleNode, _ name: PickleNode) throws(PickleError) {
    guard case .string(let module) = module, case .string(let name) = name else { throw failure("the name of a global is no text") }
    let full = "\(module).\(name)"
    guard let global = PickleGlobal(full) else { throw failure(PickleGlobal.refusal(of: full), global: full) }
    try push(.global(global))
  }

  // MARK: Operands

  private mutating func byte() throws(PickleError) -> UInt8 {
    guard position < bytes.count else { throw failure("the pickle ends in the middle (truncated?)") }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func take(_ count: Int) throws(PickleError) -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else {
      throw failure("claims \(count) bytes, but \(bytes.count - position) are left (truncated?)")
    }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }

  /// A little-endian number of up to four bytes.
  private mutating func unsigned(_ width: Int) throws(PickleError) -> Int {
    var value = 0
    for (i, byte) in try take(width).enumerated() { value |= Int(byte) << (8 * i) }
    return value
  }

  /// A length of four or eight bytes.
  private mutating func length(_ width: Int) throws(PickleError) -> Int {
    if width == 4 { return try unsigned(4) }
    let value = try take(8).loadUnaligned(as: UInt64.self).littleEndian
    guard let length = Int(exactly: value) else { throw failure("claims \(value) bytes") }
    return length
  }

  private mutating func bigEndian64() throws(PickleError) -> UInt64 { try take(8).loadUnaligned(as: UInt64.self).bigEndian }

  private mutating func line() throws(PickleError) -> UnsafeRawBufferPointer {
    guard let end = bytes[position...].firstIndex(of: 0x0a) else { throw failure("a line without an end (truncated?)") }
    defer { position = end + 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
  }

  private func text(_ part: UnsafeRawBufferPointer) throws(PickleError) -> PickleNode {
    guard let text = String(validating: part, as: UTF8.self) else { throw failure("a text that is not valid UTF-8") }
    return .string(text)
  }

  /// Python 2's strings are text or bytes, as it turns out.
  private func stringOrBytes(_ part: UnsafeRawBufferPointer) -> PickleNode {
    String(validating: part, as: UTF8.self).map { .string($0) } ?? .bytes(Array(part))
  }

  private func integer(_ part: UnsafeRawBufferPointer) -> PickleNode {
    guard let last = part.last else { return .int(0) }
    let sign: UInt8 = last & 0x80 == 0 ? 0 : 0xff
    // Bytes that only repeat the sign are left out.
    var count = part.count
    while count > 1, part[count - 1] == sign, part[count - 2] & 0x80 == sign & 0x80 { count -= 1 }
    guard count <= 8 else { return .bigInt(Array(part.prefix(count))) }
    var value = sign == 0 ? 0 : -1
    for i in stride(from: count - 1, through: 0, by: -1) { value = value << 8 | Int(part[i]) }
    return .int(value)
  }

  private func decimal(_ part: UnsafeRawBufferPointer) throws(PickleError) -> Int {
    guard let value = Int(String(decoding: part, as: UTF8.self)) else { throw failure("expected a decimal number of 64 bits") }
    return value
  }

  /// The instructions of protocol 0, whose operands are lines of text.
  private mutating func textual(_ code: UInt8) throws(PickleError) -> PickleNode {
    let part = try line()
    switch code {
    case 0x49:
      if part.elementsEqual([0x30, 0x31]) { return .bool(true) }
      if part.elementsEqual([0x30, 0x30]) { return .bool(false) }
      return .int(try decimal(part))
    case 0x4c:
      let digits = part.last == UInt8(ascii: "L") ? UnsafeRawBufferPointer(rebasing: part.dropLast()) : part
      return .int(try decimal(digits))
    case 0x46:
      guard let value = Double(String(decoding: part, as: UTF8.self)) else { throw failure("expected a number") }
      return .double(value)
    default:
      // Quotes and escapes are left to files that need them: PyTorch writes protocol 2.
      let quoted = code == 0x53 && part.count >= 2 && (part.first == 0x27 || part.first == 0x22) && part.first == part.last
      guard code == 0x56 || quoted else { throw failure("a string without quotes") }
      let body = quoted ? UnsafeRawBufferPointer(rebasing: part.dropFirst().dropLast()) : part
      guard !body.contains(0x5c) else { throw failure("an escape in a text of protocol 0, which PyTorch does not write") }
      return try text(body)
    }
  }
}
