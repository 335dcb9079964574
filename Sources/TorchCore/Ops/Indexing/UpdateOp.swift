/// An op that overwrites some elements of its first argument, in two forms: `op` does so in a copy, `inPlace` in the argument
/// itself.
package struct UpdateOp<each A: Boxable>: Sendable {
  package let op: Op<repeat each A, Tensor>
  package let inPlace: Op<repeat each A, Tensor>

  /// Both forms, for the table.
  package var erased: [AnyOp] { [op.erased, inPlace.erased] }
}

/// Makes both forms of an updating op with the parameters `P` after self from one definition.
package struct Update<each P: Boxable> {
  private static func edges(_ x: Tensor, _ p: repeat each P) -> Edges {
    var edges = Edges(x)
    for argument in repeat each p { edges.append(argument) }
    return edges
  }

  /// - Parameters:
  ///   - schema: of the form that returns a new tensor.
  ///   - rule: judges the arguments; pure.
  ///   - apply: changes the given tensor, which holds self's values; recording is off. It must find all fault before it writes.
  ///   - vjp: given the arguments, returns the derivative; it may keep any but the first, whose values are gone.
  package static func op(
    _ schema: String, rule: @escaping @Sendable (Tensor, repeat each P) throws -> Void,
    apply: @escaping @Sendable (Tensor, repeat each P) throws -> Void,
    vjp: @escaping @Sendable (Tensor, repeat each P) throws -> Pullback,
    samples: @escaping @Sendable (inout SampleSource) -> [Sample]
  ) -> UpdateOp<Tensor, repeat each P> {
    let info = OpInfo(schema, tier: .structured, derivative: .own, samples: samples)
    let inPlaceInfo = info.inPlace
    return UpdateOp<Tensor, repeat each P>(
      op: Op<Tensor, repeat each P, Tensor>(
        info,
        recorder: .init { (result: Tensor, x: Tensor, p: repeat each P) in
          let pullback = try vjp(x, repeat each p)
          Recording.attach(
            RecordedNode(info, edges: edges(x, repeat each p), resultCount: 1, pullback: pullback), to: [result])
        }
      ) { (x: Tensor, p: repeat each P) in
        var survey = ArgumentSurvey()
        try survey.add(x)
        for argument in repeat each p { try survey.add(argument) }
        try rule(x, repeat each p)
        let out = try Tensor.allocate(TensorSpec(like: x), device: survey.device)
        if survey.device == .cpu {
          try ThreadState.with(setting: ThreadState.noGrad) {
            Copying.copy(x, into: out)
            try apply(out, repeat each p)
          }
        }
        if survey.requiresGrad && isGradEnabled {
          let pullback = try vjp(x, repeat each p)
          Recording.attach(RecordedNode(info, edges: edges(x, repeat each p), resultCount: 1, pullback: pullback), to: [out])
        }
        return out
      },
      inPlace: Op(inPlaceInfo) { (x: Tensor, p: repeat each P) in
        var survey = ArgumentSurvey()
        try survey.add(x)
        for argument in repeat each p { try survey.add(argument) }
        let recorded = isGradEnabled && survey.requiresGrad && x.dtype.isDifferentiable
        try InPlace.check(x, recording: recorded)
        try rule(x, repeat each p)
        let edges = recorded ? edges(x, repeat each p) : Edges()
        if survey.device == .cpu { try ThreadState.with(setting: ThreadState.noGrad) { try apply(x, repeat each p) } }
        InPlace.changed(x)
        if recorded {
          let pullback = try vjp(x, repeat each p)
          InPlace.rebase(x, to: RecordedNode(inPlaceInfo, edges: edges, resultCount: 1, pullback: pullback))
        }
        return x
      })
  }
}
