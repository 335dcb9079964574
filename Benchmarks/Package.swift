// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that what only the benchmarks need never reaches the users of the library.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "SwiftTorch", path: "..")],
  targets: [
    .executableTarget(
      name: "bench-swifttorch",
      dependencies: [
        .product(name: "Torch", package: "SwiftTorch"), .product(name: "TorchVision", package: "SwiftTorch"),
      ])
  ]
)
