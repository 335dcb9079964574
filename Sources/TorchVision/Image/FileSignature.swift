/// What a file is, judged by its first bytes.
enum FileSignature: Equatable {
  case empty
  case png
  case jpeg
  /// Anything else, in words that fit after "looks like".
  case other(String)

  init(_ bytes: [UInt8]) {
    func starts(_ magic: [UInt8], at offset: Int = 0) -> Bool {
      bytes.count >= offset + magic.count && bytes[offset..<offset + magic.count].elementsEqual(magic)
    }
    func starts(_ magic: String, at offset: Int = 0) -> Bool { starts(Array(magic.utf8), at: offset) }

    if bytes.isEmpty {
      self = .empty
      return
    }
    if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
      return
    }
    if starts([0xFF, 0xD8, 0xFF]) {
      self = .jpeg
      return
    }

    let known: [(matches: Bool, name: String)] = [
      (starts([0x89, 0x50, 0x4E, 0x47]), "a PNG file damaged by a text-mode transfer"),
      (starts("GIF87a") || starts("GIF89a"), "a GIF image"),
      (starts("RIFF") && starts("WEBP", at: 8), "a WebP image"),
      (starts("II*\0") || starts("MM\0*"), "a TIFF image"),
      (starts("ftypavif", at: 4), "an AVIF image"),
      (starts("ftyphei", at: 4) || starts("ftypmif1", at: 4), "a HEIC image"),
      (starts("ftyp", at: 4), "an MP4 video"),
      (starts([0xFF, 0x0A]) || starts([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20]), "a JPEG XL image"),
      (starts([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20]), "a JPEG 2000 image"),
      (starts("BM") && bytes.count > 26, "a BMP image"),
      (starts([0, 0, 1, 0]), "a Windows icon"),
      (starts("8BPS"), "a Photoshop file"),
      (bytes.count > 2 && bytes[0] == UInt8(ascii: "P") && (0x31...0x36).contains(bytes[1]) && bytes[2] <= 0x20, "a PNM image"),
      (starts("%PDF"), "a PDF document"),
      (starts([0x1F, 0x8B]), "a gzip file"),
      (starts("PK\u{3}\u{4}"), "a zip archive"),
      (starts([0x7F, 0x45, 0x4C, 0x46]), "an ELF program"),
      (starts([0, 0, 0x08]) && bytes.count > 3 && (1...4).contains(bytes[3]), "an IDX data file"),
    ]
    if let match = known.first(where: { $0.matches }) {
      self = .other(match.name)
      return
    }

    let head = bytes.prefix(512)
    let isText = head.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
    if isText {
      let text = String(decoding: head, as: UTF8.self).lowercased()
      if text.contains("<svg") {
        self = .other("an SVG drawing")
        return
      }
      if text.contains("<html") || text.contains("<!doctype html") {
        self = .other("an HTML page")
        return
      }
      if text.hasPrefix("version https://git-lfs") {
        self = .other("a Git LFS pointer")
        return
      }
      self = .other("text")
      return
    }
    let hex = bytes.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    self = .other("unknown binary data (first bytes \(hex))")
  }
}
