import Foundation
import Testing

@testable import TorchSerialization

@Suite struct AtomicFileTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func leftovers() throws -> [String] { try directory.names().filter { $0.hasSuffix(".partial") } }

  @Test func appearsOnlyWhenCommitted() throws {
    let path = directory.path("a.txt")
    try AtomicFile.write("old", to: path)
    let file = try AtomicFile(path)
    try Array("new".utf8).withUnsafeBytes { try file.write($0) }
    #expect(try contents(path) == Array("old".utf8))
    #expect(try leftovers().count == 1)
    try file.commit()
    #expect(file.byteCount == 3)
    #expect(try contents(path) == Array("new".utf8))
    #expect(try directory.names() == ["a.txt"])
  }

  @Test func errorsAndAbandonedFilesLeaveTheOldContents() throws {
    struct Refusal: Error {}
    let path = directory.path("a.txt")
    try AtomicFile.write("old", to: path)
    #expect(throws: Refusal.self) {
      try AtomicFile.write(to: path) { file in
        try Array("half".utf8).withUnsafeBytes { try file.write($0) }
        throw Refusal()
      }
    }
    do { _ = try AtomicFile(path) }
    #expect(try contents(path) == Array("old".utf8))
    #expect(try directory.names() == ["a.txt"])
  }

  @Test func respectsTheCallersPermissionMask() throws {
    let mask = umask(0o022)
    defer { umask(mask) }
    try AtomicFile.write("x", to: directory.path("a.txt"))
    var status = stat()
    #expect(stat(directory.path("a.txt"), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o644)
  }

  @Test func removesLeftoversOfDeadWritersOnly() throws {
    let dead = directory.path(".a.txt.0123456789abcdef.partial")
    let foreign = directory.path(".b.txt.0123456789abcdef.partial")
    let others = [".0123456789abcdef.partial", ".a.txt.0123456789ABCDEF.partial", "a.txt.0123456789abcdef.partial", ".a.partial"]
    for path in [dead, foreign] + others.map(directory.path) { try put([1], path) }
    // A link that looks like a leftover, to a file that must survive.
    try put([1], directory.path("target"))
    try FileManager.default.createSymbolicLink(
      atPath: directory.path(".a.txt.fedcba9876543210.partial"), withDestinationPath: directory.path("target"))
    let living = try AtomicFile(directory.path("a.txt"))
    #expect(try AtomicFile.removeLeftovers(in: directory.path) { $0 == "a.txt" } == [dead])
    #expect(try directory.names().contains("target"))
    #expect(try Set(directory.names()).isSuperset(of: others + [".b.txt.0123456789abcdef.partial"]))
    try living.commit()
    #expect(try contents(directory.path("a.txt")) == [])
  }

  @Test func namesPathAndCause() throws {
    func failure(_ path: String) throws -> FileError { try #require(throws: FileError.self) { try AtomicFile(path) } }
    let missing = directory.path("missing/a.txt")
    #expect(
      try "\(failure(missing))" == "cannot write \(missing): no such file or directory (ENOENT); is the directory missing?")
    #expect(try failure(directory.path).code == EISDIR)
    #expect(try failure("").code == EISDIR)
    #expect(try failure(directory.path("..")).code == EISDIR)
    #expect(try failure(directory.path(String(repeating: "x", count: 300))).code == ENAMETOOLONG)
    try put([1], directory.path("file"))
    #expect(try failure(directory.path("file/a.txt")).code == ENOTDIR)
    // The kernel's own read-only and always refusing file system.
    let refused = try failure("/proc/a.txt")
    #expect(refused.path == "/proc/a.txt" && [ENOENT, EACCES, EROFS, EPERM].contains(refused.code))
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func directoryWithoutPermission() throws {
    chmod(directory.path, 0o500)
    defer { chmod(directory.path, 0o700) }
    let error = try #require(throws: FileError.self) { try AtomicFile(directory.path("a.txt")) }
    #expect(error.code == EACCES && "\(error)".hasSuffix("permission denied (EACCES)"))
  }

  @Test func fullDisk() throws {
    let file = try OpenFile("/dev/full", flags: O_WRONLY)
    let error = try #require(throws: FileError.self) {
      try [UInt8](repeating: 0, count: 100).withUnsafeBytes { try file.write($0) }
    }
    #expect("\(error)" == "cannot write /dev/full: no space left on the disk (ENOSPC)")
  }

  /// A pipe takes what fits and no more: the rest follows as the reader makes room.
  @Test func shortWritesAreCompleted() throws {
    let path = directory.path("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    nonisolated(unsafe) var received = Data()
    let done = DispatchSemaphore(value: 0)
    let reader = Thread {
      received = FileHandle(forReadingAtPath: path)!.readDataToEndOfFile()
      done.signal()
    }
    reader.start()
    let file = try OpenFile(path, flags: O_WRONLY)
    try bytes.withUnsafeBytes { try file.write($0) }
    try file.close()
    done.wait()
    #expect(Array(received) == bytes)
  }

  @Test func createsNestedDirectories() throws {
    try createDirectory(directory.path("a/b/c/"))
    try createDirectory(directory.path("a/b/c"))
    try put([1], directory.path("a/file"))
    #expect(try #require(throws: FileError.self) { try createDirectory(directory.path("a/file")) }.code == ENOTDIR)
    #expect(try #require(throws: FileError.self) { try createDirectory(directory.path("a/file/x")) }.code == ENOTDIR)
    #expect(throws: FileError.self) { try createDirectory("") }
  }
}
