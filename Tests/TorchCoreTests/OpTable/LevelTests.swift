import Foundation
import Testing
import TorchOps
import TorchTestSupport

/// The level is the process's: these tests run in processes of their own.
@Suite("Instruction-set levels")
struct LevelTests {
  @Test func `every op computes the same at every level`() async {
    await #expect(processExitsWith: .success) {
      for item in OpCase.deterministic {
        for dtype in OpSample.dtypes {
          for sample in item.samples(dtype) {
            var reference: [Tensor]?
            try InstructionLevels.forEach { level in
              guard let results = try? sample.run() else { return }
              if let reference {
                if let text = try difference(results, reference) {
                  Issue.record("\(item.op.name) \(sample.label) at \(level): \(text)")
                }
              } else {
                reference = results
              }
            }
          }
        }
      }
    }
  }

  @Test func `the environment chooses a level`() async {
    await #expect(processExitsWith: .success) {
      setenv("SWIFTTORCH_CPU_LEVEL", "baseline", 1)
      #expect(InstructionLevels.current == "baseline")
      #expect(InstructionLevels.environmentComplaint == nil)
      #expect((Tensor([1.0, 2.0]) + 1).array(as: Float.self) == [2, 3])
    }
  }

  @Test func `an unknown level is ignored and reported`() async {
    await #expect(processExitsWith: .success) {
      setenv("SWIFTTORCH_CPU_LEVEL", "quantum", 1)
      #expect(InstructionLevels.current == InstructionLevels.supported.last)
      #expect(InstructionLevels.environmentComplaint == "quantum")
    }
  }
}
