/// The arrays of an `.npz` file: a zip archive of `.npy` files, as `numpy.savez` and `numpy.savez_compressed` write it.
public final class NPZFile: Sendable {
  /// The path as it was given.
  public let path: String
  /// The names of the arrays, without `.npy`, in the archive's order.
  public let names: [String]
  private let archive: ZipArchive
  private static let suffix = ".npy"

  /// Opens a file; throws `FileError` where it cannot be read and `ZipError` where it is no zip archive.
  public convenience init(_ path: String, access: FileAccess = .mapped) throws {
    try self.init(MappedFile(path, access: access))
  }

  /// The arrays in an open file.
  package init(_ file: MappedFile) throws {
    path = file.path
    archive = try ZipArchive(file)
    names = archive.members.map(\.name).filter { $0.hasSuffix(Self.suffix) }.map { String($0.dropLast(Self.suffix.count)) }
  }

  /// Reads an array and checks it; throws `NPYError` or `ZipError`.
  public func array(named name: String) throws -> NPYArray {
    guard let member = archive.member(named: name + Self.suffix) else {
      throw NPYError(path, member: name, "not in the file, which holds \(names.count) arrays")
    }
    let contents = try archive.contents(of: member)
    return NPYArray(try NPYHeader(contents.bytes, path: path, member: name), bytes: contents.bytes, owner: contents)
  }
}
