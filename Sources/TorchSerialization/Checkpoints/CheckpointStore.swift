import Glibc
import Synchronization

/// The numbered checkpoints of a run in one directory: `checkpoint-<step>.safetensors`.
///
/// Saving is atomic and durable, and an older checkpoint is deleted only afterwards: whenever the process or the machine dies,
/// `latestValid()` finds a checkpoint as long as one was ever saved. One process writes at a time; any number may read.
public final class CheckpointStore: Sendable {
  /// What `latestValid()` found.
  public struct Latest: Sendable {
    /// The newest checkpoint that passed verification; nil where there is none.
    public let checkpoint: Checkpoint?
    /// One line for each newer one that was passed over, newest first, naming file and cause.
    public let messages: [String]
  }

  /// The directory as it was given; created by the first save.
  public let directory: String
  /// How many valid checkpoints a save leaves.
  public let keep: Int

  /// Files that this store wrote or verified: deleting an older checkpoint relies on them being good.
  private let verified = Mutex<[String: FileIdentity]>([:])

  /// Names a store; nothing is read or created yet.
  ///
  /// - Parameter keep: how many of the newest valid checkpoints stay, at least 1.
  public init(directory: String, keep: Int = 2) {
    precondition(keep >= 1, "CheckpointStore: keep is \(keep); at least one checkpoint must stay")
    self.directory = directory
    self.keep = keep
  }

  /// The path of the checkpoint of a step.
  public func path(step: Int) -> String { joinPath(directory, "checkpoint-\(step).safetensors") }

  /// The steps for which there are files, valid or not, in ascending order; empty where the directory does not exist.
  public func steps() throws -> [Int] {
    do throws(FileError) {
      return try directoryEntries(directory).compactMap(Self.step).sorted()
    } catch {
      guard error.code == ENOENT else { throw error }
      return []
    }
  }

  /// Saves a checkpoint, replacing one of the same step; returns when it is durable, after deleting what is too old.
  ///
  /// Checkpoints of later steps stay: a run that goes back to an earlier step calls `removeAll(after:)` first.
  ///
  /// - Parameters:
  ///   - tensors: the blocks, `model.…`, `optimizer.…` and so on; their memory must not change meanwhile.
  ///   - state: texts to keep beside them (JSON as a rule), by name.
  /// - Returns: lines about what could not be tidied up; the checkpoint is safe all the same.
  /// - Throws: `FileError`, `SafetensorsError` or `CheckpointError`; the older checkpoints are untouched then.
  @discardableResult
  public func save(step: Int, tensors: [SafetensorsBlock], state: [String: String] = [:]) throws -> [String] {
    let path = path(step: step)
    try createDirectory(directory)
    // First, for what killed writers left may be what fills the disk.
    _ = try? AtomicFile.removeLeftovers(in: directory) { Self.step(of: $0) != nil }
    verified.withLock { $0[path] = nil }
    try Checkpoint.write(tensors, state: state, step: step, to: path)
    remember(path)
    return prune(from: step)
  }

  /// The newest checkpoint that is whole, and a line for each newer one that is torn, damaged, foreign or of another version.
  ///
  /// All bytes of the candidates are read. Throws `FileError` only where the directory cannot be listed.
  public func latestValid() throws -> Latest {
    var messages: [String] = []
    for step in try steps().reversed() {
      do {
        return Latest(checkpoint: try open(step: step), messages: messages)
      } catch {
        messages.append("checkpoint of step \(step) not used: \(error)")
      }
    }
    return Latest(checkpoint: nil, messages: messages)
  }

  /// Opens and verifies the checkpoint of a step.
  public func open(step: Int) throws -> Checkpoint {
    let path = path(step: step)
    let checkpoint = try Checkpoint(path)
    guard checkpoint.step == step else {
      throw CheckpointError(
        .stepMismatch, path, "holds step \(checkpoint.step), not \(step)")
    }
    remember(path)
    return checkpoint
  }

  /// Deletes the checkpoints of all steps after `step`, or all of them; for runs that go back or start afresh.
  public func removeAll(after step: Int = -1) throws {
    for candidate in try steps() where candidate > step {
      let path = path(step: candidate)
      guard unlink(path) == 0 || errno == ENOENT else { throw FileError("delete", path) }
    }
  }

  /// Deletes the checkpoints older than the `keep` newest valid ones up to `step`.
  private func prune(from step: Int) -> [String] {
    var messages: [String] = []
    do {
      var valid = 0
      for candidate in try steps().reversed() where candidate <= step {
        let path = path(step: candidate)
        if valid < keep {
          if isKnown(path) || (try? open(step: candidate)) != nil { valid += 1 }
        } else if unlink(path) != 0, errno != ENOENT {
          messages.append("\(FileError("delete the old checkpoint", path))")
        }
      }
    } catch {
      messages.append("\(error)")
    }
    return messages
  }

  private func remember(_ path: String) {
    let identity = FileIdentity(path)
    verified.withLock { $0[path] = identity }
  }

  private func isKnown(_ path: String) -> Bool {
    guard let identity = FileIdentity(path) else { return false }
    return verified.withLock { $0[path] } == identity
  }

  /// The step of a file name, or nil for any other file; one spelling per step.
  private static func step(of name: String) -> Int? {
    let prefix = "checkpoint-"
    let suffix = ".safetensors"
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    let digits = name.utf8.dropFirst(prefix.utf8.count).dropLast(suffix.utf8.count)
    guard digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains), let step = Int(String(Substring(digits))) else {
      return nil
    }
    return step.description.utf8.elementsEqual(digits) ? step : nil
  }
}

/// What tells that a file is still the one seen before.
private struct FileIdentity: Equatable, Sendable {
  private let device: UInt64
  private let inode: UInt64
  private let size: Int64
  private let modified: [Int]

  /// Nil where there is no such file.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
  }
}
