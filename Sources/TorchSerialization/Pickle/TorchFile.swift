import CTorchKernels
import TorchCore

/// Reads a file that `torch.save` wrote, in the zip or the legacy format. `torch.load(path, weights_only=True)`.
///
/// Nothing of the file is executed: it may name the classes and functions of a fixed list, and anything else is refused by name.
/// Tensors that share a storage in the file share memory here. A zip file is mapped: a tensor's bytes are read when they are used, and
/// in-place changes stay in the process.
///
/// - Parameters:
///   - path: the file.
///   - isMapped: false reads the whole file at once, which makes the tensors independent of what happens to it later.
///   - verifyChecksums: compares all bytes with the checksums of the archive, which reads the whole file. The values without the
///     tensors' elements are always compared.
/// - Throws: `FileError` where the file cannot be read, `ZipError` or `PickleError` where it is damaged or refused.
public func load(_ path: String, isMapped: Bool = true, verifyChecksums: Bool = false) throws -> PickleValue {
  try TorchFile.read(MappedFile(path, access: isMapped ? .copyOnWrite : .loaded), verifyChecksums: verifyChecksums)
}

/// PyTorch's files.
package enum TorchFile {
  /// 0x1950a86a20f9469cfc6c, least significant byte first.
  private static let magic: [UInt8] = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]

  /// The value in an open file, whose memory may be written.
  package static func read(_ file: MappedFile, verifyChecksums: Bool = false) throws -> PickleValue {
    let bytes = file.bytes
    if bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4b, 0x05, 0x06]) {
      return try readArchive(ZipArchive(file), size: bytes.count, verifyChecksums: verifyChecksums)
    }
    if bytes.count >= 262, bytes[257..<262].elementsEqual("ustar".utf8) {
      throw PickleError(
        file.path, "PyTorch's tar format of before 2017, which cannot be read without executing it; load it with an old version and save "
          + "it again")
    }
    return try readLegacy(file)
  }

  /// The members of an archive, the pickle first.
  package static func members(of archive: [UInt8]) throws -> [(name: String, contents: [UInt8])] {
    let archive = try ZipArchive(MappedFile(contents: archive, path: "archive"))
    let members = archive.members.filter { $0.name.hasSuffix("data.pkl") } + archive.members.filter { !$0.name.hasSuffix("data.pkl") }
    return try members.map { member in
      let contents = try archive.contents(of: member)
      return withExtendedLifetime(contents) { (member.name, Array(contents.bytes)) }
    }
  }

  /// The value of a pickle by itself, whose storages are zeros: what the pickle says of tensors can be tried without an archive.
  package static func readPickle(_ file: MappedFile) throws -> PickleValue {
    var unpickler = Unpickler(file.bytes, path: file.path)
    let root = try unpickler.run()
    return try PickleBuilder(unpickler, source: ZeroStorages(path: file.path), fileSize: file.bytes.count).value(root)
  }

  private static func readArchive(_ archive: ZipArchive, size: Int, verifyChecksums: Bool) throws -> PickleValue {
    guard let name = archive.members.map(\.name).filter({ $0 == "data.pkl" || $0.hasSuffix("/data.pkl") })
      .min(by: { $0.utf8.count < $1.utf8.count }), let pickle = archive.member(named: name)
    else { throw PickleError(archive.path, "a zip archive without data.pkl; expected a file of torch.save") }
    let prefix = String(name.dropLast("data.pkl".count))
    guard archive.member(named: prefix + "constants.pkl") == nil else {
      throw PickleError(archive.path, "a TorchScript archive; its weights are read from a file of torch.save(module.state_dict())")
    }
    if let member = archive.member(named: prefix + "version") ?? archive.member(named: prefix + ".data/version") {
      let text = try archive.contents(of: member).bytes.prefix(20).filter { $0 > 0x20 }
      guard let version = Int(String(decoding: text, as: UTF8.self)), (1...10).contains(version) else {
        throw PickleError(archive.path, "format version \(printable(String(decoding: text, as: UTF8.self))); expected 1 to 10")
      }
    }
    var isSwapped = false
    if let member = archive.member(named: prefix + "byteorder") {
      let order = try archive.contents(of: member).bytes
      isSwapped = order.elementsEqual("big".utf8)
      guard isSwapped || order.elementsEqual("little".utf8) else { throw PickleError(archive.path, "byteorder is neither little nor big") }
    }
    let contents = try archive.contents(of: pickle)
    return try withExtendedLifetime(contents) {
      var unpickler = Unpickler(contents.bytes, path: archive.path)
      let root = try unpickler.run()
      guard !verifyChecksums || archive.hasChecksums else {
        throw PickleError(archive.path, "the archive was written without checksums; it can be read without comparing them")
      }
      if verifyChecksums { for member in archive.members { _ = try archive.contents(of: member) } }
      let source = ArchiveStorages(archive, prefix: prefix, isSwapped: isSwapped)
      return try PickleBuilder(unpickler, source: source, fileSize: size).value(root)
    }
  }

  private static func readLegacy(_ file: MappedFile) throws -> PickleValue {
    let path = file.path
    var unpickler = Unpickler(file.bytes, path: path)
    guard file.bytes.first == 0x80, case .bigInt(magic) = unpickler.nodes[Int(try unpickler.run())] else {
      throw PickleError(path, "neither of PyTorch's formats: expected a zip archive, or the legacy format's magic number")
    }
    guard case .int(1001) = unpickler.nodes[Int(try unpickler.run())] else {
      throw PickleError(path, "a legacy file whose protocol is not 1001")
    }
    // What the file says of the machine that wrote it has no meaning: elements are little-endian whatever that was.
    guard case .dictionary = unpickler.nodes[Int(try unpickler.run())] else {
      throw PickleError(path, "a legacy file without a description of the system")
    }
    let root = try unpickler.run()
    guard case .list(let keys) = unpickler.nodes[Int(try unpickler.run())] else {
      throw PickleError(path, "a legacy file without a list of storages")
    }
    let source = LegacyStorages(file)
    var position = unpickler.position
    for key in keys {
      guard case .string(let key) = unpickler.nodes[Int(key)], let reference = unpickler.storages[key] else {
        throw PickleError(path, "the list of storages names one that no tensor has")
      }
      try source.locate(reference, at: &position)
    }
    guard position == file.bytes.count else {
      throw PickleError(path, "\(file.bytes.count - position) bytes follow the last storage")
    }
    return try PickleBuilder(unpickler, source: source, fileSize: file.bytes.count).value(root)
  }
}

