/// In which type autocast runs an op. The lists are those of PyTorch 2.13's CPU backend (`torch.autocast`).
enum AutocastPolicy {
  /// Floating-point arguments become the chosen type of 16 bits.
  case lower
  /// They become float32.
  case float32
  /// They become float32 where one of them is.
  case widest

  /// The policy of an op by its name without `aten::`; nil for ops that run in the types that they get.
  static func of(_ name: String) -> AutocastPolicy? { policies[name] }

  private static let policies: [String: AutocastPolicy] = {
    var policies: [String: AutocastPolicy] = [:]
    for (policy, names) in lists {
      for name in names.split(whereSeparator: \.isWhitespace) { policies["aten::" + name] = policy }
    }
    return policies
  }()

  private static let lists: [(AutocastPolicy, String)] = [
    (
      .lower,
      """
      conv1d conv2d conv3d conv1d.padding conv2d.padding conv3d.padding conv_transpose1d conv_transpose2d.input
      conv_transpose3d.input conv_tbc _convolution.deprecated linear matmul mm bmm addmm addbmm baddbmm _addmm_activation
      linalg_vecdot prelu scaled_dot_product_attention _native_multi_head_attention mkldnn_rnn_layer
      """
    ),
    // Ops that PyTorch makes of those above.
    (
      .lower,
      """
      einsum tensordot inner chain_matmul linalg_matmul linalg_multi_dot matrix_power linalg_matrix_power lstm.input lstm.data
      rnn_tanh.input rnn_tanh.data rnn_relu.input rnn_relu.data rnn_tanh_cell rnn_relu_cell
      """
    ),
    (
      .float32,
      """
      adaptive_avg_pool3d adaptive_max_pool3d avg_pool3d max_pool3d max_unpool2d max_unpool3d fractional_max_pool2d
      fractional_max_pool3d reflection_pad1d reflection_pad2d replication_pad1d replication_pad2d replication_pad3d
      grid_sampler grid_sampler_2d grid_sampler_3d _grid_sampler_2d_cpu_fallback
      l1_loss mse_loss smooth_l1_loss huber_loss nll_loss nll_loss2d cross_entropy_loss kl_div ctc_loss.IntList ctc_loss.Tensor
      binary_cross_entropy binary_cross_entropy_with_logits poisson_nll_loss cosine_embedding_loss hinge_embedding_loss
      margin_ranking_loss multi_margin_loss multilabel_margin_loss multilabel_margin_loss_forward soft_margin_loss
      triplet_margin_loss
      prod prod.dim_int quantile quantile.scalar nanquantile nanquantile.scalar trace cdist polar view_as_complex
      fft_fft fft_ifft fft_fft2 fft_ifft2 fft_fftn fft_ifftn fft_rfft fft_irfft fft_rfft2 fft_irfft2 fft_rfftn fft_irfftn
      fft_hfft fft_ihfft stft stft.center
      cholesky cholesky_inverse cholesky_solve geqrf inverse lu_solve orgqr ormqr pinverse qr svd triangular_solve _lu_with_info
      linalg_cholesky linalg_cholesky_ex linalg_cond linalg_cond.p_str linalg_eig linalg_eigh linalg_eigvals linalg_eigvalsh
      linalg_householder_product linalg_inv linalg_inv_ex linalg_lstsq linalg_matrix_rank linalg_matrix_rank.atol_rtol_float
      linalg_matrix_rank.atol_rtol_tensor linalg_matrix_rank.tol_tensor linalg_qr linalg_solve linalg_svd linalg_svdvals
      linalg_tensorinv linalg_tensorsolve fake_quantize_per_tensor_affine
      """
    ),
    (.widest, "cat stack index_copy"),
  ]
}
