#!/usr/bin/python3
"""A destination that hangs doesn't starve another, and one that is down is tried no more often than its breaker allows.

    isolation_test.py [--count 3000]        instances per measurement
"""
import argparse
import time

import bridge
import dimse
import ledger
from chaos_proxy import ChaosProxy, Plan

options = argparse.ArgumentParser()
options.add_argument("--count", type=int, default=400)
COUNT, RUNS = options.parse_args().count, 3
TIMEOUT_S = 1.0
DELIVERY = {"breaker_base": "200ms", "breaker_max": "1s", "connect_timeout": "1s", "release_timeout": "200ms"}


def rate_to_good(root, others, destinations):
    """Instances per second to the destination `good`, all of which wait when it begins."""
    good, uids = dimse.StorageScp(), ledger.uids_of(root, COUNT)
    toml = bridge.dicom_destination("good", good.port) + destinations
    with bridge.Bridge(toml + bridge.route("all", "good", *others), delivery=DELIVERY) as broker:
        for name in ("good", *others):
            assert broker.post("/api/v1/destinations/%s/pause" % name, {"reason": "test"})[0] == 200
        ledger.send(broker, uids)
        for name in (*others, "good"):
            assert broker.post("/api/v1/destinations/%s/resume" % name)[0] == 200
        began = time.monotonic()
        bridge.until("good to have all", lambda: len(good.received) == COUNT)
        took = time.monotonic() - began
        ledger.wait_done(broker, "good")
        ledger.check_books(broker, "good", uids)
        for name in others:
            view = broker.destination(name)
            assert view["jobs"]["delivered"] == 0 and view["jobs"]["held"] == 0, view
            assert ledger.unfinished(broker, name) == COUNT, view
    good.close()
    return COUNT / took


def a_hanging_destination_starves_nobody():
    sink = dimse.StorageScp()
    ratios = []
    for run in range(RUNS):
        hole = ChaosProxy(sink.port, lambda number: Plan(black_hole=True))
        mute = ChaosProxy(sink.port, lambda number: Plan(cut_up=1500, cut="hang"))
        others = {"hole": hole, "mute": mute}
        hanging = "".join(bridge.dicom_destination(name, proxy.port, extra='timeout = "%ds"\nparallel = 4\n' % TIMEOUT_S)
                          for name, proxy in others.items())
        beside = rate_to_good("25.%d" % run, tuple(others), hanging)
        alone = rate_to_good("26.%d" % run, (), "")
        ratios.append(beside / alone)
        assert hole.all(), "the hanging destination was never tried"
    sink.close()
    assert max(ratios) >= 0.5, ratios
    return "throughput beside two hanging destinations / alone: best %.2f of %s" % (
        max(ratios), ", ".join("%.2f" % each for each in ratios))


def a_dead_destination_is_not_stormed():
    """Down for a while behind a proxy that counts: each try is one connection, and they are a breaker's wait apart."""
    seconds = 8
    dead = ChaosProxy(bridge.free_port())  # accepts, and finds nobody behind it
    toml = bridge.dicom_destination("dead", dead.port, extra="parallel = 8\n") + bridge.route("all", "dead")
    with bridge.Bridge(toml, delivery=DELIVERY) as broker:
        began = time.monotonic()
        for part in range(8):
            ledger.send(broker, ledger.uids_of("27.%d" % part, 50))
            bridge.until("a part of the outage", lambda: time.monotonic() - began >= seconds * (part + 1) / 8)
        count, took = len(dead.all()), time.monotonic() - began
        view = broker.destination("dead")
        assert view["state"] == "failing" and view["jobs"]["queued"] == 400, view
    dead.close()
    # Of each wait at least half is kept (lane_worker.cpp): some tries while it doubles, then two a second at most; and
    # the eight workers may all have found out by themselves.
    most = 8 + 4 + 2 * took
    assert 2 <= count <= most, (count, most)
    return "%d connections in %.0f s with 400 jobs waiting and 8 workers; the breaker allows at most %d" % (count, took, most)


for test in (a_hanging_destination_starves_nobody, a_dead_destination_is_not_stormed):
    print("%s: %s" % (test.__name__, test()), flush=True)
