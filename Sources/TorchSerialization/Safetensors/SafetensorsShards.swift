import Glibc
import Synchronization

/// A model in several safetensors files, tied together by `model.safetensors.index.json`; the files are opened when used.
public final class SafetensorsShards: SafetensorsSource {
  /// Name of the index in a model's directory.
  public static let indexName = "model.safetensors.index.json"
  /// Name of the only file of a model that is not sharded.
  public static let singleName = "model.safetensors"
  /// Largest index that is read, in bytes: that of the format's headers.
  private static let maximumIndexSize = SafetensorsHeader.maximumSize

  /// How the index and the files disagree.
  public struct Report: Equatable, Sendable {
    /// Files that the index names and that cannot be opened, with the cause.
    public let unreadableShards: [String]
    /// Tensors that the index promises in a file that does not hold them, as `name (file)`.
    public let missing: [String]
    /// Tensors in the files that the index does not list for that file, as `name (file)`.
    public let extra: [String]
    /// Whether nothing is wrong.
    public var isClean: Bool { unreadableShards.isEmpty && missing.isEmpty && extra.isEmpty }
  }

  /// The index file, or the single file.
  public let path: String
  /// All names, in the order of the index.
  public let names: [String]
  /// The names of the files, in order of first mention.
  public let shards: [String]

  private let directory: String
  private let access: FileAccess
  private let shardOfName: [ExactName: String]
  private let opened = Mutex<[String: SafetensorsFile]>([:])

  /// Opens a model: `path` is its directory (with an index, or with a single `model.safetensors`), or the index itself.
  ///
  /// Throws `FileError` where nothing can be read and `SafetensorsError` where the index is malformed.
  public init(_ path: String, access: FileAccess = .mapped) throws {
    self.access = access
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("open", path) }
    var indexPath = path
    if status.st_mode & S_IFMT == S_IFDIR {
      indexPath = joinPath(path, Self.indexName)
      let single = joinPath(path, Self.singleName)
      if stat(indexPath, &status) != 0, stat(single, &status) == 0 {
        let file = try SafetensorsFile(single, access: access)
        self.path = single
        directory = path
        names = file.names
        shards = [Self.singleName]
        shardOfName = Dictionary(uniqueKeysWithValues: file.names.map { (ExactName($0), Self.singleName) })
        opened.withLock { $0[Self.singleName] = file }
        return
      }
    }
    self.path = indexPath
    directory = splitPath(indexPath).directory
    let weightMap = try Self.readIndex(indexPath)
    names = weightMap.map(\.name)
    var seen: Set<String> = []
    shards = weightMap.map(\.shard).filter { seen.insert($0).inserted }
    shardOfName = Dictionary(uniqueKeysWithValues: weightMap.map { (ExactName($0.name), $0.shard) })
  }

  public func tensor(named name: String) throws -> SafetensorsTensor { try file(of: name).tensor(named: name) }

  public func bytes(of name: String) throws -> UnsafeRawBufferPointer { try file(of: name).bytes(of: name) }

  /// The open file of a shard's name, opening it where it is not.
  public func shard(_ name: String) throws -> SafetensorsFile {
    try opened.withLock { opened in
      if let file = opened[name] { return file }
      let file = try SafetensorsFile(joinPath(directory, name), access: access)
      opened[name] = file
      return file
    }
  }

  /// Opens all files and compares them with the index.
  public func check() -> Report {
    var unreadable: [String] = []
    var missing: [String] = []
    var extra: [String] = []
    var namesOfShard: [String: [String]] = [:]
    for name in names { namesOfShard[shardOfName[ExactName(name)]!, default: []].append(name) }
    for shardName in shards {
      do {
        let file = try shard(shardName)
        missing += namesOfShard[shardName, default: []].filter { !file.contains($0) }.map { "\($0) (\(shardName))" }
        extra += file.names.filter { shardOfName[ExactName($0)] != shardName }.map { "\($0) (\(shardName))" }
      } catch {
        unreadable.append("\(error)")
      }
    }
    return Report(unreadableShards: unreadable, missing: missing, extra: extra)
  }

  public func file(of name: String) throws -> SafetensorsFile {
    guard let shardName = shardOfName[ExactName(name)] else {
      throw SafetensorsError(.missingTensor, path, tensor: name, "not in the model, which holds \(names.count) tensors")
    }
    let file = try shard(shardName)
    guard file.contains(name) else {
      throw SafetensorsError(
        .shardMismatch, path, tensor: name, "the index places it in \(printable(shardName)), which does not hold it")
    }
    return file
  }

  private static func readIndex(_ path: String) throws -> [(name: String, shard: String)] {
    let file = try MappedFile(path, access: .loaded)
    // The reader works on the file's memory.
    defer { withExtendedLifetime(file) {} }
    guard file.bytes.count <= maximumIndexSize else {
      throw SafetensorsError(
        .headerTooLarge, path, "the index has \(file.bytes.count) bytes; at most \(maximumIndexSize) are allowed")
    }
    var weightMap: [(name: String, shard: String)] = []
    var seen: Set<ExactName> = []
    var hasMap = false
    var reader = JSONReader(file.bytes)
    do throws(JSONError) {
      try reader.object { (reader, key) throws(JSONError) in
        guard key == "weight_map" else { return try reader.skipValue() }
        guard !hasMap else { throw reader.failure("weight_map occurs twice") }
        hasMap = true
        try reader.object { (reader, name) throws(JSONError) in
          guard seen.insert(ExactName(name)).inserted else {
            throw reader.failure("tensor \"\(printable(name))\" is listed twice")
          }
          let shard = try reader.string()
          guard isPlain(shard) else {
            throw reader.failure(
              "tensor \"\(printable(name))\": \"\(printable(shard))\" is not the name of a file beside the index")
          }
          weightMap.append((name, shard))
        }
      }
      try reader.end()
      if !hasMap { throw reader.failure("no weight_map") }
    } catch {
      throw SafetensorsError(.malformedHeader, path, "malformed index, at byte \(error.offset): \(error.message)")
    }
    return weightMap
  }

  /// An index must not reach outside of its directory.
  private static func isPlain(_ shard: String) -> Bool {
    !shard.isEmpty && shard != "." && shard != ".." && !shard.utf8.contains(UInt8(ascii: "/")) && !shard.utf8.contains(0)
  }
}
