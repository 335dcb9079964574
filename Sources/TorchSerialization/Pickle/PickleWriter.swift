import TorchCore
import TorchSparse

/// Writes a value as a file of `torch.save`'s zip format, which `torch.load(path, weights_only=True)` reads.
///
/// Storages are aligned to 64 bytes, and one that several tensors share is written once, whole. Arrays are written as tensors:
/// PyTorch refuses NumPy's classes by default.
/// - Throws: `PickleError` for tensors that have no elements to write, or that the format does not have; `FileError` where the file
///   cannot be written. What was under `path` is untouched then.
public func save(_ value: PickleValue, to path: String) throws {
  try AtomicFile.write(to: path) { file in
    try TorchFile.write(value, path: path) { try file.write($0) }
  }
}

extension TorchFile {
  /// Writes the bytes of a file to `sink`.
  package static func write(_ value: PickleValue, path: String, to sink: @escaping (UnsafeRawBufferPointer) throws -> Void) throws {
    var pickler = PickleWriter(path: path)
    try pickler.writeRoot(value)
    let zip = ZipWriter(path: path, write: sink)
    // The first part of the names is the name of the file in PyTorch's files too.
    let name = splitPath(path).name.split(separator: ".", omittingEmptySubsequences: true).first.map(String.init) ?? "archive"
    try zip.add("\(name)/data.pkl", pickler.bytes, alignment: 64)
    try zip.add("\(name)/.format_version", Array("1".utf8), alignment: 64)
    try zip.add("\(name)/.storage_alignment", Array("64".utf8), alignment: 64)
    try zip.add("\(name)/byteorder", Array("little".utf8), alignment: 64)
    var hash = UInt64(0xcbf2_9ce4_8422_2325)
    try withExtendedLifetime(pickler.storages) {
      for (key, storage) in pickler.storages.enumerated() {
        let bytes = UnsafeRawBufferPointer(start: storage.pointer, count: storage.pointer == nil ? 0 : storage.byteCount)
        hash = (hash ^ UInt64(zipChecksum(bytes))) &* 0x100_0000_01b3
        try zip.add("\(name)/data/\(key)", bytes, alignment: 64)
      }
    }
    try zip.add("\(name)/version", Array("3\n".utf8), alignment: 64)
    let digits = String(hash)
    let id = String(repeating: "0", count: 40 - digits.utf8.count) + digits
    try zip.add("\(name)/.data/serialization_id", Array(id.utf8), alignment: 64)
    try zip.finish()
  }
}

/// Writes values as a pickle of protocol 2 with the instructions that PyTorch's restricted reader knows.
struct PickleWriter {
  private(set) var bytes: [UInt8] = []
  /// The storages in the order of their keys.
  private(set) var storages: [Storage] = []
  private let path: String
  private var keys: [ObjectIdentifier: (key: Int, dtype: DType)] = [:]
  private var globals: [String: Int] = [:]
  private var tensors: [ObjectIdentifier: Int] = [:]
  private var parameters: [ObjectIdentifier: Int] = [:]
  private var kept: [Tensor] = []
  private var memoCount = 0

  init(path: String) { self.path = path }

  mutating func writeRoot(_ value: PickleValue) throws {
    bytes = [0x80, 2]
    try write(value, depth: 0)
    bytes.append(0x2e)
  }

