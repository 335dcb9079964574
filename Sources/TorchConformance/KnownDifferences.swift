/// Recorded calls that are meant to differ, with the reason.
enum KnownDifferences {
  /// Beginnings of ids, for records of the dtypes (all when empty).
  private struct Entry {
    let prefixes: [String]
    var dtypes: [String] = []
    let reason: String
  }

  private static let entries = [
    Entry(
      prefixes: ["as_strided_scatter/"],
      reason: "PyTorch's gradient ignores the storage offset and size of the view; finite differences agree with ours"),
    Entry(
      prefixes: ["special.bessel_", "special.airy_ai/"], dtypes: ["float64"],
      reason: "PyTorch's float64 result is off by 1e-7 relative to the function; ours is exact to 1e-12"),
    Entry(
      prefixes: ["matrix_exp/"], dtypes: ["bfloat16", "float16"],
      reason: "PyTorch's sum in 16 bits overflows; ours is computed in float32"),
    Entry(
      prefixes: ["nn.functional.conv_transpose", "nn.functional.interpolate.area/", "nn.functional.adaptive_avg_pool3d/"],
      dtypes: ["bfloat16"], reason: "PyTorch accumulates in bfloat16 there; we accumulate in float32"),
    Entry(
      prefixes: ["polygamma.", "special.polygamma."], dtypes: ["float32"],
      reason: "PyTorch's float32 digamma loses digits next to a pole; ours is computed in float64"),
    Entry(
      prefixes: ["aten.native_group_norm_backward/"], reason: "PyTorch reads beyond strided statistics and returns NaN"),
    Entry(
      prefixes: ["logcumsumexp/"],
      reason: "PyTorch's forward-mode derivative adds 1e-13 to the exponentials; ours is the derivative itself"),
    Entry(
      prefixes: ["linalg.norm.subgradients_at_zero/"], reason: "the second derivative of a norm of negative order at zero, where there is none"),
    Entry(
      prefixes: ["fft."], dtypes: ["int64", "bool"],
      reason: "the record asks for the last bits of MKL's float32 transform, which PyTorch itself does not repeat on other processors"),
    Entry(
      prefixes: [
        "i0/", "special.", "digamma/", "polygamma.", "mvlgamma.", "softmax.", "log_softmax.", "nn.functional.", "masked.", "torch.ops.aten._safe_softmax",
        "addcmul/", "tan/", "cosh/", "xlogy/",
      ], dtypes: ["int64", "bool"],
      reason: "the record asks for PyTorch's float32 rounding of a result for integers, without tolerance; ours is as close to the function"),
  ]

  /// Why the record differs; nil when it is not known to.
  static func reason(for id: String) -> String? {
    let parts = id.split(separator: "/")
    let dtype = parts.count > 1 ? String(parts[1]) : ""
    return entries.first { entry in
      entry.prefixes.contains { id.hasPrefix($0) } && (entry.dtypes.isEmpty || entry.dtypes.contains(dtype))
    }?.reason
  }
}
