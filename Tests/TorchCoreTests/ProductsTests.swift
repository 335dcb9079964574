import Testing
import TorchOps
import TorchTestSupport

@Suite("Products")
struct ProductsTests {
  @Test(arguments: [DType.uint8, .int8, .int16, .int32, .int64]) func `integer products are exact modulo the type's range`(dtype: DType) {
    // Sizes beside the kernel's panels, and a transposed factor.
    let (m, k, n) = (5, 131, 1030)
    let a = Tensor((0..<m * k).map { ($0 * 37) % 251 - 125 }, shape: [k, m], dtype: dtype).t()
    let b = Tensor((0..<k * n).map { ($0 * 53) % 249 - 124 }, shape: [k, n], dtype: dtype)
    let (x, y) = (a.array(as: Int.self), b.array(as: Int.self))
    var expected: [Int] = []
    for i in 0..<m {
      for j in 0..<n { expected.append((0..<k).reduce(0) { $0 &+ x[i * k + $1] &* y[$1 * n + j] }) }
    }
    let wrapped = Tensor(expected, shape: [m, n]).to(dtype)
    #expect(a.mm(b).array(as: Int.self) == wrapped.array(as: Int.self))
  }

  @Test func `einsum contracts in any order`() throws {
    var s = SampleSource(dtype: .float64)
    let (a, b, c) = (s.tensor([40, 50]), s.tensor([50, 60]), s.tensor([60, 3]))
    let expected = a.mm(b).mm(c)
    for path in [nil, [0, 1, 0, 1], [1, 2, 1, 0]] as [[Int]?] {
      #expect(try difference(einsum("ij,jk,kl->il", a, b, c, path: path), expected) == nil)
    }
  }

  @Test(arguments: [
    ("ij,jk->ik", [2]), ("i.j->ij", [2]), ("ij->ijk", [2]), ("ij->ii", [2]), ("i1->i", [2]), ("ijk->i", [2]), ("...i...->i", [2]), ("ij-i", [2]),
  ]) func `a malformed equation is an error that quotes it`(equation: String, ranks: [Int]) {
    let x = Tensor.zeros(Array(repeating: 2, count: ranks[0]))
    let error = #expect(throws: TorchError.self) { try withTorchErrors { einsum(equation, x) } }
    #expect(error?.message.contains(equation) == true)
  }

  @Test func `a list op names what does not fit`() throws {
    let add = try #require(OpTable.op(named: "aten::_foreach_add.List"))
    let (one, two) = (Tensor.ones([2]), Tensor.ones([3]))
    let sum = try add.call([[one, two].box(), [one, two].box(), .scalar(.int(2))])
    #expect(sum.count == 1)
    let error = #expect(throws: TorchError.self) { try add.call([[one, two].box(), [one].box(), .scalar(.int(1))]) }
    #expect(error?.message.contains("equal lengths") == true)
  }
}
