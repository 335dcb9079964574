import TorchCore

/// Discrete Fourier transforms. `torch.fft`.
///
/// All take `float32`, `float64`, `complex64` and `complex128`; integers and bool become the default type. Any length is transformed
/// in O(n log n). `n` or `s` cut the input off or fill it up with zeros first. `norm` says which way divides by the number of points:
/// `"backward"` (the inverse, the default), `"forward"`, or `"ortho"` (both, by its root).
public enum FFT {
  // MARK: One dimension

  /// The spectrum along a dimension. `torch.fft.fft`.
  public static func fft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor { FFTOps.fft(x, n, dim, norm) }
  /// The signal of a spectrum. `torch.fft.ifft`.
  public static func ifft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor { FFTOps.ifft(x, n, dim, norm) }
  /// The first half, n / 2 + 1 places, of a real signal's spectrum, whose other half is its conjugate. `torch.fft.rfft`.
  public static func rfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor { FFTOps.rfft(x, n, dim, norm) }
  /// The real signal, of `n` points (by default 2 (size - 1)), of half a spectrum. `torch.fft.irfft`.
  public static func irfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor { FFTOps.irfft(x, n, dim, norm) }
  /// The real spectrum, of `n` places (by default 2 (size - 1)), of a signal of which half is given and the other half is its
  /// conjugate. `torch.fft.hfft`.
  public static func hfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor { FFTOps.hfft(x, n, dim, norm) }
  /// Half of the signal of a real spectrum: the inverse of `hfft`. `torch.fft.ihfft`.
  public static func ihfft(_ x: Tensor, n: Int? = nil, dim: Int = -1, norm: String? = nil) -> Tensor { FFTOps.ihfft(x, n, dim, norm) }

  // MARK: Two dimensions

  /// The spectrum along two dimensions. `torch.fft.fft2`.
  public static func fft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    FFTnOps.fft2(x, s, dim, norm)
  }
  /// The signal of a spectrum along two dimensions. `torch.fft.ifft2`.
  public static func ifft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    FFTnOps.ifft2(x, s, dim, norm)
  }
  /// The spectrum of a real signal along two dimensions, half of it along the last. `torch.fft.rfft2`.
  public static func rfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    FFTnOps.rfft2(x, s, dim, norm)
  }
  /// The inverse of `rfft2`. `torch.fft.irfft2`.
  public static func irfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    FFTnOps.irfft2(x, s, dim, norm)
  }
  /// The real spectrum of a signal that is its own mirrored conjugate, along two dimensions. `torch.fft.hfft2`.
  public static func hfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    FFTnOps.hfft2(x, s, dim, norm)
  }
  /// The inverse of `hfft2`. `torch.fft.ihfft2`.
  public static func ihfft2(_ x: Tensor, s: [Int]? = nil, dim: [Int] = [-2, -1], norm: String? = nil) -> Tensor {
    FFTnOps.ihfft2(x, s, dim, norm)
  }

  // MARK: Several dimensions

  /// The spectrum along several dimensions, by default all. `torch.fft.fftn`.
  public static func fftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    FFTnOps.fftn(x, s, dim, norm)
  }
  /// The signal of a spectrum along several dimensions. `torch.fft.ifftn`.
  public static func ifftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    FFTnOps.ifftn(x, s, dim, norm)
  }
  /// The spectrum of a real signal along several dimensions, half of it along the last. `torch.fft.rfftn`.
  public static func rfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    FFTnOps.rfftn(x, s, dim, norm)
  }
  /// The inverse of `rfftn`. `torch.fft.irfftn`.
  public static func irfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    FFTnOps.irfftn(x, s, dim, norm)
  }
  /// The real spectrum of a signal that is its own mirrored conjugate, along several dimensions. `torch.fft.hfftn`.
  public static func hfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    FFTnOps.hfftn(x, s, dim, norm)
  }
  /// The inverse of `hfftn`. `torch.fft.ihfftn`.
  public static func ihfftn(_ x: Tensor, s: [Int]? = nil, dim: [Int]? = nil, norm: String? = nil) -> Tensor {
    FFTnOps.ihfftn(x, s, dim, norm)
  }

  // MARK: Helpers

  /// A spectrum with frequency zero moved to the middle, along the dimensions (by default all). `torch.fft.fftshift`.
  public static func fftshift(_ x: Tensor, dim: [Int]? = nil) -> Tensor { FFTHelpers.fftshift(x, dim) }
  /// The inverse of `fftshift`. `torch.fft.ifftshift`.
  public static func ifftshift(_ x: Tensor, dim: [Int]? = nil) -> Tensor { FFTHelpers.ifftshift(x, dim) }
  /// The frequencies of the places of a spectrum of `n` points at a distance of `d`. `torch.fft.fftfreq`.
  public static func fftfreq(_ n: Int, d: Double = 1, dtype: DType? = nil) -> Tensor {
    FFTHelpers.fftfreq(n, d, dtype, nil, nil, nil)
  }
  /// The frequencies of the places of half a spectrum of `n` points at a distance of `d`. `torch.fft.rfftfreq`.
  public static func rfftfreq(_ n: Int, d: Double = 1, dtype: DType? = nil) -> Tensor {
    FFTHelpers.rfftfreq(n, d, dtype, nil, nil, nil)
  }
}
