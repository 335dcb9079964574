import TorchCore

/// Writes tensors as an `.npz` file, row-major, atomically. `numpy.savez(path, **arrays)`, or `numpy.savez_compressed`.
/// - Throws: `NPYError` for types that NumPy does not have and tensors without elements to write, `ZipError` for a name given twice,
///   `FileError` where the file cannot be written.
public func saveNPZ(_ tensors: [(name: String, tensor: Tensor)], to path: String, isCompressed: Bool = false) throws {
  try AtomicFile.write(to: path) { file in
    let zip = ZipWriter(path: path) { try file.write($0) }
    for (name, tensor) in tensors {
      guard let type = NPYDType(tensor.dtype) else {
        throw NPYError(path, member: name, "NumPy has no \(tensor.dtype); convert the tensor to float32 first")
      }
      guard tensor.isCPU else {
        throw NPYError(
          path, member: name,
          tensor.isSparse ? "a sparse tensor; make it dense first" : "a tensor on device \(tensor.device) has no elements to write")
      }
      let source = try withTorchErrors { noGrad { tensor.detach().contiguous() } }
      let header = NPYHeader.bytes(dtype: type, shape: source.shape)
      try source.withUnsafeBytes { data in
        // Header and elements are one member, whose checksum comes first.
        let whole = OwnedBytes(count: header.count + data.count)
        whole.bytes.copyBytes(from: header)
        if !data.isEmpty { UnsafeMutableRawBufferPointer(rebasing: whole.bytes[header.count...]).copyMemory(from: data) }
        try zip.add(name + ".npy", UnsafeRawBufferPointer(whole.bytes), isCompressed: isCompressed)
      }
    }
    try zip.finish()
  }
}

/// Reads all arrays of an `.npz` file into tensors, in the file's order. `numpy.load`.
public func loadNPZ(_ path: String) throws -> [(name: String, tensor: Tensor)] {
  let file = try NPZFile(path)
  return try file.names.map { ($0, try file.tensor(named: $0)) }
}
