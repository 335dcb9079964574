import Foundation
import TorchCore
import TorchSerialization
import TorchSparse

/// The readers that are fuzzed.
public enum FuzzFormat: String, CaseIterable, Sendable {
  case safetensors, archive, legacy, pickle, npy, npz
}

/// What a run of a format gave.
public struct FuzzReport: Sendable {
  public var cases = 0
  /// Files that were read although they were damaged: what was hit did not matter, or cannot be noticed.
  public var accepted = 0
  /// The longest time that one case took, in seconds, and its seed.
  public var slowest = 0.0
  public var slowestSeed: UInt64 = 0
  /// Errors of a type that readers do not announce.
  public var unexpected: [String] = []

  public init() {}

  public mutating func add(_ other: FuzzReport) {
    cases += other.cases
    accepted += other.accepted
    if other.slowest > slowest { (slowest, slowestSeed) = (other.slowest, other.slowestSeed) }
    unexpected += other.unexpected
  }
}

/// Hands damaged files to the readers, in memory. A case is determined by its format and seed.
public struct FormatFuzzer: Sendable {
  private let seeds: [FuzzFormat: [[UInt8]]]
  /// The members of the archives.
  private let members: [[(name: String, contents: [UInt8])]]

  /// Takes the files of the tests' fixtures to start from.
  public init(fixtures: String) throws {
    func read(_ names: [String]) throws -> [[UInt8]] {
      try names.map { Array(try Data(contentsOf: URL(fileURLWithPath: "\(fixtures)/\($0)"))) }
    }
    let archives = try read(
      ["dtypes", "views", "values", "protocol4", "numpy", "state_dict", "checkpoint", "big_endian"].map { "torch/\($0).pt" })
    members = try archives.map { try TorchFile.members(of: $0) }
    seeds = [
      .safetensors: try read(["model.safetensors", "dtypes.safetensors", "empty.safetensors"]),
      .archive: archives,
      .legacy: try read(["legacy", "legacy_views", "legacy_big_endian"].map { "torch/\($0).pt" }),
      .pickle: members.map { $0[0].contents },
      .npy: try read(["matrix.npy", "column_major.npy", "big_endian.npy", "scalar.npy", "version2.npy", "version3.npy", "structured.npy"]),
      .npz: try read(["arrays.npz", "arrays_compressed.npz"]),
    ]
  }

  /// The damaged file of a seed.
  public func file(_ format: FuzzFormat, seed: UInt64) -> [UInt8] {
    var generator = FuzzGenerator(seed)
    let files = seeds[format]!
    let chosen = generator.below(files.count)
    if format == .archive, generator.below(2) == 0 { return archive(members[chosen], &generator) }
    var bytes = files[chosen]
    let other = files[generator.below(files.count)]
    Mutation.apply(to: &bytes, other: other, isPickle: format == .pickle || format == .legacy, &generator)
    return bytes
  }

  /// An archive whose checksums are right and whose members are damaged: damage to a finished archive is seldom more than a wrong sum.
  private func archive(_ members: [(name: String, contents: [UInt8])], _ generator: inout FuzzGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    let zip = ZipWriter(path: "fuzz") { bytes += $0 }
    let hit = generator.below(3) == 0 ? generator.below(members.count) : 0
    for (i, member) in members.enumerated() {
      var contents = member.contents
      if i == hit {
        Mutation.apply(to: &contents, other: members[generator.below(members.count)].contents, isPickle: i == 0, &generator)
      }
      // In memory nothing can fail, and the names differ.
      contents.withUnsafeBytes { try? zip.add(member.name, $0, alignment: 64, isCompressed: generator.below(8) == 0) }
    }
    try? zip.finish()
    return bytes
  }

  /// Runs the cases of `seeds`; `progress` is told the seed before each.
  public func run(_ format: FuzzFormat, seeds: Range<UInt64>, progress: (UInt64) -> Void = { _ in }) -> FuzzReport {
    var report = FuzzReport()
    for seed in seeds {
      progress(seed)
      let bytes = file(format, seed: seed)
      let start = DispatchTime.now().uptimeNanoseconds
      do {
        try read(format, bytes)
        report.accepted += 1
      } catch is PickleError {} catch is ZipError {} catch is NPYError {} catch is SafetensorsError {} catch {
        if report.unexpected.count < 10 { report.unexpected.append("\(format) seed \(seed): \(error)") }
      }
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      if seconds > report.slowest { (report.slowest, report.slowestSeed) = (seconds, seed) }
      report.cases += 1
    }
    return report
  }

  /// Reads a file, and all that the reader gives.
  private func read(_ format: FuzzFormat, _ bytes: [UInt8]) throws {
    let file = try MappedFile(contents: bytes, path: "fuzz")
    switch format {
    case .safetensors:
      let tensors = try SafetensorsFile(file)
      var sum: UInt8 = 0
      for i in tensors.tensors.indices { for byte in tensors.bytes(at: i) { sum &+= byte } }
      keep(sum)
    case .archive, .legacy: try touch(TorchFile.read(file))
    case .pickle: try touch(TorchFile.readPickle(file))
    case .npy: keep(try NPYArray(file).withBytes { $0.reduce(0, &+) })
    case .npz:
      let arrays = try NPZFile(file)
      for name in arrays.names { keep(try arrays.array(named: name).withBytes { $0.reduce(0, &+) }) }
    }
  }

  /// Reads the first and the last element of every tensor.
  private func touch(_ value: PickleValue) throws {
    var visited = 0
    func visit(_ value: PickleValue) {
      visited += 1
      guard visited < 10_000 else { return }
      switch value {
      case .tensor(let tensor), .parameter(let tensor), .array(let tensor), .storage(let tensor, _): touch(tensor)
      case .list(let values), .tuple(let values), .set(let values): values.forEach(visit)
      case .dictionary(let entries): for (_, value) in entries { visit(value) }
      default: break
      }
    }
    visit(value)
  }

  private func touch(_ tensor: Tensor) {
    guard tensor.device == .cpu, !tensor.isSparse, tensor.count > 0 else { return }
    let start = UnsafeRawPointer(tensor.address)
    var last = 0
    for (size, stride) in zip(tensor.shape, tensor.strides) { last += (size - 1) * stride }
    keep(start.load(as: UInt8.self) &+ start.load(fromByteOffset: (last + 1) * tensor.dtype.byteCount - 1, as: UInt8.self))
  }

  /// Keeps reads from being optimised away.
  @inline(never) private func keep(_ byte: UInt8) {}
}