  private mutating func write(_ value: PickleValue, depth: Int) throws {
    guard depth < PickleBuilder.maximumDepth else {
      throw PickleError(path, "values are nested more than \(PickleBuilder.maximumDepth) deep")
    }
    switch value {
    case .none: bytes.append(0x4e)
    case .bool(let value): bytes.append(value ? 0x88 : 0x89)
    case .int(let value): write(value)
    case .bigInt(let value):
      guard value.count <= 255 else { throw PickleError(path, "an int of \(value.count) bytes; at most 255 can be written") }
      bytes += [0x8a, UInt8(value.count)] + value
    case .double(let value):
      bytes.append(0x47)
      withUnsafeBytes(of: value.bitPattern.bigEndian) { bytes += $0 }
    case .complex(let re, let im): try call("__builtin__", "complex") { writer in try writer.tuple([.double(re), .double(im)], depth) }
    case .string(let value): try write(value)
    case .bytes(let value):
      try call("_codecs", "encode") { writer in
        try writer.tuple([.string(String(String.UnicodeScalarView(value.map { Unicode.Scalar($0) }))), .string("latin1")], depth)
      }
    case .list(let values):
      bytes.append(0x5d)
      guard !values.isEmpty else { return }
      bytes.append(0x28)
      for value in values { try write(value, depth: depth + 1) }
      bytes.append(0x65)
    case .tuple(let values): try tuple(values, depth)
    case .set(let values): try call("__builtin__", "set") { writer in try writer.tuple([.list(values)], depth) }
    case .dictionary(let value): try write(value, depth)
    case .size(let sizes): try call("torch", "Size") { writer in try writer.tuple([.tuple(sizes.map { .int($0) })], depth) }
    case .dtype(let dtype): global("torch", dtype.name)
    case .device(let name):
      let parts = name.split(separator: ":", maxSplits: 1)
      let index = parts.count == 2 ? Int(parts[1]) : nil
      try call("torch", "device") { writer in
        try writer.tuple(index.map { [.string(String(parts[0])), .int($0)] } ?? [.string(name)], depth)
      }
    case .layout(let name): try call("torch.serialization", "_get_layout") { writer in try writer.tuple([.string(name)], depth) }
    case .tensor(let tensor), .array(let tensor): try write(tensor)
    case .parameter(let tensor):
      if let number = parameters[ObjectIdentifier(tensor.impl)] { return recall(number) }
      try call("torch._utils", "_rebuild_parameter") { writer in
        writer.bytes.append(0x28)
        try writer.write(tensor)
        writer.bytes.append(tensor.requiresGrad ? 0x88 : 0x89)
        try writer.write(.dictionary(PickleDictionary(isOrdered: true)), depth: depth + 1)
        writer.bytes.append(0x74)
      }
      parameters[ObjectIdentifier(tensor.impl)] = remember()
    case .storage(let tensor, let isTyped):
      guard tensor.isCPU else { throw PickleError(path, "a storage on device \(tensor.device) has no elements to write") }
      try writeStorage(tensor.impl.storage, isTyped ? tensor.dtype : nil)
    }
  }

  // MARK: Parts

  private mutating func write(_ value: Int) {
    switch value {
    case 0...255: bytes += [0x4b, UInt8(value)]
    case 256...65535:
      bytes.append(0x4d)
      bytes.append(little: value, 2)
    case Int(Int32.min)...Int(Int32.max):
      bytes.append(0x4a)
      bytes.append(little: value, 4)
    default:
      bytes += [0x8a, 8]
      bytes.append(little: value, 8)
    }
  }

  private mutating func write(_ text: String) throws {
    let utf8 = Array(text.utf8)
    guard utf8.count <= Int(Int32.max) else { throw PickleError(path, "a text of \(utf8.count) bytes; at most 2^31 - 1 can be written") }
    bytes.append(0x58)
    bytes.append(little: utf8.count, 4)
    bytes += utf8
  }

  private mutating func tuple(_ values: [PickleValue], _ depth: Int) throws {
    if values.isEmpty { return bytes.append(0x29) }
    let isShort = values.count <= 3
    if !isShort { bytes.append(0x28) }
    for value in values { try write(value, depth: depth + 1) }
    bytes.append(isShort ? 0x84 + UInt8(values.count) : 0x74)
  }

  private mutating func write(_ dictionary: PickleDictionary, _ depth: Int) throws {
    if dictionary.isOrdered || !dictionary.attributes.isEmpty {
      global("collections", "OrderedDict")
      bytes += [0x29, 0x52]
    } else {
      bytes.append(0x7d)
    }
    if dictionary.count > 0 {
      bytes.append(0x28)
      for (key, value) in dictionary {
        try write(key.value, depth: depth + 1)
        try write(value, depth: depth + 1)
      }
      bytes.append(0x75)
    }
    guard !dictionary.attributes.isEmpty else { return }
    bytes += [0x7d, 0x28]
    for (name, value) in dictionary.attributes {
      try write(name)
      try write(value, depth: depth + 1)
    }
    bytes += [0x75, 0x62]
  }

  /// Notes the topmost value and returns the number it is found again by.
  private mutating func remember() -> Int {
    bytes.append(0x72)
    bytes.append(little: memoCount, 4)
    memoCount += 1
    return memoCount - 1
  }

  private mutating func recall(_ number: Int) {
    bytes.append(0x6a)
    bytes.append(little: number, 4)
  }

  private mutating func global(_ module: String, _ name: String) {
    if let number = globals["\(module).\(name)"] { return recall(number) }
    bytes.append(0x63)
    bytes += "\(module)\n\(name)\n".utf8
    globals["\(module).\(name)"] = remember()
  }

  private mutating func call(_ module: String, _ name: String, _ arguments: (inout PickleWriter) throws -> Void) throws {
    global(module, name)
    try arguments(&self)
    bytes.append(0x52)
  }

  // MARK: Tensors

