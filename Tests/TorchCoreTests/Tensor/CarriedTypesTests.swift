import Testing
import TorchOps

/// Types that are kept, moved and converted, against PyTorch's conversions.
@Suite("Carried types")
struct CarriedTypesTests {
  private static let numbers: [Double] = [0, 1, -1, 448, 449, 464, 480, 1e6, 0.001, 0.0009, 0.0017, -1e9, 0.0625, 17.5, 57344, 61439, 61440]

  @Test func `eight-bit floats round to nearest even`() {
    let x = Tensor(Self.numbers, dtype: .float32)
    let saturating: [Double] = [
      0, 1, -1, 448, 448, 448, 448, 448, 0.001953125, 0, 0.001953125, -448, 0.0625, 18, 448, 448, 448,
    ]
    #expect(x.to(.float8E4M3FN).array(as: Double.self) == saturating)
    let infinite: [Double] = [
      0, 1, -1, 448, 448, 448, 512, .infinity, 0.0009765625, 0.0008544921875, 0.001708984375, -.infinity, 0.0625, 16, 57344, 57344, .infinity,
    ]
    #expect(x.to(.float8E5M2).array(as: Double.self) == infinite)
    #expect(Tensor(Double.nan, dtype: .float32).to(.float8E4M3FN).item(as: Double.self).isNaN)
    #expect(Tensor(Double.nan, dtype: .float32).to(.float8E5M2).item(as: Double.self).isNaN)
  }

  @Test(arguments: [DType.float8E4M3FN, .float8E5M2]) func `every eight-bit float survives the way through float32`(dtype: DType) throws {
    let bytes = (0...255).map { UInt8($0) }
    let all = Tensor.empty([256], dtype: dtype)
    try all.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    let back = all.to(.float32).to(dtype)
    let isNaN = all.to(.float32).isNaN().array(as: Bool.self)
    back.withUnsafeBytes { found in
      for i in 0..<256 where !isNaN[i] { #expect(found[i] == bytes[i]) }
    }
  }

  @Test func `unsigned integers keep their range`() {
    #expect(Tensor([-1, 3], dtype: .int64).to(.uint64).to(.float64).array(as: Double.self) == [0x1p64, 3])
    #expect(Tensor([UInt64.max]).array(as: UInt64.self) == [.max])
    #expect(Tensor([3e9, 65_535], dtype: .float64).to(.uint32).array(as: Int.self) == [3_000_000_000, 65_535])
    #expect(Tensor([65_535, 65_536], dtype: .int64).to(.uint16).array(as: Int.self) == [65_535, 0])
    #expect(promoteTypes(.uint16, .int16) == .int32 && promoteTypes(.uint32, .uint8) == .uint32)
  }

  @Test func `complex32 keeps both parts`() {
    let z = Tensor([1.0, 2.5], dtype: .complex128).to(.complex32)
    #expect(z.to(.complex64).array(as: Double.self) == [1, 2.5] && z.dtype.byteCount == 4)
  }

  @Test func `ops with kernels of their own refuse them by name`() {
    let x = Tensor.zeros([2, 3], dtype: .float8E4M3FN)
    let error = #expect(throws: TorchError.self) { try withTorchErrors { x.sum(0) } }
    #expect(error?.message.contains("float8_e4m3fn") == true)
  }
}
