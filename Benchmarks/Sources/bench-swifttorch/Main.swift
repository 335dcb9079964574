import Foundation
import Torch

/// Our side of the benchmarks: answers requests on standard input, one JSON object per line, as `peers/bench_torch.py` does.
@main
struct Main {
  static func main() {
    var server = Server()
    let encoder = JSONEncoder()
    while let line = readLine() {
      let reply: Reply
      do {
        reply = try server.answer(try JSONDecoder().decode(Request.self, from: Data(line.utf8)))
      } catch {
        reply = Reply(error: "\(error)")
      }
      // A reply holds only finite numbers and strings, or the encoder says which one was not.
      let text = (try? encoder.encode(reply)) ?? Data(#"{"error": "a check is not a finite number"}"#.utf8)
      print(String(decoding: text, as: UTF8.self))
      fflush(nil)
    }
  }
}

struct Request: Decodable {
  var list: Bool?
  var row: String?
  var threads: Int?
  var seconds: Double?
  /// Asks for the memory that a row takes, of a process that did nothing before.
  var memory: Bool?
  /// Asks for the largest error of a row's result.
  var accuracy: Bool?
}

struct Reply: Encodable {
  var rows: [String]?
  var ns: Double?
  var iterations: Int?
  var checks: [Double]?
  /// Resident bytes before the row was made, and the most there were.
  var base: Int?
  var peak: Int?
  /// The largest error against float64: in units in the last place of each element, and as a part of the largest.
  var ulp: Double?
  var relative: Double?
  var error: String?
}

struct RequestError: Error, CustomStringConvertible {
  var description: String
}

/// Keeps the workload of the row asked for last, with the number of iterations that fills a batch.
struct Server {
  private struct Key: Equatable {
    var row: String
    var threads: Int
    var seconds: Double
  }
  private var key: Key?
  private var workload: Workload?
  private var iterations = 1

  mutating func answer(_ request: Request) throws -> Reply {
    if request.list == true { return Reply(rows: rows.map(\.name)) }
    guard let name = request.row, let threads = request.threads,
      request.memory == true || request.accuracy == true || request.seconds != nil
    else {
      throw RequestError(description: "a request names row, threads and seconds (or memory, or accuracy), or asks for the list")
    }
    guard let row = rows.first(where: { $0.name == name }) else {
      throw RequestError(description: "no row is called '\(name)'")
    }
    if request.accuracy == true { return try accuracy(of: row) }
    guard let seconds = request.seconds else { return try memory(of: row, threads: threads) }
    let wanted = Key(row: name, threads: threads, seconds: seconds)
    if key != wanted {
      key = nil
      workload = nil
      try setNumThreads(threads)
      workload = try prepare(row, seconds: seconds)
      key = wanted
    }
    let elapsed = timed(workload!, iterations)
    return Reply(ns: elapsed / Double(iterations), iterations: iterations, checks: workload!.checks)
  }

  /// Makes the row and runs it three times.
  private func memory(of row: Row, threads: Int) throws -> Reply {
    try setNumThreads(threads)
    let base = try residentBytes("VmRSS")
    try row.make().body(3)
    return Reply(base: base, peak: try residentBytes("VmHWM"))
  }

  private func accuracy(of row: Row) throws -> Reply {
    let single = try withTorchErrors { try row.make().result }
    patternType = .float64
    defer { patternType = .float32 }
    guard let single, single.dtype == .float32, let exact = try withTorchErrors({ try row.make().result }), exact.dtype == .float64 else {
      throw RequestError(description: "a row of one result that can be computed in float32 and float64 has an accuracy")
    }
    let size = exact.abs()
    let unit = size.float().nextafter(Tensor(Float.infinity)).double() - size.float().double()
    let error = (single.double() - exact).abs()
    return Reply(
      ulp: (error / unit).amax().item(as: Double.self), relative: (error.amax() / size.amax()).item(as: Double.self))
  }

  private func residentBytes(_ entry: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("\(entry):") }),
      let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
    else { throw RequestError(description: "/proc/self/status has no \(entry)") }
    return kibibytes << 10
  }

  /// Makes the inputs, warms up, and finds how many iterations fill a batch: doubles until a batch is long enough to be
  /// measured, then scales, twice if the first look met a cold cache or a busy machine.
  private mutating func prepare(_ row: Row, seconds: Double) throws -> Workload {
    let workload = try row.make()
    let wanted = seconds * 1e9
    var count = 1
    var elapsed = timed(workload, count)
    while elapsed < wanted * 0.25 {
      count *= 2
      elapsed = timed(workload, count)
    }
    for _ in 0..<2 {
      iterations = max(1, Int((Double(count) * wanted / elapsed).rounded()))
      if elapsed >= wanted * 0.6 { break }
      count = iterations
      elapsed = timed(workload, count)
    }
    return workload
  }

  /// Nanoseconds that `count` iterations take.
  private func timed(_ workload: Workload, _ count: Int) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    workload.body(count)
    return Double(DispatchTime.now().uptimeNanoseconds - start)
  }
}
