import Foundation
import Testing

@testable import TorchSerialization

@Suite struct SafetensorsReaderTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test(arguments: [FileAccess.mapped, .loaded])
  func readsTheReferenceImplementationsFile(access: FileAccess) throws {
    let file = try SafetensorsFile(try fixture("model.safetensors"), access: access)
    #expect(file.names == ["steps", "empty", "fc.bias", "fc.weight", "half", "mask"])
    #expect(file.metadata == ["format": "pt"])
    #expect(file.tensors[3] == SafetensorsTensor(name: "fc.weight", dtype: .float32, shape: [2, 3]))
    #expect(try file.tensor(named: "empty").shape == [0, 5])
    #expect(try file.tensor(named: "steps").shape == [])
    func values<T: BitwiseCopyable>(_ name: String, _ type: T.Type) throws -> [T] {
      try file.withBytes(of: name) { bytes in
        stride(from: 0, to: bytes.count, by: MemoryLayout<T>.size).map { bytes.loadUnaligned(fromByteOffset: $0, as: type) }
      }
    }
    #expect(try values("fc.weight", Float.self) == [0, 0.25, 0.5, 0.75, 1, 1.25])
    #expect(try values("fc.bias", Float.self) == [-1.5, 2.5])
    #expect(try values("steps", Int64.self) == [12_345_678_901])
    #expect(try values("mask", UInt8.self) == [1, 0, 1])
    #expect(try values("half", UInt16.self) == [0x3800, 0xc000])
    #expect(try values("empty", Double.self) == [])
  }

  @Test func unknownNameIsAnError() throws {
    let path = try fixture("model.safetensors")
    let file = try SafetensorsFile(path)
    let error = try #require(throws: SafetensorsError.self) { try file.bytes(of: "fc.wieght") }
    #expect(error.reason == .missingTensor)
    #expect("\(error)" == "\(path): tensor \"fc.wieght\": not in the file, which holds 6 tensors")
    #expect(!file.contains("fc.wieght") && file.contains("fc.weight"))
  }

  @Test func namesAreComparedByteForByte() throws {
    let path = directory.path("names.safetensors")
    try put(
      safetensors(
        #"{"é":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"e\#u{301}":{"dtype":"U8","shape":[],"data_offsets":[1,2]}}"#,
        data: 2), path)
    let file = try SafetensorsFile(path)
    #expect(try file.tensor(named: "\u{e9}").shape == [1])
    #expect(try file.tensor(named: "e\u{301}").shape == [])
  }

  @Test func toleratesWhatTheFormatTolerates() throws {
    let path = directory.path("odd.safetensors")
    // Entries out of file order, escapes in names, white space, a field of a later version, empty tensors between others.
    try put(
      safetensors(
        """
        { "b" : {"data_offsets":[4, 8],"shape":[1 ],"dtype":"F32","later":{"x":[1,-2.5e3,null,true,"\\u00e9"]}},
        "\\ud83c\\udf89\\n": {"dtype":"U8","shape":[4],"data_offsets":[0,4]},
        "nothing": {"dtype":"F64","shape":[3,0],"data_offsets":[4,4]} }   
        """, data: 8), path)
    let file = try SafetensorsFile(path)
    #expect(file.names == ["🎉\n", "nothing", "b"])
    #expect(file.metadata.isEmpty)
    #expect(try file.bytes(of: "b").count == 4)
  }

  /// One defect each: header text, bytes of data, the kind expected, a part of the message.
  static let defects: [(String, Int, SafetensorsError.Reason, String)] = [
    ("", 0, .malformedHeader, "does not start with '{'"),
    (" {}", 0, .malformedHeader, "does not start with '{'"),
    ("{", 0, .malformedHeader, "a string, found the end"),
    ("{}x", 0, .malformedHeader, "expected the end of the text, found 'x'"),
    ("{}", 3, .hole, "the last 3 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, .malformedHeader, "',' or '}'"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}"#, 4, .malformedHeader, "a string, found '}'"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3, .truncated, "beyond the file, which holds 3 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5, .hole, "the last 1 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#, 5, .hole, "bytes 0 to 1 belong to no tensor"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, .invalidOffsets, "run backwards"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, .sizeMismatch, "needs 8 bytes ([2] of F32) but"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}"#, 4, .malformedHeader, "more than two data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}"#, 4, .malformedHeader, "1 data_offsets"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, .malformedHeader, "no data_offsets"),
    (#"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#, 4, .malformedHeader, "no shape"),
    (#"{"a":{"shape":[1],"data_offsets":[0,4]}}"#, 4, .malformedHeader, "no dtype"),
    (#"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, 4, .unknownDType, "unknown dtype \"F33\""),
    (#"{"a":{"dtype":"C128","shape":[1],"data_offsets":[0,16]}}"#, 16, .unknownDType, "complex128"),
    (#"{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}"#, 4, .malformedHeader, "a string, found '7'"),
    (#"{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}"#, 4, .malformedHeader, "an array, found '1'"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, .malformedHeader, "non-negative integer, found '-'"),
    (#"{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}"#, 4, .malformedHeader, "a fraction or an exponent"),
    (#"{"a":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 4, .malformedHeader, "leading zeros"),
    (#"{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}"#, 4, .malformedHeader, "non-negative integer"),
    (#"{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}"#, 4, .malformedHeader, "2^63 - 1"),
    (#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}"#, 4, .invalidShape, "overflows"),
    (#"{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}"#, 4, .invalidShape, "overflows"),
    (#"{"a":{"dtype":"F32","shape":[4294967296,0,4294967296],"data_offsets":[0,0]}}"#, 0, .invalidShape, "overflows"),
    (#"{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}"#, 2, .invalidShape, "whole bytes"),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, .duplicateName, "\"dtype\" occurs twice"),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, 2,
      .duplicateName, "tensor \"a\": the name occurs twice"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#, 3, .overlap,
      "tensor \"b\": starts at data byte 1, inside \"a\""
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#, 3, .hole,
      "tensor \"b\": starts at data byte 2; bytes 1 to 2"
    ),
    (#"{"__metadata__":{"a":1}}"#, 0, .malformedMetadata, "\"a\" is not a string"),
    (#"{"__metadata__":[]}"#, 0, .malformedMetadata, "an object, found '['"),
    (#"{"__metadata__":{"a":"1","a":"2"}}"#, 0, .duplicateName, "\"a\" occurs twice"),
    (#"{"__metadata__":{},"__metadata__":{}}"#, 0, .duplicateName, "occurs twice"),
    (#"{"a":[]}"#, 0, .malformedHeader, "an object, found '['"),
    (#"{"a\x":1}"#, 0, .malformedHeader, "unknown escape"),
    (#"{"\ud800":1}"#, 0, .malformedHeader, "surrogate"),
    (#"{"\ud800\u0041":1}"#, 0, .malformedHeader, "surrogate"),
    (#"{"\udc00":1}"#, 0, .malformedHeader, "surrogate"),
    (#"{"\u12":1}"#, 0, .malformedHeader, "hexadecimal"),
    ("{\"a\nb\":1}", 0, .malformedHeader, "control character"),
    (#"{"a":{"x":tru}}"#, 0, .malformedHeader, "expected true"),
    (#"{"a":{"x":01}}"#, 0, .malformedHeader, "expected a value"),
    (#"{"a":{"x":1.}}"#, 0, .malformedHeader, "digits after '.'"),
    (#"{"a":{"x":"# + String(repeating: "[", count: 100_000), 0, .malformedHeader, "nested more than 64 deep"),
  ]

  @Test(arguments: defects.indices)
  func rejectsDefects(index: Int) throws {
    let (header, data, reason, message) = Self.defects[index]
    let error = try rejection(of: safetensors(header, data: data), in: directory)
    #expect(error.reason == reason, "\(error)")
    #expect("\(error)".contains(message), "\(error)")
    #expect("\(error)".hasPrefix(directory.path("bad.safetensors")))
  }

  @Test func rejectsInvalidUTF8() throws {
    let error = try rejection(of: safetensors([UInt8]("{\"a".utf8) + [0xff] + "\":1}".utf8, data: 0), in: directory)
    #expect(error.reason == .malformedHeader && error.detail.contains("not valid UTF-8"))
  }

  @Test func rejectsSizesOfTheHeader() throws {
    #expect(try rejection(of: [], in: directory).reason == .truncated)
    #expect(try rejection(of: [2, 0, 0, 0, 0, 0, 0], in: directory).reason == .truncated)
    #expect(try rejection(of: [3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d], in: directory).reason == .truncated)
    let large = withUnsafeBytes(of: UInt64(100_000_001).littleEndian, Array.init)
    #expect(try rejection(of: large, in: directory).reason == .headerTooLarge)
    let error = try rejection(of: [UInt8](repeating: 0xff, count: 8) + [0x7b, 0x7d], in: directory)
    #expect(error.detail == "the header claims 18446744073709551615 bytes; at most 100000000 are allowed")
  }

  @Test func rejectsEveryTruncation() throws {
    let whole = try contents(try fixture("model.safetensors"))
    for length in 0..<whole.count {
      #expect(throws: SafetensorsError.self, "\(length) bytes") {
        let path = directory.path("short.safetensors")
        try put(whole.prefix(length), path)
        _ = try SafetensorsFile(path)
      }
    }
  }

  @Test func messagesStayOnOneShortLine() throws {
    let name = "x\\u001b[2J\\n" + String(repeating: "y", count: 10_000)
    let error = try rejection(
      of: safetensors("{\"\(name)\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", data: 4), in: directory)
    #expect(!"\(error)".contains("\u{1b}") && !"\(error)".contains("\n"))
    #expect("\(error)".count < 600)
  }

  @Test func rejectsWhatIsNoRegularFile() throws {
    let missing = try #require(throws: FileError.self) { try SafetensorsFile(directory.path("missing")) }
    #expect(missing.code == ENOENT)
    #expect("\(missing)" == "cannot open \(directory.path("missing")): no such file or directory (ENOENT)")
    #expect(try #require(throws: FileError.self) { try SafetensorsFile(directory.path) }.code == EISDIR)
    #expect(mkfifo(directory.path("pipe"), 0o600) == 0)
    #expect(try #require(throws: FileError.self) { try SafetensorsFile(directory.path("pipe")) }.code == EINVAL)
    #expect(throws: FileError.self) { try SafetensorsFile("a\0b") }
  }
}
