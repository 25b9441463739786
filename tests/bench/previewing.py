"""Measurements of previews: how long one takes, beside DCMTK's program for it, and how soon it is there after a C-STORE."""
import contextlib
import os
import statistics
import subprocess
import time

import bridge
import engines
import programs
from rows import Row, cell

RATE = 200  # instances per second
ASSOCIATIONS = 4
PICTURES = 20
# By the side of a square of 16-bit pixels: a CT, and as many pixels as a mammogram of 3,072 x 4,096 has.
KINDS = {"512 × 512 CT": 512, "mammogram of 12.6 million pixels": 3547}


def preview_row(kind):
    return Row("preview of a %s, spool to JPEG, over the local socket" % kind, "ms")


def dcmtk_row(kind):
    return Row("the same by dcmj2pnm, a process each: %s" % kind, "ms")


READY = [Row("C-STORE answered to preview ready, at %d inst/s: %s" % (RATE, what), "ms")
         for what in ("half within", "95 of 100 within")]


def milliseconds(work):
    """The median of some tries, behind one that warms up."""
    took = []
    for number in range(PICTURES + 1):
        began = time.monotonic()
        work(number)
        took.append(1000 * (time.monotonic() - began))
    return statistics.median(took[1:])


def one_of(settings, side):
    """A broker with one image of that size."""
    broker = engines.Broker(settings).__enter__().pause()
    programs.load(broker, 1, 1, side * side * 2)
    return broker


def rendered(broker, number):
    """A window of its own each time: none of these pictures is kept."""
    (study, series, instance), = broker.rows("SELECT study_instance_uid, series_instance_uid, sop_instance_uid FROM instance")
    status, jpeg = broker.request("GET", "/dicom-web/studies/%s/series/%s/instances/%s/rendered?window=%d,2000,linear"
                                  % (study, series, instance, 1000 + number), parse=False)
    assert status == 200 and jpeg[:2] == b"\xFF\xD8", (status, jpeg[:200])


def blob_of(broker):
    (digest,), = broker.rows("SELECT lower(hex(digest)) FROM instance")
    return os.path.join(broker.data, "spool", digest[:2], digest)


def by_dcmtk(settings, blob, number):
    subprocess.run(["dcmj2pnm", "+oj", "+Jq", "90", "+Ww", str(1000 + number), "2000", blob,
                    os.path.join(settings.folder, "dcmtk.jpg")], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def preview(settings):
    def one(side):
        broker = one_of(settings, side)
        try:
            return [milliseconds(lambda number: rendered(broker, number)),
                    milliseconds(lambda number: by_dcmtk(settings, blob_of(broker), number))]
        finally:
            broker.__exit__(None, None, None)

    def ready():
        settings.settle()
        with engines.Broker(settings) as broker:
            broker.pause()
            count = settings.slow(False)
            programs.load(broker, count, ASSOCIATIONS, settings.bytes, RATE)
            return delays(broker, count)

    sides = {kind: min(side, settings.preview_side_max) for kind, side in KINDS.items()}
    yield [*(cell(lambda side=side: one(side), preview_row(kind), dcmtk_row(kind)) for kind, side in sides.items()),
           cell(ready, *READY)]


def delays(broker, count):
    """Median and 95th percentile, in ms, from an instance's receipt, just before its C-STORE is answered, to its picture."""
    def pictures():
        return [os.path.join(base, name) for base, _, names in os.walk(os.path.join(broker.data, "previews"))
                for name in names if name.endswith("-0-picture.jpg")]
    bridge.until("all pictures", lambda: len(pictures()) == count, 120)
    ready = {os.path.basename(each).split("-")[0]: os.stat(each).st_mtime_ns / 1e6 for each in pictures()}
    found = sorted(ready[digest] - received for digest, received in
                   broker.rows("SELECT lower(hex(digest)), received_at_ms FROM instance"))
    return [found[len(found) // 2], found[len(found) * 95 // 100]]
