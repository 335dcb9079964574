import TorchCore

/// Copies of views: the op of a view, its result or results in memory of their own.
enum CopyForm {
  static func make(_ text: String, of view: AnyOp) -> AnyOp {
    let info = OpInfo(
      text, tier: .composite, derivative: view.info.derivative == .own ? .composed : view.info.derivative,
      samples: view.info.samples)
    return AnyOp(info: info, argumentTypes: argumentTypes(text)) { values in
      do { return try view.call(values).map(copied) } catch let error as TorchError {
        throw TorchError(error.kind, error.message)
      }
    }
  }

  /// `aten::select` for `aten::select_copy`; nil for other names.
  static func viewName(_ base: String) -> String? {
    base.hasSuffix("_copy") ? String(base.dropLast("_copy".count)) : nil
  }

  private static func copied(_ value: IValue) -> IValue {
    switch value {
    case .tensor(let tensor): .tensor(tensor.clone(memoryFormat: .contiguous))
    case .list(let values): .list(values.map(copied))
    default: value
    }
  }
}

extension DerivedForms {
  /// PyTorch's copies of views (`native_functions.yaml`).
  static let copySchemas: [String] = """
    aten::_conj_copy(Tensor self) -> Tensor
    aten::alias_copy(Tensor self) -> Tensor
    aten::as_strided_copy(Tensor self, SymInt[] size, SymInt[] stride, SymInt? storage_offset=None) -> Tensor
    aten::detach_copy(Tensor self) -> Tensor
    aten::diagonal_copy(Tensor self, int offset=0, int dim1=0, int dim2=1) -> Tensor
    aten::expand_copy(Tensor self, SymInt[] size, *, bool implicit=False) -> Tensor
    aten::permute_copy(Tensor self, int[] dims) -> Tensor
    aten::select_copy.int(Tensor self, int dim, SymInt index) -> Tensor
    aten::slice_copy.Tensor(Tensor self, int dim=0, SymInt? start=None, SymInt? end=None, SymInt step=1) -> Tensor
    aten::split_copy.Tensor(Tensor self, SymInt split_size, int dim=0) -> Tensor[]
    aten::split_with_sizes_copy(Tensor self, SymInt[] split_sizes, int dim=0) -> Tensor[]
    aten::squeeze_copy(Tensor self) -> Tensor
    aten::squeeze_copy.dim(Tensor self, int dim) -> Tensor
    aten::squeeze_copy.dims(Tensor self, int[] dim) -> Tensor
    aten::t_copy(Tensor self) -> Tensor
    aten::transpose_copy.int(Tensor self, int dim0, int dim1) -> Tensor
    aten::unbind_copy.int(Tensor self, int dim=0) -> Tensor[]
    aten::unfold_copy(Tensor self, int dimension, int size, int step) -> Tensor
    aten::unsqueeze_copy(Tensor self, int dim) -> Tensor
    aten::view_as_complex_copy(Tensor self) -> Tensor
    aten::view_as_real_copy(Tensor self) -> Tensor
    aten::view_copy.dtype(Tensor self, ScalarType dtype) -> Tensor
    """.split(separator: "\n").map(String.init)
}
