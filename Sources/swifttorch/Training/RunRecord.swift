import Torch
import TorchReport

/// What a run's `config.json` tells: its settings, and the data it was started with.
struct RunRecord {
  var configuration: RunConfiguration
  var data: JSONValue

  init(configuration: RunConfiguration, data: JSONValue) {
    self.configuration = configuration
    self.data = data
  }

  /// Reads the record of the run in a folder; throws naming the file and the cause.
  init(directory: String) throws {
    let path = RunDirectory.configurationPath(directory)
    let records = try JSONLinesReader.records(of: path)
    guard let json = records.first, records.count == 1, let data = json["dataset"], let settings = json["settings"] else {
      throw CommandFailure("\(path): not the configuration of a training run")
    }
    configuration = try RunConfiguration(settings, path: path)
    self.data = data
  }

  /// Writes `config.json`, atomically.
  func write(directory: String) throws {
    let json: JSONValue = ["settings": configuration.json, "dataset": data]
    try AtomicFile.write(json.text + "\n", to: RunDirectory.configurationPath(directory))
  }
}
