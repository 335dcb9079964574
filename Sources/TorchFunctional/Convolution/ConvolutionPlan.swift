import TorchCore
import COneDNN
import Synchronization

/// What a convolution computes, apart from the data: the key of its prepared primitives.
package struct ConvolutionShape: Hashable {
  /// (N, C, …), (O, C / groups, …), (N, O, …); spatial sizes at the end.
  var input: [Int]
  var weight: [Int]
  var output: [Int]
  var stride: [Int]
  var padding: [Int]
  var dilation: [Int]
  var groups: Int
  var hasBias: Bool
  /// Whether input and output lie with channels last in memory.
  var channelsLast: Bool

  /// Weight sizes as oneDNN wants them.
  var groupedWeight: [Int] { groups == 1 ? weight : [groups, weight[0] / groups] + weight[1...] }

  /// Strides of an activation of these sizes.
  func activationStrides(_ sizes: [Int]) -> [Int] {
    if !channelsLast { return Array(Dims(sizes).contiguousStrides) }
    var strides = sizes
    var step = sizes[1]
    strides[1] = 1
    for d in stride.indices.reversed() {
      strides[d + 2] = step
      step *= sizes[d + 2]
    }
    strides[0] = step
    return strides
  }
}

/// A oneDNN convolution primitive with the changes of layout around it.
package final class ConvolutionPlan: @unchecked Sendable {
  // Immutable once made; oneDNN primitives may be executed by several threads at once when working memory is the caller's.
  enum Kind: Int, Hashable { case forward, backwardInput, backwardWeight }

  private struct Key: Hashable {
    let kind: Kind
    let shape: ConvolutionShape
    let threads: Int
    let weightStrides: [Int]
  }

  private static let cache = Mutex<[Key: ConvolutionPlan]>([:])

  /// The plan for these arguments, made at first use. Preparing takes about a millisecond, looking up half a microsecond.
  static func plan(_ kind: Kind, _ shape: ConvolutionShape, weightStrides: [Int]) throws -> ConvolutionPlan {
    let key = Key(kind: kind, shape: shape, threads: numThreads, weightStrides: weightStrides)
    if let found = cache.withLock({ $0[key] }) { return found }
    let made = try ConvolutionPlan(kind, shape, weightStrides)
    cache.withLock { plans in
      // Programs with ever new shapes must not keep them all.
      if plans.count >= 1024 { plans.removeAll() }
      plans[key] = made
    }
    return made
  }

  private static let made = Atomic(0)
  /// Tells plans apart, those that are gone included.
  private let number = ConvolutionPlan.made.wrappingAdd(1, ordering: .relaxed).newValue
  private let kind: Kind
  private let primitive: dnnl_primitive_t
  private let biasLayout: dnnl_memory_desc_t?
  private let scratchpad: dnnl_memory_desc_t?
  private struct Slot {
    let argument: Int32
    /// As the primitive wants it.
    let layout: dnnl_memory_desc_t
    /// To or from the tensor's layout; nil where they agree.
    let reorder: Reorder?
    let isOutput: Bool
    var byteCount: Int {
      var layout = layout
      return dnnl_memory_desc_get_size(&layout)
    }
  }
  /// Two inputs and the output.
  private let slots: [Slot]

  private init(_ kind: Kind, _ shape: ConvolutionShape, _ weightStrides: [Int]) throws {
    self.kind = kind
    let userInput = try OneDNN.memoryDescriptor(shape.input, strides: shape.activationStrides(shape.input))
    let userOutput = try OneDNN.memoryDescriptor(shape.output, strides: shape.activationStrides(shape.output))
    let userWeight = try OneDNN.memoryDescriptor(shape.groupedWeight, strides: weightStrides)
    // Channels-last activations are used as they lie; otherwise oneDNN chooses and the data are rearranged around it.
    var source = shape.channelsLast ? userInput : try OneDNN.anyDescriptor(shape.input)
    var target = shape.channelsLast ? userOutput : try OneDNN.anyDescriptor(shape.output)
    var weights = try OneDNN.anyDescriptor(shape.groupedWeight)
    var bias = try OneDNN.memoryDescriptor([shape.output[1]], strides: [1])
    let stride = shape.stride.map { dnnl_dim_t($0) }
    let dilation = shape.dilation.map { dnnl_dim_t($0 - 1) }
    let padding = shape.padding.map { dnnl_dim_t($0) }
    // The right padding that makes the output size exact where stride does not divide.
    let right = shape.stride.indices.map { i -> dnnl_dim_t in
      let reach = (shape.weight[i + 2] - 1) * shape.dilation[i] + 1
      return dnnl_dim_t((shape.output[i + 2] - 1) * shape.stride[i] + reach - shape.input[i + 2] - shape.padding[i])
    }
    func forwardDescriptor(_ propagation: dnnl_prop_kind_t, withBias: Bool) throws -> dnnl_primitive_desc_t {
      var descriptor = dnnl_convolution_desc_t()
      try OneDNN.check(
        withBias
          ? dnnl_dilated_convolution_forward_desc_init(
            &descriptor, propagation, dnnl_convolution_direct, &source, &weights, &bias, &target, stride, dilation, padding, right)
          : dnnl_dilated_convolution_forward_desc_init(
            &descriptor, propagation, dnnl_convolution_direct, &source, &weights, nil, &target, stride, dilation, padding, right),
        "a convolution")
      var made: dnnl_primitive_desc_t?
      try OneDNN.check(dnnl_primitive_desc_create(&made, &descriptor, OneDNN.attributes, OneDNN.engine, nil), "a convolution")
      return made!
    }
    let descriptor: dnnl_primitive_desc_t
    switch kind {
    case .forward:
      descriptor = try forwardDescriptor(dnnl_forward_training, withBias: shape.hasBias)
    case .backwardInput:
      let hint = try forwardDescriptor(dnnl_forward_training, withBias: false)
      defer { dnnl_primitive_desc_destroy(hint) }
      var backward = dnnl_convolution_desc_t()
      try OneDNN.check(
        dnnl_dilated_convolution_backward_data_desc_init(
          &backward, dnnl_convolution_direct, &source, &weights, &target, stride, dilation, padding, right), "a convolution's backward")
      var made: dnnl_primitive_desc_t?
      try OneDNN.check(dnnl_primitive_desc_create(&made, &backward, OneDNN.attributes, OneDNN.engine, hint), "a convolution's backward")
      descriptor = made!
    case .backwardWeight:
      let hint = try forwardDescriptor(dnnl_forward_training, withBias: false)
      defer { dnnl_primitive_desc_destroy(hint) }
      var backward = dnnl_convolution_desc_t()
      try OneDNN.check(
        dnnl_dilated_convolution_backward_weights_desc_init(
          &backward, dnnl_convolution_direct, &source, &weights, nil, &target, stride, dilation, padding, right), "a convolution's backward")
      var made: dnnl_primitive_desc_t?
      try OneDNN.check(dnnl_primitive_desc_create(&made, &backward, OneDNN.attributes, OneDNN.engine, hint), "a convolution's backward")
      descriptor = made!
    }
    defer { dnnl_primitive_desc_destroy(descriptor) }
    func layout(_ query: dnnl_query_t) -> dnnl_memory_desc_t { dnnl_primitive_desc_query_md(descriptor, query, 0).pointee }
    switch kind {
    case .forward:
      let (s, w, d) = (layout(dnnl_query_src_md), layout(dnnl_query_weights_md), layout(dnnl_query_dst_md))
      slots = [
        Slot(argument: DNNL_ARG_SRC, layout: s, reorder: try .make(userInput, s), isOutput: false),
        Slot(argument: DNNL_ARG_WEIGHTS, layout: w, reorder: try .make(userWeight, w), isOutput: false),
        Slot(argument: DNNL_ARG_DST, layout: d, reorder: try .make(d, userOutput), isOutput: true),
      ]
    case .backwardInput:
      let (d, w, s) = (layout(dnnl_query_diff_dst_md), layout(dnnl_query_weights_md), layout(dnnl_query_diff_src_md))
      slots = [
        Slot(argument: DNNL_ARG_DIFF_DST, layout: d, reorder: try .make(userOutput, d), isOutput: false),
        Slot(argument: DNNL_ARG_WEIGHTS, layout: w, reorder: try .make(userWeight, w), isOutput: false),
        Slot(argument: DNNL_ARG_DIFF_SRC, layout: s, reorder: try .make(s, userInput), isOutput: true),
      ]
    case .backwardWeight:
      let (s, d, w) = (layout(dnnl_query_src_md), layout(dnnl_query_diff_dst_md), layout(dnnl_query_diff_weights_md))
      slots = [
        Slot(argument: DNNL_ARG_SRC, layout: s, reorder: try .make(userInput, s), isOutput: false),
        Slot(argument: DNNL_ARG_DIFF_DST, layout: d, reorder: try .make(userOutput, d), isOutput: false),
        Slot(argument: DNNL_ARG_DIFF_WEIGHTS, layout: w, reorder: try .make(w, userWeight), isOutput: true),
      ]
    }
    biasLayout = kind == .forward && shape.hasBias ? bias : nil
    scratchpad = OneDNN.scratchpad(descriptor)
    var made: dnnl_primitive_t?
    try OneDNN.check(dnnl_primitive_create(&made, descriptor), "a convolution")
    primitive = made!
  }

  deinit { dnnl_primitive_destroy(primitive) }

  /// Weights as a plan's primitive wants them.
  private struct WeightForm: Hashable {
    let plan: Int
    let offset: Int
  }

  /// Runs on tensors in the layouts the plan was made for: two inputs in the order of the kind, and the result.
  func run(_ first: Tensor, _ second: Tensor, bias: Tensor? = nil, into result: Tensor) throws {
    var arguments: [(Int32, dnnl_memory_desc_t, UnsafeMutableRawPointer)] = []
    var temporaries: [Storage] = []
    var finish: (Reorder, UnsafeMutableRawPointer)?
    for (slot, tensor) in zip(slots, [first, second, result]) {
      guard let reorder = slot.reorder else {
        arguments.append((slot.argument, slot.layout, tensor.address))
        continue
      }
      if slot.argument == DNNL_ARG_WEIGHTS {
        let form = WeightForm(plan: number, offset: tensor.impl.offset)
        let storage = try tensor.impl.storage.prepared(form) {
          let storage = try Storage(byteCount: slot.byteCount)
          try reorder.run(tensor.address, storage.pointer!)
          return storage
        }
        temporaries.append(storage)
        arguments.append((slot.argument, slot.layout, storage.pointer!))
        continue
      }
      let storage = try Storage(byteCount: slot.byteCount)
      temporaries.append(storage)
      if slot.isOutput { finish = (reorder, storage.pointer!) } else { try reorder.run(tensor.address, storage.pointer!) }
      arguments.append((slot.argument, slot.layout, storage.pointer!))
    }
    if let biasLayout, let bias { arguments.append((DNNL_ARG_BIAS, biasLayout, bias.address)) }
    try OneDNN.execute(primitive, arguments, scratchpad: scratchpad, "a convolution")
    if let (reorder, source) = finish { try reorder.run(source, result.address) }
    withExtendedLifetime(temporaries) {}
  }
}
