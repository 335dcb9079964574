// swift-tools-version: 6.2
import PackageDescription

// The C kernels are optimised in debug builds too, or a debug build would train a hundred times slower; SwiftPM has no
// safe setting for that. No other target uses an unsafe flag.
let kernelSettings: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-fcomplex-arithmetic=improved", "-Wno-psabi"])]

let package = Package(
  name: "SwiftTorch",
  products: [
    .library(name: "Torch", targets: ["Torch"]),
    .library(name: "TorchVision", targets: ["TorchVision"]),
    .executable(name: "swifttorch", targets: ["swifttorch"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    // System libraries (Debian packages).
    .systemLibrary(name: "COneDNN"),
    .systemLibrary(name: "COpenBLAS"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CPNG"),
    .systemLibrary(name: "CTurboJPEG"),
    .systemLibrary(name: "CCairo"),

    // C: hot loops, and the few things Swift cannot say.
    .target(name: "CTorchShims", linkerSettings: [.linkedLibrary("gomp")]),
    .target(name: "CTorchKernels", cSettings: kernelSettings, linkerSettings: [.linkedLibrary("sleef"), .linkedLibrary("m")]),

    // The framework.
    .target(name: "TorchCore", dependencies: ["CTorchShims", "CTorchKernels", "COneDNN", "COpenBLAS"]),
    // Operator families above the core's own.
    .target(name: "TorchFunctional", dependencies: ["TorchCore", "CTorchShims", "CTorchKernels", "COneDNN"]),
    .target(name: "TorchLinearAlgebra", dependencies: ["TorchCore", "CTorchKernels", "COpenBLAS"]),
    .target(name: "TorchSignal", dependencies: ["TorchCore", "CTorchKernels"]),
    .target(name: "TorchStatistics", dependencies: ["TorchCore", "CTorchKernels"]),
    .target(name: "TorchSparse", dependencies: ["TorchCore", "CTorchKernels"]),
    .target(
      name: "TorchOps",
      dependencies: ["TorchCore", "TorchFunctional", "TorchLinearAlgebra", "TorchSignal", "TorchStatistics", "TorchSparse"]),
    .target(name: "TorchSerialization", dependencies: ["TorchCore", "CZlib"]),
    .target(name: "TorchNN", dependencies: ["TorchOps"]),
    .target(name: "TorchOptim", dependencies: ["TorchOps", "TorchNN", "CTorchKernels"]),
    .target(name: "TorchData", dependencies: ["TorchOps", "CTorchKernels"]),
    .target(name: "Torch", dependencies: ["TorchOps", "TorchSerialization", "TorchNN", "TorchOptim", "TorchData"]),

    // Domain libraries.
    .target(name: "TorchVision", dependencies: ["Torch", "CZlib", "CPNG", "CTurboJPEG"]),

    // Reports of a run: progress bars, tables, metrics files, charts.
    .target(name: "TorchReport", dependencies: ["CCairo"]),

    // Replays of calls recorded with PyTorch.
    .target(name: "TorchConformance", dependencies: ["TorchOps", "TorchSerialization", "TorchReport"]),

    // Programs.
    .executableTarget(
      name: "swifttorch",
      dependencies: [
        "Torch", "TorchVision", "TorchReport", "TorchConformance", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // The README's example, word for word; a test compares them.
    .executableTarget(name: "ReadmeExample", dependencies: ["Torch", "TorchVision"], path: "Examples/Readme"),
    // Writes Sources/CTorchKernels/Generated from the pointwise formulas.
    .executableTarget(name: "generate-kernels", dependencies: ["TorchCore"], path: "Tools/generate-kernels"),

    // Tests.
    // Fixtures are read from the source tree.
    .target(name: "TorchTestSupport", dependencies: ["TorchOps", "CTorchKernels"], path: "Tests/TorchTestSupport"),
    .testTarget(
      name: "TorchCoreTests", dependencies: ["TorchOps", "TorchTestSupport", "CTorchKernels", "CTorchShims"], exclude: ["Fixtures"]),
    // Replays the recorded calls in Tests/Golden.
    .testTarget(name: "TorchConformanceTests", dependencies: ["TorchConformance", "TorchOps"]),

    .testTarget(name: "TorchSignalTests", dependencies: ["TorchOps"]),
    .testTarget(name: "TorchSparseTests", dependencies: ["TorchOps", "TorchTestSupport"]),
    .testTarget(name: "DocumentationTests", dependencies: ["ReadmeExample"]),
    .testTarget(name: "TorchNNTests", dependencies: ["TorchNN"], exclude: ["Fixtures"]),
    .testTarget(name: "TorchOptimTests", dependencies: ["TorchOptim", "TorchNN"], exclude: ["Fixtures"]),
    .testTarget(name: "TorchDataTests", dependencies: ["TorchData"], exclude: ["Fixtures"]),
    .testTarget(name: "TorchVisionTests", dependencies: ["TorchVision", "CZlib"], exclude: ["Fixtures"]),
    .testTarget(name: "TorchReportTests", dependencies: ["TorchReport", "CCairo"]),
    // Runs the built command-line tool.
    .testTarget(name: "SwiftTorchCLITests", dependencies: ["swifttorch"]),

    // The tests kill this program in the middle of saving.
    .executableTarget(
      name: "CheckpointWriterHelper", dependencies: ["TorchSerialization"], path: "Tests/CheckpointWriterHelper"),
    .testTarget(
      name: "TorchSerializationTests", dependencies: ["TorchSerialization", "CheckpointWriterHelper"],
      resources: [.copy("Fixtures")]),
  ]
)
