"""Measurements of taking in: the disk's limit, ingest beside other engines, and ingest on slower disks."""
import contextlib

import engines
import programs
from rows import Row, cell

ASSOCIATIONS = (1, 4)


def per_second(what, associations):
    return Row("%s, %d association%s" % (what, associations, "s"[:associations != 1]), "inst/s")


def disk_row(threads):
    return Row("disk limit, %d thread%s" % (threads, "s"[:threads != 1]), "files/s")


def packaged_row(name, associations):
    return per_second("%s as packaged, stock storescu" % name, associations)


def nodelay_row(name, associations):
    return per_second("%s under nodelay, bench_load" % name, associations)


def broker_row(sender, associations):
    return per_second("this broker, %s" % sender, associations)


def latency_rows(associations):
    return [Row("this broker, bench_load, %d association(s): %s" % (associations, what), "ms")
            for what in ("half of the answers within", "99 of 100 within", "slowest")]


@contextlib.contextmanager
def disk(settings):
    def run(threads):
        settings.settle()
        return [programs.disk_limit(settings, threads, settings.slow(False))]
    yield [cell(lambda n=n: run(n), disk_row(n)) for n in ASSOCIATIONS]


def check_received(engine, count):
    assert engine.received() == count, "%d of %d instances are there" % (engine.received(), count)


def by_storescu(settings, make, count, associations):
    settings.settle()
    with make() as engine:
        rate = programs.storescu(settings, engine, count, associations)
        check_received(engine, count)
        return [rate]


def by_load(settings, make, count, associations):
    """Rate, and the three latencies."""
    settings.settle()
    with make() as engine:
        seen = programs.load(engine, count, associations, settings.bytes)
        check_received(engine, count)
        return [seen["per_second"], seen["p50_ms"], seen["p99_ms"], seen["slowest_ms"]]


class paused:
    """A broker whose jobs are written and wait: ingest alone is measured."""

    def __init__(self, settings, **options):
        self.broker = engines.Broker(settings, **options)

    def __enter__(self):
        return self.broker.__enter__().pause()

    def __exit__(self, kind, error, trace):
        self.broker.__exit__(kind, error, trace)


@contextlib.contextmanager
def ingest(settings):
    peers = {"storescp": engines.Storescp} | ({"Orthanc": engines.Orthanc} if settings.orthanc else {})
    few, many, cells = settings.slow(True), settings.slow(False), []
    for n in ASSOCIATIONS:
        for name, make in peers.items():
            cells.append(cell(lambda n=n, make=make: by_storescu(settings, lambda: make(settings, False), few, n),
                              packaged_row(name, n)))
            cells.append(cell(lambda n=n, make=make: by_load(settings, lambda: make(settings, True), many, n)[:1],
                              nodelay_row(name, n)))
        cells.append(cell(lambda n=n: by_storescu(settings, lambda: paused(settings), many, n),
                          broker_row("stock storescu", n)))
        cells.append(cell(lambda n=n: by_load(settings, lambda: paused(settings), many, n),
                          broker_row("bench_load", n), *latency_rows(n)))
    yield cells


def flush_row(latency_ms, associations):
    return per_second("every flush %d ms slower" % latency_ms, associations)


@contextlib.contextmanager
def flush(settings):
    def run(latency_ms, n):
        return by_load(settings, lambda: paused(settings, slow_sync_ms=latency_ms), n * settings.flush_each, n)[:1]
    yield [cell(lambda latency=latency, n=n: run(latency, n), flush_row(latency, n))
           for n in settings.flush_associations for latency in settings.latencies_ms]
