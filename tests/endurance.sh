#!/bin/sh
# The system tests that have a size, at their full one: what CTest runs is a smaller dose of the same.
#
#   tests/endurance.sh [BUILD_DIR]         default build/, made by tests/run.sh; prints what each saw
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "${1:-$root/build}" && pwd)
export BRIDGE_BINARY="$build/dicom-bridge" PYTHONDONTWRITEBYTECODE=1
ORTHANC=${ORTHANC:-$(find "$build/peers" -name Orthanc -type f | head -n 1)}
export ORTHANC

run() {
    echo "== $*"
    /usr/bin/python3 "$root/tests/system/$@"
}
run chaos_test.py --count 2500      # to each of two peers
run uncertain_test.py --count 1000
run kill_send_test.py --kills 200
run isolation_test.py --count 3000
run bandwidth_test.py --seconds 60
run crash_test.py
run preview_hostile_test.py 1000
run sync_order_test.py
