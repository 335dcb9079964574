import Testing
import TorchOps

@Suite("Dims and tensors of many dimensions")
struct DimsTests {
  @Test(arguments: 0...10)
  func `a list behaves like an array`(_ count: Int) {
    var array = (0..<count).map { $0 * 3 + 1 }
    var dims = Dims(array)
    #expect(Array(dims) == array && dims.count == count && dims == Dims(array))
    #expect(dims.product == array.reduce(1, *))
    #expect(dims.description == "\(array)")
    #expect(Set([dims, Dims(array)]).count == 1)
    dims.append(7)
    array.append(7)
    #expect(Array(dims) == array)
    for position in 0...array.count {
      var (d, a) = (dims, array)
      d.insert(99, at: position)
      a.insert(99, at: position)
      #expect(Array(d) == a && d == Dims(a))
      d.remove(at: position)
      #expect(Array(d) == array && d == dims)
      d.append(5)
      #expect(Array(d) == array + [5])
    }
    for position in array.indices {
      var (d, a) = (dims, array)
      d.remove(at: position)
      a.remove(at: position)
      #expect(Array(d) == a)
    }
  }

  @Test func `equal lists are equal however they were made`() {
    var shrunk = Dims([1, 2, 3, 4, 5, 6, 7])
    shrunk.remove(at: 6)
    var grown: Dims = []
    for i in 1...6 { grown.append(i) }
    #expect(shrunk == grown && shrunk.hashValue == grown.hashValue)
    #expect(Dims([1, 2]) != Dims([1, 2, 1]))
  }

  @Test func `ops on nine dimensions`() {
    let sizes = [2, 1, 3, 1, 2, 1, 2, 1, 2]
    let values = (0..<48).map(Double.init)
    let x = Tensor(values, shape: sizes, dtype: .float64)
    #expect(x.rank == 9 && x.strides[0] == 24)
    let order = [8, 7, 6, 5, 4, 3, 2, 1, 0]
    let y = x.permute(order)
    #expect(y.shape == Array(sizes.reversed()) && !y.isContiguous)
    #expect(y.permute(order).array(as: Double.self) == values)
    #expect((x + y.permute(order)).array(as: Double.self) == values.map { 2 * $0 })
    #expect((x + Tensor.ones([2, 1, 2], dtype: .float64)).shape == sizes)
    #expect(x.sum().item(as: Double.self) == 1128)
    #expect(x.sum([0, 2, 8]).shape == [1, 1, 2, 1, 2, 1])
    #expect(x.squeeze().shape == [2, 3, 2, 2, 2])
    #expect(x.unsqueeze(0).rank == 10)
    #expect(cat([x, x], dim: 4).shape == [2, 1, 3, 1, 4, 1, 2, 1, 2])
    #expect(x.select(0, 1).array(as: Double.self) == Array(values[24...]))
    let leaf = x.clone().requiresGrad_()
    (leaf.permute(order).exp() * 2).sum().backward()
    #expect(leaf.grad?.shape == sizes)
  }
}
