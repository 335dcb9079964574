/// A formula as source text: the symbolic instance of the algebra. Operations fold what derivatives leave behind (products with
/// one and zero, double negations, arithmetic of constants); `KernelText` shares common subexpressions and prints C.
///
/// A product with a constant zero folds to zero even where the other factor might be infinite or NaN: a formula that wants NaN
/// from it says so with `select`.
package struct Expression: Elementwise, Sendable {
  /// A node of the expression's graph; sharing is by reference, and equal nodes are merged when text is made.
  package final class Node: Sendable {
    package let operation: Operation
    package let operands: [Node]
    package init(_ operation: Operation, _ operands: [Node] = []) {
      self.operation = operation
      self.operands = operands
    }
  }

  package enum Operation: Hashable, Sendable {
    case constant(Double)
    case input(Int)
    case parameter(Int)
    case add, subtract, multiply, divide, negate
    case unary(UnaryFunction)
    case binary(BinaryFunction)
    case library(LibraryFunction)
    case select
    // The rest are conditions.
    case truth(Bool)
    case compare(Comparison)
    case isNaN, and, or, not
  }

  /// A condition on expressions.
  package struct Condition: Sendable {
    package let node: Node
    package init(_ operation: Operation, _ operands: [Node] = []) { node = Node(operation, operands) }

    package var truth: Bool? {
      if case .truth(let value) = node.operation { value } else { nil }
    }
  }

  package let node: Node
  package init(_ node: Node) { self.node = node }
  package init(_ operation: Operation, _ operands: [Node] = []) { node = Node(operation, operands) }

  /// The `i`-th input of the kernel.
  package static func input(_ i: Int) -> Expression { Expression(.input(i)) }
  /// The `i`-th numeric parameter of the kernel.
  package static func parameter(_ i: Int) -> Expression { Expression(.parameter(i)) }

  package var constantValue: Double? {
    if case .constant(let c) = node.operation { c } else { nil }
  }

  package var inputIndex: Int? {
    if case .input(let i) = node.operation { i } else { nil }
  }

  package var isZero: Bool { constantValue == 0 }
  private var isOne: Bool { constantValue == 1 }

  /// The operand of a negation.
  private var negated: Expression? {
    if case .negate = node.operation { Expression(node.operands[0]) } else { nil }
  }
}

// The algebra, folding as it builds.
extension Expression {
  package static func constant(_ c: Double) -> Expression { Expression(.constant(c)) }

  package static func + (a: Expression, b: Expression) -> Expression {
    if let x = a.constantValue, let y = b.constantValue { return .constant(x + y) }
    if a.isZero { return b }
    if b.isZero { return a }
    if let y = b.negated { return a - y }
    if let x = a.negated { return b - x }
    return Expression(.add, [a.node, b.node])
  }

  package static func - (a: Expression, b: Expression) -> Expression {
    if let x = a.constantValue, let y = b.constantValue { return .constant(x - y) }
    if a.isZero { return -b }
    if b.isZero { return a }
    if let y = b.negated { return a + y }
    return Expression(.subtract, [a.node, b.node])
  }

  package static func * (a: Expression, b: Expression) -> Expression {
    if let x = a.constantValue, let y = b.constantValue { return .constant(x * y) }
    // Constants gather on the left.
    if b.constantValue != nil { return b * a }
    if a.isZero { return a }
    if a.isOne { return b }
    if a.constantValue == -1 { return -b }
    if let c = a.constantValue, case .multiply = b.node.operation, let d = Expression(b.node.operands[0]).constantValue {
      return .constant(c * d) * Expression(b.node.operands[1])
    }
    if let y = b.negated { return a.constantValue.map { .constant(-$0) * y } ?? -(a * y) }
    if let x = a.negated { return -(x * b) }
    return Expression(.multiply, [a.node, b.node])
  }

  package static func / (a: Expression, b: Expression) -> Expression {
    if let x = a.constantValue, let y = b.constantValue { return .constant(x / y) }
    if a.isZero || b.isOne { return a }
    if let x = a.negated { return -(x / b) }
    return Expression(.divide, [a.node, b.node])
  }

  package static prefix func - (a: Expression) -> Expression {
    if let x = a.constantValue { return .constant(-x) }
    if let x = a.negated { return x }
    if case .multiply = a.node.operation, let c = Expression(a.node.operands[0]).constantValue {
      return .constant(-c) * Expression(a.node.operands[1])
    }
    if case .subtract = a.node.operation { return Expression(.subtract, [a.node.operands[1], a.node.operands[0]]) }
    return Expression(.negate, [a.node])
  }

