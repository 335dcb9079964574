import Testing
import TorchOps
import TorchTestSupport

/// What holds for every op, whatever it computes.
@Suite("Op table: properties")
struct OpPropertyTests {
  /// Ops whose meaning is the strides of their input, or whose statistics are present, as PyTorch's, only in some layouts.
  static let readsStrides: Set<String> = [
    "aten::view", "aten::view_as", "aten::view.dtype", "aten::view_copy.dtype", "aten::view_as_complex",
    "aten::view_as_complex_copy", "aten::as_strided", "aten::as_strided_copy", "aten::as_strided_scatter",
    "aten::_embedding_bag", "aten::_embedding_bag_forward_only", "aten::embedding_bag", "aten::embedding_bag.padding_idx",
  ]

  /// Ops whose result or its sizes follow from the elements, and one that puts them on another device: without elements they fail,
  /// and say so.
  static let dependsOnElements: Set<String> = [
    "aten::where", "aten::unique_dim", "aten::unique_consecutive", "aten::_unique2", "aten::repeat_interleave.self_Tensor",
    "aten::repeat_interleave.Tensor", "aten::one_hot", "aten::nonzero", "aten::masked_select", "aten::index_put", "aten::index.Tensor",
    "aten::nonzero_numpy", "aten::argwhere", "aten::is_nonzero", "aten::bincount",
    "aten::item", "aten::_local_scalar_dense", "aten::is_nonzero", "aten::equal", "aten::allclose",
    "aten::tensor_split.tensor_indices_or_sections", "aten::to.device",
  ]

