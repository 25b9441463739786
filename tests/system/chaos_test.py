#!/usr/bin/python3
"""Every third association to storescp and to Orthanc is cut at a random byte: each job is delivered once in the books.

    chaos_test.py [--count 5000] [--seed N]        instances, each to both peers
"""
import argparse
import random
import time

import bridge
import ledger
import peers
from chaos_proxy import ChaosProxy, Faults

options = argparse.ArgumentParser()
options.add_argument("--count", type=int, default=500)
options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
options = options.parse_args()
BURST, PARALLEL = 12, 3
# Of an association with some four small instances: what goes up and what comes down.
UP_BYTES, DOWN_BYTES = 10_000, 800
DELIVERY = {"backoff_base": "10ms", "backoff_max": "100ms", "breaker_base": "10ms", "breaker_max": "100ms",
            "connect_timeout": "1s", "release_timeout": "200ms", "linger_for": "1ms", "ask_after": "50ms",
            "ask_again": "100ms", "denials_over": "300ms", "report_wait": "200ms", "report_linger": "50ms",
            "look_every": "200ms", "error_pause": "200ms",
            # Chance strikes the same instance more often than a poisonous one would.
            "strikes_max": 1000}

binary = peers.orthanc_or_skip()
print("seed %d" % options.seed, flush=True)
rng = random.Random(options.seed)
receivers = {"storescp": peers.Storescp(), "orthanc": peers.Orthanc(binary)}
faults = {name: Faults(options.seed + number, UP_BYTES, DOWN_BYTES) for number, name in enumerate(receivers)}
proxies = {name: ChaosProxy(peer.port, faults[name]) for name, peer in receivers.items()}
toml = "".join(bridge.dicom_destination(name, proxy.port, name.upper(), 'timeout = "1s"\nparallel = %d\n' % PARALLEL)
               for name, proxy in proxies.items())
uids = ledger.uids_of("20", options.count)
began = time.monotonic()
try:
    with bridge.Bridge(toml + bridge.route("all", *receivers), delivery=DELIVERY) as broker:
        # In bursts, so that associations end: one that is not cut would take all the rest.
        at = 0
        while at < len(uids):
            burst = rng.randrange(1, BURST)
            ledger.send(broker, uids[at:at + burst])
            at += burst
            for name in receivers:
                bridge.until("%s to have no backlog" % name, lambda: ledger.unfinished(broker, name, ("queued", "sending")) < 4)
        for name, peer in receivers.items():
            ledger.wait_done(broker, name)
            attempts, proxy = ledger.check_books(broker, name, uids), proxies[name]
            ambiguous, seen = proxy.ambiguous(), proxy.receives()
            # The proxy counts what it passed on whole; the peer what it got, of which storescp deletes what it
            # could not answer for.
            kept = bridge.until("%s to have written all" % name, lambda: (r := peer.receives()) and len(r) == len(uids) and r)
            ledger.check_receives(name + " by the proxy", uids, seen, ambiguous)
            ledger.check_receives(name, uids, kept, ambiguous)
            kinds = [each for of_one in attempts.values() for each in of_one]
            doubts = sum(kind == "send" and outcome == "unknown" for kind, outcome, _ in kinds)
            found = sum(kind == "probe" and outcome == "delivered" for kind, outcome, _ in kinds)
            print("%-8s %d jobs delivered once; %d connections, %d cut; %d truly ambiguous, %d doubted, %d found by asking, "
                  "%d attempts, %d received more than once" % (
                      name, len(uids), len(proxy.all()), proxy.cuts(), sum(ambiguous.values()), doubts, found, len(kinds),
                      sum(count > 1 for count in kept.values())), flush=True)
            assert proxy.cuts() > len(proxy.all()) / 10, "too few cuts to mean anything"
        print("%s; %.1f s" % (ledger.check_history(broker), time.monotonic() - began))
finally:
    for each in receivers.values():
        each.close()
