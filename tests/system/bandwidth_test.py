#!/usr/bin/python3
"""A destination's bandwidth is kept on the wire, and two destinations of one uplink share it.

    bandwidth_test.py [--seconds 60]
"""
import argparse
import time

import bridge
import dimse
import ledger
from chaos_proxy import ChaosProxy

options = argparse.ArgumentParser()
options.add_argument("--seconds", type=float, default=20)
SECONDS = options.parse_args().seconds
OWN, SHARED = 2_000_000 / 8, 4_000_000 / 8  # bytes per second, as configured below
SIZE = 200_000

scp = dimse.StorageScp()
proxies = {name: ChaosProxy(scp.port, is_reading=False) for name in ("thin", "left", "right")}
toml = '[[uplink]]\nname = "link"\nbandwidth = "4Mbit/s"\n'
for name, proxy in proxies.items():
    limit = 'bandwidth = "2Mbit/s"\n' if name == "thin" else 'uplink = "link"\n'
    toml += bridge.dicom_destination(name, proxy.port, extra="parallel = 2\n" + limit)


def passed():
    return {name: sum(each.up for each in proxy.all()) for name, proxy in proxies.items()}


with bridge.Bridge(toml + bridge.route("all", *proxies), node='stop_within = "2s"') as broker:
    count = int((SECONDS + 4) * max(OWN, SHARED) / SIZE) + 4
    ledger.send(broker, ledger.uids_of("29", count), size=SIZE)
    bridge.until("bytes to move everywhere", lambda: min(passed().values()) > SIZE)
    before, began = passed(), time.monotonic()
    bridge.until("the time to measure over", lambda: time.monotonic() - began >= SECONDS, SECONDS + 10)
    after, took = passed(), time.monotonic() - began
    rates = {name: (after[name] - before[name]) / took for name in proxies}
    assert all(ledger.unfinished(broker, name) for name in proxies), "one ran dry: %s" % rates
link = rates["left"] + rates["right"]
own, shared, share = rates["thin"] / OWN, link / SHARED, rates["left"] / link
print("over %.0f s: own bandwidth %.1f %% of what is configured, uplink %.1f %%, shared %.0f:%.0f" % (
    took, 100 * own, 100 * shared, 100 * share, 100 - 100 * share))
assert 0.8 <= own <= 1.2 and 0.8 <= shared <= 1.2 and 0.25 <= share <= 0.75
