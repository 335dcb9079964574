import TorchCore

/// How ``linearCrossEntropy(_:_:_:linearBias:weight:ignoreIndex:reduction:labelSmoothing:options:)`` works through its rows: some
/// at a time, whose logits are dropped and computed again in the backward, so that memory holds the logits of those alone.
/// `torch.nn.LinearCrossEntropyOptions`.
public struct LinearCrossEntropyOptions: Sendable, Equatable, CustomStringConvertible {
  /// How many rows are taken at a time.
  public enum Chunking: Sendable, Equatable {
    /// So many that their logits take about as much memory as the whole input, divided by the number; a power of two before that.
    case aspectRatio(Int = 1)
    /// The number itself.
    case rows(Int)
    /// `aspectRatio(1)` for types of half precision, `aspectRatio(2)` for others.
    case automatic
  }

  public var chunking: Chunking
  /// The type of logits, losses and their sum. Where nil, float32 for types of half precision and the input's type for others.
  public var accumulationType: DType?

  public init(chunking: Chunking = .automatic, accumulationType: DType? = nil) {
    self.chunking = chunking
    self.accumulationType = accumulationType
  }

  /// In Python's spelling.
  public var description: String {
    let (rows, method) =
      switch chunking {
      case .rows(let rows): ("\(rows)", "None")
      case .aspectRatio(let divisor): ("None", divisor == 1 ? "'aspect_ratio'" : "'aspect_ratio:\(divisor)'")
      case .automatic: ("None", "'auto'")
      }
    let type = accumulationType.map { "torch.\($0)" } ?? "None"
    return "LinearCrossEntropyOptions(batch_chunk_size=\(rows), chunking_method=\(method), acc_dtype=\(type))"
  }

  /// The number of rows taken at a time.
  func rows(of count: Int, inFeatures: Int, classes: Int, _ dtype: DType) throws -> Int {
    let divisor: Int
    switch chunking {
    case .rows(let rows):
      guard rows > 0 else { throw TorchError(.value, "options: expected a positive number of rows, got \(rows)") }
      return Swift.min(rows, Swift.max(count, 1))
    case .aspectRatio(let given):
      guard given > 0 else { throw TorchError(.value, "options: expected a positive divisor, got \(given)") }
      divisor = given
    case .automatic: divisor = dtype.isHalf ? 1 : 2
    }
    func quotient(_ a: Int, _ b: Int) -> Int { (a + b - 1) / b }
    let target = quotient(count, Swift.max(quotient(classes, Swift.max(inFeatures, 1)), 1))
    var power = 1
    while power < target { power *= 2 }
    return Swift.max(Swift.min(power / divisor, count), 1)
  }

  /// The type to compute in.
  func type(for dtype: DType) throws -> DType {
    guard let accumulationType else { return dtype.isHalf ? .float32 : dtype }
    guard accumulationType == dtype || (dtype.isHalf && accumulationType == .float32) else {
      throw TorchError(
        .dtype,
        "options: \(dtype) is accumulated in \(dtype.isHalf ? "float32 or " : "")\(dtype), not in \(accumulationType)")
    }
    return accumulationType
  }
}

extension DType {
  fileprivate var isHalf: Bool { isFloatingPoint && byteCount == 2 }
}

/// The judged sizes of a linear layer with a cross entropy.
private struct LinearCrossEntropy {
  let inFeatures: Int
  let classes: Int
  let outFeatures: [Int]
  let logitSizes: [Int]
  let takesProbabilities: Bool

  init(_ input: Tensor, _ linearWeight: Tensor, _ target: Tensor, _ bias: Tensor?, ignoreIndex: Int?) throws {
    guard input.rank == 1 || input.rank == 2 else {
      throw TorchError(.shape, "expected an input of sizes (features) or (N, features), got \(input.summary)")
    }
    guard linearWeight.rank >= 2 else {
      throw TorchError(.shape, "expected linearWeight of sizes (classes, ..., features), got \(linearWeight.summary)")
    }
    inFeatures = input.shape[input.rank - 1]
    guard linearWeight.shape[linearWeight.rank - 1] == inFeatures else {
      throw TorchError(
        .shape, "the last dimensions of input and linearWeight must be equal, got \(input.summary) and \(linearWeight.summary)")
    }
    classes = linearWeight.shape[0]
    outFeatures = Array(linearWeight.shape.dropFirst().dropLast())
    if let bias, bias.isDefined, bias.shape != [classes] + outFeatures {
      throw TorchError(.shape, "linearBias must have sizes \([classes] + outFeatures), got \(bias.summary)")
    }
    guard outFeatures.isEmpty || input.rank == 2 else {
      throw TorchError(
        .shape,
        "a linearWeight of sizes \(linearWeight.shape) needs an input (N, \(inFeatures)), got \(input.summary)")
    }
    logitSizes = input.shape.dropLast() + [classes] + outFeatures
    takesProbabilities = target.shape == logitSizes
    guard !takesProbabilities || ignoreIndex == nil else {
      throw TorchError(.value, "ignoreIndex is for targets that are classes, but these are probabilities: \(target.summary)")
    }
  }
}

