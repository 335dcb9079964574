import Torch

extension Tensor {
  /// The image as a uint8 tensor of sizes (channels, height, width). `torchvision.transforms.functional.pil_to_tensor`.
  public init(_ image: Image) {
    let interleaved = Tensor(image.pixels, shape: [image.height, image.width, image.channels])
    self = interleaved.permute(2, 0, 1).contiguous()
  }

  /// Grey images of one size as a normalised float32 batch of sizes (images, 1, height, width).
  ///
  /// Throws ``VisionError`` when there are none, one is not grey (see ``Image/grayscale()``), or their sizes differ.
  public init(grayImages images: [Image], normalization: ImageNormalization) throws(VisionError) {
    guard let first = images.first else { throw VisionError(.invalidArgument, path: "", "a batch needs at least one image") }
    for image in images {
      guard image.channels == 1, image.width == first.width, image.height == first.height else {
        throw VisionError(
          .invalidArgument, path: "",
          "a batch of grey images of \(first.width)x\(first.height) pixels cannot hold one of \(image.width)x\(image.height) pixels "
            + "with \(image.channels) channels")
      }
    }
    let table = normalization.table
    self.init(images.flatMap { image in image.pixels.map { table[Int($0)] } }, shape: [images.count, 1, first.height, first.width])
  }
}
