import TorchCore

/// Short-time transforms: spectra of windows that slide over a signal, and the signal back from them.
package enum STFTOps {
  // MARK: Forward

  package typealias ForwardOp = Op<Tensor, Int, Int?, Int?, Tensor?, Bool, Bool?, Bool?, Bool?, Tensor>
  package static let stft = ForwardOp.composite(
    "aten::stft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 20])), 8.box(), 3.box(), 6.box(), .tensor(s.tensor([6], low: 0.5, high: 1.5)), true.box(), .none,
          true.box(), .none),
        Sample(.tensor(s.tensor([12])), 5.box(), .none, .none, .none, false.box(), false.box(), true.box(), true.box()),
      ]
    }
  ) { x, size, hop, windowLength, window, normalized, onesided, complex, aligned in
    try forward(x, Frames(size, hop, windowLength, window), normalized, onesided, complex, aligned: aligned ?? false)
  }

  package typealias CenteredOp = Op<Tensor, Int, Int?, Int?, Tensor?, Bool, String, Bool, Bool?, Bool?, Bool?, Tensor>
  package static let centered = CenteredOp.composite(
    "aten::stft.center(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, str pad_mode=\"reflect\", bool normalized=False, bool? onesided=None, bool? return_complex=None, bool? align_to_window=None) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 20])), 8.box(), 3.box(), .none, .none, true.box(), .string("reflect"), false.box(), .none, true.box(),
          .none)
      ]
    }
  ) { x, size, hop, windowLength, window, center, padMode, normalized, onesided, complex, aligned in
    if center && aligned != nil { throw TorchError(.value, "align_to_window is for center=False") }
    let frames = Frames(size, hop, windowLength, window)
    guard center else { return try forward(x, frames, normalized, onesided, complex, aligned: aligned ?? false) }
    guard x.rank == 1 || x.rank == 2 else { throw TorchError(.shape, "expected a signal or a batch of them, got \(x.summary)") }
    guard size > 0 else { throw TorchError(.value, "n_fft must be positive, got \(size)") }
    let lines = x.reshape(Array(repeating: 1, count: 3 - x.rank) + x.shape)
    let padded = try PadOps.pad.callThrowing(lines, [size / 2, size / 2], padMode, nil)
    let signal = padded.reshape(Array(x.shape.dropLast()) + [padded.shape[2]])
    return try forward(signal, frames, normalized, onesided, complex, aligned: false)
  }

  /// How a signal is cut into windows.
  private struct Frames {
    let size: Int
    let hop: Int
    let windowLength: Int
    let window: Tensor?

    init(_ size: Int, _ hop: Int?, _ windowLength: Int?, _ window: Tensor?) {
      self.size = size
      self.hop = hop ?? size / 4
      self.windowLength = windowLength ?? size
      self.window = window
    }

    func check() throws {
      guard hop > 0 else { throw TorchError(.value, "hop_length must be positive, got \(hop)") }
      guard windowLength > 0, windowLength <= size else {
        throw TorchError(.value, "win_length must be from 1 to n_fft (\(size)), got \(windowLength)")
      }
      if let window, window.rank != 1 || window.impl.sizes[0] != windowLength {
        throw TorchError(.shape, "window must have the \(windowLength) elements of win_length, got \(window.summary)")
      }
    }

    /// The window with zeros around it up to the transform's size; nil where it is all ones.
    func padded(_ dtype: DType, _ device: Device) throws -> Tensor? {
      if windowLength == size { return window }
      let left = (size - windowLength) / 2
      let inner = window ?? Tensor.ones([windowLength], dtype: dtype, device: device)
      return inner.constantPad([left, size - windowLength - left])
    }
  }

  private static func forward(
    _ x: Tensor, _ frames: Frames, _ normalized: Bool, _ onesided: Bool?, _ complex: Bool?, aligned: Bool
  ) throws -> Tensor {
    let isComplex = x.dtype.isComplex || frames.window?.dtype.isComplex == true
    guard isComplex || complex != nil else {
      throw TorchError(.value, "return_complex must be given for real signals")
    }
    guard x.dtype.isDifferentiable else { throw TorchError(.dtype, "expected floating-point or complex elements, got \(x.dtype)") }
    guard x.rank == 1 || x.rank == 2 else { throw TorchError(.shape, "expected a signal or a batch of them, got \(x.summary)") }
    var signal = x.rank == 1 ? x.unsqueeze(0) : x
    let length = signal.impl.sizes[1]
    guard frames.size > 0, frames.size <= length else {
      throw TorchError(.value, "n_fft must be from 1 to the signal's length (\(length)), got \(frames.size)")
    }
    try frames.check()
    if aligned {
      let count = 1 + (length - frames.windowLength) / frames.hop
      let start = (frames.size - frames.windowLength) / 2
      let end = (count - 1) * frames.hop + frames.size - length - start
      signal = signal.constantPad([start, end])
    }
    var windows = signal.unfold(1, size: frames.size, step: frames.hop)
    if let window = try frames.padded(x.dtype, x.device) { windows = windows * window }
    let mode = normalized ? FFTNorm.byRootOfCount : .none
    let spectrum: Tensor
    if windows.dtype.isComplex {
      if onesided == true { throw TorchError(.value, "a complex signal or window has no one-sided spectrum") }
      spectrum = try FFTPrimitives.c2c.callThrowing(windows, [2], mode.rawValue, true)
    } else {
      spectrum = try FFTPrimitives.r2c.callThrowing(windows, [2], mode.rawValue, onesided ?? true)
    }
    var out = spectrum.transpose(1, 2)
    if x.rank == 1 { out = out.squeeze(0) }
    return complex ?? isComplex ? out : parts(out)
  }

  /// Real and imaginary parts in a last dimension.
  private static func parts(_ z: Tensor) -> Tensor {
    let real = z.dtype.realType
    return stack([z.to(real), (z * Tensor(scalar: .complex(0, -1))).to(real)], dim: -1)
  }

  // MARK: Back

  package typealias InverseOp = Op<Tensor, Int, Int?, Int?, Tensor?, Bool, Bool, Bool?, Int?, Bool, Tensor>
  package static let istft = InverseOp.composite(
    "aten::istft(Tensor self, int n_fft, int? hop_length=None, int? win_length=None, Tensor? window=None, bool center=True, bool normalized=False, bool? onesided=None, int? length=None, bool return_complex=False) -> Tensor",
    samples: { s in
      [
        Sample(
          .tensor(s.tensor([2, 5, 4], dtype: s.dtype.complexType)), 8.box(), .none, .none,
          .tensor(s.tensor([8], low: 0.5, high: 1.5, dtype: s.dtype.complexType.realType)), true.box(), true.box(), .none, 5.box(), false.box())
      ]
    }
  ) { x, size, hop, windowLength, window, center, normalized, onesided, length, complex in
    let frames = Frames(size, hop, windowLength, window)
    try checkInverse(x, frames, onesided)
    let spectrum = (x.rank == 2 ? x.unsqueeze(0) : x).transpose(1, 2)
    let isOnesided = onesided ?? (x.impl.sizes[x.rank - 2] != size)
    let windows = try signals(spectrum, frames, normalized ? .byRootOfCount : .byCount, isOnesided, complex)
    let count = windows.impl.sizes[1]
    let whole = size + frames.hop * (count - 1)
    let real = x.dtype.realType
    let taper = try frames.padded(real, x.device) ?? Tensor.ones([size], dtype: real, device: x.device)
    var signal = try OverlapAdd.op.callThrowing(windows * taper, [windows.impl.sizes[0], whole], 1, size, frames.hop)
    let weights = (taper * taper).expand([1, count, size])
    var envelope = try OverlapAdd.op.callThrowing(weights, [1, whole], 1, size, frames.hop)
    let start = center ? size / 2 : 0
    let end = try length.map { length in
      let (end, overflow) = start.addingReportingOverflow(length)
      guard length >= 0, !overflow else { throw TorchError(.value, "length must not be negative, got \(length)") }
      return end
    } ?? (center ? whole - size / 2 : whole)
    signal = signal.slice(1, from: start, to: end)
    envelope = envelope.slice(1, from: start, to: end)
    try checkEnvelope(envelope)
    signal = signal / envelope
    if x.rank == 2 { signal = signal.squeeze(0) }
    return end > whole ? signal.constantPad([0, end - whole]) : signal
  }

  private static func checkInverse(_ x: Tensor, _ frames: Frames, _ onesided: Bool?) throws {
    guard x.dtype.isComplex else { throw TorchError(.dtype, "expected a complex spectrum, as stft returns, got \(x.dtype)") }
    guard x.rank == 2 || x.rank == 3 else { throw TorchError(.shape, "expected a spectrum or a batch of them, got \(x.summary)") }
    guard x.count > 0 else { throw TorchError(.shape, "the spectrum has no elements") }
    let places = x.impl.sizes[x.rank - 2]
    let half = onesided ?? (places != frames.size)
    let expected = half ? frames.size / 2 + 1 : frames.size
    guard frames.size > 0, places == expected else {
      throw TorchError(.shape, "a spectrum of n_fft \(frames.size) has \(expected) frequencies, but self has \(places)")
    }
    try frames.check()
    guard frames.hop <= frames.windowLength else {
      throw TorchError(.value, "hop_length must be from 1 to win_length (\(frames.windowLength)), got \(frames.hop)")
    }
  }

  /// The signals of the spectra in the last dimension.
  private static func signals(
    _ spectrum: Tensor, _ frames: Frames, _ mode: FFTNorm, _ isOnesided: Bool, _ complex: Bool
  ) throws -> Tensor {
    if complex {
      if isOnesided { throw TorchError(.value, "a complex signal or window has no one-sided spectrum") }
      return try FFTPrimitives.c2c.callThrowing(spectrum, [2], mode.rawValue, false)
    }
    if frames.window?.dtype.isComplex == true { throw TorchError(.value, "a complex window needs return_complex=True") }
    let half = isOnesided ? spectrum : spectrum.slice(-1, from: 0, to: frames.size / 2 + 1)
    return try FFTPrimitives.c2r.callThrowing(half, [2], mode.rawValue, frames.size)
  }

  /// The windows' squares must cover every element of the result.
  private static func checkEnvelope(_ envelope: Tensor) throws {
    guard envelope.isCPU, envelope.count > 0 else { return }
    let lowest = noGrad {
      let sums = envelope.detach()
      let squares = sums.dtype.isComplex ? (sums * sums.conj()).to(sums.dtype.realType) : sums * sums
      return squares.min().item().doubleValue.squareRoot()
    }
    guard lowest >= 1e-11 else {
      throw TorchError(.value, "the windows leave elements uncovered: their overlapping squares add up to as little as \(lowest)")
    }
  }

  package static let table: [AnyOp] = [stft.erased, centered.erased, istft.erased]
}

