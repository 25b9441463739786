#!/bin/sh
# Installs what is needed, builds DICOM Bridge, and runs every test; exit 0 only when all of them passed.
#
#   tests/run.sh [CMAKE_OPTION…]        for example -DBRIDGE_SANITIZE=thread, best with a BUILD_DIR of its own
#
# Environment: BUILD_DIR (default build/), TEST_TIMEOUT_S (default 600, for one test program).
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=${BUILD_DIR:-$root/build}
deps=$root/packaging/install-deps.sh

begin=$(date +%s)
phase_done() {
    now=$(date +%s)
    echo "run.sh: $1 took $((now - begin)) s"
    begin=$now
}

if ! "$deps" --tests --check; then
    if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then
        sudo "$deps" --tests
    else
        "$deps" --tests
    fi
fi
"$deps" --orthanc "$build/peers"
"$deps" --fhir "$build/fhir"
"$deps" --axe "$build/axe"
phase_done "installing"

# A folder that is configured already keeps its generator: CMake refuses another one.
[ -e "$build/CMakeCache.txt" ] || generator=Ninja
cmake -S "$root" -B "$build" ${generator:+-G "$generator"} -DCMAKE_BUILD_TYPE=Release -DBRIDGE_TESTS=ON "$@"
cmake --build "$build" --parallel "$(nproc)"
phase_done "building"

if ctest --test-dir "$build" --output-on-failure --no-tests=error --timeout "${TEST_TIMEOUT_S:-600}"; then
    phase_done "testing"
else
    phase_done "testing, which failed,"
    exit 1
fi
