import CTorchKernels
import TorchCore
import TorchSparse

/// Where the bytes of storages come from.
protocol StorageSource: AnyObject {
  /// The whole storage of a reference; the same object for the same key.
  func storage(_ reference: StorageReference, as dtype: DType) throws -> Storage
}

/// Turns nodes into values and recipes into tensors. Shared nodes become shared values: each is made once.
final class PickleBuilder {
  /// Deepest nesting of values.
  static let maximumDepth = 200

  private let nodes: [PickleNode]
  private let recipes: [TensorRecipe]
  private let source: any StorageSource
  private let path: String
  private var values: [PickleValue?]
  private var isOpen: [Bool]
  private var tensors: [Tensor?]
  private var views: [ObjectIdentifier: Storage] = [:]
  private var budget: Int

  init(_ unpickler: Unpickler, source: any StorageSource, fileSize: Int) {
    nodes = unpickler.nodes
    recipes = unpickler.recipes
    path = unpickler.path
    self.source = source
    values = Array(repeating: nil, count: nodes.count)
    isOpen = Array(repeating: false, count: nodes.count)
    tensors = Array(repeating: nil, count: recipes.count)
    budget = 1 << 16 + min(fileSize, 1 << 40) * 16
  }

  private func charge(_ amount: Int, at position: Int? = nil) throws(PickleError) {
    budget -= min(amount, 1 << 40)
    guard budget >= 0 else { throw PickleError(path, at: position, "asks for more memory or work than the file's size justifies") }
  }

  /// The value of a node.
  func value(_ node: Int32, depth: Int = 0) throws -> PickleValue {
    let index = Int(node)
    if let value = values[index] { return value }
    guard depth < Self.maximumDepth else { throw PickleError(path, "values are nested more than \(Self.maximumDepth) deep") }
    guard !isOpen[index] else { throw PickleError(path, "a value contains itself") }
    isOpen[index] = true
    let value = try make(nodes[index], depth)
    values[index] = value
    return value
  }

  private func make(_ node: PickleNode, _ depth: Int) throws -> PickleValue {
    switch node {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .bigInt(let value): return .bigInt(value)
    case .double(let value): return .double(value)
    case .complex(let re, let im): return .complex(re, im)
    case .string(let value): return .string(value)
    case .bytes(let value): return .bytes(value)
    case .list(let items): return .list(try items.map { try value($0, depth: depth + 1) })
    case .tuple(let items): return .tuple(try items.map { try value($0, depth: depth + 1) })
    case .set(let items): return .set(try items.map { try value($0, depth: depth + 1) })
    case .dictionary(let entries, let isOrdered, let attributes):
      return .dictionary(try dictionary(entries, isOrdered, attributes, depth))
    case .size(let sizes): return .size(sizes)
    case .device(let name): return .device(name)
    case .layout(let name): return .layout(name)
    case .global(.dtype(let dtype)): return .dtype(dtype)
    case .global: throw PickleError(path, "a class or function stands where a value is expected")
    case .storage(let reference):
      let memory = try storage(reference, as: reference.elementType)
      let count = (reference.view?.count ?? reference.count)
      return .storage(
        Tensor(storage: memory, offset: 0, sizes: [count], strides: [1], dtype: reference.elementType),
        isTyped: reference.dtype != nil)
    case .tensor(let index):
      let tensor = try tensor(index, depth)
      return recipes[index].isParameter ? .parameter(tensor) : .tensor(tensor)
    case .numpyDType(let type):
      guard let dtype = DType(type.dtype) else { throw PickleError(path, "a NumPy dtype without a tensor equivalent") }
      return .dtype(dtype)
    case .emptyArray: throw PickleError(path, "a NumPy array without contents")
    case .array(let shape, let type, let isColumnMajor, let data): return .array(try array(shape, type, isColumnMajor, data))
    }
  }

  private func dictionary(_ entries: [Int32], _ isOrdered: Bool, _ attributes: Int32, _ depth: Int) throws -> PickleDictionary {
    var result = PickleDictionary(isOrdered: isOrdered)
    for i in stride(from: 0, to: entries.count, by: 2) {
      let given = try value(entries[i], depth: depth + 1)
      guard let key = PickleKey(given) else { throw PickleError(path, "\(given.kind) cannot be the key of a dictionary") }
      // Hashing takes time by the key's length, and a key may be used again and again.
      try charge(key.cost)
      result[key] = try value(entries[i + 1], depth: depth + 1)
    }
    if attributes >= 0, case .dictionary(let named) = try value(attributes, depth: depth + 1) {
      try charge(named.count * 8)
      for (key, value) in named {
        guard case .string(let name) = key else { throw PickleError(path, "an attribute whose name is no text") }
        result.attributes.append((name, value))
      }
    }
    return result
  }

  private func array(_ shape: [Int], _ type: NumPyDescriptor, _ isColumnMajor: Bool, _ data: Int32) throws -> Tensor {
    guard case .bytes(let bytes) = nodes[Int(data)], let dtype = DType(type.dtype) else {
      throw PickleError(path, "a NumPy array without contents")
    }
    try charge(bytes.count)
    let extents = isColumnMajor ? Array(shape.reversed()) : shape
    let tensor = try withTorchErrors { Tensor.empty(extents, dtype: dtype) }
    if !bytes.isEmpty {
      try tensor.withUnsafeMutableBytes { target in
        let unit = type.isSwapped ? type.dtype.swapUnit : 1
        bytes.withUnsafeBytes { torch_byteswap(target.baseAddress!, $0.baseAddress!, Int32(unit), Int64(bytes.count / unit)) }
      }
    }
    guard isColumnMajor, shape.count > 1 else { return tensor }
    return try withTorchErrors { tensor.permute(Array(shape.indices.reversed())) }
  }

