import CTorchKernels
import Synchronization
import TorchCore

/// How the transform of one length is taken apart, with the tables it reads. Plans are made once and shared: `torch_fft.h` says what
/// the kinds mean.
final class FFTPlan: @unchecked Sendable {
  // Written by `init` alone.

  /// How the lines of a transform lie, as far as it matters for the plan.
  enum Use: UInt8 {
    /// Lines one after the other, enough of them to fill the lanes of vectors.
    case manyLines
    /// Lines whose elements lie next to each other.
    case adjacentLines
    /// Few lines, each transformed by itself.
    case singleLines
  }

  /// The longest lines that are not taken apart, measured: with enough of them for all lanes the passes through the second-level
  /// cache cost less than another arrangement.
  private static func directLimit(_ use: Use) -> Int {
    switch use {
    case .manyLines: 4096
    case .adjacentLines: Int(TORCH_FFT_DIRECT_MAX)
    case .singleLines: 63
    }
  }

  /// The longest columns of a line that is taken apart: all lanes' elements stay in the first-level cache, or nearly so.
  private static let columnLimit = 512

  let raw: UnsafeMutablePointer<torch_fft_plan>
  let isDouble: Bool
  /// Bytes of tables, those of the plans below included.
  private(set) var byteCount = 0
  private var tables: [UnsafeMutableRawPointer] = []
  private var below: [FFTPlan] = []

  deinit {
    for table in tables { table.deallocate() }
    raw.deallocate()
  }

  private init(length: Int, kind: Int, isDouble: Bool) {
    raw = .allocate(capacity: 1)
    raw.initialize(to: torch_fft_plan())
    raw.pointee.length = Int64(length)
    raw.pointee.kind = Int32(kind)
    self.isDouble = isDouble
  }

  /// Memory for a table of `count` values, or of doubles whatever the plan's type.
  private func table(_ count: Int, doubles: Bool = false) -> UnsafeMutableRawPointer {
    let bytes = Swift.max(count, 1) * (isDouble || doubles ? 8 : 4)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 64)
    tables.append(memory)
    byteCount += bytes
    return memory
  }

  private func keep(_ plan: FFTPlan) -> UnsafePointer<torch_fft_plan> {
    below.append(plan)
    byteCount += plan.byteCount
    return UnsafePointer(plan.raw)
  }

  /// A new plan for a length of at least 1.
  static func make(_ length: Int, isDouble: Bool, use: Use) -> FFTPlan {
    guard let radices = radices(length) else { return chirp(length, isDouble, use) }
    if length <= directLimit(use) { return direct(length, radices, isDouble) }
    guard let columns = columns(length), let radices = FFTPlan.radices(columns) else { return chirp(length, isDouble, use) }
    return split(length, direct(columns, radices, isDouble), isDouble)
  }

  /// The radices of the passes of a direct plan, or nil for a length with a larger prime factor. Passes of 8 and 4 stand at both
  /// ends, where they read and write lines without a buffer between.
  private static func radices(_ length: Int) -> [Int]? {
    var rest = length
    let twos = rest.trailingZeroBitCount
    rest >>= twos
    var odd: [Int] = []
    for prime in stride(from: 3, through: Int(TORCH_FFT_MAX_RADIX), by: 2) {
      while rest % prime == 0 {
        odd.append(prime)
        rest /= prime
      }
    }
    guard rest == 1 else { return nil }
    var powers: [Int]
    switch twos {
    case 0: powers = []
    case 1: powers = [2]
    default:
      let fours = (3 - twos % 3) % 3
      powers = Array(repeating: 8, count: (twos - 2 * fours) / 3) + Array(repeating: 4, count: fours)
    }
    guard let first = powers.first else { return odd }
    powers.removeFirst()
    return [first] + odd + powers
  }

  /// Into how many columns a long line is best laid: near the square root, with few lanes left over.
  private static func columns(_ length: Int) -> Int? {
    func waste(_ n: Int) -> Double { Double((n + 15) / 16 * 16) / Double(n) }
    var best: (columns: Int, cost: Double)?
    for candidate in 2...columnLimit where candidate < length && length % candidate == 0 {
      let rows = length / candidate
      let tooLong = rows > directLimit(.manyLines) ? 4.0 : 1.0
      let balance = 1 + 0.05 * abs(Double(candidate).logarithm2 - Double(rows).logarithm2)
      let cost = waste(candidate) * waste(rows) * balance * tooLong
      if best == nil || cost < best!.cost { best = (candidate, cost) }
    }
    return best?.columns
  }

  private static func direct(_ length: Int, _ radices: [Int], _ isDouble: Bool) -> FFTPlan {
    let plan = FFTPlan(length: length, kind: Int(TORCH_FFT_DIRECT), isDouble: isDouble)
    plan.raw.pointee.passes = Int32(radices.count)
    var rest = length
    for (i, radix) in radices.enumerated() {
      let twiddles = plan.table(2 * (rest / radix) * (radix - 1))
      torch_fft_pass_table(twiddles, Int64(rest), Int64(radix), isDouble)
      let roots = plan.table(2 * radix)
      torch_fft_root_table(roots, Int64(radix), isDouble)
      withUnsafeMutableBytes(of: &plan.raw.pointee.radix) { $0.storeBytes(of: Int32(radix), toByteOffset: 4 * i, as: Int32.self) }
      withUnsafeMutableBytes(of: &plan.raw.pointee.twiddles) {
        $0.storeBytes(of: UnsafeRawPointer(twiddles), toByteOffset: 8 * i, as: UnsafeRawPointer.self)
      }
      withUnsafeMutableBytes(of: &plan.raw.pointee.roots) {
        $0.storeBytes(of: UnsafeRawPointer(roots), toByteOffset: 8 * i, as: UnsafeRawPointer.self)
      }
      rest /= radix
    }
    return plan
  }

  private static func split(_ length: Int, _ columns: FFTPlan, _ isDouble: Bool) -> FFTPlan {
    let plan = FFTPlan(length: length, kind: Int(TORCH_FFT_SPLIT), isDouble: isDouble)
    let count = Int(columns.raw.pointee.length)
    let rows = length / count
    let width = (rows + Int(TORCH_FFT_MAX_LANES) - 1) / Int(TORCH_FFT_MAX_LANES) * Int(TORCH_FFT_MAX_LANES)
    plan.raw.pointee.columns = plan.keep(columns)
    plan.raw.pointee.rows = plan.keep(make(rows, isDouble: isDouble, use: .manyLines))
    plan.raw.pointee.width = Int64(width)
    let (re, im) = (plan.table(count * width), plan.table(count * width))
    plan.raw.pointee.rotation_re = UnsafeRawPointer(re)
    plan.raw.pointee.rotation_im = UnsafeRawPointer(im)
    nonisolated(unsafe) let (x, y) = (re, im)
    parallelFor(count, grain: Swift.max(4096 / width, 1)) { range in
      torch_fft_rotation_table(
        x, y, Int64(length), Int64(rows), Int64(width), Int64(range.lowerBound), Int64(range.upperBound), isDouble)
    }
    return plan
  }

  private static func chirp(_ length: Int, _ isDouble: Bool, _ use: Use) -> FFTPlan {
    let plan = FFTPlan(length: length, kind: Int(TORCH_FFT_CHIRP), isDouble: isDouble)
    var size = 1
    while size < 2 * length - 1 { size *= 2 }
    // Three quarters of a power of two, where that suffices.
    if size >= 64 && size / 4 * 3 >= 2 * length - 1 { size = size / 4 * 3 }
    let convolution = make(size, isDouble: true, use: use == .singleLines && size >= 256 ? .singleLines : .manyLines)
    plan.raw.pointee.convolution = plan.keep(convolution)
    let chirp = plan.table(2 * length, doubles: true).assumingMemoryBound(to: Double.self)
    let spectrum = plan.table(2 * size, doubles: true).assumingMemoryBound(to: Double.self)
    torch_fft_chirp_table(chirp, spectrum, Int64(length), Int64(size))
    FFTKernels.run(convolution, spectrum, spectrum, outer: 1, inner: 1, inverse: false, scale: 1 / Double(size))
    plan.raw.pointee.chirp = UnsafePointer(chirp)
    plan.raw.pointee.spectrum = UnsafePointer(spectrum)
    return plan
  }
}

