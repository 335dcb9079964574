/// A checkpoint that was refused: which file, and why.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of defects.
  public enum Reason: Sendable {
    /// A well-formed safetensors file, but not a checkpoint.
    case notACheckpoint
    /// Written by a version of the library that this one does not understand.
    case unsupportedVersion
    /// The contents are not those that were written.
    case checksumMismatch
    /// The file's name and its contents disagree about the step.
    case stepMismatch
    /// The caller's state or step cannot be stored.
    case invalidState
  }

  /// The file.
  public let path: String
  /// The kind of defect.
  public let reason: Reason
  /// The defect in words.
  public let detail: String

  /// One line naming file and cause.
  public var description: String { "\(printable(path, limit: 4096)): \(detail)" }

  init(_ reason: Reason, _ path: String, _ detail: String) {
    self.path = path
    self.reason = reason
    self.detail = detail
  }
}

/// A checkpoint that was verified when it was opened: named blocks of bytes (`model.…`, `optimizer.…`, …) and state strings.
///
/// On disk it is a safetensors file, so that any tool of the field can look into it. Its metadata holds the version of the
/// format, the step, the state strings (under `state.`) and a checksum over everything else: names, dtypes, shapes, data and
/// metadata.
public final class Checkpoint: Sendable {
  /// Version of the checkpoint format that this library writes, and the only one it reads.
  public static let formatVersion = 1

  /// The file.
  public let path: String
  /// The step it was saved at.
  public let step: Int
  /// What the caller stored beside the tensors, JSON texts as a rule, by name.
  public let state: [String: String]
  /// The tensors.
  public let file: SafetensorsFile

  /// Opens a checkpoint and verifies all of its bytes.
  ///
  /// Throws `FileError` where it cannot be read, `SafetensorsError` where it is torn or malformed, and `CheckpointError` where
  /// it is no checkpoint, of another version, or damaged.
  public init(_ path: String, access: FileAccess = .mapped) throws {
    let file = try SafetensorsFile(path, access: access)
    guard file.metadata[Key.format] == Key.formatName, let version = file.metadata[Key.version] else {
      throw CheckpointError(
        .notACheckpoint, path, "a safetensors file, but not a checkpoint of this library")
    }
    guard version == String(Self.formatVersion) else {
      throw CheckpointError(
        .unsupportedVersion, path,
        "checkpoint format version \"\(printable(version, limit: 40))\"; this library reads version \(Self.formatVersion)")
    }
    var checksum = Self.checksum(of: file.metadata)
    for (position, tensor) in file.tensors.enumerated() { Self.add(tensor, file.bytes(at: position), to: &checksum) }
    let actual = "xxh64:\(hexadecimal(checksum.finalize()))"
    guard let expected = file.metadata[Key.checksum], expected.utf8.elementsEqual(actual.utf8) else {
      throw CheckpointError(
        .checksumMismatch, path, "damaged: its contents have checksum \(actual), "
          + "but \(file.metadata[Key.checksum].map { printable($0, limit: 40) } ?? "none") was recorded")
    }
    guard let text = file.metadata[Key.step], let step = Int(text), step >= 0 else {
      throw CheckpointError(
        .notACheckpoint, path, "the checkpoint has no step number")
    }
    self.path = path
    self.file = file
    self.step = step
    var state: [String: String] = [:]
    for (key, value) in file.metadata where key.hasPrefix(Key.statePrefix) {
      state[String(key.dropFirst(Key.statePrefix.count))] = value
    }
    self.state = state
  }

  /// Names of the metadata.
  enum Key {
    static let format = "checkpoint.format"
    static let formatName = "swifttorch"
    static let version = "checkpoint.version"
    static let step = "checkpoint.step"
    static let checksum = "checkpoint.checksum"
    static let statePrefix = "state."
  }

  /// Writes a checkpoint to `path`, atomically and durably.
  static func write(_ blocks: [SafetensorsBlock], state: [String: String], step: Int, to path: String) throws {
    guard step >= 0 else {
      throw CheckpointError(
        .invalidState, path, "step \(step); a step number is not negative")
    }
    var metadata = [Key.format: Key.formatName, Key.version: String(formatVersion), Key.step: String(step)]
    for (name, value) in state { metadata[Key.statePrefix + name] = value }
    // The checksum follows the file's order of tensors, which the plan knows; its own place in the metadata is planned with it.
    let order = try SafetensorsLayout(blocks.map(\.tensor), path: path)
    var checksum = checksum(of: metadata)
    for (tensor, position) in zip(order.tensors, order.sourcePositions) { add(tensor, blocks[position].bytes, to: &checksum) }
    metadata[Key.checksum] = "xxh64:\(hexadecimal(checksum.finalize()))"
    try SafetensorsWriter.write(blocks, to: path, metadata: metadata)
  }

  private static func checksum(of metadata: [String: String]) -> XXHash64 {
    var hash = XXHash64()
    let keys = metadata.keys.filter { $0 != Key.checksum }.sorted(by: precedes)
    hash.update(keys.count)
    for key in keys {
      hash.update(key)
      hash.update(metadata[key]!)
    }
    return hash
  }

  private static func add(_ tensor: SafetensorsTensor, _ bytes: UnsafeRawBufferPointer, to hash: inout XXHash64) {
    hash.update(tensor.name)
    hash.update(tensor.dtype.rawValue)
    hash.update(tensor.shape.count)
    for extent in tensor.shape { hash.update(extent) }
    hash.update(bytes.count)
    hash.update(bytes)
  }
}
