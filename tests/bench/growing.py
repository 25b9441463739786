"""Measurements of size: memory with a huge instance, starting with a long queue, and answering with long books."""
import contextlib
import os
import time

import bridge
import crowd as slow
import engines
import programs
import receiving
from rows import Row, cell

MEMORY = Row("memory above idle, one huge instance in and out", "MiB")
CLEAN = Row("start with queued jobs, after a clean stop", "s", 2)
CRASHED = Row("start with queued jobs, after kill -9", "s", 2)
QUEUED_MEMORY = Row("memory with queued jobs, most since the start", "MiB")
WAIT_S = 600


@contextlib.contextmanager
def memory(settings):
    def run():
        with programs.Sink(1) as sink, engines.Broker(settings, sink.port) as broker:
            idle = broker.memory_mib("VmRSS")
            broker.forget_peak()
            programs.load(broker, 1, 1, settings.large_bytes)
            seen = sink.line(WAIT_S)
            assert seen["distinct"] == 1 and seen["bytes"] == settings.large_bytes, seen
            broker.wait_delivered(1)
            return [broker.memory_mib("VmHWM") - idle]
    yield [cell(run, MEMORY)]


@contextlib.contextmanager
def filled(settings, rows, queued, studies=0):
    """A stopped broker with so many jobs, whose destination is paused; and studies at one that registers them."""
    broker = engines.Broker(settings)
    try:
        if studies > 0:
            register_studies(broker)
        broker.start().pause()
        broker.stop()
        more = {"registering": "nation", "studies": studies} if studies > 0 else {}
        programs.fill(broker.data, "sink", rows, queued, **more)
        yield broker
    except BaseException as error:
        broker.__exit__(type(error), error, None)
        raise
    broker.__exit__(None, None, None)


def verified_since(broker, began_ms):
    """The blobs that a start after a crash hashes again have been, and it has noted so."""
    left = broker.rows(
        "SELECT count(*) FROM instance WHERE blob_state = 'kept' AND coalesce(verified_at_ms, 0) < ?"
        " AND received_at_ms >= (SELECT max(received_at_ms) FROM instance) - 3600000", began_ms)
    return left[0][0] == 0


def check_queue(broker, queued):
    jobs = broker.destination("sink")["jobs"]
    assert jobs["queued"] == queued and jobs["held"] == 0, jobs


@contextlib.contextmanager
def start(settings):
    def clean():
        took = broker.seconds_to_ready()
        check_queue(broker, settings.queued)
        most = broker.memory_mib("VmHWM")
        broker.stop()
        return [took, most]

    def crashed():
        broker.seconds_to_ready()
        broker.kill()
        began_ms = 1000 * time.time()
        took = broker.seconds_to_ready()
        check_queue(broker, settings.queued)
        bridge.until("the blobs to be verified", lambda: verified_since(broker, began_ms), WAIT_S)
        broker.stop()
        return [took]
    with filled(settings, settings.queued, settings.queued) as broker:
        yield [cell(clean, CLEAN, QUEUED_MEMORY), cell(crashed, CRASHED)]


LISTS = {"status": "/api/v1/status",
         "outbox, newest": "/api/v1/jobs?limit=100",
         "outbox, queued": "/api/v1/jobs?limit=100&state=queued&destination=sink",
         "outbox, delivered": "/api/v1/jobs?limit=100&state=delivered",
         "outbox, by reason": "/api/v1/jobs?limit=100&state=queued&reason=no_accession",
         "outbox, one study": "/api/v1/jobs?limit=100&study=1.2.826.0.1.3680043.10.98.2.1",
         "outbox, older than a week": "/api/v1/jobs?limit=100&older_than=7d",
         "studies": "/api/v1/studies?limit=50"}


def list_rows(name):
    return [Row("long books, while ingesting: %s, %s" % (name, what), "ms") for what in ("median", "slowest")]


EMPTY_INGEST = receiving.per_second("this broker, bench_load, empty books", 4)
FILLED_INGEST = receiving.per_second("this broker, bench_load, long books", 4)


