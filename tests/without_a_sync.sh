#!/bin/sh
# Shows that no sync is there for nothing: takes away one at a time, in a copy of the sources, and expects a test to fail.
#
#   tests/without_a_sync.sh [FOLDER]    for the copy and its build (default: a temporary one); about 15 minutes
#
# Prints a line for each, and ends with 1 when one was not missed by any test. Not part of tests/run.sh, for its time.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$(mktemp -d)}
export PYTHONDONTWRITEBYTECODE=1 BRIDGE_BINARY="$folder/build/dicom-bridge" CI=true
rm -rf "$folder/copy"
git clone -q "$root" "$folder/copy"
cmake -S "$folder/copy" -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBRIDGE_TESTS=ON >"$folder/cmake.log"

spool() { (cd "$folder/build" && ./spool_tests --minimal=true); }
races() { (cd "$folder/build" && ./spool_tests --minimal=true -tc="link: what others remove*,link: *pinned*,link: while*"); }
order() { /usr/bin/python3 "$folder/copy/tests/system/sync_order_test.py"; }

missed=0
# $1: what is taken away. $2: the file. $3: how, for sed. $4: the test that must fail.
without() {
    sed -i "$3" "$folder/copy/$2"
    if git -C "$folder/copy" diff --quiet; then
        echo "without $1: the sources have changed, and this no longer takes anything away"
        missed=1
        return
    fi
    cmake --build "$folder/build" --target spool_tests dicom-bridge >"$folder/build.log" || { cat "$folder/build.log"; exit 1; }
    if "$4" >"$folder/test.log" 2>&1; then
        echo "without $1: NO TEST FAILED"
        missed=1
    else
        echo "without $1: $4 fails ($(grep -c -E 'ERROR:|Error' "$folder/test.log") lines say why)"
    fi
    git -C "$folder/copy" checkout -q .
}

without "fdatasync, the call" spool/posix_disk.cpp 's/answer(::fdatasync(file))/(file < 0 ? -1 : 0)/' order
without "fsync of folders, the call" spool/posix_disk.cpp 's/answer(::fsync(folder))/(folder < 0 ? -1 : 0)/' order
without "the sync of a blob's bytes" spool/intake.cpp '/check("sync", disk_.sync_bytes/d' spool
without "the sync of a new name's folder" spool/link.cpp '/parts.sync_shard(/d' spool
without "a joiner's own sync" spool/link.cpp 's/parts.sync_shard(/if (linked.how_ != Link::reused) &/' spool
without "the sync of quarantine and orphans" spool/sweep.cpp '/sync(folder, "the folder of what is kept")/d' spool
without "the sync after a file was moved out" spool/sweep.cpp '/sync(shard, "spool/d' spool
without "the sync of the clean mark" spool/spool.cpp '/parts_->sync(parts_->data, "the data folder")/d' spool
without "the commit's sync" outbox/database.cpp 's/synchronous = FULL/synchronous = NORMAL/; s/synchronous") != 2/synchronous") != 1/' order
without "the commit's and the checkpoint's syncs" outbox/database.cpp 's/synchronous = FULL/synchronous = OFF/; s/synchronous") != 2/synchronous") != 0/' order
without "the pin against unlink" spool/sweep.cpp 's/if (!lock || parts_->pins.has(digest))/if (!lock)/' races
without "the pin against moving away" spool/sweep.cpp '/if (pins.has(digest)) return false;/d' races
without "the doubt when another folder's sync failed" spool/link.cpp '/parts.refuse_if_suspect();  \/\/ another/d' races
without "the lock until the sync is over" spool/link.cpp 's/std::lock_guard lock(parts.mutex_of(digest));//' races
exit $missed
