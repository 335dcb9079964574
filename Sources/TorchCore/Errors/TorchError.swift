import CTorchShims
import Runtime
import Synchronization

/// What went wrong in a call: which op, what it was given, what it wanted, and where the caller stands.
///
/// ```swift
/// do {
///   try withTorchErrors { a.matmul(b) }
/// } catch let error as TorchError {
///   print(error)
///   // aten::mm: self has 3 columns but mat2 has 2 rows; they must be equal
///   //   self: float32[2, 3], mat2: float32[2, 3]
///   //   at Model.swift:12
/// }
/// ```
public struct TorchError: Error, CustomStringConvertible, Sendable {
  /// The kind of mistake. `linearAlgebra` is PyTorch's `LinAlgError`: a matrix without the property that was asked for. `elements` is
  /// the want of elements where the answer depends on them: on the meta device.
  public enum Kind: String, Sendable {
    case shape, dtype, device, value, index, memory, autograd, io, unsupported, linearAlgebra, elements, transform, `internal`
  }

  public let kind: Kind
  /// What was wrong and what was expected, without the op's name and arguments.
  public let message: String
  /// The schema name of the failed op, such as `aten::mm`; empty outside ops.
  public internal(set) var op: String = ""
  /// The arguments the op was given, described: `self: float32[2, 3]`.
  public internal(set) var arguments: String = ""
  package var site: CallSite?

  public init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// File and line of the first caller outside the framework, when the program carries debug information.
  public var location: String? { site?.location }

  public var description: String {
    var text = op.isEmpty ? message : "\(op): \(message)"
    if !arguments.isEmpty { text += "\n  \(arguments)" }
    if let location { text += "\n  at \(location)" }
    return text
  }
}

/// Where an error was raised: return addresses, taken when it happens and turned into names only when someone reads them.
package final class CallSite: Sendable {
  private let backtrace: Backtrace?
  private let resolved = Mutex<String??>(nil)

  package init() {
    // The capture follows frame pointers wherever they lead; it must not follow more of them than there are.
    let depth = Int(torch_frame_depth(48)) - 1
    backtrace = depth > 0 ? try? Backtrace.capture(limit: depth, top: 0, images: CallSite.images) : nil
  }

  /// The program and its libraries, listed once: the list is made by reading every mapped file's memory, which takes long and must not
  /// meet another thread that unmaps one.
  private static let images = mappings.withLock { _ in ImageMap.capture() }
  private static let mappings = Mutex(())

  /// Runs `body`, which unmaps a file, while no list is made.
  package static func unmapping(_ body: () -> Void) { mappings.withLock { _ in body() } }

  /// Makes the list before there are errors to place.
  @inline(__always)
  package static func prepare() { _ = images }

  package var location: String? {
    resolved.withLock { cached in
      if let cached { return cached }
      let found = resolve()
      cached = .some(found)
      return found
    }
  }

  private func resolve() -> String? {
    guard
      let frames = backtrace?.symbolicated(with: CallSite.images, options: [.showInlineFrames, .showSourceLocations, .useSymbolCache])?.frames
    else { return nil }
    for frame in frames {
      guard let source = frame.symbol?.sourceLocation, source.line > 0 else { continue }
      if CallSite.isFramework(source.path) { continue }
      return "\(source.path.split(separator: "/").last ?? ""):\(source.line)"
    }
    return nil
  }

  /// The folder of the framework's sources, to tell its frames from the caller's.
  private static let sourceRoot: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/") + "/Torch"
  }()

  private static func isFramework(_ path: String) -> Bool {
    path.hasPrefix(sourceRoot) || path.hasPrefix("Sources/Torch") || path.contains("<compiler-generated>")
  }
}
