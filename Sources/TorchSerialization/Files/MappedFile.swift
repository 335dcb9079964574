import Glibc
import TorchCore

/// How the bytes of a file come into the process.
public enum FileAccess: Sendable {
  /// Mapped: nothing is read before it is used. The file must not be shortened while it is open (files that are replaced by
  /// renaming, as everything in this library does, are safe): touching a page that no longer exists ends the process.
  case mapped
  /// Mapped, and the memory may be written: changes stay in this process and never reach the file. As for `mapped`, the file must
  /// not be shortened while it is open.
  case copyOnWrite
  /// Read at once into memory of its own: independent of what happens to the file afterwards.
  case loaded
}

/// The bytes of a regular file, read-only, valid while the object lives.
public final class MappedFile: Sendable {
  /// The path as it was given.
  public let path: String
  /// The whole file. Valid only while this object lives.
  public nonisolated(unsafe) let bytes: UnsafeRawBufferPointer
  /// Whether the memory may be written: of all but `mapped` files.
  public let isWritable: Bool
  /// What is unmapped in the end: the file's pages, or those of a copy.
  private nonisolated(unsafe) let pages: UnsafeMutableRawBufferPointer

  /// The contents of a file that is in memory already; `path` is for messages. They end at a page that cannot be read, so that a
  /// reader that runs over the end of a file is caught in the act: the fuzzer's tests depend on it.
  package init(contents: [UInt8], path: String) throws(FileError) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let size = (contents.count + page - 1) / page * page + page
    let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let start, start != UnsafeMutableRawPointer(bitPattern: -1) else { throw FileError("map into memory", path) }
    pages = UnsafeMutableRawBufferPointer(start: start, count: size)
    isWritable = true
    let place = size - page - contents.count
    UnsafeMutableRawBufferPointer(start: start + place, count: contents.count).copyBytes(from: contents)
    self.path = path
    bytes = UnsafeRawBufferPointer(start: start + place, count: contents.count)
    guard mprotect(start + size - page, page, PROT_NONE) == 0 else { throw FileError("protect the memory of", path) }
  }

  /// Opens `path`, which must be a regular file; throws `FileError`.
  public init(_ path: String, access: FileAccess = .mapped) throws(FileError) {
    // Non-blocking, so that a named pipe is refused below and does not hang here.
    let file = try OpenFile(path, flags: O_RDONLY | O_NONBLOCK)
    let status = try file.status()
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError("open", path, code: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL, detail: "expected a regular file")
    }
    let size = Int(status.st_size)
    self.path = path
    isWritable = access != .mapped
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      pages = UnsafeMutableRawBufferPointer(start: nil, count: 0)
      return
    }
    let isMapped = access != .loaded
    let protection = access == .mapped ? PROT_READ : PROT_READ | PROT_WRITE
    // Without a reservation: of a large file that may be written, few pages ever are.
    let flags = isMapped ? MAP_PRIVATE | MAP_NORESERVE : MAP_PRIVATE | MAP_ANONYMOUS
    let start = mmap(nil, size, protection, flags, isMapped ? file.descriptor : -1, 0)
    guard let start, start != UnsafeMutableRawPointer(bitPattern: -1) else { throw FileError("map into memory", path) }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
    pages = UnsafeMutableRawBufferPointer(start: start, count: size)
    guard !isMapped else { return }
    // Should this throw, the object is complete and its deinitialiser gives the memory back.
    try file.read(into: UnsafeMutableRawBufferPointer(start: start, count: size), at: 0)
  }

  deinit {
    if let start = pages.baseAddress { CallSite.unmapping { _ = munmap(start, pages.count) } }
  }
}
