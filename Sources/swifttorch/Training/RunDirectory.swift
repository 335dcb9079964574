import Glibc
import TorchReport
import Torch

/// The folder of a training run, locked by the process that trains.
final class RunDirectory {
  /// The folder as it was named.
  let path: String
  private let descriptor: Int32

  /// What a folder holds, for those who want to train in it.
  enum Contents: Equatable {
    case missing, empty, unfinishedRun, finishedRun, foreign
  }

  /// Where runs are kept when no folder is named.
  static let defaultParent = "runs"
  /// The folder of the last run started without naming one.
  static let latest = "runs/latest"

  static func configurationPath(_ path: String) -> String { "\(path)/config.json" }
  static func metricsPath(_ path: String) -> String { "\(path)/metrics.jsonl" }
  static func modelPath(_ path: String) -> String { "\(path)/model.safetensors" }
  static func checkpointsPath(_ path: String) -> String { "\(path)/checkpoints" }
  static func curvesPath(_ path: String) -> String { "\(path)/learning-curves.png" }
  static func confusionPath(_ path: String) -> String { "\(path)/confusion-matrix.png" }
  /// Written last: its presence says that the run is finished.
  static func summaryPath(_ path: String) -> String { "\(path)/summary.json" }

  /// Creates the folder where it is missing and takes the lock. Throws ``CommandFailure`` naming the folder when that cannot be
  /// done, or another process trains there.
  init(_ path: String) throws {
    try createDirectory(path)
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw CommandFailure("\(path): \(reason(errno))") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(descriptor)
      throw CommandFailure("\(path): another process is training in this folder")
    }
    self.path = path
    self.descriptor = descriptor
    _ = try AtomicFile.removeLeftovers(in: path)
  }

  deinit { close(descriptor) }

  /// What the folder at `path` holds; throws ``CommandFailure`` when a file stands there.
  static func contents(of path: String) throws -> Contents {
    guard !path.isEmpty else { throw CommandFailure.usage("--output is empty; expected the name of a folder") }
    guard exists(path) else { return .missing }
    guard isDirectory(path) else { throw CommandFailure("\(path): is a file, expected a folder for the results") }
    if exists(configurationPath(path)) { return exists(summaryPath(path)) ? .finishedRun : .unfinishedRun }
    // A process killed while it wrote the configuration leaves a partial file.
    return try directoryEntries(path).allSatisfy { $0.hasSuffix(".partial") } ? .empty : .foreign
  }

  /// Removes the files of a run, and nothing else.
  func removeRun() throws {
    // The configuration last: while it is there, the folder counts as a run's.
    try CheckpointStore(directory: RunDirectory.checkpointsPath(path)).removeAll()
    if rmdir(RunDirectory.checkpointsPath(path)) != 0, errno != ENOENT, errno != ENOTEMPTY, errno != EEXIST {
      throw CommandFailure("cannot remove \(RunDirectory.checkpointsPath(path)): \(reason(errno))")
    }
    for file in [
      RunDirectory.summaryPath(path), RunDirectory.modelPath(path), RunDirectory.metricsPath(path), RunDirectory.curvesPath(path),
      RunDirectory.confusionPath(path), RunDirectory.configurationPath(path),
    ] where unlink(file) != 0 && errno != ENOENT {
      throw CommandFailure("cannot remove \(file): \(reason(errno))")
    }
  }

  /// The folder that `runs/latest` leads to; nil where there is none.
  static func latestTarget() -> String? {
    guard isDirectory(latest) else { return nil }
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink(latest, &buffer, buffer.count)
    guard count > 0 else { return latest }
    let name = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return name.hasPrefix("/") ? name : "\(defaultParent)/\(name)"
  }

  /// Makes `runs/latest` lead to this folder, which must be a child of `runs`. A convenience: where it cannot be done, nothing
  /// is lost but the short name.
  func markLatest() {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let temporary = "\(RunDirectory.latest).\(getpid())"
    guard symlink(name, temporary) == 0 else { return }
    if rename(temporary, RunDirectory.latest) != 0 { unlink(temporary) }
  }
}

/// Whether there is a file or folder of that name.
func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

/// Whether a folder stands under that name.
func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// The system's words for an error number.
func reason(_ number: Int32) -> String { String(cString: strerror(number)) }