  @Test("a call without elements gives the real call's sizes and types", arguments: OpCase.withSamples)
  func meta(_ item: OpCase) throws {
    if Self.dependsOnElements.contains(item.op.name) { return }
    for dtype in [DType.float32, .int64] {
      for sample in item.samples(dtype) {
        guard let real = try? sample.run() else { continue }
        let shapes = try sample.run(sample.arguments.mapTensors { $0.impl.isWrappedNumber ? $0 : try metaTensor($0) })
        try #require(shapes.count == real.count)
        let hasTensors = sample.arguments.tensors.contains { !$0.impl.isWrappedNumber }
        for (shape, value) in zip(shapes, real) {
          #expect(shape.sizes == value.sizes && shape.dtype == value.dtype, "\(sample.label): \(shape.summary), \(value.summary)")
          if hasTensors && !value.impl.isWrappedNumber { #expect(shape.device == .meta, "\(sample.label)") }
        }
      }
    }
  }

  @Test("the place of the elements in memory does not matter", arguments: OpCase.deterministic)
  func layouts(_ item: OpCase) throws {
    if Self.readsStrides.contains(item.op.name) { return }
    for dtype in [DType.float32, .float16, .int64, .bool, .complex64] {
      if dtype == .float16 && Self.roundsByLayout.contains(item.op.name) { continue }
      for sample in item.samples(dtype) {
        guard let plain = try? sample.run() else { continue }
        for variant in TensorVariant.allCases {
          let text = try difference(try sample.run(sample.arguments.mapTensors { variant.apply($0) }), plain)
          #expect(text == nil, "\(sample.label), \(variant)")
        }
        let rows = sample.arguments.mapTensors { $0.dtype == dtype ? expandedRow($0) : $0 }
        guard let copied = try? sample.run(rows.mapTensors { $0.impl.isWrappedNumber ? $0 : $0.clone(memoryFormat: .contiguous) })
        else { continue }
        let text = try difference(try sample.run(rows), copied)
        #expect(text == nil, "\(sample.label), expanded")
      }
    }
  }

  /// Ops whose result is rounded to sixteen bits, too coarse for finite differences.
  static let roundsToHalf: Set<String> = ["aten::chalf"]

  /// Ops that read one triangle of a matrix, whose gradient is that of symmetric changes or goes to both triangles, as PyTorch's.
  static let readsTriangle: Set<String> = [
    "aten::cholesky", "aten::linalg_cholesky", "aten::linalg_cholesky_ex", "aten::cholesky_inverse", "aten::cholesky_solve",
    "aten::_linalg_eigh", "aten::linalg_eigh", "aten::linalg_eigvalsh",
  ]

  /// Ops whose gradient takes its input to be normalised, which finite differences leave.
  static let assumesProbabilities: Set<String> = ["aten::_ctc_loss", "aten::ctc_loss.IntList", "aten::ctc_loss.Tensor"]

  /// Ops whose rounding in half types follows the layout, as PyTorch's does.
  static let roundsByLayout: Set<String> = [
    "aten::native_batch_norm", "aten::batch_norm", "aten::_native_batch_norm_legit", "aten::_native_batch_norm_legit.no_stats",
    "aten::_native_batch_norm_legit_no_training", "aten::_batch_norm_no_update", "aten::instance_norm",
  ]

  @Test("first derivatives agree with finite differences", arguments: OpCase.differentiable)
  func gradcheck(_ item: OpCase) throws {
    if Self.readsTriangle.union(Self.assumesProbabilities).union(Self.roundsToHalf).contains(item.op.name) { return }
    for sample in item.samples(.float64) {
      guard let (inputs, function) = differentiable(sample) else { continue }
      let text = try GradientCheck.first(inputs, function)
      #expect(text == nil, "\(sample.label)")
    }
  }

  @Test("second derivatives agree with finite differences", arguments: OpCase.differentiable)
  func gradgradcheck(_ item: OpCase) throws {
    if Self.readsTriangle.union(Self.roundsToHalf).contains(item.op.name) { return }
    for sample in item.samples(.float64) {
      guard let (inputs, function) = differentiable(sample) else { continue }
      let text = try GradientCheck.second(inputs, function)
      #expect(text == nil, "\(sample.label)")
    }
  }

  /// Ops without a derivative at matrices of equal rows, whose factors are not unique.
  static let needsRank: Set<String> = [
    "aten::linalg_lu_factor_ex", "aten::_lu_with_info", "aten::linalg_lu", "aten::linalg_lu_factor", "aten::linalg_qr", "aten::qr",
    "aten::_linalg_svd", "aten::linalg_svd", "aten::svd", "aten::linalg_cond",
  ]

  /// On inputs that lie otherwise in memory, or repeat a row of it: along a direction, backward and forward mode give what differences
  /// do.
  @Test("derivatives of strided and broadcast inputs, in both modes", arguments: OpCase.differentiable)
  func directions(_ item: OpCase) throws {
    if Self.readsTriangle.union(Self.assumesProbabilities).union(Self.roundsToHalf).union(Self.readsStrides).contains(item.op.name) { return }
    for sample in item.samples(.float64).prefix(3) {
      guard let (inputs, function) = differentiable(sample) else { continue }
      let layouts: [(String, (Tensor) -> Tensor)] = [
        ("transposed", { x in
          let order = Array((0..<x.rank).reversed())
          return x.permute(order).clone(memoryFormat: .contiguous).permute(order)
        }),
        ("strided", { stack([$0, $0], dim: -1).select(-1, 1) }),
        ("offset", { cat([Tensor.zeros([3], dtype: .float64), $0.reshape([-1])]).narrow(0, 3, $0.count).view($0.shape) }),
        ("a row repeated", { $0.rank > 1 && $0.count > 0 ? $0.narrow(0, 0, 1).expand($0.shape) : $0 }),
      ]
      for (name, layout) in layouts where name != "a row repeated" || !Self.needsRank.contains(item.op.name) {
        let arranged: GradientCheck.Function = { try function($0.map(layout)) }
        guard let results = try? arranged(inputs.map { $0.detach().clone().requiresGrad_() }), results.allSatisfy({ $0.isFinite().all().item().boolValue })
        else { continue }
        let text = try GradientCheck.directional(inputs, arranged)
        #expect(text == nil, "\(sample.label), \(name)")
      }
    }
  }

  /// The sample's floating-point tensors, and the op as a function of them.
  private func differentiable(_ sample: OpSample) -> ([Tensor], GradientCheck.Function)? {
    let tensors = sample.arguments.tensors
    let names = argumentNames(sample)
    let places = tensors.indices.filter {
      tensors[$0].dtype == .float64 && !tensors[$0].impl.isWrappedNumber && !Self.isConstant(names[$0], of: sample.op.name)
    }
    if places.isEmpty { return nil }
    let function: GradientCheck.Function = { values in
      var all = tensors
      for (place, value) in zip(places, values) { all[place] = value }
      // Complex results count by their parts.
      return try sample.run(sample.arguments.replacingTensors(all)).map { $0.dtype.isComplex ? $0.viewAsReal() : $0 }
    }
    guard let results = try? function(places.map { tensors[$0].detach().clone().requiresGrad_() }),
      results.contains(where: \.requiresGrad)
    else { return nil }
    return (places.map { tensors[$0] }, function)
  }

  /// The schema's name for each tensor among the arguments.
  private func argumentNames(_ sample: OpSample) -> [String] {
    zip(sample.op.info.schema.arguments, sample.arguments).flatMap { argument, value in
      [value].tensors.map { _ in argument.name }
    }
  }

  /// Arguments that PyTorch has no gradient for either: class weights of losses, running statistics.
  private static func isConstant(_ argument: String, of op: String) -> Bool {
    (argument == "weight" && (op.contains("nll_loss") || op.contains("cross_entropy")))
      || argument == "running_mean" || argument == "running_var"
  }

  /// An op that claims a derivative must put results on the tape for at least one sample.
  @Test("an op with a derivative records itself", arguments: OpCase.differentiable)
  func records(_ item: OpCase) throws {
    // Its only tensor is the input that zeta has no derivative by.
    if item.op.name == "aten::special_zeta.other_scalar" { return }
    let results = try item.samples(.float64).first?.run() ?? []
    // Answers are off the tape; the ops they are made of have said so.
    if results.allSatisfy({ !$0.dtype.isDifferentiable }) { return }
    let any = try item.samples(.float64).contains { sample in
      let leaves = sample.arguments.mapTensors {
        $0.dtype.isDifferentiable && !$0.impl.isWrappedNumber ? $0.detach().clone().requiresGrad_() : $0
      }
      return try sample.run(leaves).contains(where: \.requiresGrad)
    }
    #expect(any)
  }

  /// Ops with samples whose results follow from the arguments, and that have an in-place form.
  /// `polygamma` has its number first, and its in-place form the tensor.
  static let inPlacePairs: [OpCase] = OpCase.withSamples.filter {
    $0.op.info.tier != .random && $0.op.name != "aten::polygamma" && inPlaceForm(of: $0.op) != nil
  }

  /// Ops whose in-place form does not take complex numbers.
  static let realInPlace: Set<String> = ["aten::abs", "aten::logaddexp"]

  /// Ops without a derivative by the input that the in-place form changes.
  static let constantInFirst: Set<String> = ["aten::heaviside", "aten::igamma", "aten::igammac"]

  static func inPlaceForm(of op: AnyOp) -> AnyOp? {
    let parts = op.name.split(separator: ".", maxSplits: 1).map(String.init)
    let form = OpTable.op(named: ([parts[0] + "_"] + parts.dropFirst()).joined(separator: "."))
    // Those that change lists return nothing.
    return form?.info.schema.results.isEmpty == false ? form : nil
  }

  @Test("the in-place form computes the same into its first argument", arguments: inPlacePairs)
  func inPlace(_ item: OpCase) throws {
    let form = try #require(Self.inPlaceForm(of: item.op))
    for dtype in OpSample.dtypes where !(dtype.isComplex && Self.realInPlace.contains(item.op.name)) {
      for sample in item.samples(dtype) {
        guard let expected = try? sample.run() else { continue }
        let target = sample.arguments.tensors[0].clone()
        let version = target.version
        let arguments = sample.arguments.replacingTensors([target] + sample.arguments.tensors.dropFirst())
        // A view moves its tensor, whatever the sizes.
        let fits = form.info.tier == .inPlace && item.op.info.tier == .view
          || expected[0].sizes == target.sizes && expected[0].dtype.category <= target.dtype.category
        if !fits {
          let fails = failure { try form.call(arguments) } != nil
          #expect(fails, "\(sample.label)")
          continue
        }
        let returned = try form.call(arguments)
        #expect(returned.tensors.first.map { $0 === target } == true, "\(sample.label): the result is the changed tensor")
        let text = try difference(target, expected[0].to(target.dtype))
        #expect(text == nil, "\(sample.label)")
        // Dropout that drops nothing changes nothing.
        #expect(target.version > version || item.op.name.contains("dropout"), "\(sample.label): the change is counted")
      }
    }
  }

  @Test("the in-place form has the same derivative", arguments: inPlacePairs)
  func inPlaceGradients(_ item: OpCase) throws {
    if Self.constantInFirst.contains(item.op.name) { return }
    let form = try #require(Self.inPlaceForm(of: item.op))
    for sample in item.samples(.float64) {
      guard let (inputs, function) = differentiable(sample) else { continue }
      let plain = inputs.map { $0.detach().clone().requiresGrad_() }
      let leaves = inputs.map { $0.detach().clone().requiresGrad_() }
      let outputs = try function(plain)
      guard outputs[0].sizes == inputs[0].sizes || item.op.info.tier == .view, outputs[0].dtype == .float64 else { continue }
      let target = leaves[0].clone()
      let tensors = sample.arguments.tensors
      let names = argumentNames(sample)
    let places = tensors.indices.filter {
      tensors[$0].dtype == .float64 && !tensors[$0].impl.isWrappedNumber && !Self.isConstant(names[$0], of: sample.op.name)
    }
      var all = tensors
      for (place, leaf) in zip(places, leaves) { all[place] = leaf }
      all[0] = target
      _ = try form.call(sample.arguments.replacingTensors(all))
      let w = weights(like: outputs[0].detach())
      let expected = try grad([outputs[0]], plain, gradOutputs: [w], allowUnused: true)
      let found = try grad([target], leaves, gradOutputs: [w], allowUnused: true)
      for (a, b) in zip(found, expected) {
        let zero = Tensor(0.0, dtype: .float64)
        let text = try difference(a ?? zero, b ?? zero)
        #expect(text == nil, "\(sample.label)")
      }
    }
  }

  @Test("too few arguments and wrong ones are errors that name the op", arguments: OpCase.all)
  func badArguments(_ item: OpCase) {
    let name = item.op.name
    let few = failure { try item.op.call([]) }?.op
    #expect(few == name)
    let wrong = failure { try item.op.call(Array(repeating: .string("?"), count: item.op.argumentTypes.count)) }?.op
    #expect(wrong == name)
  }

  @Test("a poisoned argument fails the call", arguments: OpCase.withSamples)
  func poison(_ item: OpCase) throws {
    for sample in item.samples(.float32) where sample.arguments.tensors.contains(where: { !$0.impl.isWrappedNumber }) {
      let poison = try makePoison()
      let fails = failure { try sample.run(sample.arguments.mapTensors { _ in poison }) } != nil
      #expect(fails, "\(sample.label)")
    }
  }
}

/// What a failed op leaves behind in an error scope.
func makePoison() throws -> Tensor {
  var poison: Tensor?
  _ = failure { try withTorchErrors { poison = Tensor.zeros([2]).view([3]) } }
  return try #require(poison)
}
