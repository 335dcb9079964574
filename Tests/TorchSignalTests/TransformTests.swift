import Foundation
import Testing
import TorchOps

@Suite("Fourier transforms")
struct TransformTests {
  /// One length for each way a plan takes: passes of every radix, larger primes, two and three levels, convolution.
  static let lengths = [1, 2, 3, 8, 60, 77, 169, 289, 509, 512, 1000, 1009, 4096, 9973]

  /// The largest difference from the sum that defines the transform, relative to the spectrum's largest element.
  private func error(_ spectrum: Tensor, of signal: [(Double, Double)], places: [Int]) -> Double {
    let n = signal.count
    let parts = spectrum.to(.complex128).withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    var worst = 0.0
    var largest = 0.0
    for k in places {
      var (re, im) = (0.0, 0.0)
      for (j, x) in signal.enumerated() {
        let angle = -2 * Double.pi * Double(j * k % n) / Double(n)
        re += x.0 * cos(angle) - x.1 * sin(angle)
        im += x.0 * sin(angle) + x.1 * cos(angle)
      }
      worst = max(worst, hypot(parts[2 * k] - re, parts[2 * k + 1] - im))
      largest = max(largest, hypot(re, im))
    }
    return worst / largest
  }

  @Test("any length is transformed exactly", arguments: lengths)
  func anyLength(_ n: Int) {
    var source = SampleSource(dtype: .float64)
    let parts = source.tensor([n, 2]).array(as: Double.self)
    let signal = (0..<n).map { (parts[2 * $0], parts[2 * $0 + 1]) }
    let re = Tensor(signal.map(\.0), dtype: .float64)
    let im = Tensor(signal.map(\.1), dtype: .float64) * Tensor(scalar: .complex(0, 1))
    let x = re + im
    let places = n <= 1009 ? Array(0..<n) : stride(from: 0, to: n, by: n / 50).map { $0 }
    #expect(error(FFT.fft(x), of: signal, places: places) < 1e-13)
    #expect(error(FFT.fft(x.to(.complex64)), of: signal, places: places) < 2e-6)
    let real = signal.map { ($0.0, 0.0) }
    #expect(error(FFT.rfft(re), of: real, places: places.filter { $0 <= n / 2 }) < 1e-13)
    #expect(error(FFT.fft(re), of: real, places: places) < 1e-13)
    let back = FFT.irfft(FFT.rfft(re), n: n)
    let difference = (back - re).abs().max().item(as: Double.self)
    #expect(difference < 1e-13)
  }

  @Test func `results do not depend on how many threads share the work`() throws {
    var source = SampleSource(dtype: .float32)
    let threads = numThreads
    defer { try? setNumThreads(threads) }
    for sizes in [[1, 65536], [7, 1000], [300, 96]] {
      let x = source.tensor(sizes)
      try setNumThreads(1)
      let alone = FFT.fft(x)
      try setNumThreads(4)
      let shared = FFT.fft(x)
      #expect(alone.withUnsafeBytes { Data($0) } == shared.withUnsafeBytes { Data($0) })
    }
  }

  @Test func `a signal returns from its short-time spectra`() {
    var source = SampleSource(dtype: .float64)
    let x = source.tensor([3, 500])
    let window = Tensor.hannWindow(64, dtype: .float64)
    let spectra = x.stft(64, hopLength: 16, window: window)
    #expect(spectra.shape == [3, 33, 32])
    let back = spectra.istft(64, hopLength: 16, window: window, length: 500)
    #expect((back - x).narrow(1, 0, 490).abs().max().item(as: Double.self) < 1e-12)
  }

  @Test func `windows have their defining values`() {
    let hann = Signal.Windows.hann(5, dtype: .float64).array(as: Double.self)
    for (value, expected) in zip(hann, [0, 0.5, 1, 0.5, 0]) { #expect(abs(value - expected) < 1e-15) }
    let periodic = Signal.Windows.hann(4, sym: false, dtype: .float64).array(as: Double.self)
    for (value, expected) in zip(periodic, [0, 0.5, 1, 0.5]) { #expect(abs(value - expected) < 1e-15) }
    // PyTorch's values.
    let kaiser = Signal.Windows.kaiser(6, dtype: .float64).array(as: Double.self)
    for (value, expected) in zip(kaiser, [5.2773441320097665e-05, 0.10171968770956304, 0.7929398341014605]) {
      #expect(abs(value - expected) < 1e-12)
    }
    let gaussian = Signal.Windows.gaussian(4, std: 0.7, sym: false, dtype: .float64).array(as: Double.self)
    for (value, expected) in zip(gaussian, [0.016879884148789926, 0.3604477885978211, 1.0, 0.3604477885978211]) {
      #expect(abs(value - expected) < 1e-15)
    }
    let exponential = Signal.Windows.exponential(4, center: 1, sym: false, dtype: .float64).array(as: Double.self)
    for (value, expected) in zip(exponential, [0.36787944117144233, 1, 0.36787944117144233, 0.1353352832366127]) {
      #expect(abs(value - expected) < 1e-15)
    }
    let cosine = Signal.Windows.cosine(4, sym: false, dtype: .float64).array(as: Double.self)
    for (value, expected) in zip(cosine, [0.3090169943749474, 0.8090169943749475, 1, 0.8090169943749475]) {
      #expect(abs(value - expected) < 1e-15)
    }
    #expect(Signal.Windows.cosine(1).array(as: Float.self) == [1])
    #expect(Signal.Windows.nuttall(0).shape == [0])
    #expect(throws: TorchError.self) { try withTorchErrors { _ = Signal.Windows.gaussian(5, std: 0) } }
  }
}
