import ArgumentParser
import TorchReport
import TorchVision

/// The kinds of networks that can be trained.
enum ModelKind: String, CaseIterable, ExpressibleByArgument {
  case mlp, cnn, resnet

  /// The share of dropped activations where none is given.
  var defaultDropout: Double {
    switch self {
    case .mlp: 0.2
    case .cnn: 0.25
    case .resnet: 0
    }
  }
}

/// The optimizers.
enum OptimizerKind: String, CaseIterable, ExpressibleByArgument {
  case sgd, adam, adamw

  /// The learning rate (its peak, with a one-cycle schedule) where none is given.
  var defaultLearningRate: Double { self == .sgd ? 0.1 : 0.003 }
  /// The weight decay where none is given.
  var defaultWeightDecay: Double {
    switch self {
    case .sgd: 5e-4
    case .adam: 0
    case .adamw: 0.05
    }
  }
}

/// How the learning rate changes from step to step.
enum ScheduleKind: String, CaseIterable, ExpressibleByArgument {
  case onecycle, cosine, none
}

/// All settings of a training run, as they are kept in its `config.json`.
struct RunConfiguration: Equatable {
  var data: String
  var model = ModelKind.cnn
  var epochs = 7
  var batchSize = 128
  var optimizer = OptimizerKind.adamw
  var learningRate = OptimizerKind.adamw.defaultLearningRate
  var schedule = ScheduleKind.onecycle
  var weightDecay = OptimizerKind.adamw.defaultWeightDecay
  var dropout = ModelKind.cnn.defaultDropout
  var seed = 0
  var threads = 1
  var workers = 1
  var checkpointEvery = 200
  var limit: Int?
  var augment = true

  /// The settings in the order of the file, as JSON.
  var json: JSONValue {
    .object(
      [
        ("data", .string(data)), ("model", .string(model.rawValue)), ("epochs", .int(epochs)), ("batchSize", .int(batchSize)),
        ("optimizer", .string(optimizer.rawValue)), ("learningRate", .double(learningRate)),
        ("schedule", .string(schedule.rawValue)), ("weightDecay", .double(weightDecay)), ("dropout", .double(dropout)),
        ("seed", .int(seed)), ("threads", .int(threads)), ("workers", .int(workers)),
        ("checkpointEvery", .int(checkpointEvery)), ("limit", limit.map { .int($0) } ?? .null), ("augment", .bool(augment)),
      ].map { JSONValue.Member($0.0, $0.1) })
  }

  /// Settings read back; throws ``CommandFailure`` naming `path` and the setting that is missing or impossible.
  init(_ json: JSONValue, path: String) throws {
    func required<T>(_ key: String, _ convert: (JSONValue) -> T?) throws -> T {
      guard let value = json[key], let result = convert(value) else {
        throw CommandFailure("\(path): \"\(key)\" is \(json[key]?.text ?? "missing"); this is not the configuration of a training run")
      }
      return result
    }
    func choice<T: RawRepresentable<String>>(_ key: String, _: T.Type) throws -> T {
      try required(key) { $0.stringValue.flatMap(T.init(rawValue:)) }
    }
    data = try required("data", \.stringValue)
    model = try choice("model", ModelKind.self)
    epochs = try required("epochs", \.intValue)
    batchSize = try required("batchSize", \.intValue)
    optimizer = try choice("optimizer", OptimizerKind.self)
    learningRate = try required("learningRate", \.doubleValue)
    schedule = try choice("schedule", ScheduleKind.self)
    weightDecay = try required("weightDecay", \.doubleValue)
    dropout = try required("dropout", \.doubleValue)
    seed = try required("seed", \.intValue)
    threads = try required("threads", \.intValue)
    workers = try required("workers", \.intValue)
    checkpointEvery = try required("checkpointEvery", \.intValue)
    limit = try required("limit") { $0 == .null ? .some(nil) : $0.intValue.map(Optional.some) }
    augment = try required("augment", \.boolValue)
    try validate { "\(path): \"\($0.key)\" is \($1)" }
  }

  init(data: String) { self.data = data }

  /// The name of a setting in the file and on the command line.
  typealias Name = (key: String, option: String)

  /// Checks that every setting is possible; `name` words the beginning of the message from a setting and its value.
  func validate(_ name: (Name, String) -> String) throws {
    func check(_ isGood: Bool, _ key: String, _ option: String, _ value: String, _ expected: String) throws {
      if !isGood { throw CommandFailure.usage(name((key, option), value) + "; expected \(expected)") }
    }
    try check((1...1_000_000).contains(epochs), "epochs", "--epochs", "\(epochs)", "1 or more")
    try check((1...1_000_000).contains(batchSize), "batchSize", "--batch-size", "\(batchSize)", "1 to 1000000")
    try check(
      learningRate.isFinite && learningRate > 0, "learningRate", "--lr", "\(learningRate)", "a finite number above 0")
    try check(
      weightDecay.isFinite && weightDecay >= 0, "weightDecay", "--weight-decay", "\(weightDecay)", "a finite number, 0 or more")
    try check(dropout >= 0 && dropout < 1, "dropout", "--dropout", "\(dropout)", "at least 0 and below 1")
    try check(seed >= 0, "seed", "--seed", "\(seed)", "0 or more")
    try check((1...1024).contains(threads), "threads", "--threads", "\(threads)", "1 to 1024")
    try check((0...256).contains(workers), "workers", "--workers", "\(workers)", "0 to 256")
    try check(checkpointEvery >= 1, "checkpointEvery", "--checkpoint-every", "\(checkpointEvery)", "1 or more")
    try check(limit ?? 1 >= 1, "limit", "--limit", "\(limit ?? 1)", "1 or more")
  }

  /// The settings that decide the result and differ from those of another run.
  func differences(from other: RunConfiguration) -> [(key: String, mine: String, others: String)] {
    guard case .object(let members) = json else { return [] }
    let free = ["data", "workers", "checkpointEvery"]
    return members.filter { !free.contains($0.key) }.compactMap { member in
      let theirs = other.json[member.key] ?? .null
      return theirs == member.value ? nil : (member.key, member.value.text, theirs.text)
    }
  }
}
