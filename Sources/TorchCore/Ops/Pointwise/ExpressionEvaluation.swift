// A derivative's expression, carried out by tensor ops: each is recorded, so that derivatives of any order follow from the formula.

extension Expression {
  /// The value for these inputs and parameters.
  package func evaluate(_ inputs: [Tensor], _ parameters: KernelParameters) throws -> Tensor {
    var values: [ObjectIdentifier: Tensor] = [:]
    for node in node.topologicalOrder {
      let operands = node.operands.map { values[ObjectIdentifier($0)]! }
      values[ObjectIdentifier(node)] = try Expression.carryOut(node.operation, operands, inputs, parameters)
    }
    return values[ObjectIdentifier(node)]!
  }

  /// What is made of numbers alone is computed in double precision and stays a number, which takes the type of what it meets.
  private static func carryOut(
    _ operation: Operation, _ operands: [Tensor], _ inputs: [Tensor], _ parameters: KernelParameters
  ) throws -> Tensor {
    guard !operands.isEmpty, operands.allSatisfy(\.impl.isWrappedNumber) else {
      return try apply(operation, operands, inputs, parameters)
    }
    let plain = operands.map { number in
      let copy = number.alias()
      copy.impl.isWrappedNumber = false
      return copy
    }
    let result = try apply(operation, plain, inputs, parameters)
    if result.impl.sizes.count == 0, !result.requiresGrad { result.impl.isWrappedNumber = true }
    return result
  }

  private static func apply(
    _ operation: Operation, _ x: [Tensor], _ inputs: [Tensor], _ parameters: KernelParameters
  ) throws -> Tensor {
    switch operation {
    case .constant(let c): return Tensor(scalar: .double(c))
    case .input(let i): return inputs[i]
    case .parameter(let i):
      let p = parameters.values[i]
      return Tensor(scalar: p.im == 0 ? .double(p.re) : .complex(p.re, p.im))
    case .add: return x[0] + x[1]
    case .subtract: return x[0] - x[1]
    case .multiply: return x[0] * x[1]
    case .divide: return x[0] / x[1]
    case .negate: return -x[0]
    case .unary(let function): return try apply(function, x[0])
    case .binary(let function): return try apply(function, x[0], x[1])
    case .library(let function): return try SpecialOps.apply(function, x)
    case .select: return `where`(x[0], x[1], x[2])
    case .truth(let b): return Tensor(scalar: .bool(b))
    case .compare(let comparison):
      switch comparison {
      case .equal: return x[0] .== x[1]
      case .notEqual: return x[0] .!= x[1]
      case .less: return x[0] .< x[1]
      case .lessOrEqual: return x[0] .<= x[1]
      case .greater: return x[0] .> x[1]
      case .greaterOrEqual: return x[0] .>= x[1]
      }
    case .isNaN: return x[0].isNaN()
    case .and: return x[0].logicalAnd(x[1])
    case .or: return x[0].logicalOr(x[1])
    case .not: return x[0].logicalNot()
    }
  }

  private static func apply(_ function: UnaryFunction, _ x: Tensor) throws -> Tensor {
    switch function {
    case .abs: x.abs()
    case .conj: x.conj()
    case .angle: x.angle()
    case .sqrt: x.sqrt()
    case .rsqrt: x.rsqrt()
    case .exp: x.exp()
    case .exp2: x.exp2()
    case .expm1: x.expm1()
    case .log: x.log()
    case .log2: x.log2()
    case .log10: x.log10()
    case .log1p: x.log1p()
    case .sin: x.sin()
    case .cos: x.cos()
    case .tan: x.tan()
    case .asin: x.asin()
    case .acos: x.acos()
    case .atan: x.atan()
    case .sinh: x.sinh()
    case .cosh: x.cosh()
    case .tanh: x.tanh()
    case .asinh: x.asinh()
    case .acosh: x.acosh()
    case .atanh: x.atanh()
    case .sigmoid: x.sigmoid()
    case .erf: x.erf()
    case .erfc: x.erfc()
    case .ndtr: Special.ndtr(x)
    case .lgamma: x.lgamma()
    case .digamma: x.digamma()
    case .floor: x.floor()
    case .ceil: x.ceil()
    case .trunc: x.trunc()
    case .round: x.round()
    case .bitwiseNot: x.bitwiseNot()
    }
  }

  private static func apply(_ function: BinaryFunction, _ x: Tensor, _ y: Tensor) throws -> Tensor {
    switch function {
    case .pow: x.pow(y)
    case .atan2: x.atan2(y)
    case .hypot: x.hypot(y)
    case .copysign: x.copysign(y)
    case .maximum: x.maximum(y)
    case .minimum: x.minimum(y)
    case .fmax: x.fmax(y)
    case .fmin: x.fmin(y)
    case .fmod: x.fmod(y)
    case .remainder: x.remainder(y)
    case .floorDivide: x.floorDivide(y)
    case .truncDivide: x.truncDivide(y)
    case .bitwiseAnd: x.bitwiseAnd(y)
    case .bitwiseOr: x.bitwiseOr(y)
    case .bitwiseXor: x.bitwiseXor(y)
    case .gcd: x.gcd(y)
    case .shiftLeft: x.bitwiseLeftShift(y)
    case .shiftRight: x.bitwiseRightShift(y)
    }
  }
}
