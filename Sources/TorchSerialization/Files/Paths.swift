import Glibc

/// The directory (`"."` where none is written) and the last component of a path.
func splitPath(_ path: String) -> (directory: String, name: String) {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
  let directory = path[..<slash]
  return (directory.isEmpty ? "/" : String(directory), String(path[path.utf8.index(after: slash)...]))
}

func joinPath(_ directory: String, _ name: String) -> String {
  directory.isEmpty ? name : directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
}

/// The names in a directory, in no particular order, without `.` and `..`; names that are not UTF-8 are left out.
package func directoryEntries(_ directory: String) throws(FileError) -> [String] {
  guard let stream = opendir(directory) else { throw FileError("list the directory", directory) }
  defer { closedir(stream) }
  var names: [String] = []
  while true {
    errno = 0
    guard let entry = readdir(stream) else {
      guard errno == 0 else { throw FileError("list the directory", directory) }
      return names
    }
    let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
      tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
    }
    if let name, name != ".", name != ".." { names.append(name) }
  }
}

/// Creates a directory and the missing ones above it.
package func createDirectory(_ path: String) throws(FileError) {
  if mkdir(path, 0o777) == 0 || errno == EEXIST {
    var status = stat()
    guard stat(path, &status) == 0 else { throw FileError("create the directory", path) }
    guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError("create the directory", path, code: ENOTDIR) }
    return
  }
  guard errno == ENOENT, splitPath(path).directory != path, !path.isEmpty else { throw FileError("create the directory", path) }
  let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
  try createDirectory(splitPath(trimmed).directory)
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileError("create the directory", path) }
}

/// 16 lower-case hexadecimal digits.
func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}

func isLowercaseHexadecimal(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
}
