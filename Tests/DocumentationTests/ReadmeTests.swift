import Foundation
import Testing

/// The README's training example is the file that the package builds as `ReadmeExample`.
@Test func theReadmesExampleIsTheOneThatCompiles() throws {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
  let compiled = try String(contentsOf: root.appending(path: "Examples/Readme/main.swift"), encoding: .utf8)
  let marker = try #require(readme.range(of: "<!-- This example is compiled by a test. -->"))
  let open = try #require(readme.range(of: "```swift\n", range: marker.upperBound..<readme.endIndex))
  let close = try #require(readme.range(of: "```\n", range: open.upperBound..<readme.endIndex))
  #expect(String(readme[open.upperBound..<close.lowerBound]) == compiled)
}