/// The cross entropy between the results of a linear layer and targets. `torch.nn.functional.linear_cross_entropy`.
/// - Parameters:
///   - input: sizes (N, features), or (features) for one sample.
///   - linearWeight: sizes (classes, features), or (classes, d1, ..., features) for targets of several dimensions.
///   - target: classes of sizes (N, d1, ...), or probabilities (N, classes, d1, ...).
///   - linearBias: sizes (classes, d1, ...).
///   - weight: one factor for each class. The mean then divides by the sum of the targets' weights.
///   - ignoreIndex: targets of this value contribute nothing; -100 when nil. Not for probabilities.
///   - labelSmoothing: the share of each target, in 0...1, that is spread over all classes.
///   - options: how to work with the logits of some rows at a time; for classes and a weight of two dimensions, otherwise unused.
///     When nil all logits are kept.
public func linearCrossEntropy(
  _ input: Tensor, _ linearWeight: Tensor, _ target: Tensor, linearBias: Tensor? = nil, weight: Tensor? = nil,
  ignoreIndex: Int? = nil, reduction: Reduction = .mean, labelSmoothing: Double = 0, options: LinearCrossEntropyOptions? = nil
) -> Tensor {
  checked(.poison(), "linearCrossEntropy") {
    guard input.isDefined, linearWeight.isDefined, target.isDefined else { return .poison() }
    let sizes = try LinearCrossEntropy(input, linearWeight, target, linearBias, ignoreIndex: ignoreIndex)
    func loss(_ logits: Tensor, _ target: Tensor, _ weight: Tensor?, _ reduction: Reduction) -> Tensor {
      crossEntropy(
        logits, target, weight: weight, ignoreIndex: ignoreIndex ?? -100, reduction: reduction, labelSmoothing: labelSmoothing)
    }
    if let options, sizes.outFeatures.isEmpty, !sizes.takesProbabilities, target.dtype.isInteger {
      return try inChunks(
        input, linearWeight, target, linearBias, weight, sizes.inFeatures, sizes.classes, ignoreIndex ?? -100, reduction, options,
        loss)
    }
    let flat = [sizes.outFeatures.reduce(sizes.classes, *)]
    let logits = linear(input, linearWeight.reshape(flat + [sizes.inFeatures]), linearBias?.reshape(flat))
    return loss(logits.reshape(sizes.logitSizes), target, weight, reduction)
  }
}

private func inChunks(
  _ input: Tensor, _ linearWeight: Tensor, _ target: Tensor, _ linearBias: Tensor?, _ weight: Tensor?, _ inFeatures: Int,
  _ classes: Int, _ ignoreIndex: Int, _ reduction: Reduction, _ options: LinearCrossEntropyOptions,
  _ loss: @escaping (Tensor, Tensor, Tensor?, Reduction) -> Tensor
) throws -> Tensor {
  let single = input.rank == 1
  guard target.shape == (single ? [] : [input.shape[0]]) else {
    throw TorchError(
      .shape,
      "for an input of sizes \(input.shape) the targets must have sizes \(Array(input.shape.dropLast())), got \(target.summary)")
  }
  let (rows, targets) = single ? (input.unsqueeze(0), target.reshape([1])) : (input, target)
  let type = try options.type(for: input.dtype)
  let step = try options.rows(of: rows.shape[0], inFeatures: inFeatures, classes: classes, input.dtype)
  let factors = weight?.to(type)
  var parts: [Tensor] = []
  for start in stride(from: 0, to: rows.shape[0], by: step) {
    let count = Swift.min(step, rows.shape[0] - start)
    let (some, theirs) = (rows.narrow(0, start, count), targets.narrow(0, start, count))
    parts.append(
      checkpoint(preservesRNG: false) {
        let logits = linear(some.to(type), linearWeight.to(type), linearBias?.to(type))
        return loss(logits, theirs, factors, reduction == .none ? .none : .sum)
      })
  }
  if reduction == .none {
    let all = parts.isEmpty ? Tensor.zeros([0], dtype: type) : cat(parts, dim: 0)
    return (single ? all.squeeze(0) : all).to(input.dtype)
  }
  var sum = parts.dropFirst().reduce(parts.first ?? Tensor.zeros([], dtype: type)) { $0 + $1 }
  if reduction == .mean {
    let counted = noGrad { targets .!= Tensor(ignoreIndex) }
    var weights = counted.to(type)
    if let factors { weights = weights * factors.indexSelect(0, targets.maskedFill(counted.logicalNot(), 0)) }
    sum = sum / weights.sum()
  }
  return sum.to(input.dtype)
}
