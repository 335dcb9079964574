import TorchOps

/// Where the neural-network, reduction, indexing and ordering ops are known to differ from PyTorch; their own suites hold what agrees.
enum KnownDifferences {
  /// Types that PyTorch computes and we reject or compute otherwise: integer inputs of floating-point layers and losses, complex
  /// variances, half-precision statistics kept in float32, which of several equal elements an ordering names, the order of
  /// unsorted top-k, and circular padding with negative amounts. Eigenvectors and
  /// singular vectors have signs, and eigenvalues an order, that depend on the LAPACK at hand; PyTorch's matrix exponential of half
  /// types is not one.
  static let types: [String: [DType]] = [
    "aten::_binary_cross_entropy_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_binary_cross_entropy_with_logits_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_binary_cross_entropy_with_logits_weighted_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_cross_entropy_rows": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_fused_rms_norm": [.bfloat16, .complex128, .complex64, .float16],
    "aten::_huber_loss_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_kl_div_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_kl_div_log_target_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_l1_loss_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_mse_loss_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_smooth_l1_loss_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_soft_margin_loss_elements": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::avg_pool1d": [.int64],
    "aten::avg_pool2d": [.int64],
    "aten::binary_cross_entropy": [.float16],
    "aten::conv1d": [.complex128, .complex64, .int32, .int64, .uint8],
    "aten::conv2d": [.complex128, .complex64, .int32, .int64, .uint8],
    "aten::dropout": [.bool, .complex128, .complex64, .int32, .int64, .uint8],
    "aten::kthvalue": [.int32, .int64, .uint8],
    "aten::l1_loss": [.complex128, .complex64, .int32, .int64, .uint8],
    "aten::_linalg_eigh": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_linalg_svd": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::linalg_eigh": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::_linalg_eigvals": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::linalg_matrix_exp": [.bfloat16, .float16],
    "aten::linalg_svd": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::matrix_exp": [.bfloat16, .float16],
    "aten::logsumexp": [.complex128, .complex64],
    "aten::max_pool2d": [.int32, .int64, .uint8],
    "aten::max_pool2d_with_indices": [.int32, .int64, .uint8],
    "aten::median.dim": [.int32, .int64, .uint8],
    "aten::native_batch_norm": [.bfloat16, .float16],
    "aten::native_dropout_backward": [.bool, .complex128, .complex64, .int32, .int64, .uint8],
    "aten::native_group_norm": [.bfloat16, .float16],
    "aten::native_layer_norm": [.bfloat16, .float16],
    "aten::pad": [.bfloat16, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::rms_norm": [.complex128, .complex64],
    "aten::scatter_reduce.two": [.float16],
    "aten::soft_margin_loss": [.complex128, .complex64],
    "aten::std": [.complex128, .complex64],
    "aten::std.correction": [.complex128, .complex64],
    "aten::std.dim": [.complex128, .complex64],
    "aten::std_mean": [.complex128, .complex64],
    "aten::std_mean.correction": [.complex128, .complex64],
    "aten::std_mean.dim": [.complex128, .complex64],
    "aten::svd": [.bfloat16, .bool, .complex128, .complex64, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::topk": [.bfloat16, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::var": [.complex128, .complex64],
    "aten::var.correction": [.complex128, .complex64],
    "aten::var.dim": [.complex128, .complex64],
    "aten::var_mean": [.complex128, .complex64],
    "aten::var_mean.correction": [.complex128, .complex64],
    "aten::var_mean.dim": [.complex128, .complex64],
  ]

  /// Ops whose recorded gradients do not apply: PyTorch sends gradients through the statistics that these return, and unsorted top-k
  /// may name its elements in any order.
  /// Products have no complex gradient yet.
  static let gradients: Set<String> = [
    "aten::_fused_rms_norm", "aten::native_group_norm", "aten::topk", "aten::prod", "aten::prod.dim_int", "aten::cumprod",
  ]

  /// Types that PyTorch rejects and we accept.
  static let accepted: [String: [DType]] = [
    "aten::adaptive_avg_pool2d": [.bfloat16, .float16, .float32, .float64],
    "aten::argmax": [.bool],
    "aten::argmin": [.bool],
    "aten::logsumexp": [.bfloat16, .bool, .float16, .float32, .float64, .int32, .int64, .uint8],
    "aten::nll_loss": [.bfloat16, .float16, .float32, .float64],
    "aten::nll_loss2d": [.bfloat16, .float16, .float32, .float64],
    "aten::nll_loss_forward": [.bfloat16, .float16, .float32, .float64],
    "aten::topk": [.bool],
  ]
}
