#!/usr/bin/python3
"""How fast this broker is, beside other engines and the disk's limit, in one run: medians, and ratios of the same run.

    BRIDGE_BINARY=build/dicom-bridge ORTHANC=…/Orthanc /usr/bin/python3 tests/bench/bench.py [options]

README.md says what each row means. Ends with 1 when a measurement failed; a missed goal is a result, not a failure.
"""
import argparse
import contextlib
import math
import os
import shutil
import sys
import tempfile
import time
import traceback

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "system"), os.path.join(TESTS, "support")]

import delivering
import growing
import previewing
import receiving
import routing
import table
from rows import Samples
from settings import MEMORY, Settings

# In each group the runs are interleaved: A B C A B C. What is compared stands in the same group.
GROUPS = [{"disk": receiving.disk, "ingest": receiving.ingest},
          {"forward": delivering.forward, "end_to_end": delivering.end_to_end},
          {"routing": routing.routing},
          {"flush": receiving.flush},
          {"line": delivering.line},
          {"preview": previewing.preview},
          {"memory": growing.memory},
          {"start": growing.start},
          {"lists": growing.lists},
          {"crowd": growing.crowd}]
NAMES = [name for group in GROUPS for name in group]


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(NAMES), help="some of: %(default)s")
    parser.add_argument("--runs", type=int, help="repetitions of each, default 5")
    parser.add_argument("--count", type=int, help="instances of one run, default 1000")
    parser.add_argument("--rows", type=int, help="jobs in the books for the lists, default 200000; the goal is at 5000000")
    parser.add_argument("--queued", type=int, help="jobs in the queue at the start, default 200000")
    parser.add_argument("--folder", help="where to measure, on the disk in question; default the temporary folder, with --quick in memory")
    parser.add_argument("--output", help="the table as Markdown, into the place that the file keeps for it")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: only whether everything works")
    return parser.parse_args()


def settings_of(given, folder):
    orthanc = os.environ.get("ORTHANC", "")
    orthanc = orthanc if os.path.exists(orthanc) else ""
    settings = Settings.quick(folder, orthanc) if given.quick else Settings(folder, orthanc)
    for name in ("runs", "count", "rows", "queued"):
        if getattr(given, name) is not None:
            setattr(settings, name, getattr(given, name))
    return settings


class Bench:
    def __init__(self, settings):
        self.settings, self.samples, self.failures = settings, Samples(), 0

    def measure(self, group):
        with contextlib.ExitStack() as stack:
            cells = [one for measurement in group for one in stack.enter_context(measurement(self.settings))]
            for number in range(self.settings.runs):
                for one in cells:
                    self.run(one, number)

    def run(self, one, number):
        """A run that fails is told, and the others go on: an hour's work is not thrown away."""
        began = time.monotonic()
        try:
            numbers = one.run()
            assert all(math.isfinite(each) for each in numbers), numbers
            self.samples.add(one, numbers)
            shown = ", ".join("%.*f" % (row.digits, each) for row, each in zip(one.rows, numbers))
        except Exception:
            self.samples.add_failure(one)
            self.failures += 1
            shown = "failed\n" + traceback.format_exc()
        print("run %d, %s: %s %s (%.1f s)" % (number + 1, one.rows[0].title, shown, one.rows[0].unit,
                                              time.monotonic() - began), file=sys.stderr, flush=True)


def main():
    given = options()
    unknown = set(given.only.split(",")) - set(NAMES)
    if unknown:
        sys.exit("no such measurement: %s; there are: %s" % (", ".join(unknown), ", ".join(NAMES)))
    # Whether everything works can be told without a disk, which others may keep busy.
    folder = tempfile.mkdtemp(prefix="bench-", dir=given.folder or (MEMORY if given.quick else None))
    bench = Bench(settings_of(given, folder))
    facts = table.place(bench.settings)
    if not bench.settings.orthanc:
        without = "Orthanc is not measured: there is none at ORTHANC=%s" % os.environ.get("ORTHANC", "")
        if os.environ.get("CI") == "true":
            sys.exit(without)
        print(without, file=sys.stderr)
    try:
        bench.settings.check_space()
        for group in GROUPS:
            wanted = [measurement for name, measurement in group.items() if name in given.only.split(",")]
            try:
                bench.measure(wanted)
            except Exception:  # what is prepared before the runs
                bench.failures += 1
                traceback.print_exc()
            bench.settings.clear()
            if given.output:  # after each group: what was measured is kept
                table.write(given.output, table.report(facts, bench.samples, bench.settings.is_quick))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(table.report(facts, bench.samples, bench.settings.is_quick))
    if bench.failures:
        sys.exit("%d measurements failed" % bench.failures)


main()