  private static let storageNames: [DType: String] = [
    .float64: "DoubleStorage", .float32: "FloatStorage", .float16: "HalfStorage", .bfloat16: "BFloat16Storage", .int64: "LongStorage",
    .int32: "IntStorage", .int16: "ShortStorage", .int8: "CharStorage", .uint8: "ByteStorage", .bool: "BoolStorage",
    .complex64: "ComplexFloatStorage", .complex128: "ComplexDoubleStorage",
  ]

  /// A persistent id: class, key, device and number of elements.
  private mutating func writeStorage(_ storage: Storage, _ dtype: DType?) throws {
    let key: Int
    if let known = keys[ObjectIdentifier(storage)] {
      key = known.key
    } else {
      key = storages.count
      keys[ObjectIdentifier(storage)] = (key, dtype ?? .uint8)
      storages.append(storage)
    }
    bytes.append(0x28)
    try write("storage")
    if let dtype, let name = Self.storageNames[dtype], storage.byteCount % dtype.byteCount == 0 {
      global("torch", name)
      try write(String(key))
      try write("cpu")
      write(storage.byteCount / dtype.byteCount)
    } else {
      global("torch.storage", "UntypedStorage")
      try write(String(key))
      try write("cpu")
      write(storage.byteCount)
    }
    bytes += [0x74, 0x51]
  }

  private mutating func write(_ tensor: Tensor) throws {
    if let number = tensors[ObjectIdentifier(tensor.impl)] { return recall(number) }
    if tensor.isSparse {
      try writeSparse(tensor)
    } else if tensor.isMeta {
      try call("torch._utils", "_rebuild_meta_tensor_no_storage") { writer in
        try writer.tuple(
          [.dtype(tensor.dtype), .tuple(tensor.shape.map { .int($0) }), .tuple(tensor.strides.map { .int($0) }), .bool(tensor.requiresGrad)],
          0)
      }
    } else {
      guard tensor.isCPU else { throw PickleError(path, "a tensor on device \(tensor.device) has no elements to write") }
      try writeStrided(tensor)
    }
    kept.append(tensor)
    tensors[ObjectIdentifier(tensor.impl)] = remember()
  }

  private mutating func writeStrided(_ tensor: Tensor) throws {
    var source = tensor
    if !Self.liesInStorage(tensor) { source = try withTorchErrors { noGrad { tensor.detach().contiguous() } } }
    kept.append(source)
    let dtype = source.dtype
    let storage = source.impl.storage
    // Types without a class of storages, and second types over one storage, are told apart by the tensor.
    let isTyped = Self.storageNames[dtype] != nil && (keys[ObjectIdentifier(storage)]?.dtype ?? dtype) == dtype
      && storage.byteCount % dtype.byteCount == 0
    global("torch._utils", isTyped ? "_rebuild_tensor_v2" : "_rebuild_tensor_v3")
    bytes.append(0x28)
    try writeStorage(storage, isTyped ? dtype : nil)
    write(source.storageOffset)
    try tuple(source.shape.map { .int($0) }, 0)
    try tuple(source.strides.map { .int($0) }, 0)
    bytes.append(tensor.requiresGrad ? 0x88 : 0x89)
    try write(PickleDictionary(isOrdered: true), 0)
    if !isTyped { global("torch", dtype.name) }
    bytes += [0x74, 0x52]
  }

  /// Whether offset, sizes and strides stay within the storage, in whole elements.
  private static func liesInStorage(_ tensor: Tensor) -> Bool {
    let impl = tensor.impl
    guard tensor.count > 0 else { return true }
    guard let base = impl.storage.pointer, let data = impl.data, data >= base, (data - base) % tensor.dtype.byteCount == 0 else {
      return false
    }
    var last = 0
    for i in 0..<impl.sizes.count {
      guard impl.strides[i] >= 0 else { return false }
      last += (impl.sizes[i] - 1) * impl.strides[i]
    }
    return (data - base) + (last + 1) * tensor.dtype.byteCount <= impl.storage.byteCount
  }

  private mutating func writeSparse(_ tensor: Tensor) throws {
    let isCOO = tensor.layout == .sparseCOO
    let parts = try withTorchErrors {
      noGrad {
        let source = isCOO ? tensor.detach().coalesce() : tensor.detach()
        return isCOO ? [source.indices(), source.values()] : [source.crowIndices(), source.colIndices(), source.values()]
      }
    }
    try call("torch._utils", "_rebuild_sparse_tensor") { writer in
      try writer.tuple(
        [
          .layout(isCOO ? "torch.sparse_coo" : "torch.sparse_csr"),
          .tuple(parts.map { .tensor($0) } + [.size(tensor.shape)] + (isCOO ? [.bool(true)] : [])),
        ], 0)
    }
  }
}
