/// Runs `body` and throws the first error that a tensor op met in it, instead of stopping the program.
///
/// Inside the scope a failed op returns a *poison* tensor: it answers every question safely (no elements, `float32`), every op that
/// meets it yields poison in turn, and nothing is computed. At the end of the scope the first error is thrown. Scopes nest; they rule
/// the calling thread.
///
/// ```swift
/// let y = try withTorchErrors { x.matmul(w) + b }
/// ```
public func withTorchErrors<T>(_ body: () throws -> T) throws -> T {
  CallSite.prepare()
  let scope = ErrorScope()
  let stacks = ThreadState.stacks
  stacks.errorScopes.append(scope)
  defer { stacks.errorScopes.removeLast() }
  let result = try ThreadState.with(setting: ThreadState.errorScope) { try body() }
  if let error = scope.first { throw error }
  return result
}

package final class ErrorScope {
  package var first: TorchError?
}

/// An op met a poison tensor: the error that made it is already recorded.
package struct PoisonedInput: Error {
  package init() {}
}

package enum Failure {
  /// Records the error in the innermost scope, or stops the program with it.
  @inline(never)
  package static func raise(_ error: any Error, op: String = "", arguments: String = "") {
    let scope = ThreadState.has(ThreadState.errorScope) ? ThreadState.stacks.errorScopes.last : nil
    if error is PoisonedInput {
      guard let scope else {
        fatalError("\(op): an argument is the result of an op that failed in an error scope\n  \(arguments)")
      }
      if scope.first == nil {
        scope.first = TorchError(.value, "an argument is the result of an op that failed in an earlier error scope")
      }
      return
    }
    let located = locate(error, op: op, arguments: arguments)
    guard let scope else { stop(located) }
    if scope.first == nil { scope.first = located }
  }

  /// The error with the op, its arguments and the call site filled in, for paths that throw.
  package static func locate(_ error: any Error, op: String, arguments: String) -> TorchError {
    var located = (error as? TorchError) ?? (error as? UnstridedArgument)?.refusal ?? TorchError(.internal, "\(error)")
    if located.op.isEmpty { located.op = op }
    if located.arguments.isEmpty { located.arguments = arguments }
    if located.site == nil { located.site = CallSite() }
    return located
  }

  private static func stop(_ error: TorchError) -> Never {
    // fatalError would name this file; the caller's line is in the message.
    fatalError("\n\(error)")
  }
}

/// Runs a check or a read that is not an op; on failure raises as an op would and returns `fallback`.
package func checked<T>(_ fallback: @autoclosure () -> T, _ name: String = "", _ body: () throws -> T) -> T {
  do { return try body() } catch {
    Failure.raise(error, op: name)
    return fallback()
  }
}
