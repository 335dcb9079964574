import TorchOps

extension DataLoader {
  /// Batches that the data set makes itself.
  /// - Parameters:
  ///   - shuffle: a new random order in every epoch.
  ///   - sampler: chooses and orders the samples, instead of `shuffle`.
  ///   - dropLast: leaves out a last batch that is not full.
  ///   - workers: the number of threads that make batches; 0 makes them where they are asked for.
  ///   - generator: where seeds and orders are drawn from; the default generator when nil.
  public convenience init<D: BatchDataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, options: LoaderOptions = .init(), generator: TorchCore.Generator? = nil
  ) where D.Batch == Batch {
    let batches = BatchSampler(order(sampler, dataset.count, shuffle), batchSize: batchSize, dropLast: dropLast)
    self.init(
      .whole(dataset, batches), batchSize: batches.batchSize, dropLast: dropLast, workers: workers, options: options,
      generator: generator)
  }

  /// Batches that `collate` makes of samples; see the first initialiser for the options.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, options: LoaderOptions = .init(), generator: TorchCore.Generator? = nil,
    collate: @escaping @Sendable ([D.Sample]) throws -> Batch
  ) {
    let batches = BatchSampler(order(sampler, dataset.count, shuffle), batchSize: batchSize, dropLast: dropLast)
    self.init(
      .collated(dataset, batches, collate), batchSize: batches.batchSize, dropLast: dropLast, workers: workers, options: options,
      generator: generator)
  }

  /// Batches of tensors, numbers, strings, arrays and dictionaries of these (``Collatable``); see the first initialiser
  /// for the options.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, options: LoaderOptions = .init(), generator: TorchCore.Generator? = nil
  ) where D.Sample: Collatable, Batch == D.Sample.Collated {
    self.init(
      dataset, batchSize: batchSize, shuffle: shuffle, sampler: sampler, dropLast: dropLast, workers: workers, options: options,
      generator: generator, collate: { try D.Sample.collate($0) })
  }

  /// Batches of tuples, each a tuple of batches; see the initialiser before.
  @_disfavoredOverload
  public convenience init<D: Dataset, A: Collatable, B: Collatable, each S: Collatable>(
    _ dataset: D, batchSize: Int = 1, shuffle: Bool = false, sampler: (any Sampler)? = nil, dropLast: Bool = false,
    workers: Int = 0, options: LoaderOptions = .init(), generator: TorchCore.Generator? = nil
  ) where D.Sample == (A, B, repeat each S), Batch == (A.Collated, B.Collated, repeat (each S).Collated) {
    self.init(
      dataset, batchSize: batchSize, shuffle: shuffle, sampler: sampler, dropLast: dropLast, workers: workers, options: options,
      generator: generator, collate: { try Collation.collate($0) })
  }

  /// Batches whose samples `batchSampler` chooses; made by the data set itself.
  public convenience init<D: BatchDataset>(
    _ dataset: D, batchSampler: any BatchSampling, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil
  ) where D.Batch == Batch {
    self.init(
      .whole(dataset, batchSampler), batchSize: nil, dropLast: false, workers: workers, options: options, generator: generator)
  }

  /// Batches whose samples `batchSampler` chooses, made by `collate`.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSampler: any BatchSampling, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil, collate: @escaping @Sendable ([D.Sample]) throws -> Batch
  ) {
    self.init(
      .collated(dataset, batchSampler, collate), batchSize: nil, dropLast: false, workers: workers, options: options,
      generator: generator)
  }

  /// Batches whose samples `batchSampler` chooses, of tensors, numbers, strings, arrays and dictionaries of these.
  @_disfavoredOverload
  public convenience init<D: Dataset>(
    _ dataset: D, batchSampler: any BatchSampling, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil
  ) where D.Sample: Collatable, Batch == D.Sample.Collated {
    self.init(
      dataset, batchSampler: batchSampler, workers: workers, options: options, generator: generator,
      collate: { try D.Sample.collate($0) })
  }

  /// Batches of tuples, each a tuple of batches; see the initialiser before.
  @_disfavoredOverload
  public convenience init<D: Dataset, A: Collatable, B: Collatable, each S: Collatable>(
    _ dataset: D, batchSampler: any BatchSampling, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil
  ) where D.Sample == (A, B, repeat each S), Batch == (A.Collated, B.Collated, repeat (each S).Collated) {
    self.init(
      dataset, batchSampler: batchSampler, workers: workers, options: options, generator: generator,
      collate: { try Collation.collate($0) })
  }

  /// Single samples as they are, made on the workers. `DataLoader(batch_size=None)`.
  public convenience init<D: Dataset>(
    unbatched dataset: D, shuffle: Bool = false, sampler: (any Sampler)? = nil, workers: Int = 0, options: LoaderOptions = .init(),
    generator: TorchCore.Generator? = nil
  ) where D.Sample == Batch {
    let single = BatchSampler(order(sampler, dataset.count, shuffle), batchSize: 1)
    self.init(
      .collated(dataset, single) { $0[0] }, batchSize: nil, dropLast: false, workers: workers, options: options,
      generator: generator)
  }
}

