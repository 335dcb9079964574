import CTorchKernels
import TorchOps

/// The instruction-set levels of the kernels.
package enum InstructionLevels {
  /// Names of the levels that this processor can run, lowest first.
  package static var supported: [String] {
    (0..<Int32(TORCH_LEVEL_COUNT)).filter(torch_level_supported).map { String(cString: torch_level_name($0)) }
  }

  /// The level in use.
  package static var current: String { String(cString: torch_level_name(torch_level_current())) }

  /// Runs `body` at each level that this processor has, and restores the level. No kernels may run on other threads meanwhile: call
  /// it in a process of its own.
  package static func forEach(_ body: (String) throws -> Void) rethrows {
    let before = torch_level_current()
    defer { _ = torch_level_set(before) }
    for level in 0..<Int32(TORCH_LEVEL_COUNT) where torch_level_supported(level) {
      _ = torch_level_set(level)
      try body(String(cString: torch_level_name(level)))
    }
  }

  /// What the environment asked for when it names no level.
  package static var environmentComplaint: String? { torch_level_environment_error().map { String(cString: $0) } }
}