extension Tensor {
  /// The spectra of windows that slide over this signal (length) or batch of signals (batch, length): (batch, frequencies, windows).
  /// `torch.stft`.
  /// - Parameters:
  ///   - nFFT: points of each transform.
  ///   - hopLength: distance of the windows, nFFT / 4 when omitted.
  ///   - winLength: length of the window, which stands in the middle of the transform's points; nFFT when omitted.
  ///   - window: a factor for each point; ones when omitted.
  ///   - center: puts window t around point t * hopLength, with the signal padded by `padMode` at both ends.
  ///   - normalized: divides by the root of nFFT.
  ///   - onesided: half spectra; the default for real signals.
  ///   - returnComplex: false gives real and imaginary parts in a last dimension.
  public func stft(
    _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
    padMode: PaddingMode = .reflect, normalized: Bool = false, onesided: Bool? = nil, returnComplex: Bool = true
  ) -> Tensor {
    STFTOps.centered(
      self, nFFT, hopLength, winLength, window, center, padMode.rawValue, normalized, onesided, returnComplex, Bool?.none)
  }

  /// The signal whose `stft` with the same arguments this is: (batch, length). `torch.istft`.
  /// - Parameters:
  ///   - length: of the result; what the windows cover when omitted.
  ///   - returnComplex: for complex signals, whose spectra are not one-sided.
  public func istft(
    _ nFFT: Int, hopLength: Int? = nil, winLength: Int? = nil, window: Tensor? = nil, center: Bool = true,
    normalized: Bool = false, onesided: Bool? = nil, length: Int? = nil, returnComplex: Bool = false
  ) -> Tensor {
    STFTOps.istft(self, nFFT, hopLength, winLength, window, center, normalized, onesided, length, returnComplex)
  }
}