extension Double {
  /// The exponent and the fraction, taken as a straight line between powers of two: enough to compare sizes.
  fileprivate var logarithm2: Double { Double(exponent) + significand - 1 }
}

/// The table that tells the spectra of the halves of a real line apart.
final class FFTHalves: @unchecked Sendable {
  // Written by `init` alone.
  let raw: torch_fft_halves
  let byteCount: Int

  init(half h: Int, isDouble: Bool) {
    let bytes = (h / 2 + 1) * (isDouble ? 8 : 4)
    let re = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 64)
    let im = UnsafeMutableRawPointer.allocate(byteCount: bytes + 64, alignment: 64)
    torch_fft_halves_table(re, im, Int64(h), isDouble)
    raw = torch_fft_halves(re: UnsafeRawPointer(re), im: UnsafeRawPointer(im))
    byteCount = 2 * bytes
  }

  deinit {
    raw.re.deallocate()
    raw.im.deallocate()
  }
}

/// Plans in use before, by length and type. Forgotten all together when they fill their share of memory; who holds one keeps it.
enum FFTPlanCache {
  private struct Key: Hashable {
    let length: Int
    let isDouble: Bool
    let use: FFTPlan.Use
  }
  private struct State {
    var plans: [Key: FFTPlan] = [:]
    var halves: [Key: FFTHalves] = [:]
    var byteCount = 0

    mutating func makeRoom(for bytes: Int) {
      if byteCount + bytes > FFTPlanCache.byteLimit {
        plans = [:]
        halves = [:]
        byteCount = 0
      }
      byteCount += bytes
    }
  }
  private static let byteLimit = 256 << 20
  private static let state = Mutex(State())

  static func plan(_ length: Int, isDouble: Bool, use: FFTPlan.Use) -> FFTPlan {
    let key = Key(length: length, isDouble: isDouble, use: use)
    if let found = state.withLock({ $0.plans[key] }) { return found }
    // Made outside the lock; of two threads' plans one stays.
    let made = FFTPlan.make(length, isDouble: isDouble, use: use)
    return state.withLock { state in
      if let found = state.plans[key] { return found }
      state.makeRoom(for: made.byteCount)
      state.plans[key] = made
      return made
    }
  }

  static func halves(_ length: Int, isDouble: Bool) -> FFTHalves {
    let key = Key(length: length, isDouble: isDouble, use: .manyLines)
    if let found = state.withLock({ $0.halves[key] }) { return found }
    let made = FFTHalves(half: length, isDouble: isDouble)
    return state.withLock { state in
      if let found = state.halves[key] { return found }
      state.makeRoom(for: made.byteCount)
      state.halves[key] = made
      return made
    }
  }
}
