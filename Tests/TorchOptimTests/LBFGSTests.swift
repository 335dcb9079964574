import Foundation
import Testing
import TorchOps
import TorchOptim

/// Searches recorded by Tools/record-optimizer-fixtures.py.
private struct Search: Decodable {
  struct Config: Decodable {
    let lr: Double?
    let max_iter: Int?
    let max_eval: Int?
    let history_size: Int?
    let line_search_fn: String?
  }
  let config: Config
  let losses: [Double]
  let points: [[Double]]
  let evaluations: Int
}

@Suite struct LBFGSTests {
  private func numbers(_ count: Int, _ seed: Int) -> [Double] {
    (0..<count).map { i in
      let angle: Double = 1.7 * Double(i) + 0.9 * Double(seed) + 0.3 * Double(i * seed)
      return sin(angle) * 2 * 0.6
    }
  }

  @Test func searchesArePyTorchs() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/lbfgs.json")
    let searches = try JSONDecoder().decode([Search].self, from: Data(contentsOf: url))
    #expect(searches.count == 5)
    for search in searches {
      let x = Tensor(numbers(6, 4), dtype: .float64, requiresGrad: true)
      let c = search.config
      let optimizer = LBFGS(
        [x], lr: c.lr ?? 1, maxIter: c.max_iter ?? 20, maxEval: c.max_eval, historySize: c.history_size ?? 100,
        lineSearch: c.line_search_fn == nil ? nil : .strongWolfe)
      for (loss, point) in zip(search.losses, search.points) {
        let found = optimizer.step {
          optimizer.zeroGrad()
          let (a, b) = (x.narrow(0, 0, 3), x.narrow(0, 3, 3))
          let (first, second) = (1 - a, b - a * a)
          let loss = (first * first + 3 * second * second).sum()
          loss.backward()
          return loss
        }
        #expect(abs(found.item(as: Double.self) - loss) <= 1e-7 * max(1, abs(loss)), "\(c)")
        let isNear = zip(x.array(as: Double.self), point).allSatisfy { abs($0 - $1) <= 1e-6 * max(1, abs($1)) }
        #expect(isNear, "\(c)")
      }
      #expect(optimizer.functionEvaluations == search.evaluations, "\(c)")
    }
  }

  @Test func misuseIsSaid() {
    func message(_ body: () -> Void) -> String {
      do {
        try withTorchErrors(body)
        return ""
      } catch { return (error as? TorchError)?.message ?? "" }
    }
    let x = Tensor([1.0], requiresGrad: true)
    let optimizer = LBFGS([x])
    #expect(message { optimizer.step() }.contains("closure"))
    #expect(message { optimizer.addParameterGroup(ParameterGroup([Tensor([1.0], requiresGrad: true)])) }.contains("parameter groups"))
    #expect(message { _ = LBFGS([x], historySize: 0) }.contains("history_size"))
  }
}
