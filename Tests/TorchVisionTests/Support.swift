import CZlib
import Foundation
import Testing

@testable import TorchVision

/// A folder that is removed with the last reference.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("vision-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file into the folder and returns its path.
  func write(_ bytes: [UInt8], as name: String) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}

/// The bytes compressed as one gzip member.
func gzipped(_ bytes: [UInt8]) -> [UInt8] {
  var stream = z_stream()
  precondition(
    deflateInit2_(
      &stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
  defer { deflateEnd(&stream) }
  var input = bytes
  var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 1000)
  return input.withUnsafeMutableBufferPointer { source in
    output.withUnsafeMutableBufferPointer { target in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      stream.next_out = target.baseAddress
      stream.avail_out = UInt32(target.count)
      precondition(deflate(&stream, Z_FINISH) == Z_STREAM_END)
      return Array(target[..<(target.count - Int(stream.avail_out))])
    }
  }
}

/// An IDX file's bytes.
func idx(_ code: UInt8, _ shape: [UInt32], _ content: [UInt8]) -> [UInt8] {
  [0, 0, code, UInt8(shape.count)]
    + shape.flatMap { length in (0..<4).map { UInt8(truncatingIfNeeded: length >> (24 - 8 * $0)) } }
    + content
}

/// Expects `body` to throw a ``VisionError`` of the given kind, naming `path`, whose description contains all `words`.
func expectError(
  _ kind: VisionError.Kind, _ path: String, _ words: [String], _ body: () throws -> Void,
  location: SourceLocation = #_sourceLocation
) {
  do {
    try body()
    Issue.record("no error was thrown", sourceLocation: location)
  } catch let error as VisionError {
    #expect(error.kind == kind, "\(error)", sourceLocation: location)
    #expect(error.path == path, sourceLocation: location)
    for word in words { #expect(error.description.contains(word), "\(error)", sourceLocation: location) }
    #expect(!error.description.contains("\n"), sourceLocation: location)
  } catch {
    Issue.record("another error: \(error)", sourceLocation: location)
  }
}

/// The 64-bit FNV-1a hash.
func fnv1a(_ bytes: [UInt8]) -> UInt64 {
  bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

/// A deterministic picture with detail at every scale; `x * 37 + y * 91 + c * 53 + (x * y % 7) * 29`, modulo 256.
func patterned(_ width: Int, _ height: Int, _ channels: Int) throws -> TorchVision.Image {
  var pixels: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      for channel in 0..<channels {
        let value: Int = x * 37 + y * 91 + channel * 53 + (x * y) % 7 * 29
        pixels.append(UInt8(value & 255))
      }
    }
  }
  return try TorchVision.Image(width: width, height: height, channels: channels, pixels: pixels)
}

/// A generator with a fixed sequence (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// The bytes with some flipped, replaced, removed, inserted or cut off.
func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
  var result = bytes
  for _ in 0..<Int.random(in: 1...6, using: &generator) where !result.isEmpty {
    // Headers are hit more often than their share of the file.
    let limit = Bool.random(using: &generator) ? min(64, result.count) : result.count
    let place = Int.random(in: 0..<limit, using: &generator)
    switch Int.random(in: 0..<6, using: &generator) {
    case 0: result[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 1: result[place] = UInt8.random(in: 0...255, using: &generator)
    case 2: result[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &generator)!
    case 3: result.removeSubrange(place..<min(result.count, place + Int.random(in: 1...8, using: &generator)))
    case 4: result.insert(contentsOf: (0..<4).map { _ in UInt8.random(in: 0...255, using: &generator) }, at: place)
    default: result.removeLast(Int.random(in: 0...min(16, result.count), using: &generator))
    }
  }
  return result
}
