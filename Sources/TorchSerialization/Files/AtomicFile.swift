import Glibc

/// A file that appears under its name only when it is complete and durable.
///
/// The bytes go to a temporary file in the same directory; `commit()` makes them durable, renames the file over the final name
/// (which replaces an older file in one step) and makes the directory entry durable. Whatever happens before — an error, a
/// killed process, a power cut — the name holds what it held before. A symbolic link under the name is replaced, not followed.
///
/// The temporary file is locked while its writer lives, so that `removeLeftovers` can tell the remains of a killed writer from
/// the file of a writer at work, also across containers and renumbered process ids.
public final class AtomicFile {
  /// The final path.
  public let path: String
  /// Bytes written so far.
  public private(set) var byteCount = 0
  private let temporaryPath: String
  private let file: OpenFile
  private var isOpen = true

  /// Creates the temporary file. Throws `FileError` naming the path and the cause: missing directory, no permission, read-only
  /// file system, a directory under that name.
  public init(_ path: String) throws(FileError) {
    let (directory, name) = splitPath(path)
    guard !name.isEmpty, name != ".", name != ".." else {
      throw FileError("write", path, code: EISDIR, detail: "expected the path of a file")
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { throw FileError("write", path, code: EISDIR) }
    var attempts = 0
    while true {
      let temporaryPath = joinPath(directory, Leftover.name(for: name, token: UInt64.random(in: .min ... .max)))
      let file: OpenFile
      do throws(FileError) {
        file = try OpenFile(temporaryPath, flags: O_WRONLY | O_CREAT | O_EXCL)
      } catch {
        attempts += 1
        if error.code == EEXIST, attempts < 100 { continue }
        throw FileError("write", path, code: error.code, detail: error.code == ENOENT ? "is the directory missing?" : "")
      }
      // Between creation and lock somebody who cleans up may have taken the file for a leftover: then take another.
      let isLocked = flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
      if isLocked, try file.status().st_nlink > 0 {
        self.path = path
        self.temporaryPath = temporaryPath
        self.file = file
        return
      }
    }
  }

  deinit { cancel() }

  /// Appends `bytes`; throws `FileError` naming the final path (disk full, file too large, device error).
  public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    precondition(isOpen, "AtomicFile: written after commit() or cancel()")
    do throws(FileError) { try file.write(bytes) } catch { throw FileError("write", path, code: error.code) }
    byteCount += bytes.count
  }

  /// Makes the contents durable and gives the file its name; returns when the name is durable too.
  ///
  /// When it throws, the temporary file is gone; the older file is untouched unless only the last step, making the new name
  /// durable, failed.
  public func commit() throws(FileError) {
    precondition(isOpen, "AtomicFile: committed twice, or after cancel()")
    do throws(FileError) {
      try file.synchronize()
      guard rename(temporaryPath, path) == 0 else { throw FileError("rename the finished file to", path) }
    } catch {
      cancel()
      throw FileError(error.operation, path, code: error.code)
    }
    isOpen = false
    try file.close()
    try AtomicFile.synchronizeDirectory(of: path)
  }

  /// Gives up: removes the temporary file. Does nothing after `commit()`.
  public func cancel() {
    guard isOpen else { return }
    isOpen = false
    unlink(temporaryPath)
    try? file.close()
  }

  /// Writes a whole file at once: the contents that `body` writes, or nothing if it throws.
  public static func write(to path: String, _ body: (AtomicFile) throws -> Void) throws {
    let file = try AtomicFile(path)
    do {
      try body(file)
    } catch {
      file.cancel()
      throw error
    }
    try file.commit()
  }

  /// Writes `bytes` as a whole file.
  public static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws(FileError) {
    let file = try AtomicFile(path)
    try file.write(bytes)
    try file.commit()
  }

  /// Writes `text` as a whole file, in UTF-8.
  public static func write(_ text: String, to path: String) throws {
    try Array(text.utf8).withUnsafeBytes { try write($0, to: path) }
  }

  /// Removes the temporary files that killed writers left in `directory`, those of living writers excepted.
  ///
  /// - Parameter isOurs: says for the final name of each leftover whether the caller may remove it.
  /// - Returns: the paths removed.
  @discardableResult
  public static func removeLeftovers(
    in directory: String, where isOurs: (String) -> Bool = { _ in true }
  ) throws(FileError) -> [String] {
    var removed: [String] = []
    for entry in try directoryEntries(directory) {
      guard let target = Leftover.target(of: entry), isOurs(target) else { continue }
      let path = joinPath(directory, entry)
      // Opened without following links and without blocking; what cannot be opened is left alone.
      guard let file = try? OpenFile(path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK),
        let status = try? file.status(), status.st_mode & S_IFMT == S_IFREG,
        flock(file.descriptor, LOCK_EX | LOCK_NB) == 0
      else { continue }
      // Had its writer just finished, the name is gone: names are random, so no other file can stand under it.
      if unlink(path) == 0 { removed.append(path) }
    }
    return removed
  }

  /// Makes the entry of `path` in its directory durable.
  static func synchronizeDirectory(of path: String) throws(FileError) {
    let directory = try OpenFile(splitPath(path).directory, flags: O_RDONLY | O_DIRECTORY)
    do throws(FileError) {
      try directory.synchronize()
    } catch {
      // Some file systems cannot synchronise directories and say so; their renames are as durable as they get.
      guard error.code == EINVAL || error.code == ENOTSUP || error.code == EBADF else { throw error }
    }
  }
}

/// The names of temporary files: `.<final name>.<16 hexadecimal digits>.partial`.
enum Leftover {
  private static let suffix = ".partial"

  static func name(for target: String, token: UInt64) -> String { ".\(target).\(hexadecimal(token))\(suffix)" }

  /// The final name a temporary file was meant for, or nil for any other file.
  static func target(of name: String) -> String? {
    guard name.hasPrefix("."), name.hasSuffix(suffix) else { return nil }
    let stem = name.utf8.dropFirst().dropLast(suffix.utf8.count)
    guard stem.count > 17, stem.suffix(16).allSatisfy(isLowercaseHexadecimal), stem.dropLast(16).last == UInt8(ascii: ".") else {
      return nil
    }
    return String(stem.dropLast(17))
  }
}
