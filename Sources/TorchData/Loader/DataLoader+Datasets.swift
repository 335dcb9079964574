import TorchOps

extension DataLoader {
  /// Batches that the data set makes itself.
  /// - Parameters:
  ///   - shuffle: a new random order in every epoch.
  ///   - sampler: chooses and orders the samples, instead of `shuffle`.
  ///   - dropLast: leaves out a last batch that is not full.
  ///   - workers: the number of threads that make batches; 0 makes them where they are asked for.
  ///   - prefetch: the number of batches that each worker may be ahead.
  ///   - generator: where seeds and orders are drawn from; the default generator when nil.
  public convenience init<D: BatchDataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, prefetch: Int = 2, generator: TorchCore.Generator? = nil
  ) where D.Batch == Batch {
    self.init(
      defaultSampler(sampler, dataset.count, shuffle), batchSize, dropLast, workers, prefetch, generator
    ) { request, rng in
      rng.manualSeed(EpochPlan.seed(request.baseSeed, epoch: request.epoch, place: request.number))
      do {
        return try dataset.batch(indices: request.indices, rng: rng)
      } catch {
        throw located(error, "batch \(request.number) (samples \(listed(request.indices)))")
      }
    }
  }

  /// Batches that `collate` makes of samples; see the other initialiser for the options.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, prefetch: Int = 2, generator: TorchCore.Generator? = nil, collate: @escaping @Sendable ([D.Sample]) throws -> Batch
  ) {
    self.init(
      defaultSampler(sampler, dataset.count, shuffle), batchSize, dropLast, workers, prefetch, generator
    ) { request, rng in
      var samples: [D.Sample] = []
      samples.reserveCapacity(request.indices.count)
      for (i, index) in request.indices.enumerated() {
        rng.manualSeed(EpochPlan.seed(request.baseSeed, epoch: request.epoch, place: request.firstPlace + i))
        do {
          // The scope makes op errors of this sample carry its index.
          samples.append(try withTorchErrors { try dataset.sample(at: index, rng: rng) })
        } catch {
          throw located(error, "sample \(index)")
        }
      }
      return try collate(samples)
    }
  }
}

extension DataLoader where Batch == [Tensor] {
  /// Batches of stacked tensors; see the first initialiser for the options.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, prefetch: Int = 2, generator: TorchCore.Generator? = nil
  ) where D.Sample == [Tensor] {
    self.init(
      dataset, batchSize: batchSize, shuffle: shuffle, sampler: sampler, dropLast: dropLast, workers: workers, prefetch: prefetch,
      generator: generator, collate: { try Collation.stack($0) })
  }
}

extension DataLoader where Batch == (Tensor, Tensor) {
  /// Batches of inputs and targets; see the first initialiser for the options.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, prefetch: Int = 2, generator: TorchCore.Generator? = nil
  ) where D.Sample == (Tensor, Tensor) {
    self.init(
      dataset, batchSize: batchSize, shuffle: shuffle, sampler: sampler, dropLast: dropLast, workers: workers, prefetch: prefetch,
      generator: generator, collate: { try Collation.stack($0) })
  }

  /// Batches of inputs and class numbers; see the first initialiser for the options.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, prefetch: Int = 2, generator: TorchCore.Generator? = nil
  ) where D.Sample == (Tensor, Int) {
    self.init(
      dataset, batchSize: batchSize, shuffle: shuffle, sampler: sampler, dropLast: dropLast, workers: workers, prefetch: prefetch,
      generator: generator, collate: { try Collation.stack($0) })
  }
}

private func defaultSampler(_ given: (any Sampler)?, _ count: Int, _ shuffle: Bool) -> any Sampler {
  if let given { return given }
  return shuffle ? RandomSampler(population: count) : SequentialSampler(count: count)
}

private func located(_ error: any Error, _ place: String) -> TorchError {
  guard let error = error as? TorchError else { return TorchError(.io, "\(place): \(error)") }
  // The parts, not the description: that would look up the call site of every error.
  let op = error.op.isEmpty ? "" : "\(error.op): "
  let arguments = error.arguments.isEmpty ? "" : "\n  \(error.arguments)"
  return TorchError(error.kind, "\(place): \(op)\(error.message)\(arguments)")
}

private func listed(_ indices: [Int]) -> String {
  indices.prefix(8).map(String.init).joined(separator: ", ") + (indices.count > 8 ? ", …" : "")
}
