// Saves checkpoints as fast as it can until it is killed: the victim of the tests that kill a writer.
//
// Arguments: directory, checkpoints to keep, bytes per tensor, last step. Starts after the newest valid checkpoint. All
// contents follow from the step, so that the tests can tell a whole checkpoint from a mixed one.
import Glibc
import TorchSerialization

func complain(_ text: String) {
  let line = Array("\(text)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
}

let arguments = CommandLine.arguments
guard arguments.count == 5, let keep = Int(arguments[2]), let size = Int(arguments[3]), let last = Int(arguments[4]) else {
  complain("usage: CheckpointWriterHelper DIRECTORY KEEP BYTES LAST-STEP")
  exit(2)
}
// With a limit on file sizes a write fails instead of ending the process.
signal(SIGXFSZ, SIG_IGN)

do {
  let store = CheckpointStore(directory: arguments[1], keep: keep)
  var step = (try store.latestValid().checkpoint?.step ?? 0) + 1
  while step <= last {
    let weights = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: size)
    let moments = [UInt8](repeating: UInt8(truncatingIfNeeded: step &* 7), count: size)
    _ = try weights.withUnsafeBytes { weights in
      try moments.withUnsafeBytes { moments in
        try store.save(
          step: step,
          tensors: [
            SafetensorsBlock(name: "model.weight", dtype: .uint8, shape: [size], bytes: weights),
            SafetensorsBlock(name: "optimizer.moment", dtype: .uint8, shape: [size], bytes: moments),
          ],
          state: ["loader": "{\"position\":\(step)}"])
      }
    }
    step += 1
  }
} catch {
  complain("\(error)")
  exit(1)
}
