/// A generator with a fixed seed (SplitMix64), so that a case can be repeated.
public struct FuzzGenerator: RandomNumberGenerator {
  private var state: UInt64

  public init(_ seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number below `bound`, which is positive.
  mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: next() >> 1) % bound }
}

/// Damage to a file: bits, bytes, cuts, splices, numbers at the edges of their range, and words of the format.
enum Mutation {
  private static let edges: [UInt64] = [
    0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 40, 1 << 62,
    0x7fff_ffff_ffff_ffff, 1 << 63, .max, .max - 7,
  ]

  /// Instructions of pickles, with operands that mean something here and there.
  private static let pickle: [[UInt8]] = {
    var result: [[UInt8]] = "(.012NRQbaes]})tld\u{7d}u".utf8.map { [$0] }
    for code: UInt8 in [0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94, 0x81, 0x92] { result.append([code]) }
    for index: UInt8 in 0..<24 { result += [[0x68, index], [0x71, index], [0x4b, index]] }
    for value in edges {
      let little = withUnsafeBytes(of: value.littleEndian) { Array($0) }
      result += [
        [0x8a, 8] + little, [0x4a] + little.prefix(4), [0x58] + little.prefix(4), [0x8d] + little, [0x8e] + little,
        [0x8b] + little.prefix(4), [0x6a] + little.prefix(4), [0x72] + little.prefix(4),
      ]
    }
    let globals = [
      "collections\nOrderedDict", "torch._utils\n_rebuild_tensor_v2", "torch._utils\n_rebuild_tensor_v3", "torch\nFloatStorage",
      "torch\nSize", "torch\ndevice", "_codecs\nencode", "__builtin__\nset", "__builtin__\ncomplex", "__builtin__\nbytearray",
      "torch._utils\n_rebuild_parameter", "torch._utils\n_rebuild_sparse_tensor", "torch\nfloat32", "numpy\ndtype", "os\nsystem",
      "torch._utils\n_rebuild_meta_tensor_no_storage", "torch.serialization\n_get_layout", "torch.storage\nUntypedStorage",
      "torch._tensor\n_rebuild_from_type_v2", "numpy.core.multiarray\n_reconstruct", "numpy.core.multiarray\nscalar",
    ]
    result += globals.map { [0x63] + Array($0.utf8) + [0x0a] }
    return result
  }()

  private static let words: [[UInt8]] = [
    "9223372036854775807", "18446744073709551616", "4294967296", "-1", "0", "1e9", "\"", "{", "}", "[", "]", "(", ")", ",", ":",
    "F4", "C128", "__metadata__", "data_offsets", "'<f8'", "'>i2'", "'|O'", "True", "False", "'shape'", "PK\u{3}\u{4}", "PK\u{1}\u{2}",
    "PK\u{5}\u{6}", "PK\u{6}\u{6}", "big", "little",
  ].map { Array($0.utf8) }

  /// Changes `bytes` in one to four places; `other` is a file to take pieces from.
  static func apply(to bytes: inout [UInt8], other: [UInt8], isPickle: Bool, _ generator: inout FuzzGenerator) {
    // Mostly a single change: a file that is damaged all over is refused at its door.
    for _ in 0...(generator.below(2) == 0 ? 0 : generator.below(4)) {
      guard !bytes.isEmpty, !other.isEmpty else { return }
      let place = generator.below(bytes.count)
      switch generator.below(isPickle ? 12 : 9) {
      case 0: bytes[place] ^= 1 << UInt8(generator.below(8))
      case 1: bytes[place] = UInt8(truncatingIfNeeded: generator.next())
      case 2: bytes.removeSubrange(place...)
      case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + generator.below(16)))
      case 4:
        let start = generator.below(other.count)
        let piece = other[start..<min(other.count, start + 1 + generator.below(64))]
        bytes.insert(contentsOf: piece, at: place)
      case 5:
        let start = generator.below(other.count)
        for (i, byte) in other[start..<min(other.count, start + 1 + generator.below(16))].enumerated() where place + i < bytes.count {
          bytes[place + i] = byte
        }
      case 6:
        let width = 1 << generator.below(4)
        let value = edges[generator.below(edges.count)]
        for i in 0..<width where place + i < bytes.count { bytes[place + i] = UInt8(truncatingIfNeeded: value >> UInt64(8 * i)) }
      case 7: bytes.insert(contentsOf: words[generator.below(words.count)], at: place)
      case 8:
        // A digit becomes another one: sizes and offsets that are wrong by a little.
        if let digit = bytes[place...].firstIndex(where: { (0x30...0x39).contains($0) }) { bytes[digit] = 0x30 + UInt8(generator.below(10)) }
      default:
        let instruction = pickle[generator.below(pickle.count)]
        if generator.below(2) == 0 {
          bytes.insert(contentsOf: instruction, at: place)
        } else {
          bytes.replaceSubrange(place..<min(bytes.count, place + instruction.count), with: instruction)
        }
      }
    }
  }
}
