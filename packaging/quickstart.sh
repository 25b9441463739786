#!/bin/sh
# Installs what is needed, builds DICOM Bridge, and starts its demo, or `dicom-bridge` with the given arguments instead.
#
#   packaging/quickstart.sh [ARGUMENT…]
#
# Asks for sudo only where packages are missing. The program is then build/dicom-bridge.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD_DIR:-$root/build}
deps=$root/packaging/install-deps.sh

if ! "$deps" --check; then
    if [ "$(id -u)" -eq 0 ]; then
        "$deps"
    elif command -v sudo >/dev/null; then
        sudo "$deps"
    else
        "$deps" # says what is missing, and that root has to install it
    fi
fi

# A folder that is configured already keeps its generator: CMake refuses another one.
[ -e "$build/CMakeCache.txt" ] || generator=Ninja
cmake -S "$root" -B "$build" ${generator:+-G "$generator"} -DCMAKE_BUILD_TYPE=Release -DBRIDGE_TESTS=OFF
cmake --build "$build" --parallel "$(nproc)"

[ $# -gt 0 ] || set -- demo
exec "$build/dicom-bridge" "$@"
