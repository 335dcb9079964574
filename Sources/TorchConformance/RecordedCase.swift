import TorchOps
import TorchReport

/// A record of the data set: a call of operators, a module, an optimizer or a scheduler.
public enum RecordedCase {
  case call(Record)
  case module(ModuleRecord)
  case optimizer(OptimizerRecord)
  case scheduler(SchedulerRecord)

  init(_ json: JSONValue) throws {
    if json["module"] != nil {
      self = .module(try ModuleRecord(json))
    } else if json["optimizer"] != nil {
      self = .optimizer(try OptimizerRecord(json))
    } else if json["scheduler"] != nil {
      self = .scheduler(try SchedulerRecord(json))
    } else {
      self = .call(try Record(json))
    }
  }

  public var id: String {
    switch self {
    case .call(let record): record.id
    case .module(let record): record.id
    case .optimizer(let record): record.id
    case .scheduler(let record): record.id
    }
  }

  /// `sample`, `error`, `train`, `gradients`, ...
  public var kind: String {
    switch self {
    case .call(let record): record.kind
    case .module(let record): record.kind
    case .optimizer(let record): record.kind
    case .scheduler: "scheduler"
    }
  }

  public var dtype: String {
    switch self {
    case .call(let record): record.dtype
    case .module(let record): record.dtype
    case .optimizer(let record): record.dtype
    case .scheduler: ""
    }
  }

  /// What is replayed: overloads of operators, or the name of the module or optimizer.
  public var names: [String] {
    switch self {
    case .call(let record): record.overloads
    case .module(let record): ["nn." + record.module]
    case .optimizer(let record): ["optim." + record.optimizer]
    case .scheduler(let record): ["optim.lr_scheduler." + record.scheduler]
    }
  }
}

/// How the replay of a record ended.
public enum Outcome: Equatable, Sendable {
  case passed
  /// What differed, in words.
  case failed(String)
  /// Overloads, modules or optimizers that this framework lacks.
  case missing([String])
}

extension Outcome {
  /// Runs a replay that says what differs first.
  static func of(_ body: () throws -> String?) -> Outcome {
    // The records were made with this seed; random results are compared by sizes and dtypes only.
    manualSeed(0)
    do {
      guard let difference = try withTorchErrors({ try body() }) else { return .passed }
      return .failed(difference)
    } catch let missing as Missing {
      return .missing([missing.name])
    } catch let error as TorchError {
      return .failed("\(error.op.isEmpty ? "" : error.op + ": ")\(error.message)")
    } catch {
      return .failed("\(error)")
    }
  }
}

/// A module, function or optimizer that this framework lacks.
struct Missing: Error { let name: String }
