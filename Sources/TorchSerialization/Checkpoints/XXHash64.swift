/// The 64-bit hash XXH64 of a stream of bytes (seed 0): an order of magnitude faster than a disk, and checkable with the common
/// `xxhsum` tool. It detects damage; it does not resist forgery.
///
/// Algorithm: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
struct XXHash64 {
  private static let prime1: UInt64 = 0x9E37_79B1_85EB_CA87
  private static let prime2: UInt64 = 0xC2B2_AE3D_27D4_EB4F
  private static let prime3: UInt64 = 0x1656_67B1_9E37_79F9
  private static let prime4: UInt64 = 0x85EB_CA77_C2B2_AE63
  private static let prime5: UInt64 = 0x27D4_EB2F_1656_67C5
  private static let stripe = 32

  private var lanes = SIMD4<UInt64>(prime1 &+ prime2, prime2, 0, 0 &- prime1)
  private var total: UInt64 = 0
  /// Bytes that do not fill a stripe yet.
  private var rest: [UInt8] = []

  init() { rest.reserveCapacity(Self.stripe) }

  /// Appends `bytes` to the stream.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    total &+= UInt64(bytes.count)
    var bytes = bytes[...]
    if !rest.isEmpty {
      let missing = min(Self.stripe - rest.count, bytes.count)
      rest.append(contentsOf: bytes.prefix(missing))
      bytes = bytes.dropFirst(missing)
      guard rest.count == Self.stripe else { return }
      rest.withUnsafeBytes { lanes = Self.absorb($0.baseAddress!, stripes: 1, into: lanes) }
      rest.removeAll(keepingCapacity: true)
    }
    let stripes = bytes.count / Self.stripe
    if stripes > 0 {
      lanes = Self.absorb(bytes.base.baseAddress! + bytes.startIndex, stripes: stripes, into: lanes)
      bytes = bytes.dropFirst(stripes * Self.stripe)
    }
    rest.append(contentsOf: bytes)
  }

  /// Appends an integer as 8 little-endian bytes.
  mutating func update(_ value: Int) { withUnsafeBytes(of: UInt64(bitPattern: Int64(value)).littleEndian) { update($0) } }

  /// Appends the length and the bytes of a text, so that no two lists of texts give the same stream.
  mutating func update(_ text: String) {
    var text = text
    text.withUTF8 {
      update($0.count)
      update(UnsafeRawBufferPointer($0))
    }
  }

  /// The hash of the stream so far.
  func finalize() -> UInt64 {
    var hash: UInt64
    if total >= UInt64(Self.stripe) {
      hash = rotate(lanes[0], 1) &+ rotate(lanes[1], 7) &+ rotate(lanes[2], 12) &+ rotate(lanes[3], 18)
      for lane in 0..<4 {
        hash = (hash ^ Self.round(0, lanes[lane])) &* Self.prime1 &+ Self.prime4
      }
    } else {
      hash = Self.prime5
    }
    hash &+= total
    return Self.avalanche(absorbRest(into: hash))
  }

  private func absorbRest(into start: UInt64) -> UInt64 {
    var hash = start
    rest.withUnsafeBytes { rest in
      var offset = 0
      while offset + 8 <= rest.count {
        let word = UInt64(littleEndian: rest.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        hash = rotate(hash ^ Self.round(0, word), 27) &* Self.prime1 &+ Self.prime4
        offset += 8
      }
      if offset + 4 <= rest.count {
        let word = UInt32(littleEndian: rest.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        hash = rotate(hash ^ (UInt64(word) &* Self.prime1), 23) &* Self.prime2 &+ Self.prime3
        offset += 4
      }
      while offset < rest.count {
        hash = rotate(hash ^ (UInt64(rest[offset]) &* Self.prime5), 11) &* Self.prime1
        offset += 1
      }
    }
    return hash
  }

  private static func avalanche(_ value: UInt64) -> UInt64 {
    var hash = (value ^ value >> 33) &* prime2
    hash = (hash ^ hash >> 29) &* prime3
    return hash ^ hash >> 32
  }

  private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 { rotate(lane &+ word &* prime2, 31) &* prime1 }

  /// Four independent chains of multiplications, in scalar registers: they overlap in the processor's pipeline.
  private static func absorb(_ start: UnsafeRawPointer, stripes: Int, into lanes: SIMD4<UInt64>) -> SIMD4<UInt64> {
    var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
    var pointer = start
    for _ in 0..<stripes {
      a = round(a, UInt64(littleEndian: pointer.loadUnaligned(fromByteOffset: 0, as: UInt64.self)))
      b = round(b, UInt64(littleEndian: pointer.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
      c = round(c, UInt64(littleEndian: pointer.loadUnaligned(fromByteOffset: 16, as: UInt64.self)))
      d = round(d, UInt64(littleEndian: pointer.loadUnaligned(fromByteOffset: 24, as: UInt64.self)))
      pointer += stripe
    }
    return SIMD4(a, b, c, d)
  }
}

private func rotate(_ value: UInt64, _ bits: UInt64) -> UInt64 { value &<< bits | value &>> (64 &- bits) }
