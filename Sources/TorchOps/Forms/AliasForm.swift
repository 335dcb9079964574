import TorchCore

/// Another name for an op.
enum AliasForm {
  /// The op `target` under the name and with the argument names of the given schema.
  static func make(_ text: String, of target: AnyOp) -> AnyOp {
    let tier = target.info.tier
    let info = OpInfo(
      text, tier: tier == .inPlace || tier == .view ? tier : .composite, derivative: target.info.derivative,
      samples: target.info.samples)
    return AnyOp(info: info, argumentTypes: argumentTypes(text)) { values in
      do { return try target.call(values) } catch let error as TorchError {
        // The caller knows this name, not the target's.
        throw TorchError(error.kind, error.message)
      }
    }
  }
}

extension DerivedForms {
  /// PyTorch's second names of ops, and the names of the ops they stand for.
  static let aliasSchemas: [(text: String, target: String)] = [
    ("aten::__and__.Tensor(Tensor self, Tensor other) -> Tensor", "aten::bitwise_and.Tensor"),
    ("aten::__and__.Scalar(Tensor self, Scalar other) -> Tensor", "aten::bitwise_and.Scalar"),
    ("aten::__or__.Tensor(Tensor self, Tensor other) -> Tensor", "aten::bitwise_or.Tensor"),
    ("aten::__or__.Scalar(Tensor self, Scalar other) -> Tensor", "aten::bitwise_or.Scalar"),
    ("aten::__xor__.Tensor(Tensor self, Tensor other) -> Tensor", "aten::bitwise_xor.Tensor"),
    ("aten::__xor__.Scalar(Tensor self, Scalar other) -> Tensor", "aten::bitwise_xor.Scalar"),
    ("aten::__iand__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", "aten::bitwise_and_.Tensor"),
    ("aten::__ior__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", "aten::bitwise_or_.Tensor"),
    ("aten::__ixor__.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", "aten::bitwise_xor_.Tensor"),
    ("aten::divide.Tensor(Tensor self, Tensor other) -> Tensor", "aten::div.Tensor"),
    ("aten::divide.Scalar(Tensor self, Scalar other) -> Tensor", "aten::div.Scalar"),
    ("aten::divide.Tensor_mode(Tensor self, Tensor other, *, str? rounding_mode) -> Tensor", "aten::div.Tensor_mode"),
    ("aten::divide.Scalar_mode(Tensor self, Scalar other, *, str? rounding_mode) -> Tensor", "aten::div.Scalar_mode"),
    ("aten::divide_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", "aten::div_.Tensor"),
    ("aten::divide_.Tensor_mode(Tensor(a!) self, Tensor other, *, str? rounding_mode) -> Tensor(a!)", "aten::div_.Tensor_mode"),
    ("aten::divide.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", "aten::div.out"),
    ("aten::true_divide.Tensor(Tensor self, Tensor other) -> Tensor", "aten::div.Tensor"),
    ("aten::true_divide.Scalar(Tensor self, Scalar other) -> Tensor", "aten::div.Scalar"),
    ("aten::true_divide_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", "aten::div_.Tensor"),
    ("aten::true_divide.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", "aten::div.out"),
    ("aten::multiply.Tensor(Tensor self, Tensor other) -> Tensor", "aten::mul.Tensor"),
    ("aten::multiply.Scalar(Tensor self, Scalar other) -> Tensor", "aten::mul.Scalar"),
    ("aten::multiply_.Tensor(Tensor(a!) self, Tensor other) -> Tensor(a!)", "aten::mul_.Tensor"),
    ("aten::multiply.out(Tensor self, Tensor other, *, Tensor(a!) out) -> Tensor(a!)", "aten::mul.out"),
    ("aten::subtract.Tensor(Tensor self, Tensor other, *, Scalar alpha=1) -> Tensor", "aten::sub.Tensor"),
    ("aten::subtract.Scalar(Tensor self, Scalar other, Scalar alpha=1) -> Tensor", "aten::sub.Scalar"),
    ("aten::subtract_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)", "aten::sub_.Tensor"),
    ("aten::subtract.out(Tensor self, Tensor other, *, Scalar alpha=1, Tensor(a!) out) -> Tensor(a!)", "aten::sub.out"),
    ("aten::swapaxes(Tensor(a) self, int axis0, int axis1) -> Tensor(a)", "aten::transpose.int"),
    ("aten::swapaxes_(Tensor(a!) self, int axis0, int axis1) -> Tensor(a!)", "aten::transpose_"),
    ("aten::swapdims(Tensor(a) self, int dim0, int dim1) -> Tensor(a)", "aten::transpose.int"),
    ("aten::swapdims_(Tensor(a!) self, int dim0, int dim1) -> Tensor(a!)", "aten::transpose_"),
    ("aten::moveaxis.int(Tensor(a) self, int source, int destination) -> Tensor(a)", "aten::movedim.int"),
    ("aten::moveaxis.intlist(Tensor(a) self, int[] source, int[] destination) -> Tensor(a)", "aten::movedim.intlist"),
    ("aten::concat(Tensor[] tensors, int dim=0) -> Tensor", "aten::cat"),
    ("aten::concatenate(Tensor[] tensors, int dim=0) -> Tensor", "aten::cat"),
    ("aten::row_stack(Tensor[] tensors) -> Tensor", "aten::vstack"),
  ]
}
