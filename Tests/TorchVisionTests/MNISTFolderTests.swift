import Foundation
import Testing

@testable import TorchVision

@Suite struct MNISTFolderTests {
  /// A folder with three 2x2 training images and one test image.
  private func sample() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    _ = try folder.write(gzipped(idx(8, [3, 2, 2], (1...12).map { UInt8($0) })), as: "train-images-idx3-ubyte.gz")
    _ = try folder.write(idx(8, [3], [0, 9, 4]), as: "train-labels-idx1-ubyte")
    _ = try folder.write(idx(8, [1, 2, 2], [7, 7, 7, 7]), as: "t10k-images.idx3-ubyte")
    _ = try folder.write(gzipped(idx(8, [1], [2])), as: "t10k-labels.idx1-ubyte.gz")
    return folder
  }

  @Test func everySpellingIsFound() throws {
    let folder = try sample()
    let data = try MNISTFolder(path: folder.path)
    let train = try data.load(.train)
    #expect(train.count == 3 && train.height == 2 && train.width == 2 && train.labels == [0, 9, 4])
    #expect(train.image(at: 1).pixels == [5, 6, 7, 8])
    let test = try data.load(.test)
    #expect(test.count == 1 && test.labels == [2])
    #expect(data.classNames == (0...9).map(String.init))
  }

  @Test func classNames() throws {
    let folder = try sample()
    _ = try folder.write(Array("cat\ndog\r\nant\n".utf8), as: "classes.txt")
    let data = try MNISTFolder(path: folder.path)
    #expect(data.classNames == ["cat", "dog", "ant"])
    let labels = folder.path + "/train-labels-idx1-ubyte"
    expectError(.unexpectedContent, labels, ["position 1", "is 9", "0 to 2"]) { _ = try data.load(.train) }
    #expect(try MNISTFolder(path: folder.path, classNames: ["a"]).classCount == 1)
    _ = try folder.write([0xFF, 0xFE], as: "classes.txt")
    expectError(.corrupt, folder.path + "/classes.txt", ["UTF-8"]) { _ = try MNISTFolder(path: folder.path) }
  }

  @Test func missingFolderAndFiles() throws {
    let folder = try sample()
    let absent = folder.path + "/absent"
    expectError(.missing, absent, ["apt-get install dataset-fashion-mnist"]) { _ = try MNISTFolder(path: absent) }
    let file = folder.path + "/train-labels-idx1-ubyte"
    expectError(.wrongFileKind, file, ["is a file"]) { _ = try MNISTFolder(path: file) }
    try FileManager.default.removeItem(atPath: file)
    expectError(.missing, folder.path, ["train-labels-idx1-ubyte"]) { _ = try MNISTFolder(path: folder.path).load(.train) }
  }

  @Test func disagreementsAreNamed() throws {
    let folder = try sample()
    let data = try MNISTFolder(path: folder.path)
    let images = folder.path + "/train-images-idx3-ubyte"
    let labels = folder.path + "/train-labels-idx1-ubyte"
    _ = try folder.write(idx(8, [2], [1, 2]), as: "train-labels-idx1-ubyte")
    expectError(.unexpectedContent, images + ".gz", ["3 images", "2 labels"]) { _ = try data.load(.train) }
    _ = try folder.write(idx(8, [3], [1, 2, 10]), as: "train-labels-idx1-ubyte")
    expectError(.unexpectedContent, labels, ["position 2", "is 10"]) { _ = try data.load(.train) }
    _ = try folder.write(idx(8, [3, 1], [1, 2, 3]), as: "train-labels-idx1-ubyte")
    expectError(.unexpectedContent, labels, ["rank 1", "rank 2"]) { _ = try data.load(.train) }
    _ = try folder.write(idx(0x0B, [1, 2], [1, 2, 3, 4]), as: "train-images-idx3-ubyte")
    _ = try folder.write(idx(8, [1], [1]), as: "train-labels-idx1-ubyte")
    expectError(.unexpectedContent, images, ["uint8", "int16"]) { _ = try data.load(.train) }
    _ = try folder.write(idx(8, [0, 28, 28], []), as: "train-images-idx3-ubyte")
    _ = try folder.write(idx(8, [0], []), as: "train-labels-idx1-ubyte")
    expectError(.unexpectedContent, images, ["no image data", "0x28x28"]) { _ = try data.load(.train) }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: MNISTFolder.defaultLocations[0])))
  func fashionMNIST() throws {
    let data = try MNISTFolder()
    #expect(data.classNames == MNISTFolder.fashionClassNames)
    let test = try data.load(.test)
    #expect(test.count == 10_000 && test.height == 28 && test.width == 28)
    // The data set is balanced, and its first test image is an ankle boot.
    #expect((0..<10).allSatisfy { label in test.labels.count { Int($0) == label } == 1000 })
    #expect(test.labels[0] == 9)
  }
}
