import Testing
import TorchOps
import TorchTestSupport

@Suite("Views, resizing and shared memory")
struct ViewTests {
  private func values(_ tensor: Tensor?) -> [Double] { tensor?.array(as: Double.self) ?? [] }
  private func parts(_ tensor: Tensor?) -> [Double] { values(tensor?.detach().viewAsReal()) }
  private func fails(_ body: () throws -> Void) -> Bool { failure { try withTorchErrors(body) } != nil }

  // Expected values are PyTorch's.
  @Test func `changes of the parts of complex numbers reach the tape`() {
    let x = complex(Tensor([1.0, 3]), Tensor([2.0, -1])).requiresGrad_()
    let s = Tensor([2.0, -1], requiresGrad: true)
    let t = Tensor([0.5, 4], requiresGrad: true)
    let y = x * 2
    y.imag.add_(t)
    y.real.mul_(s)
    #expect(parts(y) == [4, 4.5, -6, 2])
    (y * y).backward(gradient: complex(Tensor([1.0, 2]), Tensor([-1.0, 3])))
    #expect(parts(x.grad) == [-4, -34, 24, -88])
    #expect(values(s.grad) == [-2, -72])
    #expect(values(t.grad) == [-17, -44])
  }

  @Test func `a change of the complex view of real numbers reaches the tape`() {
    let a = Tensor([1.0, 2, 3, 4, 5, 6], requiresGrad: true)
    let f = a * 2
    f.view(3, 2).viewAsComplex().mul_(Tensor(scalar: .complex(0, 1)))
    #expect(values(f) == [-4, 2, -8, 6, -12, 10])
    (f * f).backward(gradient: Tensor.arange(6.0))
    #expect(values(a.grad) == [8, 0, 72, 64, 200, 192])
  }

  @Test func `such a change can be differentiated twice`() throws {
    let a = complex(Tensor([1.0], dtype: .float64), Tensor([2.0], dtype: .float64)).requiresGrad_()
    let y = a * a
    y.real.mul_(y.real.clone())
    let g = try #require(try grad([y.real.sum() + y.imag.sum()], [a], createGraph: true)[0])
    #expect(parts(g) == [-8, 26])
    let second = try grad([g.real.sum() + g.imag.sum() * 2], [a])[0]
    #expect(parts(second) == [-32, 74])
  }

  @Test func `memory is read as another type`() {
    let x = Tensor([1.0, 2], dtype: .float32)
    #expect(x.view(dtype: .int32).array(as: Int.self) == [1_065_353_216, 1_073_741_824])
    #expect(x.view(dtype: .int16).shape == [4])
    #expect(x.view(dtype: .float64).shape == [1])
    #expect(fails { _ = Tensor([1.0, 2, 3]).view(dtype: .float64) })
    #expect(fails { _ = Tensor(1.0).view(dtype: .int16) })
    x.view(dtype: .int32).zero_()
    #expect(values(x) == [0, 0])
  }

  @Test func `memory shared in part is not written while it is read`() {
    let x = Tensor.arange(5.0)
    #expect(fails { x.slice(0, from: 1).add_(x.slice(0, to: 4)) })
    #expect(fails { Tensor([1.0]).expand(3).add_(1) })
    x.add_(x)
    #expect(values(x) == [0, 2, 4, 6, 8])
    let square = Tensor.arange(4.0).reshape(2, 2)
    #expect(fails { square.add_(square.t()) })
    #expect(values(square.copy_(square.t())) == [0, 2, 1, 3])
  }

  @Test func `results in given tensors resize them and keep their type`() throws {
    let small = Tensor.zeros([2], dtype: .float64)
    let range = try #require(OpTable.op(named: "aten::arange.start_out"))
    _ = try range.call([.scalar(.int(1)), .scalar(.int(4)), .scalar(.int(1)), .tensor(small)])
    #expect(values(small) == [1, 2, 3] && small.dtype == .float64)
    let add = try #require(OpTable.op(named: "aten::add.out"))
    let x = Tensor.arange(4.0)
    #expect(
      failure {
        _ = try add.call([.tensor(x.slice(0, to: 3)), .tensor(Tensor(1.0)), .scalar(.int(1)), .tensor(x.slice(0, from: 1))])
      } != nil)
    let cat = try #require(OpTable.op(named: "aten::cat.out"))
    #expect(failure { _ = try cat.call([.list([.tensor(x)]), .scalar(.int(0)), .tensor(x)]) } != nil)
  }

  @Test func `resizing keeps the elements that there were`() {
    let x = Tensor.arange(6.0)
    #expect(values(x.resize_([8]).slice(0, to: 6)) == [0, 1, 2, 3, 4, 5])
    #expect(values(x.resize_([2, 2])) == [0, 1, 2, 3])
    #expect(fails { Tensor([1.0], requiresGrad: true).resize_([2]) })
    let columns = Tensor.arange(16.0).reshape(4, 4).slice(1, step: 2)
    #expect(columns.resize_([4, 2]).strides == [4, 2])
  }

  @Test func `more elements than 32 bits count`() {
    let count = 1 << 32
    let wide = Tensor([2], dtype: .uint8).expand(count)
    #expect(wide.count == count && wide.slice(0, from: count - 3).sum().item(as: Int.self) == 6)
    let rows = Tensor([1.0, 2]).expand(1 << 31, 2)
    #expect(values(rows.select(0, (1 << 31) - 1)) == [1, 2])
    #expect(rows.view(1 << 30, 2, 2).shape == [1 << 30, 2, 2])
  }

  @Test func `sizes beyond all bounds are errors`() {
    let x = Tensor.arange(4.0)
    #expect(fails { _ = x.expand(1 << 40, 1 << 30, 4) })
    #expect(fails { _ = x.view(1 << 40, 1 << 40) })
    #expect(fails { _ = x.asStrided([Int.max, 2], [Int.max, 1]) })
    #expect(fails { _ = Tensor.emptyStrided([Int.max, 2], [Int.max, 1]) })
    #expect(values(x.slice(0, step: Int.max)) == [0])
    #expect(x.reshape(2, 2).diagonal(offset: Int.min).count == 0)
    #expect(x.reshape(2, 2).diagonal(offset: Int.max).count == 0)
    #expect(x.unfold(0, size: 2, step: Int.max).shape == [1, 2])
    #expect(fails { _ = Tensor.arange(-9e18, 9e18) })
    #expect(fails { _ = x.repeated([Int.max]) })
    #expect(fails { _ = Tensor.zeros([4, 4, 2, 2]).pixelShuffle(1 << 40) })
  }
}
