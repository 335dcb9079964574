import TorchCore

extension Tensor {
  /// The array of an `.npy` file, in memory of its own. `torch.from_numpy(numpy.load(path))`.
  ///
  /// Arrays in Fortran order keep their layout as strides; big-endian data is swapped.
  /// - Throws: `FileError` where the file cannot be read, `NPYError` where it is malformed or of a type that tensors do not have.
  public init(npy path: String) throws { try self.init(NPYArray(path), path: path) }

  /// An array that has been read from an `.npy` or `.npz` file; `path` is for the messages.
  init(_ array: NPYArray, path: String) throws {
    guard let dtype = DType(array.dtype) else {
      throw NPYError(
        path, "dtype \(array.dtype.descriptor) has no tensor equivalent; expected one of "
          + DType.allCases.compactMap { NPYDType($0)?.descriptor }.joined(separator: ", "))
    }
    // A column-major array is the transpose of a row-major one.
    let shape = array.isColumnMajor ? Array(array.shape.reversed()) : array.shape
    let tensor = try array.withBytes { try Tensor(copying: $0, shape: shape, dtype: dtype) }
    let order = Array(shape.indices.reversed())
    self = array.isColumnMajor && shape.count > 1 ? try withTorchErrors { tensor.permute(order) } : tensor
  }

  /// Writes the tensor as an `.npy` file, row-major, atomically. `numpy.save(path, tensor.numpy())`.
  ///
  /// Throws `NPYError` for bfloat16, which NumPy does not have, and `FileError` where the file cannot be written.
  public func saveNPY(to path: String) throws {
    guard let type = NPYDType(dtype) else {
      throw NPYError(path, "NumPy has no \(dtype); convert the tensor to float32 first")
    }
    guard device == .cpu else { throw NPYError(path, "a tensor on device \(device) has no elements to write") }
    let source = try withTorchErrors { noGrad { detach().contiguous() } }
    try source.withUnsafeBytes { try NPYArray.write($0, dtype: type, shape: source.shape, to: path) }
  }
}

extension NPZFile {
  /// Reads an array of the archive into a tensor; throws `NPYError` or `ZipError`.
  public func tensor(named name: String) throws -> Tensor { try Tensor(array(named: name), path: "\(path)/\(name)") }
}