  package static func apply(_ function: UnaryFunction, _ x: Expression) -> Expression {
    if let c = x.constantValue { return .constant(Double.apply(function, c)) }
    return Expression(.unary(function), [x.node])
  }

  package static func apply(_ function: BinaryFunction, _ x: Expression, _ y: Expression) -> Expression {
    if let a = x.constantValue, let b = y.constantValue { return .constant(Double.apply(function, a, b)) }
    return Expression(.binary(function), [x.node, y.node])
  }

  package static func apply(_ function: LibraryFunction, _ x: [Expression]) -> Expression {
    Expression(.library(function), x.map(\.node))
  }

  package static func compare(_ comparison: Comparison, _ x: Expression, _ y: Expression) -> Condition {
    if let a = x.constantValue, let b = y.constantValue { return Condition(.truth(Double.compare(comparison, a, b))) }
    return Condition(.compare(comparison), [x.node, y.node])
  }

  package static func isNaN(_ x: Expression) -> Condition {
    if let c = x.constantValue { return Condition(.truth(c.isNaN)) }
    return Condition(.isNaN, [x.node])
  }

  package static func and(_ a: Condition, _ b: Condition) -> Condition {
    if let x = a.truth { return x ? b : a }
    if let y = b.truth { return y ? a : b }
    return Condition(.and, [a.node, b.node])
  }

  package static func or(_ a: Condition, _ b: Condition) -> Condition {
    if let x = a.truth { return x ? a : b }
    if let y = b.truth { return y ? b : a }
    return Condition(.or, [a.node, b.node])
  }

  package static func not(_ a: Condition) -> Condition {
    if let x = a.truth { return Condition(.truth(!x)) }
    return Condition(.not, [a.node])
  }

  package static func select(_ condition: Condition, _ a: Expression, _ b: Expression) -> Expression {
    if let truth = condition.truth { return truth ? a : b }
    if a.node === b.node { return a }
    if let x = a.constantValue, let y = b.constantValue, x.bitPattern == y.bitPattern { return a }
    return Expression(.select, [condition.node, a.node, b.node])
  }
}

// What the generator asks of a derivative.
extension Expression {
  /// The product of `g` and this derivative. Where the derivative is a choice, the choice is made between products, so that a
  /// branch of zero gives zero even for an infinite `g`.
  /// - Parameter conjugating: multiply by the conjugate, as the gradient of a complex function does.
  package func scaled(by g: Expression, conjugating: Bool = false) -> Expression {
    if case .select = node.operation {
      let a = Expression(node.operands[1]).scaled(by: g, conjugating: conjugating)
      let b = Expression(node.operands[2]).scaled(by: g, conjugating: conjugating)
      return a.node === b.node ? a : Expression(.select, [node.operands[0], a.node, b.node])
    }
    if let inner = negated { return -inner.scaled(by: g, conjugating: conjugating) }
    // A quotient of one is better divided by than multiplied with.
    if case .divide = node.operation, Expression(node.operands[0]).isOne, !conjugating {
      return g / Expression(node.operands[1])
    }
    // Not a number times anything: a product would spoil the derivative by g where this branch is not taken.
    if constantValue?.isNaN == true { return self }
    if constantValue != nil || !conjugating { return g * self }
    return g * Expression.conj(self)
  }

  /// The inputs that occur, in ascending order.
  package var inputsRead: [Int] {
    var found = Set<Int>()
    for node in node.topologicalOrder {
      if case .input(let i) = node.operation { found.insert(i) }
    }
    return found.sorted()
  }

  /// The same expression with inputs replaced.
  package func replacingInputs(_ replacements: [Int: Expression]) -> Expression {
    var copies = [ObjectIdentifier: Node]()
    for node in node.topologicalOrder {
      if case .input(let i) = node.operation, let replacement = replacements[i] {
        copies[ObjectIdentifier(node)] = replacement.node
      } else {
        copies[ObjectIdentifier(node)] = Node(node.operation, node.operands.map { copies[ObjectIdentifier($0)]! })
      }
    }
    return Expression(copies[ObjectIdentifier(node)]!)
  }
}

extension Expression.Node {
  /// Every node once, operands before users, without recursion.
  package var topologicalOrder: [Expression.Node] {
    var order = [Expression.Node]()
    var done = Set<ObjectIdentifier>()
    var stack: [(node: Expression.Node, expanded: Bool)] = [(self, false)]
    while let (node, expanded) = stack.popLast() {
      if expanded {
        if done.insert(ObjectIdentifier(node)).inserted { order.append(node) }
      } else if !done.contains(ObjectIdentifier(node)) {
        stack.append((node, true))
        for operand in node.operands.reversed() { stack.append((operand, false)) }
      }
    }
    return order
  }
}
