#if canImport(Glibc)
  import Glibc
#endif

/// A folder with a data set in MNIST's format: four IDX files with the images and labels of a training and a test split.
///
/// Names are MNIST's: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte` and
/// `t10k-labels-idx1-ubyte`, each also with `.gz`, and also in the spelling `train-images.idx3-ubyte`. MNIST, Fashion-MNIST,
/// KMNIST and one's own files in that layout are read alike.
public struct MNISTFolder: Sendable {
  /// The two parts of the data set.
  public enum Split: String, CaseIterable, Sendable {
    case train
    case test

    fileprivate var prefix: String { self == .train ? "train" : "t10k" }
  }

  /// The images and labels of one split.
  public struct Examples: Sendable {
    /// The number of images, at least 1.
    public let count: Int
    /// Rows of each image.
    public let height: Int
    /// Columns of each image.
    public let width: Int
    /// Grey values of all images, in the order image, row, column: `count * height * width` bytes.
    public let pixels: [UInt8]
    /// The class of each image, within `0..<classCount`: `count` bytes.
    public let labels: [UInt8]

    /// One image by its position, which must be within `0..<count`.
    public func image(at index: Int) -> Image {
      precondition((0..<count).contains(index), "image index \(index) is out of range 0..<\(count)")
      let size = height * width
      return Image(unchecked: width, height, 1, Array(pixels[index * size..<(index + 1) * size]))
    }
  }

  /// Where Fashion-MNIST lies when it is installed by Debian's package `dataset-fashion-mnist`.
  public static let defaultLocations = ["/usr/share/datasets/fashion-mnist"]

  /// The classes of Fashion-MNIST, by label.
  public static let fashionClassNames = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
  ]

  /// The folder.
  public let path: String
  /// The name of each class, by label.
  public let classNames: [String]
  /// The number of classes.
  public var classCount: Int { classNames.count }

  /// Opens a folder; the files are read by ``load(_:)``.
  ///
  /// - Parameters:
  ///   - path: the folder; when nil, the first of ``defaultLocations`` that exists.
  ///   - classNames: the names of the classes; when nil, the lines of the folder's `classes.txt` if there is one, else
  ///     Fashion-MNIST's when the folder's name contains "fashion", else the digits "0" to "9".
  /// - Throws: ``VisionError`` when the folder does not exist (with how to install the default data set) or is not a folder,
  ///   or when `classes.txt` is not usable.
  public init(path: String? = nil, classNames: [String]? = nil) throws(VisionError) {
    let folder: String
    if let path {
      folder = path
    } else if let found = MNISTFolder.defaultLocations.first(where: { fileKind($0) != nil }) {
      folder = found
    } else {
      throw VisionError(
        .missing, path: MNISTFolder.defaultLocations[0],
        "Fashion-MNIST is not installed; install it with `sudo apt-get install dataset-fashion-mnist`, "
          + "or name a folder of files in MNIST's format")
    }
    switch fileKind(folder) {
    case nil:
      throw VisionError(
        .missing, path: folder,
        "no such data folder; Fashion-MNIST is installed with `sudo apt-get install dataset-fashion-mnist` into "
          + MNISTFolder.defaultLocations[0])
    case .some(S_IFDIR): break
    default: throw VisionError(.wrongFileKind, path: folder, "is a file, expected a folder of files in MNIST's format")
    }
    self.path = folder
    var names = MNISTFolder.namesByFolder(folder)
    if let classNames {
      names = classNames
    } else if let listed = try MNISTFolder.namesFile(in: folder) {
      names = listed
    }
    guard !names.isEmpty, names.count <= 256 else {
      throw VisionError(.invalidArgument, path: folder, "expected 1 to 256 class names, got \(names.count)")
    }
    self.classNames = names
  }

  /// Reads and checks one split.
  ///
  /// Throws ``VisionError`` naming the file and the cause: a file is missing, unreadable or damaged (see
  /// ``IDXArray/init(contentsOf:maximumByteCount:)``), the images are not 8-bit of rank 3, the labels not 8-bit of rank 1,
  /// their numbers differ, there are none, or a label is not within `0..<classCount`.
  public func load(_ split: Split) throws(VisionError) -> Examples {
    let imagePath = try locate("\(split.prefix)-images", "idx3-ubyte")
    let labelPath = try locate("\(split.prefix)-labels", "idx1-ubyte")
    let labels = try MNISTFolder.read(labelPath, rank: 1, what: "labels")
    let images = try MNISTFolder.read(imagePath, rank: 3, what: "images")
    guard images.shape[0] == labels.shape[0] else {
      throw VisionError(
        .unexpectedContent, path: imagePath,
        "holds \(images.shape[0]) images, but \(labelPath) holds \(labels.shape[0]) labels")
    }
    guard images.count > 0 else {
      throw VisionError(
        .unexpectedContent, path: imagePath,
        "holds no image data: its dimensions are \(images.shape.map(String.init).joined(separator: "x"))")
    }
    if let bad = labels.bytes.firstIndex(where: { Int($0) >= classCount }) {
      throw VisionError(
        .unexpectedContent, path: labelPath,
        "the label at position \(bad) is \(labels.bytes[bad]), expected 0 to \(classCount - 1) (\(classCount) classes)")
    }
    return Examples(
      count: images.shape[0], height: images.shape[1], width: images.shape[2], pixels: images.bytes, labels: labels.bytes)
  }

  private func locate(_ stem: String, _ suffix: String) throws(VisionError) -> String {
    let names = ["\(stem)-\(suffix)", "\(stem)-\(suffix).gz", "\(stem).\(suffix)", "\(stem).\(suffix).gz"]
    let slash = path.hasSuffix("/") ? "" : "/"
    for name in names where fileKind(path + slash + name) != nil { return path + slash + name }
    throw VisionError(
      .missing, path: path, "the data folder has no file \(names[0]), neither with .gz nor in the spelling \(names[2])")
  }

  private static func read(_ path: String, rank: Int, what: String) throws(VisionError) -> IDXArray {
    let array = try IDXArray(contentsOf: path)
    guard array.elementType == .uint8, array.shape.count == rank else {
      throw VisionError(
        .unexpectedContent, path: path,
        "expected \(what) of type uint8 and rank \(rank) (magic number 00 00 08 0\(rank)), "
          + "found type \(array.elementType) and rank \(array.shape.count)")
    }
    return array
  }

  private static func namesFile(in folder: String) throws(VisionError) -> [String]? {
    let path = folder + "/classes.txt"
    guard fileKind(path) != nil else { return nil }
    let bytes = try InputFile.contents(of: path, limit: 1 << 16)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw VisionError(.corrupt, path: path, "the class names are not valid UTF-8")
    }
    let names = text.split(whereSeparator: \.isNewline).map(String.init)
    guard !names.isEmpty, names.count <= 256 else {
      throw VisionError(.unexpectedContent, path: path, "expected 1 to 256 class names, one per line, found \(names.count)")
    }
    return names
  }

  private static func namesByFolder(_ folder: String) -> [String] {
    let name = folder.split(separator: "/").last.map { $0.lowercased() } ?? ""
    return name.contains("fashion") ? fashionClassNames : (0...9).map(String.init)
  }
}

/// The file-type bits of what `path` names, links followed, or nil when there is nothing.
private func fileKind(_ path: String) -> mode_t? {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
}
