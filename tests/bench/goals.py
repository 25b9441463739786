"""The goals of speed, each as a number made of rows of the same run."""
import dataclasses

import delivering
import growing
import previewing
import receiving
import routing
from rows import spread


@dataclasses.dataclass(frozen=True)
class Goal:
    """`value` makes one number of the rows' numbers of one run."""
    text: str
    rows: tuple
    value: object
    at_least: float = None
    at_most: float = None
    unit: str = "×"

    def bound(self):
        return ("≥ %g" % self.at_least if self.at_least is not None else "≤ %g" % self.at_most) + " " + self.unit

    def measured(self, samples):
        """(median, least, most), or nothing where its rows were not measured."""
        numbers = [self.value(*each) for each in samples.together(*self.rows)]
        return spread(numbers) if numbers else None

    def is_met(self, median):
        return median >= self.at_least if self.at_least is not None else median <= self.at_most


def ratio(text, one, other, at_least):
    return Goal(text, (one, other), lambda a, b: a / b, at_least=at_least)


def share_of_flushes(plain, slowed, associations, latency_ms):
    """Of n / (3 flushes + t): t is what n instances take beside each other without the latency."""
    return slowed / (associations / (3 * latency_ms / 1000 + associations / plain))


def flush_goal(associations):
    plain, slowed = (receiving.flush_row(latency, associations) for latency in (0, 8))
    return Goal("every flush 8 ms slower, %d association(s): share of n/(3 × 8 ms + t)" % associations, (plain, slowed),
                lambda a, b: 100 * share_of_flushes(a, b, associations, 8), at_least=70, unit="%")


def at_most(text, row, most):
    return Goal(text, (row,), lambda number: number, at_most=most, unit=row.unit)


STOCK, LOAD = (lambda n: receiving.broker_row("stock storescu", n)), (lambda n: receiving.broker_row("bench_load", n))

GOALS = [
    ratio("ingest, stock storescu, 1 association / Orthanc as packaged", STOCK(1), receiving.packaged_row("Orthanc", 1), 20),
    ratio("ingest, stock storescu, 4 associations / Orthanc as packaged", STOCK(4), receiving.packaged_row("Orthanc", 4), 10),
    ratio("ingest, no Nagle, 4 associations / Orthanc under nodelay", LOAD(4), receiving.nodelay_row("Orthanc", 4), 4),
    ratio("ingest, no Nagle, 4 associations / storescp under nodelay", LOAD(4), receiving.nodelay_row("storescp", 4), 0.8),
    ratio("ingest, no Nagle, 1 association / storescp under nodelay", LOAD(1), receiving.nodelay_row("storescp", 1), 0.8),
    Goal("ingest, no Nagle, 4 associations / disk limit", (LOAD(4), receiving.disk_row(4)), lambda a, b: 100 * a / b,
         at_least=60, unit="%"),
    Goal("end to end, 4 associations", (delivering.end_to_end_row("this broker"),), lambda a: a, at_least=400, unit="inst/s"),
    ratio("ingest by 50 rules / by one without a condition", routing.rate_row(routing.RULES), routing.rate_row(1), 0.95),
    Goal("50 rules at 1,000 instances/s: what they add, of one core", routing.added_rows(), routing.share_of_core,
         at_most=5, unit="%"),
    *(flush_goal(n) for n in (1, 8, 32)),
    ratio("forward, 4 associations / Orthanc's auto-routing as packaged", delivering.broker_row(4),
          delivering.orthanc_row(False), 10),
    ratio("forward, 4 associations / Orthanc's auto-routing under nodelay", delivering.broker_row(4),
          delivering.orthanc_row(True), 10),
    Goal("forward, 4 associations", (delivering.broker_row(4),), lambda a: a, at_least=500, unit="inst/s"),
    Goal("forward over 100 ms and 100 Mbit/s, parallel = 4: share of the line", (delivering.LINE,), lambda a: a, at_least=90,
         unit="%"),
    *(at_most("preview of a %s" % kind, previewing.preview_row(kind), most)
      for kind, most in zip(previewing.KINDS, (20, 400))),
    *(ratio("dcmj2pnm / preview of a %s" % kind, previewing.dcmtk_row(kind), previewing.preview_row(kind), 1)
      for kind in previewing.KINDS),
    at_most("C-STORE answered to preview ready, at 200 inst/s, 95 of 100", previewing.READY[1], 2000),
    at_most("memory above idle, 1 GB instance in and out", growing.MEMORY, 64),
    at_most("memory, 200,000 queued jobs", growing.QUEUED_MEMORY, 300),
    at_most("start with 200,000 queued jobs, clean", growing.CLEAN, 2),
    at_most("start with 200,000 queued jobs, after a crash", growing.CRASHED, 30),
    *(at_most("%s while ingesting, slowest" % name, growing.list_rows(name)[1], 200) for name in growing.LISTS),
    *(at_most("%s among slow sockets, slowest" % name, growing.crowd_rows(name)[1], 200) for name in growing.LOOKS),
    ratio("ingest with long books / with empty ones", growing.FILLED_INGEST, growing.EMPTY_INGEST, 0.9),
]
