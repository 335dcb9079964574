import Foundation
import Testing

@testable import TorchCore
import TorchOps

/// Streams that PyTorch drew (Tools/record-random-fixture.py), replayed.
@Suite struct RandomTests {
  private static func hash(_ bytes: some Sequence<UInt8>) -> String {
    var h: UInt64 = 0xCBF2_9CE4_8422_2325
    for b in bytes { h = (h ^ UInt64(b)) &* 0x100_0000_01B3 }
    let text = String(h, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }

  private static func hex(_ bytes: some BidirectionalCollection<UInt8>) -> String {
    bytes.reversed().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func target(_ dtype: DType, _ sizes: [Int], _ layout: String) throws -> Tensor {
    switch layout {
    case "row": return Tensor.zeros(sizes, dtype: dtype)
    case "transposed": return Tensor.zeros(sizes.reversed(), dtype: dtype).permute(Array((0..<sizes.count).reversed()))
    case "strided":
      return Tensor.zeros(sizes.dropLast() + [sizes.last! * 2], dtype: dtype).slice(sizes.count - 1, step: 2)
    case "channels_last": return Tensor.zeros(sizes, dtype: dtype).to(memoryFormat: .channelsLast)
    default: throw TorchError(.value, "unknown layout \(layout)")
    }
  }

  private static func draw(
    _ name: String, _ dtype: DType, _ sizes: [Int], _ layout: String, _ arguments: [String], _ g: Generator
  ) throws -> Tensor {
    let numbers = arguments.map { Double($0) ?? 0 }
    func whole(_ i: Int) -> Int? { Int(arguments[i]) }
    let count = sizes.reduce(1, *)
    switch name {
    case "rand": return Tensor.rand(sizes, dtype: dtype, generator: g)
    case "randn": return Tensor.randn(sizes, dtype: dtype, generator: g)
    case "randint": return Tensor.randint(whole(0)!, whole(1)!, sizes, dtype: dtype, generator: g)
    case "randperm": return Tensor.randperm(sizes[0], dtype: dtype, generator: g)
    case "bernoulli_tensor":
      return Tensor((0..<count).map { Double($0 % 11) / 10 }, shape: sizes, dtype: dtype).bernoulli(generator: g)
    case "multinomial", "multinomial_replace":
      let weights = Tensor((0..<count).map { Double($0 % 7) + 0.5 }, shape: sizes, dtype: dtype)
      return weights.multinomial(whole(0)!, replacement: name != "multinomial", generator: g)
    case "poisson": return Tensor((0..<count).map { Double($0 % 47) / 2 }, dtype: dtype).poisson(generator: g)
    case "binomial":
      let counts = Tensor((0..<count).map { Double($0 % 60) }, dtype: dtype)
      return Tensor.binomial(counts, Tensor((0..<count).map { Double($0 % 11) / 10 }, dtype: dtype), generator: g)
    case "normal_tensors":
      let mean = Tensor((0..<count).map { Double($0) }, dtype: dtype)
      return Tensor.normal(mean, (mean + 1) / 4, generator: g)
    default: break
    }
    let x = try target(dtype, sizes, layout)
    switch name {
    case "uniform": return x.uniform_(numbers[0], numbers[1], generator: g)
    case "normal": return x.normal_(numbers[0], numbers[1], generator: g)
    case "bernoulli": return x.bernoulli_(numbers[0], generator: g)
    case "exponential": return x.exponential_(numbers[0], generator: g)
    case "cauchy": return x.cauchy_(numbers[0], numbers[1], generator: g)
    case "log_normal": return x.logNormal_(numbers[0], numbers[1], generator: g)
    case "geometric": return x.geometric_(numbers[0], generator: g)
    case "random": return x.random_(generator: g)
    case "random_from": return x.random_(whole(0)!, whole(1), generator: g)
    default: throw TorchError(.value, "unknown draw \(name)")
    }
  }

  @Test func drawsWhatPyTorchDraws() throws {
    let url = PointwiseFixture.packageRoot.appending(path: "Tests/TorchCoreTests/Fixtures/random.txt")
    let g = Generator(seed: 0)
    var draws = 0
    for line in try String(contentsOf: url, encoding: .utf8).split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      switch words[0] {
      case "seed": g.manualSeed(UInt64(words[1])!)
      case "state": #expect(Self.hash(g.saveState()) == words[1], "state after \(draws) draws")
      case "load": try g.restoreState(Array(try #require(Data(base64Encoded: words[1]))))
      case "draw":
        draws += 1
        let equals = try #require(words.firstIndex(of: "="))
        let dtype = try #require(DType.allCases.first { $0.name == words[2] })
        let sizes = words[3].split(separator: "x").map { Int($0)! }
        let result = try withTorchErrors {
          try Self.draw(words[1], dtype, sizes, words[4], Array(words[5..<equals]), g)
        }
        let bytes = result.withUnsafeBytes { Array($0) }
        let width = result.dtype.byteCount
        let found = [Self.hash(bytes), Self.hex(bytes.prefix(width)), Self.hex(bytes.suffix(width))]
        #expect(found == Array(words[(equals + 1)...]), "\(line)")
      default: Issue.record("unknown line \(line)")
      }
    }
    #expect(draws > 600)
  }

  /// A stream does not depend on the number of threads.
  @Test func threadsDoNotMatter() throws {
    let before = numThreads
    defer { try? setNumThreads(before) }
    try setNumThreads(1)
    let one = Tensor.randn([100_003], generator: Generator(seed: 3)).array(as: Float.self)
    try setNumThreads(2)
    let two = Tensor.randn([100_003], generator: Generator(seed: 3)).array(as: Float.self)
    #expect(one == two)
  }

  @Test func stateSavedHereContinuesHere() throws {
    let g = Generator(seed: 5)
    _ = Tensor.randn([3], dtype: .float64, generator: g)
    let state = g.saveState()
    let first = Tensor.randn([7], dtype: .float64, generator: g).array(as: Double.self)
    let other = Generator(seed: 99)
    try other.restoreState(state)
    #expect(Tensor.randn([7], dtype: .float64, generator: other).array(as: Double.self) == first)
    #expect(throws: TorchError.self) { try other.restoreState(Array(state.dropLast())) }
    #expect(throws: TorchError.self) { try other.restoreState([]) }
  }

  /// Boxed calls take the generator too, and fill in defaults.
  @Test func boxedCalls() throws {
    let op = try #require(OpTable.op(named: "aten::rand.generator"))
    let boxed = try op.call(filling: [[4].box(), .generator(Generator(seed: 11))])
    let typed = Tensor.rand([4], generator: Generator(seed: 11))
    #expect(try Tensor.unbox(boxed[0]).array(as: Float.self) == typed.array(as: Float.self))
    let integers = try #require(OpTable.op(named: "aten::randint"))
    #expect(try Tensor.unbox(try integers.call(filling: [3.box(), [4].box()])[0]).dtype == .int64)
    for op in RandomOps.table { _ = op.info.schema }
  }

  @Test func gradientsOfOverwrittenValuesAreZero() throws {
    let x = Tensor([1.0, 2.0, 3.0], requiresGrad: true)
    let y = x * 2
    y.narrow(0, 0, 1).uniform_(generator: Generator(seed: 1))
    y.sum().backward()
    #expect(try #require(x.grad).array(as: Double.self) == [0, 2, 2])
  }

  @Test func refusals() throws {
    func message(_ body: () throws -> Tensor) -> String {
      do {
        _ = try withTorchErrors(body)
        return "no error"
      } catch { return (error as? TorchError)?.message ?? "\(error)" }
    }
    let x = Tensor.zeros(3)
    #expect(message { x.uniform_(2, 1) }.contains("from=2.0, to=1.0"))
    #expect(message { x.uniform_(0, .infinity) }.contains("finite"))
    #expect(message { x.normal_(0, -1) }.contains("std must not be negative, got -1.0"))
    #expect(message { x.bernoulli_(1.5) }.contains("0...1, got 1.5"))
    #expect(message { Tensor([0.5, 7.0]).bernoulli() }.contains("got 7.0"))
    #expect(message { x.exponential_(0) }.contains("lambd must be positive"))
    #expect(message { Tensor.zeros(3, dtype: .int64).uniform_() }.contains("got int64"))
    #expect(message { Tensor.zeros(3, dtype: .int8).random_(0, 300) }.contains("299 is out of bounds for int8"))
    #expect(message { x.random_(5, 5) }.contains("from=5, to=5"))
    #expect(message { x.random_(Int.max, Int.max) }.contains("from < to"))
    #expect(message { Tensor.randperm(-1) }.contains("got -1"))
    #expect(message { Tensor.randperm(300, dtype: .uint8) }.contains("uint8"))
    #expect(message { Tensor.rand([-1]) }.contains("-1"))
    #expect(message { Tensor([0.0, 0.0]).multinomial(1) }.contains("sum to zero"))
    #expect(message { Tensor([1.0, -1.0]).multinomial(1) }.contains("got -1.0 at position 1"))
    #expect(message { Tensor([1.0, -1.0]).multinomial(3, replacement: true) } != "no error")
    #expect(message { Tensor([1.0, 1.0]).multinomial(3) }.contains("cannot draw 3 of 2"))
    #expect(message { Tensor([1.0]).expand(3).uniform_() }.contains("single memory location"))
    #expect(message { Tensor([1.0, 2.0], requiresGrad: true).normal_() }.contains("leaf"))
    #expect(message { Tensor.normal(Tensor([1.0]), Tensor([-1.0])) }.contains("got -1.0 at position 0"))
  }
}
