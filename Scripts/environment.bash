# Sourced by ./swifttorch and ./test: the set-up, and how this package is built.
#
# SWIFTTORCH_BUILD=debug builds and runs the debug configuration instead of the release one.

package_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$package_root/Scripts/setup"

configuration=${SWIFTTORCH_BUILD:-release}
case "$configuration" in
  debug | release) ;;
  *) echo "SWIFTTORCH_BUILD is '$configuration'; expected debug or release" >&2; exit 2 ;;
esac
# Tests look inside modules; the product is built the same way, so that one build serves both.
build_options=(--package-path "$package_root" --configuration "$configuration" -Xswiftc -enable-testing)
