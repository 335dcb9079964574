import Foundation
import Testing

@testable import TorchSerialization

@Suite struct NPYTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func values<T: BitwiseCopyable>(_ array: NPYArray, _ type: T.Type) -> [T] {
    array.withBytes { bytes in
      stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size).map { bytes.loadUnaligned(fromByteOffset: $0, as: type) }
    }
  }

  @Test func readsNumPysFiles() throws {
    let matrix = try NPYArray(try fixture("matrix.npy"))
    #expect(matrix.dtype == .float32 && matrix.shape == [2, 3] && !matrix.isColumnMajor)
    #expect(values(matrix, Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
    let columns = try NPYArray(try fixture("column_major.npy"))
    #expect(columns.shape == [2, 3] && columns.isColumnMajor)
    #expect(values(columns, Float.self) == [0, 0.75, 0.25, 1, 0.5, 1.25])
    let big = try NPYArray(try fixture("big_endian.npy"))
    #expect(big.dtype == .complex64 && big.shape == [2])
    #expect(values(big, Float.self) == [1, 2, 0, -3.5])
    let scalar = try NPYArray(try fixture("scalar.npy"), access: .loaded)
    #expect(scalar.shape == [] && values(scalar, Int64.self) == [-7])
    for version in 2...3 {
      let array = try NPYArray(try fixture("version\(version).npy"))
      #expect(array.dtype == .bool && array.shape == [2] && values(array, UInt8.self) == [1, 0])
    }
  }

  @Test(arguments: ["arrays.npz", "arrays_compressed.npz"])
  func readsNumPysArchives(name: String) throws {
    let file = try NPZFile(try fixture(name))
    #expect(file.names == ["matrix", "labels", "empty"])
    #expect(values(try file.array(named: "matrix"), Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(values(try file.array(named: "labels"), UInt8.self) == (0..<1000).map { UInt8(truncatingIfNeeded: $0) })
    #expect(try file.array(named: "empty").shape == [0, 3])
    #expect(throws: NPYError.self) { try file.array(named: "absent") }
  }

  @Test(arguments: ["matrix.npy", "scalar.npy"])
  func writesNumPysBytes(name: String) throws {
    let array = try NPYArray(try fixture(name))
    let path = directory.path("copy.npy")
    try array.withBytes { try NPYArray.write($0, dtype: array.dtype, shape: array.shape, to: path) }
    #expect(try contents(path) == contents(try fixture(name)))
    #expect(throws: NPYError.self) { try NPYArray.write(array.bytes, dtype: array.dtype, shape: [7], to: path) }
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7, "takes 8 bytes, but 7 follow"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9, "takes 8 bytes, but 9 follow"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", 8, "expected ',' after the only extent"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", 8, "expected a non-negative integer"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)}", 8, "overflows"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775808,), }", 8, "below 2^63"),
    ("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,), }", 8, "expected True or False"),
    ("{'descr': '<f4', 'fortran_order': False}", 8, "lacks one of"),
    ("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8, "repeated key 'descr'"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", 8, "unexpected or repeated key 'x'"),
    ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 8, "dtype \"|O\" has no tensor equivalent"),
    ("{'descr': '|f4', 'fortran_order': False, 'shape': (2,)}", 8, "dtype \"|f4\" has no tensor equivalent"),
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x", 8, "expected the end of the header"),
    ("{'descr': '<f4", 0, "a string without an end"),
    ("", 0, "expected '{'"),
  ])
  func rejectsHeaders(text: String, data: Int, message: String) throws {
    let path = directory.path("bad.npy")
    let length = withUnsafeBytes(of: UInt16(text.utf8.count).littleEndian, Array.init)
    try put(NPYHeader.magic + [1, 0] + length + text.utf8 + [UInt8](repeating: 0, count: data), path)
    let error = try #require(throws: NPYError.self) { try NPYArray(path) }
    #expect("\(error)".hasPrefix(path) && "\(error)".contains(message), "\(error)")
  }

  @Test func rejectsOtherFiles() throws {
    let path = directory.path("bad.npy")
    for (bytes, message) in [
      ([], "does not start with"), (Array("\u{89}PNG123456789".utf8), "does not start with"),
      (NPYHeader.magic + [4, 0, 0, 0], "npy format version 4.0"), (NPYHeader.magic + [1, 0, 9, 0], "truncated within the header"),
      (NPYHeader.magic + [2, 0, 255, 255, 255, 255], "claims 4294967295 bytes"),
      (NPYHeader.magic + [2, 0, 1, 0], "truncated within the header"),
    ] as [([UInt8], String)] {
      try put(bytes, path)
      let error = try #require(throws: NPYError.self) { try NPYArray(path) }
      #expect("\(error)".contains(message), "\(error)")
    }
    let structured = try #require(throws: NPYError.self) { try NPYArray(try fixture("structured.npy")) }
    #expect("\(structured)".contains("a structured dtype"))
  }

  /// Cut or damaged anywhere, an array or archive is refused or gives what was stored: the archive's checksums see to that.
  @Test(arguments: ["arrays.npz", "arrays_compressed.npz"])
  func damagedArchivesGiveErrorsOrTheTruth(name: String) throws {
    let whole = try contents(try fixture(name))
    let path = directory.path("bad.npz")
    func read() throws -> [[UInt8]] {
      let file = try NPZFile(path)
      return try file.names.map { try file.array(named: $0).withBytes { Array($0) } }
    }
    try put(whole, path)
    let truth = try read()
    var refused = 0
    var generator = SeededGenerator(state: 3)
    for round in 0..<3000 {
      var damaged = whole
      if round < whole.count { damaged.removeLast(whole.count - round) } else {
        damaged[Int.random(in: 0..<whole.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      }
      try put(damaged, path)
      do {
        let arrays = try read()
        // Damage to the directory may hide a member's ending or rename it, but never change what is in one.
        #expect(arrays.allSatisfy { array in truth.contains(array) })
      } catch {
        #expect(error is ZipError || error is NPYError, "\(error)")
        refused += 1
      }
    }
    #expect(refused > 1500)
    try put(whole.prefix(whole.count - 5), path)
    #expect(throws: ZipError.self) { try NPZFile(path) }
  }
}
