"""Measurements of bringing on: forward alone, ingest and forward at once, and over a long line."""
import contextlib
import time

import engines
import programs
from rows import Row, cell

PARALLEL = (1, 4)
LOADERS = 4  # associations that bring what is to be forwarded
WAIT_S = 600


def forward_row(what):
    return Row("forward: %s" % what, "inst/s")


def broker_row(parallel):
    return forward_row("this broker, parallel = %d" % parallel)


def orthanc_row(is_nodelay):
    return forward_row("Orthanc's auto-routing %s" % ("under nodelay" if is_nodelay else "as packaged"))


def end_to_end_row(what):
    return Row("end to end, %d associations: %s" % (LOADERS, what), "inst/s")


LINE = Row("long line, parallel = 4", "Mbit/s")


def check_arrived(seen, count):
    assert seen["distinct"] == count == seen["instances"], seen


def forward_queued(settings, count, parallel, line=None):
    """What the receiver saw of instances that all waited when it was let go."""
    with programs.Sink(count) as sink, line(sink.port) if line else contextlib.nullcontext(sink) as door:
        with engines.Broker(settings, door.port, parallel) as broker:
            broker.pause()
            programs.load(broker, count, LOADERS, settings.bytes)
            settings.settle()
            broker.resume()
            seen = sink.line(WAIT_S)
            check_arrived(seen, count)
            broker.wait_delivered(count)
            return seen


def orthanc_forward(settings, count, is_nodelay):
    """The same: its jobs wait for a receiver that is asleep."""
    with programs.Sink(count, is_asleep=True) as sink:
        with engines.Orthanc(settings, is_nodelay, sink.port) as orthanc:
            programs.load(orthanc, count, LOADERS, settings.bytes)
            settings.settle()
            sink.wake()
            seen = sink.line(WAIT_S)
            check_arrived(seen, count)
            return [seen["per_second"]]


@contextlib.contextmanager
def forward(settings):
    cells = [cell(lambda n=n: [forward_queued(settings, settings.slow(False), n)["per_second"]], broker_row(n)) for n in PARALLEL]
    if settings.orthanc:
        cells += [cell(lambda on=on: orthanc_forward(settings, settings.slow(False), on), orthanc_row(on)) for on in (False, True)]
    yield cells


def rate_end_to_end(settings, engine, sink, count):
    """From the sender's start to the receiver's last answer."""
    settings.settle()
    began = time.monotonic()
    programs.load(engine, count, LOADERS, settings.bytes)
    check_arrived(sink.line(WAIT_S), count)
    return [count / (time.monotonic() - began)]


@contextlib.contextmanager
def end_to_end(settings):
    def of_broker(count):
        with programs.Sink(count) as sink, engines.Broker(settings, sink.port, 4) as broker:
            rate = rate_end_to_end(settings, broker, sink, count)
            broker.wait_delivered(count)
            return rate

    def of_orthanc(count):
        with programs.Sink(count) as sink, engines.Orthanc(settings, True, sink.port) as orthanc:
            return rate_end_to_end(settings, orthanc, sink, count)
    cells = [cell(lambda: of_broker(settings.slow(False)), end_to_end_row("this broker"))]
    if settings.orthanc:
        cells.append(cell(lambda: of_orthanc(settings.slow(False)), end_to_end_row("Orthanc under nodelay")))
    yield cells


@contextlib.contextmanager
def line(settings):
    def run():
        seen = forward_queued(settings, settings.line_count, 4, lambda port: programs.Line(settings, port))
        return [8 * seen["bytes"] / seen["seconds"] / 1e6]
    yield [cell(run, LINE)]