private func order(_ given: (any Sampler)?, _ count: Int, _ shuffle: Bool) -> any Sampler {
  if let given { return given }
  return shuffle ? RandomSampler(population: count) : SequentialSampler(count: count)
}

extension BatchSource {
  private static func samples(
    of batches: any BatchSampling, count: Int,
    make: @escaping @Sendable (_ indices: [Int], _ number: Int, _ plan: EpochPlan, _ firstPlace: Int, Generator) throws -> Batch
  ) -> BatchSource {
    BatchSource(
      sampleCount: count, count: batches.count, randomness: batches.randomness,
      batches: { rng, epoch in batches.batches(rng: rng, epoch: epoch) },
      begin: { plan in
        let all = plan.batches ?? []
        // Where each batch's samples stand in the epoch.
        var place = 0
        let places = all.map { batch in
          defer { place += batch.count }
          return place
        }
        return { number, rng in
          MadeBatch(
            number: number,
            // Op errors become thrown errors, on whatever thread they happen.
            result: Result { try noGrad { try withTorchErrors { try make(all[number], number, plan, places[number], rng) } } })
        }
      })
  }

  /// Batches that the data set makes.
  static func whole<D: BatchDataset>(_ dataset: D, _ batches: any BatchSampling) -> BatchSource where D.Batch == Batch {
    samples(of: batches, count: dataset.count) { indices, number, plan, _, rng in
      rng.manualSeed(plan.seed(place: number))
      do { return try dataset.batch(indices: indices, rng: rng) } catch {
        throw located(error, "batch \(number) (samples \(listed(indices)))")
      }
    }
  }

  /// Batches collated of samples.
  static func collated<D: Dataset>(
    _ dataset: D, _ batches: any BatchSampling, _ collate: @escaping @Sendable ([D.Sample]) throws -> Batch
  ) -> BatchSource {
    samples(of: batches, count: dataset.count) { indices, number, plan, firstPlace, rng in
      var samples: [D.Sample] = []
      samples.reserveCapacity(indices.count)
      for (i, index) in indices.enumerated() {
        rng.manualSeed(plan.seed(place: firstPlace + i))
        // The scope makes op errors of this sample carry its index.
        do { samples.append(try withTorchErrors { try dataset.sample(at: index, rng: rng) }) } catch {
          throw located(error, "sample \(index)")
        }
      }
      do { return try collate(samples) } catch { throw located(error, "batch \(number) (samples \(listed(indices)))") }
    }
  }
}

/// The error, saying where in the data it happened.
func located(_ error: any Error, _ place: String) -> TorchError {
  guard let error = error as? TorchError else { return TorchError(.io, "\(place): \(error)") }
  // The parts, not the description: that would look up the call site of every error.
  let op = error.op.isEmpty ? "" : "\(error.op): "
  let arguments = error.arguments.isEmpty ? "" : "\n  \(error.arguments)"
  return TorchError(error.kind, "\(place): \(op)\(error.message)\(arguments)")
}

private func listed(_ indices: [Int]) -> String {
  indices.prefix(8).map(String.init).joined(separator: ", ") + (indices.count > 8 ? ", …" : "")
}
