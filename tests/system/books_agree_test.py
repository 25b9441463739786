#!/usr/bin/python3
"""The list, the status and the sums agree at every moment while instances come in and go out."""
import json
import threading

import bridge
import dimse

COUNT = 600
slow = threading.Event()


def answer(scp, stream, context, values, data_set):
    # Every seventh instance is refused for good, every fifth succeeds with a warning.
    number = int(dimse.text(values, 0x1000).rsplit(".", 1)[1])
    scp.answer(stream, context, values, 0xC000 if number % 7 == 0 else 0xB000 if number % 5 == 0 else 0)


def send(port):
    scu = dimse.Scu(port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for i in range(COUNT):
        uid = "1.2.826.0.1.3680043.10.4.%d" % i
        assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid, size=2000)) == 0
    scu.release()


def counts_of(status):
    return {each["name"]: each["jobs"] for each in status["destinations"]}


pacs, dead = dimse.StorageScp(on_store=answer), bridge.free_port()
toml = (bridge.dicom_destination("pacs", pacs.port) + bridge.dicom_destination("dead", dead) +
        bridge.route("all", "pacs", "dead"))
with bridge.Bridge(toml) as broker:
    thread = threading.Thread(target=send, args=(broker.port,), daemon=True)
    thread.start()
    agreed = moments = 0
    while thread.is_alive() or agreed < 20:
        before = broker.status()
        listed = json.loads(broker.cli("outbox", "ls", "--all", "--json").stdout)
        after = broker.status()
        moments += 1
        for status in (before, after):
            jobs = sum(sum(count for state, count in each["jobs"].items() if state != "waiting")
                       for each in status["destinations"])
            # One commit brings an instance with both of its jobs, and one snapshot shows it.
            assert jobs == 2 * status["received"]["instances"], (jobs, status["received"])
        if counts_of(before) != counts_of(after):
            continue  # something moved in between
        items = listed["items"] if isinstance(listed, dict) else listed
        for name, counts in counts_of(after).items():
            for state in ("queued", "sending", "uncertain", "delivered", "held", "cancelled"):
                n = sum(job["destination"] == name and job["state"] == state for job in items)
                assert n == counts[state], (name, state, n, counts)
        agreed += 1
    bridge.until("pacs to be done", lambda: broker.destination("pacs")["jobs"]["queued"] == 0
                 and broker.destination("pacs")["jobs"]["sending"] == 0)
    pacs_view, dead_view = broker.destination("pacs"), broker.destination("dead")
    held = len(range(0, COUNT, 7))
    warned = sum(i % 5 == 0 and i % 7 != 0 for i in range(COUNT))
    assert pacs_view["jobs"]["held"] == held and pacs_view["jobs"]["delivered"] == COUNT - held, pacs_view
    assert pacs_view["warnings"] == warned, pacs_view
    assert dead_view["jobs"]["queued"] == COUNT and dead_view["state"] == "failing" and dead_view["last_error"], dead_view
    assert all(job["attempts"] == 0 for job in broker.jobs("&destination=dead")), "a dead destination costs no attempts"
    print("%d moments, %d of them still enough to compare job by job: all agree" % (moments, agreed))
