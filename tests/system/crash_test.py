#!/usr/bin/python3
"""The bridge is killed three times while four senders send and the PACS is down: all that was acknowledged arrives, once."""
import hashlib
import random
import sys
import threading
import time

import bridge
import dimse

COUNT, SENDERS, KILLS = 2000, 4, 3
seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(1 << 32)
print("seed", seed)
rng = random.Random(seed)

lock = threading.Lock()
acknowledged = {}  # SOP Instance UID -> digest of the data set


def sender(number, port):
    """Sends its share; what was not acknowledged is sent again, as a scanner would."""
    waiting = ["1.2.826.0.1.3680043.10.7.%d.%d" % (number, i) for i in range(COUNT // SENDERS)]
    while waiting:
        try:
            scu = dimse.Scu(port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], calling="CT%d" % number, timeout=20)
            while waiting:
                uid = waiting[0]
                data = dimse.synthetic(uid, study="1.2.826.0.1.3680043.10.8.%d" % number, size=40000)
                status = scu.store(1, dimse.CT_IMAGE, uid, data)
                if status == 0:
                    with lock:
                        acknowledged[uid] = hashlib.sha256(data).hexdigest()
                    waiting.pop(0)
                else:
                    assert status == 0xA700, hex(status)
            scu.release()
        except (OSError, dimse.Closed, dimse.Rejected):
            time.sleep(0.05)  # between looks


pacs_port = bridge.free_port()
broker = bridge.Bridge(bridge.dicom_destination("pacs", pacs_port, extra="parallel = 4") + bridge.route("all", "pacs"))
with broker:
    threads = [threading.Thread(target=sender, args=(i, broker.port), daemon=True) for i in range(SENDERS)]
    for each in threads:
        each.start()
    for kill in range(KILLS):
        goal = COUNT * (kill + 1) // (KILLS + 1) + rng.randrange(-100, 100)
        bridge.until("%d acknowledged" % goal, lambda: len(acknowledged) >= goal, 300)
        broker.kill()
        print("killed with %d acknowledged" % len(acknowledged))
        broker.start()
    for each in threads:
        each.join(300)
        assert not each.is_alive(), "a sender did not finish"
    assert len(acknowledged) == COUNT
    pacs = dimse.StorageScp(pacs_port)
    bridge.until("every job delivered", lambda: broker.destination("pacs")["jobs"]["delivered"] == COUNT, 300)

    jobs = broker.jobs()
    uids = [job["instance"]["sop_instance_uid"] for job in jobs]
    assert sorted(uids) == sorted(acknowledged), "the books and the acknowledgements differ"
    assert all(job["state"] == "delivered" for job in jobs)
    for uid, digest in acknowledged.items():
        assert pacs.received[uid][0][1] == digest, "other bytes at the PACS: " + uid
    delivered = [row for row in broker.get("/api/v1/history.jsonl?event=delivered", parse=False)[1].splitlines()]
    assert len(delivered) == COUNT, "%d delivered rows for %d instances" % (len(delivered), COUNT)
    verify = broker.cli("history", "verify")
    repeats = sum(len(each) - 1 for each in pacs.received.values())
    print("%d acknowledged, %d delivered, %d received twice; %s" % (COUNT, len(delivered), repeats, verify.stdout.strip()))
