// swift-tools-version: 6.2
import PackageDescription

// The C kernels are optimised in debug builds too, or a debug build would train a hundred times slower; SwiftPM has no
// safe setting for that. No other target uses an unsafe flag.
let kernelSettings: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-fcomplex-arithmetic=improved", "-Wno-psabi"])]

// Modules that others re-export are named as well: the build follows the modules that a target names, and would take code compiled
// against an earlier version of the others for up to date.
let families: [Target.Dependency] = [
  "TorchCore", "TorchFunctional", "TorchLinearAlgebra", "TorchSignal", "TorchStatistics", "TorchSparse",
]
let ops: [Target.Dependency] = families + ["TorchOps"]
let torch: [Target.Dependency] = ops + ["TorchTransforms", "TorchSerialization", "TorchNN", "TorchOptim", "TorchData", "Torch"]

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
    .target(name: "TorchSparse", dependencies: ["TorchCore", "CTorchKernels"]),
    .target(name: "TorchFunctional", dependencies: ["TorchCore", "TorchSparse", "CTorchShims", "CTorchKernels", "COneDNN"]),
    .target(name: "TorchLinearAlgebra", dependencies: ["TorchCore", "CTorchKernels", "COpenBLAS"]),
    .target(name: "TorchSignal", dependencies: ["TorchCore", "CTorchKernels"]),
    .target(name: "TorchStatistics", dependencies: ["TorchCore", "CTorchKernels"]),
    .target(name: "TorchOps", dependencies: families),
    // vmap and the other function transforms.
    .target(name: "TorchTransforms", dependencies: ops),
    .target(name: "TorchSerialization", dependencies: ["TorchCore", "TorchSparse", "CTorchKernels", "CZlib"]),
    .target(name: "TorchNN", dependencies: ops),
    .target(name: "TorchOptim", dependencies: ops + ["TorchNN", "CTorchKernels"]),
    .target(name: "TorchData", dependencies: ops + ["CTorchKernels"]),
    .target(name: "Torch", dependencies: ops + ["TorchTransforms", "TorchSerialization", "TorchNN", "TorchOptim", "TorchData"]),

    // Domain libraries.
    .target(name: "TorchVision", dependencies: torch + ["CZlib", "CPNG", "CTurboJPEG"]),

    // Reports of a run: progress bars, tables, metrics files, charts.
    .target(name: "TorchReport", dependencies: ["CCairo"]),

    // Replays of calls recorded with PyTorch.
    .target(
      name: "TorchConformance",
      dependencies: ops + ["TorchTransforms", "TorchNN", "TorchOptim", "TorchSerialization", "TorchReport"]),

    // Programs.
    .executableTarget(
      name: "swifttorch",
      dependencies: torch + [
        "TorchVision", "TorchReport", "TorchConformance", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // The README's example, word for word; a test compares them.
    .executableTarget(name: "ReadmeExample", dependencies: torch + ["TorchVision"], path: "Examples/Readme"),
    // Worked examples on real data.
    .target(name: "ExampleSupport", dependencies: ["TorchReport"], path: "Examples/Support"),
    .executableTarget(
      name: "character-lm",
      dependencies: torch + ["TorchReport", "ExampleSupport", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Examples/CharacterLM"),
    .executableTarget(
      name: "image-classifier",
      dependencies: torch + [
        "TorchVision", "TorchReport", "ExampleSupport", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      path: "Examples/ImageClassifier"),
    .executableTarget(
      name: "tabular",
      dependencies: torch + ["TorchReport", "ExampleSupport", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      path: "Examples/Tabular"),
    // Writes Sources/CTorchKernels/Generated from the pointwise formulas.
    .executableTarget(name: "generate-kernels", dependencies: ["TorchCore"], path: "Tools/generate-kernels"),

    // Tests.
    // Fixtures are read from the source tree.
    .target(name: "TorchTestSupport", dependencies: ops + ["CTorchKernels"], path: "Tests/TorchTestSupport"),
    .testTarget(
      name: "TorchCoreTests", dependencies: ops + ["TorchTestSupport", "CTorchKernels", "CTorchShims"], exclude: ["Fixtures"]),
    // Replays the recorded calls in Tests/Golden.
    .testTarget(name: "TorchConformanceTests", dependencies: ops + ["TorchConformance"]),

    .testTarget(name: "TorchTransformsTests", dependencies: ops + ["TorchTransforms", "TorchNN", "TorchTestSupport"]),
    .testTarget(name: "TorchSignalTests", dependencies: ops),
    .testTarget(name: "TorchSparseTests", dependencies: ops + ["TorchTestSupport"]),
    .testTarget(name: "DocumentationTests", dependencies: torch + ["ReadmeExample"]),
    .testTarget(name: "TorchNNTests", dependencies: ops + ["TorchNN"], exclude: ["Fixtures"]),
    // Whole models: checkpoints of PyTorch's, and PyTorch's view of ours.
    .testTarget(name: "ArchitectureTests", dependencies: torch, exclude: ["Fixtures"]),
    .testTarget(name: "TorchOptimTests", dependencies: ops + ["TorchOptim", "TorchNN"], exclude: ["Fixtures"]),
    .testTarget(name: "TorchDataTests", dependencies: ops + ["TorchData"], exclude: ["Fixtures"]),
    .testTarget(name: "TorchVisionTests", dependencies: torch + ["TorchVision", "CZlib"], exclude: ["Fixtures"]),
    .testTarget(name: "TorchReportTests", dependencies: ["TorchReport", "CCairo"]),
    // Runs the built command-line tool.
    .testTarget(name: "SwiftTorchCLITests", dependencies: ["swifttorch"]),

    // The tests kill this program in the middle of saving.
    .executableTarget(
      name: "CheckpointWriterHelper", dependencies: ["TorchCore", "TorchSparse", "TorchSerialization"], path: "Tests/CheckpointWriterHelper"),
    // Damages files of weights and hands them to the readers: a short run in the tests, long ones by `fuzz-formats`.
    .target(name: "FormatFuzzing", dependencies: ["TorchCore", "TorchSparse", "TorchSerialization"], path: "Tests/FormatFuzzing"),
    .executableTarget(
      name: "fuzz-formats", dependencies: ["TorchCore", "TorchSparse", "TorchSerialization", "FormatFuzzing"], path: "Tools/fuzz-formats"),
    .testTarget(
      name: "TorchSerializationTests", dependencies: torch + ["CheckpointWriterHelper", "FormatFuzzing"],
      resources: [.copy("Fixtures")]),
  ]
)
