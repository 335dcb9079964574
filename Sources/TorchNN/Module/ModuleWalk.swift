import TorchOps

/// What a module's stored properties hold, in the order of their declaration, the superclass's first.
struct ModuleMembers {
  /// A parameter or buffer of the module itself.
  struct Slot {
    let name: String
    let slot: TensorSlot
    let role: TensorRole
  }

  private(set) var slots: [Slot] = []
  private(set) var children: [(name: String, module: Module)] = []

  /// Reads the properties anew each time: nothing is cached, so that plain assignment replaces a child.
  init(of module: Module) {
    if let list = module as? any ModuleCollection {
      children = list.namedElements
    }
    if let list = module as? any SlotCollection {
      slots = list.namedSlotList.map { Slot(name: $0.name, slot: $0.slot, role: $0.role) }
    }
    // Mirrors are made for the object itself first, then for its superclasses.
    var levels: [(mirror: Mirror, type: AnyClass)] = []
    var mirror: Mirror? = Mirror(reflecting: module)
    var type: AnyClass? = Swift.type(of: module)
    while let level = mirror, let levelType: AnyClass = type, levelType != Module.self {
      levels.append((mirror: level, type: levelType))
      mirror = level.superclassMirror
      type = _getSuperclass(levelType)
    }
    for level in levels.reversed() {
      ReflectionCheck.check(level.mirror, level.type)
      for (label, value) in level.mirror.children {
        guard let label else { continue }
        add(label, value)
      }
    }
    guard slots.contains(where: { $0.slot.source != nil }) else { return }
    let computed = slots.filter { $0.slot.source != nil }
    slots.removeAll { $0.slot.source != nil }
    for member in computed {
      for (suffix, slot, role) in member.slot.source!.ownSlots {
        slots.append(Slot(name: member.name + suffix, slot: slot, role: role))
      }
    }
    let lists = computed.compactMap { member in (member.slot.source as? ParametrizationList).map { (member.name, $0 as Module) } }
    if !lists.isEmpty { children.append(("parametrizations", ModuleDict(lists))) }
  }

  /// The slots as they are declared, those of computed tensors among them.
  static func declaredSlots(of module: Module) -> [Slot] {
    var found: [Slot] = []
    if let list = module as? any SlotCollection {
      found = list.namedSlotList.map { Slot(name: $0.name, slot: $0.slot, role: $0.role) }
    }
    var mirror: Mirror? = Mirror(reflecting: module)
    while let level = mirror {
      for case (let label?, let holder as any TensorSlotHolder) in level.children {
        found.append(Slot(name: holder.slot.key ?? StateKey.name(ofProperty: label), slot: holder.slot, role: holder.role))
      }
      mirror = level.superclassMirror
    }
    return found
  }

  private mutating func add(_ label: String, _ value: Any) {
    if let holder = value as? any TensorSlotHolder {
      slots.append(Slot(name: holder.slot.key ?? StateKey.name(ofProperty: label), slot: holder.slot, role: holder.role))
    } else if let named = value as? any NamedChild {
      addChild(named.key, named.content)
    } else if !(value is any HiddenProperty) {
      addChild(StateKey.name(ofProperty: label), value)
    }
  }

  private mutating func addChild(_ name: String, _ value: Any) {
    if let module = value as? Module {
      children.append((name, module))
    } else if let modules = value as? [Module] {
      for (i, module) in modules.enumerated() { children.append(("\(name).\(i)", module)) }
    } else if let modules = value as? [String: Module] {
      for key in modules.keys.sorted() { children.append(("\(name).\(key)", modules[key]!)) }
    }
  }
}

/// A module whose children are the elements of a list, named by position.
protocol ModuleCollection: Module {
  var namedElements: [(name: String, module: Module)] { get }
}

/// A module whose parameters and buffers are not properties: their number is an option.
protocol SlotCollection: Module {
  var namedSlotList: [(name: String, slot: TensorSlot, role: TensorRole)] { get }
}

enum StateKey {
  /// The key that the tensors of a weight norm had before there were parametrizations: `weight_g` and `weight_v`.
  static func olderName(of name: String) -> String? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[parts.count - 3] == "parametrizations",
      let end = ["original0": "_g", "original1": "_v"][parts.last!]
    else { return nil }
    return (parts.dropLast(3).map(String.init) + [parts[parts.count - 2] + end]).joined(separator: ".")
  }

  /// True, or throws for a name that cannot be part of a key.
  static func check(_ name: String) throws -> Bool {
    guard !name.isEmpty, !name.contains(".") else {
      throw TorchError(.value, "expected a name that is not empty and holds no dot, got \"\(name)\"")
    }
    return true
  }

  /// The key of a property: camel case becomes snake case (`runningMean`, `running_mean`). Names that begin with a capital or
  /// hold an underscore are kept as they are.
  static func name(ofProperty label: String) -> String {
    var name = Substring(label)
    let lazyPrefix = "$__lazy_storage_$_"
    // A wrapped property's storage has an underscore before its name.
    if name.hasPrefix(lazyPrefix) {
      name = name.dropFirst(lazyPrefix.count)
    } else if name.hasPrefix("_") {
      name = name.dropFirst()
    }
    guard let first = name.first, !first.isUppercase, !name.contains("_"), name.contains(where: \.isUppercase) else {
      return String(name)
    }
    var key = ""
    var previousIsCapital = true
    for character in name {
      if character.isUppercase {
        if !previousIsCapital { key.append("_") }
        key.append(character.lowercased())
      } else {
        key.append(character)
      }
      previousIsCapital = character.isUppercase
    }
    return key
  }
}

/// Notices classes compiled with `-disable-reflection-metadata`, whose properties cannot be seen.
enum ReflectionCheck {
  static func check(_ mirror: Mirror, _ type: AnyClass) {
    guard mirror.children.isEmpty, let parent = _getSuperclass(type) else { return }
    guard instanceSize(type) > instanceSize(parent) else { return }
    Failure.raise(
      TorchError(
        .unsupported,
        "the properties of \(type) cannot be seen: it was compiled with -disable-reflection-metadata, but a module's "
          + "parameters and children are found by reflection"),
      op: "Module")
  }

  private static func instanceSize(_ type: AnyClass) -> UInt { swiftClassInstanceExtents(type).positive }
}

/// How far an object of the class reaches in memory: the one thing that still tells of properties that reflection does not show.
@_silgen_name("_swift_getSwiftClassInstanceExtents")
private func swiftClassInstanceExtents(_ type: AnyClass) -> (negative: UInt, positive: UInt)