  // MARK: Tensors

  private func storage(_ reference: StorageReference, as dtype: DType) throws -> Storage {
    let whole = try source.storage(reference, as: dtype)
    guard let view = reference.view else { return whole }
    if let part = views[ObjectIdentifier(reference)] { return part }
    let width = reference.elementType.byteCount
    let part = Storage(foreign: whole.pointer.map { $0 + view.offset * width }, byteCount: view.count * width, owner: whole)
    views[ObjectIdentifier(reference)] = part
    return part
  }

  private func tensor(_ index: Int, _ depth: Int) throws -> Tensor {
    if let tensor = tensors[index] { return tensor }
    let recipe = recipes[index]
    var tensor: Tensor
    switch recipe.form {
    case .strided(let reference): tensor = try strided(recipe, reference)
    case .meta:
      _ = try extent(recipe)
      let (sizes, strides) = (recipe.sizes, recipe.strides)
      tensor = try withTorchErrors { Tensor.emptyStrided(sizes, strides, dtype: recipe.dtype, device: .meta) }
    case .sparse(let layout, let parts, let isCoalesced):
      let parts = try parts.map { part in
        guard case .tensor(let index) = nodes[Int(part)] else { throw PickleError(path, "a part of a sparse tensor is no tensor") }
        let tensor = try self.tensor(index, depth)
        // Parts that repeat their elements would be checked and copied element by element.
        try requireOwnElements(tensor, at: recipe.position)
        return tensor.detach()
      }
      tensor = try tensorErrors(at: recipe.position) {
        layout == "torch.sparse_coo"
          ? .sparseCOO(indices: parts[0], values: parts[1], size: recipe.sizes, isCoalesced: isCoalesced)
          : .sparseCSR(crowIndices: parts[0], colIndices: parts[1], values: parts[2], size: recipe.sizes)
      }
    }
    if recipe.isConjugated || recipe.isNegated {
      try requireOwnElements(tensor, at: recipe.position)
      let source = tensor
      tensor = try tensorErrors(at: recipe.position) {
        let conjugated = recipe.isConjugated ? source.conj() : source
        return recipe.isNegated ? conjugated.neg() : conjugated
      }
    }
    if recipe.requiresGrad, recipe.dtype.isDifferentiable { tensor.impl.leafRequiresGrad = true }
    tensors[index] = tensor
    return tensor
  }

  private func tensorErrors(at position: Int, _ body: () -> Tensor) throws -> Tensor {
    do { return try withTorchErrors { noGrad { body() } } } catch let error as TorchError {
      throw PickleError(path, at: position, error.message)
    }
  }

  /// Work by elements is done for tensors that do not have more of them than their storage.
  private func requireOwnElements(_ tensor: Tensor, at position: Int) throws {
    let (bytes, overflow) = tensor.count.multipliedReportingOverflow(by: tensor.dtype.byteCount)
    guard !overflow, bytes <= tensor.impl.storage.byteCount else {
      throw PickleError(path, at: position, "a tensor that repeats its elements, where each should have its own place")
    }
    try charge(bytes, at: position)
  }

  /// How many elements from the first to the last one, both included; 0 for a tensor without elements.
  private func extent(_ recipe: TensorRecipe) throws(PickleError) -> Int {
    var count = 1
    var last = 0
    for (size, stride) in zip(recipe.sizes, recipe.strides) {
      let (product, overflow1) = count.multipliedReportingOverflow(by: max(size, 1))
      let (span, overflow2) = max(size - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, overflow3) = last.addingReportingOverflow(span)
      let (_, overflow4) = product.multipliedReportingOverflow(by: recipe.dtype.byteCount)
      guard !overflow1, !overflow2, !overflow3, !overflow4 else {
        throw PickleError(path, at: recipe.position, "sizes \(abbreviated(recipe.sizes)) and strides \(abbreviated(recipe.strides)) overflow")
      }
      (count, last) = (product, sum)
    }
    return recipe.sizes.contains(0) ? 0 : last + 1
  }

  private func strided(_ recipe: TensorRecipe, _ reference: StorageReference) throws -> Tensor {
    let memory = try storage(reference, as: reference.dtype ?? recipe.dtype)
    let extent = try extent(recipe)
    let capacity = memory.byteCount / recipe.dtype.byteCount
    guard recipe.offset <= capacity, extent <= capacity - recipe.offset else {
      throw PickleError(
        path, at: recipe.position,
        "a tensor \(abbreviated(recipe.sizes)) with strides \(abbreviated(recipe.strides)) from element \(recipe.offset) on reaches "
          + "beyond its storage of \(capacity)")
    }
    return Tensor(
      storage: memory, offset: recipe.offset, sizes: Dims(recipe.sizes), strides: Dims(recipe.strides), dtype: recipe.dtype)
  }
}

extension PickleKey {
  /// What hashing it takes, about.
  var cost: Int {
    switch self {
    case .string(let text), .device(let text): 8 + text.utf8.count
    case .bytes(let bytes): 8 + bytes.count
    case .tuple(let keys): keys.reduce(8) { $0 + $1.cost }
    default: 8
    }
  }
}

extension Tensor {
  /// A tensor over a storage that others may share; the caller has checked that it lies inside.
  init(storage: Storage, offset: Int, sizes: Dims, strides: Dims, dtype: DType) {
    let count = sizes.product
    self.init(
      TensorImpl(
        storage: storage, data: storage.pointer.map { $0 + offset * dtype.byteCount }, sizes: sizes, strides: strides, count: count,
        dtype: dtype, device: .cpu, isContiguous: TensorImpl.isRowMajor(sizes, strides, count: count)))
  }
}
