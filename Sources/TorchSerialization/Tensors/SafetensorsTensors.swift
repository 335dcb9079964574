import TorchCore

/// Writes tensors as a safetensors file: atomically, and the same bytes for the same input.
/// `safetensors.torch.save_file`.
///
/// Elements are written in row-major order whatever the tensors' layout. The file orders them as the reference implementation
/// does, by width of the element type and by name.
///
/// - Parameters:
///   - tensors: names and CPU tensors; names must be unique.
///   - path: the file, replaced when it exists.
///   - metadata: texts to keep beside the tensors.
/// - Throws: `SafetensorsError` for a tensor or name that the format cannot hold, `FileError` where the file cannot be written;
///   what was under `path` is untouched then.
public func saveSafetensors(_ tensors: [(name: String, tensor: Tensor)], to path: String, metadata: [String: String] = [:]) throws {
  try withSafetensorsBlocks(tensors, path: path) { try SafetensorsWriter.write($0, to: path, metadata: metadata) }
}

/// Reads all tensors of a safetensors file, in the file's order. `safetensors.torch.load_file`.
///
/// - Parameters:
///   - path: the file.
///   - isMapped: the file is mapped into memory, and a tensor's bytes are read when they are used; changes of the tensors stay in this
///     process. False reads the whole file at once, which makes the tensors independent of what happens to it later.
/// - Returns: names and tensors.
/// - Throws: `FileError` where the file cannot be read, `SafetensorsError` where it is not well formed or holds an element type
///   that tensors do not have.
public func loadSafetensors(_ path: String, isMapped: Bool = true) throws -> [(name: String, tensor: Tensor)] {
  try SafetensorsFile(path, access: isMapped ? .copyOnWrite : .loaded).loadTensors()
}

/// Calls `body` with descriptions and bytes of the tensors, which are kept alive meanwhile; `path` is for the messages.
func withSafetensorsBlocks<Result>(
  _ tensors: [(name: String, tensor: Tensor)], path: String, _ body: ([SafetensorsBlock]) throws -> Result
) throws -> Result {
  var kept: [Tensor] = []
  var blocks: [SafetensorsBlock] = []
  for (name, tensor) in tensors {
    guard let dtype = SafetensorsDType(tensor.dtype) else {
      throw SafetensorsError(.unknownDType, path, tensor: name, SafetensorsDType.rejection(of: "C128"))
    }
    guard tensor.isCPU else {
      throw SafetensorsError(.sizeMismatch, path, tensor: name, "is on device \(tensor.device), where it has no elements to write")
    }
    let source = try withTorchErrors { noGrad { tensor.detach().contiguous() } }
    kept.append(source)
    // The pointer outlives the closure because `kept` holds the memory until `body` returns.
    let bytes = source.withUnsafeBytes { $0 }
    blocks.append(SafetensorsBlock(name: name, dtype: dtype, shape: source.shape, bytes: bytes))
  }
  return try withExtendedLifetime(kept) { try body(blocks) }
}

extension SafetensorsSource {
  /// A tensor over the file's memory where that may be written (all but `mapped` access) and is aligned for the element type;
  /// otherwise a copy. Throws `SafetensorsError` where there is none of that name, or where its element type is one that tensors
  /// do not have.
  public func loadTensor(named name: String) throws -> Tensor {
    let description = try tensor(named: name)
    guard let dtype = DType(description.dtype) else {
      throw SafetensorsError(
        .unknownDType, (self as? SafetensorsFile)?.path ?? "safetensors", tensor: name,
        "element type \(description.dtype.rawValue) has no tensor equivalent; expected one of "
          + DType.allCases.compactMap { SafetensorsDType($0)?.rawValue }.joined(separator: ", "))
    }
    let file = try file(of: name)
    let bytes = try file.bytes(of: name)
    if file.file.isWritable, let start = bytes.baseAddress, UInt(bitPattern: start) % UInt(dtype.byteCount) == 0 {
      let storage = Storage(foreign: UnsafeMutableRawPointer(mutating: start), byteCount: bytes.count, owner: file)
      let sizes = Dims(description.shape)
      return Tensor(storage: storage, offset: 0, sizes: sizes, strides: sizes.contiguousStrides, dtype: dtype)
    }
    return try withExtendedLifetime(file) { try Tensor(copying: bytes, shape: description.shape, dtype: dtype) }
  }

  /// Reads all tensors, in the source's order, or those whose name starts with `prefix`, which is taken off their names.
  public func loadTensors(prefix: String = "") throws -> [(name: String, tensor: Tensor)] {
    try names.filter { $0.hasPrefix(prefix) }.map { (String($0.dropFirst(prefix.count)), try loadTensor(named: $0)) }
  }
}

extension CheckpointStore {
  /// Saves a checkpoint of tensors; see `save(step:tensors:state:)`.
  @discardableResult
  public func save(step: Int, named tensors: [(name: String, tensor: Tensor)], state: [String: String] = [:]) throws -> [String] {
    try withSafetensorsBlocks(tensors, path: path(step: step)) { try save(step: step, tensors: $0, state: state) }
  }
}

extension Tensor {
  /// A tensor with a copy of `bytes`, which need no alignment: row-major elements of `dtype`, as many as `shape` has.
  init(copying bytes: UnsafeRawBufferPointer, shape: [Int], dtype: DType) throws {
    let tensor = try withTorchErrors { Tensor.empty(shape, dtype: dtype) }
    if !bytes.isEmpty { try tensor.withUnsafeMutableBytes { $0.copyMemory(from: bytes) } }
    self = tensor
  }
}