def look(broker, path, sender):
    """How long one list takes, again and again while the sender runs."""
    took = []
    while len(took) < 10 or (len(took) < 40 and sender.poll() is None):
        began = time.monotonic()
        code, body = broker.get(path, parse=False)
        took.append(1000 * (time.monotonic() - began))
        assert code == 200, (path, code, body)
    took.sort()
    return took[len(took) // 2], took[-1]


@contextlib.contextmanager
def lists(settings):
    count = settings.slow(False)

    def look_at_all():
        numbers = []
        for path in LISTS.values():
            sender = programs.start_load(broker, count, 4, settings.bytes)
            numbers += look(broker, path, sender)
            sender.communicate()
            assert sender.returncode == 0, "bench_load: exit %d" % sender.returncode
        return numbers

    def ingest():
        settings.settle()
        return [programs.load(broker, count, 4, settings.bytes)["per_second"]]

    with filled(settings, settings.rows, min(settings.queued, settings.rows)) as broker:
        broker.seconds_to_ready()
        yield [cell(lambda: receiving.by_load(settings, lambda: receiving.paused(settings), count, 4)[:1], EMPTY_INGEST),
               cell(ingest, FILLED_INGEST),
               cell(look_at_all, *(row for name in LISTS for row in list_rows(name)))]


def register_studies(broker):
    """Gives it a destination "nation" that would register studies, were anybody there."""
    with open(os.path.join(broker.folder, "secret"), "w") as out:
        out.write("secret\n")
    nation = ('[[destination]]\nname = "nation"\nkind = "satusehat"\nbase_url = "http://127.0.0.1:1"\n'
              'organization_id = "1"\nclient_id_file = "%s"\nclient_secret_file = "%s"\n'
              % (2 * (os.path.join(broker.folder, "secret"),)))
    broker.configure(bridge.dicom_destination("sink", 1, "SINK") + bridge.route("all", "sink") + nation)


# What the pages ask for.
LOOKS = {"status": "/api/v1/status",
         "ages": "/api/v1/outbox/ages",
         "outbox, newest": "/api/v1/jobs?limit=100",
         "outbox, undelivered": "/api/v1/jobs?limit=100&undelivered=true&destination=sink",
         "outbox, undelivered and old": "/api/v1/jobs?limit=100&undelivered=true&destination=sink&until=1280m",
         "outbox, undelivered and young": "/api/v1/jobs?limit=100&undelivered=true&destination=sink&since=5m",
         "outbox, queued": "/api/v1/jobs?limit=100&state=queued&destination=sink",
         "outbox, held": "/api/v1/jobs?limit=100&state=held",
         "outbox, by reason": "/api/v1/jobs?limit=100&reason=order_not_found",
         "outbox, one patient": "/api/v1/jobs?limit=100&patient=P1",
         "outbox, one accession number": "/api/v1/jobs?limit=100&accession=A1",
         "studies": "/api/v1/studies?limit=50",
         "studies, by words": "/api/v1/studies?limit=50&q=P1",
         "studies, of a day": "/api/v1/studies?limit=50&date=2026-01-15",
         "registrations": "/api/v1/registrations?limit=50",
         "registrations, by stage": "/api/v1/registrations?limit=50&stage=order_not_found",
         "registrations, not looked at": "/api/v1/registrations?limit=50&stage=none",
         "registrations, summary": "/api/v1/registrations/summary"}
CONNECTED = Row("slow peers that had a connection", "", 0)


def crowd_rows(name):
    return [Row("long books, among slow sockets: %s, %s" % (name, what), "ms") for what in ("median", "slowest")]


def look_among(broker, settings):
    """Each look while instances come in at a steady pace, and slow sockets try to keep everybody out."""
    numbers = []
    with slow.Crowd(broker.http, settings.slow_sockets) as crowd:
        sender = programs.start_load(broker, 1_000_000, 4, settings.steady_bytes, settings.steady_per_second)
        try:
            received = broker.received()
            bridge.until("instances to come in", lambda: broker.received() > received)
            for path in LOOKS.values():
                numbers += look(broker, path, sender)
            assert sender.poll() is None, "bench_load ended: its instances were not taken"
        finally:
            sender.terminate()
            sender.communicate()
        return [crowd.open_count] + numbers


@contextlib.contextmanager
def crowd(settings):
    with filled(settings, settings.rows, min(settings.queued, settings.rows), settings.studies) as broker:
        broker.seconds_to_ready()
        yield [cell(lambda: look_among(broker, settings), CONNECTED, *(row for name in LOOKS for row in crowd_rows(name)))]
