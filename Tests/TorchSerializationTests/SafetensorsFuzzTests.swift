import Foundation
import Testing

@testable import TorchSerialization

/// Damaged headers by the thousand: whatever they hold, the reader gives a file that is consistent or an error.
/// `SWIFTTORCH_FUZZ_ROUNDS` sets the number (default 20,000) for longer runs.
@Suite struct SafetensorsFuzzTests {
  private static let seeds = [
    #"{"__metadata__":{"format":"pt"},"a.b":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
      + #""c":{"dtype":"I64","shape":[],"data_offsets":[24,32]}}    "#,
    #"{"x":{"dtype":"BOOL","shape":[0],"data_offsets":[0,0]},"#
      + #""\ud83c\udf89":{"dtype":"BF16","shape":[16],"data_offsets":[0,32]}}"#,
    #"{"x":{"dtype":"U8","shape":[32],"data_offsets":[0,32],"z":[[],{},null,true,false,-1.5e+3,"é"]}}"#,
  ]
  private static let words = [
    "9223372036854775807", "18446744073709551616", "4294967296", "-1", "0", "1e9", "\"", "\\u0000", "\\ud800", "{", "}", "[", "]",
    ",", ":", "null", "\"F4\"", "\"C128\"", "\"__metadata__\"", "\u{0}", "\u{feff}", "data_offsets", "[0,0]", "[1,32]",
  ].map { Array($0.utf8) }

  private static func mutate(_ header: inout [UInt8], with generator: inout SeededGenerator) {
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0...header.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0 where place < header.count: header[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1 where place < header.count: header[place] = UInt8.random(in: 0...255, using: &generator)
      case 2: header.removeSubrange(place..<min(header.count, place + Int.random(in: 0...8, using: &generator)))
      case 3: header.insert(contentsOf: words.randomElement(using: &generator)!, at: place)
      case 4:
        let other = Int.random(in: 0...header.count, using: &generator)
        let part = Array(header[min(place, other)..<max(place, other)])
        header.insert(contentsOf: part, at: Int.random(in: 0...header.count, using: &generator))
      default:
        // A digit becomes another one: offsets and extents that are wrong by a little.
        let digits = header.indices.filter { (0x30...0x39).contains(header[$0]) }
        guard let digit = digits.randomElement(using: &generator) else { continue }
        header[digit] = UInt8.random(in: 0x30...0x39, using: &generator)
      }
    }
  }

  @Test func damagedHeadersNeverCrash() {
    let rounds = ProcessInfo.processInfo.environment["SWIFTTORCH_FUZZ_ROUNDS"].flatMap(Int.init) ?? 20_000
    var generator = SeededGenerator(state: 2026)
    var accepted = 0
    for round in 0..<rounds {
      var header = Array(Self.seeds[round % Self.seeds.count].utf8)
      Self.mutate(&header, with: &generator)
      let data = Bool.random(using: &generator) ? 32 : Int.random(in: 0...40, using: &generator)
      var file = safetensors(header, data: data)
      if round % 16 == 0 { file[Int.random(in: 0..<8, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
      file.withUnsafeBytes { bytes in
        guard let header = try? SafetensorsHeader(bytes, path: "fuzz") else { return }
        accepted += 1
        // What was accepted covers the data exactly.
        var end = bytes.count - header.entries.reduce(0) { $0 + $1.range.count }
        for entry in header.entries {
          #expect(entry.range.lowerBound == end && entry.tensor.dtype.byteCount(shape: entry.tensor.shape) == entry.range.count)
          end = entry.range.upperBound
        }
        #expect(end == bytes.count)
      }
    }
    // Harmless damage (names, metadata) keeps files readable, most of the rest does not.
    #expect(accepted > rounds / 100 && accepted < rounds / 2)
  }
}