/// The storages of a zip file: members of their own.
private final class ArchiveStorages: StorageSource {
  private let archive: ZipArchive
  private let prefix: String
  private let isSwapped: Bool
  private var storages: [String: Storage] = [:]

  init(_ archive: ZipArchive, prefix: String, isSwapped: Bool) {
    self.archive = archive
    self.prefix = prefix
    self.isSwapped = isSwapped
  }

  func storage(_ reference: StorageReference, as dtype: DType) throws -> Storage {
    if let storage = storages[reference.key] { return storage }
    guard let member = archive.member(named: "\(prefix)data/\(reference.key)") else {
      throw PickleError(archive.path, at: reference.position, "storage \(printable(reference.key)) is missing from the archive")
    }
    guard member.byteCount == reference.byteCount else {
      throw PickleError(
        archive.path, at: reference.position,
        "storage \(printable(reference.key)) has \(member.byteCount) bytes; \(reference.byteCount) were promised")
    }
    let contents = try archive.contents(of: member, verify: false)
    let storage = try Storage.over(contents.bytes, owner: contents, dtype: dtype, isSwapped: isSwapped)
    storages[reference.key] = storage
    return storage
  }
}

/// The storages of a legacy file: one after another behind the pickles.
private final class LegacyStorages: StorageSource {
  private let file: MappedFile
  private var ranges: [String: Range<Int>] = [:]
  private var storages: [String: Storage] = [:]

  init(_ file: MappedFile) { self.file = file }

  /// Notes where a storage lies: its number of elements, then these. `position` moves behind it.
  func locate(_ reference: StorageReference, at position: inout Int) throws(PickleError) {
    let name = "storage \(printable(reference.key))"
    guard file.bytes.count - position >= 8 else { throw PickleError(file.path, "truncated before \(name)") }
    let count = file.bytes.loadUnaligned(fromByteOffset: position, as: Int64.self).littleEndian
    guard count == reference.count else {
      throw PickleError(file.path, "\(name) has \(count) elements; \(reference.count) were promised")
    }
    position += 8
    guard reference.byteCount <= file.bytes.count - position else { throw PickleError(file.path, "truncated within \(name)") }
    let range = position..<position + reference.byteCount
    guard ranges.updateValue(range, forKey: reference.key) == nil else { throw PickleError(file.path, "\(name) is listed twice") }
    position = range.upperBound
  }

  func storage(_ reference: StorageReference, as dtype: DType) throws -> Storage {
    if let storage = storages[reference.key] { return storage }
    guard let range = ranges[reference.key] else {
      throw PickleError(file.path, at: reference.position, "storage \(printable(reference.key)) is missing from the file")
    }
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
    let storage = try Storage.over(bytes, owner: file, dtype: dtype, isSwapped: false)
    storages[reference.key] = storage
    return storage
  }
}

/// Storages of zeros, of limited size.
private final class ZeroStorages: StorageSource {
  private let path: String
  private var storages: [String: Storage] = [:]
  private var room = 1 << 16

  init(path: String) { self.path = path }

  func storage(_ reference: StorageReference, as dtype: DType) throws -> Storage {
    if let storage = storages[reference.key] { return storage }
    guard reference.byteCount <= room else { throw PickleError(path, at: reference.position, "a storage larger than the limit") }
    room -= reference.byteCount
    let storage = try Storage(byteCount: reference.byteCount)
    if let start = storage.pointer { start.initializeMemory(as: UInt8.self, repeating: 0, count: reference.byteCount) }
    storages[reference.key] = storage
    return storage
  }
}

extension Storage {
  /// The bytes themselves where elements of `dtype` may lie there; else a copy, with the bytes of each number reversed if asked for.
  fileprivate static func over(
    _ bytes: UnsafeRawBufferPointer, owner: AnyObject, dtype: DType, isSwapped: Bool
  ) throws -> Storage {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return Storage(foreign: nil, byteCount: 0, owner: nil) }
    let unit = dtype.isComplex ? dtype.byteCount / 2 : dtype.byteCount
    if (!isSwapped || unit == 1) && UInt(bitPattern: start) % UInt(unit) == 0 {
      return Storage(foreign: UnsafeMutableRawPointer(mutating: start), byteCount: bytes.count, owner: owner)
    }
    let storage = try Storage(byteCount: bytes.count)
    let width = isSwapped && bytes.count % unit == 0 ? unit : 1
    withExtendedLifetime(owner) {
      torch_byteswap(storage.pointer!, start, Int32(width), Int64(bytes.count / width))
    }
    return storage
  }
}
