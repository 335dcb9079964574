// Learns to write like a book, character by character, and tells how many bits a character of the rest of the book takes.
//
//   swift run -c release character-lm --model lstm          2.22 bits per character of the last tenth of the book, after 6 epochs
//   swift run -c release character-lm --model transformer   2.31 bits

import ArgumentParser
import ExampleSupport
import Foundation
import Torch
import TorchReport

struct CharacterLM: ParsableCommand {
  enum Kind: String, ExpressibleByArgument, CaseIterable { case lstm, transformer }

  static let configuration = CommandConfiguration(
    commandName: "character-lm", abstract: "A character language model of a real book.")

  @Option(help: "The architecture.") var model = Kind.lstm
  @Option(help: "A text; Newton's Opticks where there is none.") var data = Book.defaultPath
  @Option(help: "Rounds of training.") var epochs = 6
  @Option(help: "Batches in a round.") var steps = 200
  @Option(help: "Windows in a batch.") var batch = 32
  @Option(help: "Characters in a window.") var context = 128
  @Option(help: "The largest learning rate.") var lr = 3e-3
  @Option(help: "Where the model and the curves go.") var output = "runs/character-lm"
  @Option(help: "What the text that is written in the end begins with.") var prompt = "The Rays of Light "

  func validate() throws {
    for (name, value) in [("epochs", epochs), ("steps", steps), ("batch", batch), ("context", context)] where value < 1 {
      throw ValidationError("--\(name): expected a positive number, got \(value)")
    }
  }

  func makeModel(_ book: Book) -> any LanguageModel {
    switch model {
    case .lstm: LSTMModel(vocabulary: book.characters.count)
    case .transformer: TransformerModel(vocabulary: book.characters.count, context: context)
    }
  }

  func loss(_ model: Module, _ x: Tensor, _ y: Tensor) -> Tensor { crossEntropy(model(x).flatten(0, 1), y.flatten()) }

  /// Bits per character of the validation part, in windows one after the other.
  func bits(_ model: Module, _ book: Book) -> Double {
    model.eval()
    defer { model.train() }
    let windows = Swift.min((book.validation.count - 1) / context, 200)
    let x = book.validation[0..<windows * context].view(windows, context)
    let y = book.validation[1..<windows * context + 1].view(windows, context)
    var total = 0.0
    noGrad {
      for start in stride(from: 0, to: windows, by: batch) {
        let end = Swift.min(start + batch, windows)
        total += loss(model, x[start..<end], y[start..<end]).item(as: Double.self) * Double(end - start)
      }
    }
    return total / Double(windows) / log(2)
  }

  func write(_ model: Module, _ book: Book, _ count: Int, temperature: Double = 0.8) -> String {
    model.eval()
    defer { model.train() }
    var tokens = book.tokens(prompt)
    if tokens.isEmpty { tokens = [0] }
    noGrad {
      for _ in 0..<count {
        let recent = Tensor(Array(tokens.suffix(context))).unsqueeze(0)
        let logits = model(recent)[0, -1] / Tensor(Float(temperature))
        tokens.append(logits.softmax(dim: -1).multinomial(1).item(as: Int.self))
      }
    }
    return book.text(tokens)
  }

  func run() throws {
    let book = try Book(path: data)
    let folder = try outputFolder(output)
    manualSeed(1)
    let model = makeModel(book)
    print("\(book.training.count + book.validation.count) characters, \(book.characters.count) different ones")
    print(model.summary(Tensor.zeros([1, context], dtype: .int64)))

    let optimizer = AdamW(model.parameters(), lr: lr, weightDecay: 0.01)
    let schedule = OneCycleLR(optimizer, maxLR: lr, totalSteps: epochs * steps)
    var curves = Curves("bits per character")
    for epoch in 1...epochs {
      let bar = ProgressBar("epoch \(epoch)/\(epochs)", total: steps, unit: "batch")
      var sum = 0.0
      for step in 1...steps {
        let (x, y) = book.batch(batch, length: context)
        optimizer.zeroGrad()
        let loss = loss(model, x, y)
        loss.backward()
        clipGradNorm_(model.parameters(), maxNorm: 1)
        optimizer.step()
        schedule.step()
        sum += loss.item(as: Double.self) / log(2)
        bar.advance(by: 1, [("bits", NumberFormat.fixed(sum / Double(step), 3))])
      }
      curves.add(training: sum / Double(steps), validation: bits(model, book))
      bar.finish([
        ("bits", NumberFormat.fixed(curves.training[epoch - 1], 3)),
        ("validation", NumberFormat.fixed(curves.validation[epoch - 1], 3)),
      ])
    }

    let name = self.model.rawValue
    let path = folder.appending(path: "\(name).pt").path
    try model.save(to: path)
    let picture = folder.appending(path: "\(name).png").path
    try Curves.draw([curves], title: "Opticks, character by character", subtitle: name, to: picture)
    let reloaded = makeModel(book)
    try reloaded.load(from: path)
    let (ours, theirs) = (bits(model, book), bits(reloaded, book))
    guard ours == theirs else { throw ExampleError("the model that was read back gives \(theirs) bits, not \(ours)") }
    print("validation: \(NumberFormat.fixed(ours, 3)) bits per character; \(path) gives the same; curves in \(picture)")
    print(write(reloaded, book, 300))
  }
}

CharacterLM.main()
