import Synchronization

/// Other forms of a storage's contents, such as weights in the order in which a kernel reads them. A form is kept from the second
/// time on that it is asked for between two changes: weights in inference are prepared once, those in training are not kept.
package final class PreparedContents {
  fileprivate var version: UInt32
  /// The forms asked for since the last change; those asked for once are not kept.
  fileprivate var forms: [AnyHashable: Storage?] = [:]

  fileprivate init(version: UInt32) { self.version = version }

  fileprivate static let lock = Mutex(())
  /// Forms of one storage beyond which none is kept: views of it may ask for ever new ones.
  fileprivate static let limit = 16
}

extension Storage {
  /// The contents in a form that `make` produces from them; `form` names it among all forms of this storage.
  package func prepared(_ form: @autoclosure () -> AnyHashable, _ make: () throws -> Storage) rethrows -> Storage {
    let key = form()
    var isSecond = false
    var found: Storage?
    PreparedContents.lock.withLock { _ in
      guard let contents = preparedContents, contents.version == version else {
        let fresh = PreparedContents(version: version)
        fresh.forms[key] = .some(nil)
        preparedContents = fresh
        return
      }
      if let known = contents.forms[key] {
        isSecond = true
        found = known
      } else if contents.forms.count < PreparedContents.limit {
        contents.forms[key] = .some(nil)
      }
    }
    if let found { return found }
    let before = version
    let made = try make()
    if isSecond {
      PreparedContents.lock.withLock { _ in
        if let contents = preparedContents, contents.version == before { contents.forms[key] = made }
      }
    }
    return made
  }
}
