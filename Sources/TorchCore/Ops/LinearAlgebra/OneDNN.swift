import COneDNN
import Synchronization

/// Thin, throwing Swift over oneDNN's C functions.
package enum OneDNN {
  /// The CPU engine, made once.
  package nonisolated(unsafe) static let engine: dnnl_engine_t = {
    var engine: dnnl_engine_t?
    let status = dnnl_engine_create(&engine, dnnl_cpu, 0)
    guard status == dnnl_success, let engine else { fatalError("oneDNN has no CPU engine (status \(status.rawValue))") }
    return engine
  }()

  package static func check(_ status: dnnl_status_t, _ what: String) throws(TorchError) {
    if status == dnnl_success { return }
    if status == dnnl_unimplemented || status == dnnl_invalid_arguments { throw TorchError(.unsupported, "oneDNN has no implementation of \(what) for these arguments") }
    throw TorchError(.internal, "oneDNN failed in \(what) (status \(status.rawValue))")
  }

  /// float32 memory of the given sizes and strides.
  package static func memoryDescriptor(_ sizes: [Int], strides: [Int]) throws -> dnnl_memory_desc_t {
    var descriptor = dnnl_memory_desc_t()
    let dims = sizes.map { dnnl_dim_t($0) }
    let steps = strides.map { dnnl_dim_t($0) }
    try check(
      dnnl_memory_desc_init_by_strides(&descriptor, Int32(sizes.count), dims, dnnl_f32, steps), "describing memory")
    return descriptor
  }

  /// float32 memory of the given sizes whose layout oneDNN chooses.
  package static func anyDescriptor(_ sizes: [Int]) throws -> dnnl_memory_desc_t {
    var descriptor = dnnl_memory_desc_t()
    let dims = sizes.map { dnnl_dim_t($0) }
    try check(dnnl_memory_desc_init_by_tag(&descriptor, Int32(sizes.count), dims, dnnl_f32, dnnl_format_tag_any), "describing memory")
    return descriptor
  }

  /// Attributes that leave working memory to the caller. oneDNN's own belongs to the thread that makes a primitive, and another thread
  /// that ran it would find none.
  package nonisolated(unsafe) static let attributes: dnnl_primitive_attr_t = {
    var attributes: dnnl_primitive_attr_t?
    guard dnnl_primitive_attr_create(&attributes) == dnnl_success, let attributes,
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) == dnnl_success
    else { fatalError("oneDNN cannot leave working memory to its caller") }
    return attributes
  }()

  /// The working memory that a primitive wants; nil where it wants none.
  package static func scratchpad(_ descriptor: dnnl_primitive_desc_t) -> dnnl_memory_desc_t? {
    guard var layout = dnnl_primitive_desc_query_md(descriptor, dnnl_query_scratchpad_md, 0)?.pointee,
      dnnl_memory_desc_get_size(&layout) > 0
    else { return nil }
    return layout
  }

  /// Runs a primitive on memory given as (argument, layout, address), with working memory as `scratchpad` told.
  package static func execute(
    _ primitive: dnnl_primitive_t, _ arguments: [(Int32, dnnl_memory_desc_t, UnsafeMutableRawPointer)], scratchpad: dnnl_memory_desc_t?,
    _ what: String
  ) throws {
    if var layout = scratchpad {
      let working = try Storage(byteCount: dnnl_memory_desc_get_size(&layout))
      let all = arguments + [(DNNL_ARG_SCRATCHPAD, layout, working.pointer!)]
      return try withExtendedLifetime(working) { try execute(primitive, all, scratchpad: nil, what) }
    }
    var stream: dnnl_stream_t?
    try check(dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue), "creating a stream")
    defer { dnnl_stream_destroy(stream) }
    var list: [dnnl_exec_arg_t] = []
    defer { for entry in list { dnnl_memory_destroy(entry.memory) } }
    for (argument, descriptor, address) in arguments {
      var memory: dnnl_memory_t?
      var layout = descriptor
      try check(dnnl_memory_create(&memory, &layout, engine, address), "wrapping memory")
      list.append(dnnl_exec_arg_t(arg: argument, memory: memory))
    }
    try check(dnnl_primitive_execute(primitive, stream, Int32(list.count), list), what)
    try check(dnnl_stream_wait(stream), what)
  }
}

/// A reorder from one layout into another, kept for reuse.
package final class Reorder: @unchecked Sendable {
  // Primitives may run from several threads; destruction happens with the last reference.
  private let primitive: dnnl_primitive_t
  private let from: dnnl_memory_desc_t
  private let to: dnnl_memory_desc_t
  private let scratchpad: dnnl_memory_desc_t?

  /// Nil where the layouts are equal and nothing has to move.
  package static func make(_ from: dnnl_memory_desc_t, _ to: dnnl_memory_desc_t) throws -> Reorder? {
    var (a, b) = (from, to)
    return dnnl_memory_desc_equal(&a, &b) != 0 ? nil : try Reorder(from, to)
  }

  private init(_ from: dnnl_memory_desc_t, _ to: dnnl_memory_desc_t) throws {
    var (a, b) = (from, to)
    var descriptor: dnnl_primitive_desc_t?
    try OneDNN.check(
      dnnl_reorder_primitive_desc_create(&descriptor, &a, OneDNN.engine, &b, OneDNN.engine, OneDNN.attributes), "a change of layout")
    defer { dnnl_primitive_desc_destroy(descriptor) }
    scratchpad = OneDNN.scratchpad(descriptor!)
    var made: dnnl_primitive_t?
    try OneDNN.check(dnnl_primitive_create(&made, descriptor), "a change of layout")
    primitive = made!
    self.from = from
    self.to = to
  }

  deinit { dnnl_primitive_destroy(primitive) }

  package func run(_ source: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer) throws {
    try OneDNN.execute(primitive, [(DNNL_ARG_FROM, from, source), (DNNL_ARG_TO, to, target)], scratchpad: scratchpad, "a change of layout")
  }
}
