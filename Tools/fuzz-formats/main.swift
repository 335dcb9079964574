import FormatFuzzing
import Foundation
import Synchronization
import TorchCore

// fuzz-formats [--cases N] [--seed S] [--threads T] [--format NAME] [--fixtures FOLDER] [--memory MIB]
//
// Hands damaged files to the readers of weights. Cases are divided evenly among the formats; a crash tells format and seed of the
// cases at work, which `--format NAME --seed S --cases 1` repeats.

var cases = 100_000
var firstSeed: UInt64 = 1
var threads = ProcessInfo.processInfo.activeProcessorCount
var formats = FuzzFormat.allCases
var fixtures = "Tests/TorchSerializationTests/Fixtures"
var memory = 1024

var arguments = CommandLine.arguments.dropFirst()
while let option = arguments.popFirst() {
  guard let value = arguments.popFirst() else { fail("\(option) needs a value") }
  switch option {
  case "--cases": cases = Int(value) ?? 0
  case "--seed": firstSeed = UInt64(value) ?? 1
  case "--threads": threads = max(1, Int(value) ?? 1)
  case "--fixtures": fixtures = value
  case "--memory": memory = Int(value) ?? 0
  case "--format":
    guard let format = FuzzFormat(rawValue: value) else { fail("no format \(value); expected one of \(FuzzFormat.allCases)") }
    formats = [format]
  default: fail("no option \(option)")
  }
}

func fail(_ message: String) -> Never {
  FileHandle.standardError.write(Data("fuzz-formats: \(message)\n".utf8))
  exit(2)
}

/// What each thread is at: the format's number and the seed.
nonisolated(unsafe) let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * threads)
slots.initialize(repeating: 0, count: 2 * threads)
nonisolated(unsafe) let slotCount = threads

/// Called in the state of a crash: no allocation, only system calls.
func tellSeeds(_ signal: Int32) {
  for i in 0..<slotCount {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 40) { text in
      var end = 40
      func put(_ byte: UInt8) {
        end -= 1
        text[end] = byte
      }
      put(0x0a)
      for part in [1, 0] {
        var number = slots[2 * i + part]
        repeat {
          put(0x30 + UInt8(number % 10))
          number /= 10
        } while number > 0
        put(0x20)
      }
      _ = write(2, "crashed at format, seed:", 24)
      _ = write(2, text.baseAddress! + end, 40 - end)
    }
  }
  Foundation.signal(signal, SIG_DFL)
  raise(signal)
}
for number in [SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGABRT, SIGFPE] { signal(number, tellSeeds) }

func residentPeak() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss / 1024
}

let fuzzer = try FormatFuzzer(fixtures: fixtures)
if memory > 0 {
  // Whatever asks for more than this beyond what the process has now fails and is seen.
  let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").first.flatMap { Int($0) } ?? 0
  let limit = UInt(pages * 4096 + memory << 20 + threads * 160 << 20)
  var limits = rlimit(rlim_cur: limit, rlim_max: limit)
  setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limits)
}

let before = residentPeak()
let clock = ContinuousClock()
let begin = clock.now
var failed = false
for format in formats {
  let share = UInt64((cases + formats.count - 1) / formats.count)
  let batch: UInt64 = 1000
  let (first, end) = (firstSeed, firstSeed + share)
  let next = Mutex<UInt64>(first)
  let total = Mutex(FuzzReport())
  let started = clock.now
  let group = DispatchGroup()
  for thread in 0..<threads {
    group.enter()
    let worker = Thread {
      while true {
        let from = next.withLock { value in
          defer { value += batch }
          return value
        }
        guard from < end else { break }
        let report = fuzzer.run(format, seeds: from..<min(from + batch, end)) { seed in
          slots[2 * thread] = UInt64(FuzzFormat.allCases.firstIndex(of: format)!)
          slots[2 * thread + 1] = seed
        }
        total.withLock { $0.add(report) }
      }
      group.leave()
    }
    worker.stackSize = 8 << 20
    worker.start()
  }
  group.wait()
  let report = total.withLock { $0 }
  let elapsed = started.duration(to: clock.now)
  let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
  print(
    "\(format): \(report.cases) cases from seed \(firstSeed), \(Int(Double(report.cases) / max(seconds, 1e-9))) a second; "
      + "\(report.accepted) accepted; slowest \(Int(report.slowest * 1e6)) µs (seed \(report.slowestSeed)); "
      + "peak memory \(residentPeak()) MiB")
  // Each line is seen when it is printed, in a file too.
  fflush(nil)
  for line in report.unexpected { print("  unexpected: \(line)") }
  if !report.unexpected.isEmpty || report.slowest > 5 { failed = true }
}
let elapsed = begin.duration(to: clock.now)
print(
  "\((cases + formats.count - 1) / formats.count * formats.count) cases in \(elapsed.components.seconds) s, \(threads) threads; "
    + "peak memory before \(before) MiB, after \(residentPeak()) MiB")
exit(failed ? 1 : 0)
