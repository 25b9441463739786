#!/usr/bin/python3
"""The bridge is killed again and again while it sends: nothing is lost, nothing is recorded or, asked about, sent twice.

    kill_send_test.py [--kills 200] [--seed N]
"""
import argparse
import collections
import random
import threading

import bridge
import dimse
import ledger

options = argparse.ArgumentParser()
options.add_argument("--kills", type=int, default=40)
options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
options = options.parse_args()
PER_KILL = 12
DELIVERY = {"backoff_base": "10ms", "backoff_max": "100ms", "ask_after": "20ms", "ask_again": "50ms",
            "denials_over": "150ms", "report_wait": "100ms", "look_every": "200ms", "connect_timeout": "1s",
            # A kill of ours is no fault of the instance that was on its way.
            "strikes_max": 1000}


class Peer:
    """Keeps what it gets, says so when it is asked, and counts whose answer cannot have been recorded."""

    def __init__(self, rng):
        self.condition, self.rng, self.stored, self.order = threading.Condition(), rng, collections.Counter(), []
        self.answers_before_kill, self.on_kill_point = None, threading.Event()
        self.scp = dimse.StorageScp(on_store=self.on_store, on_find=lambda uid: self.stored[uid] > 0)

    def on_store(self, scp, stream, context, values, data_set):
        with self.condition:
            self.stored[dimse.text(values, 0x1000)] += 1
            is_point = False
            if self.answers_before_kill is not None:
                self.answers_before_kill -= 1
                is_point = self.answers_before_kill == 0
            answers_first = self.rng.random() < 0.7
        if is_point and not answers_first:
            self.on_kill_point.set()  # killed with the answer still owed, or on its way
        scp.answer(stream, context, values, 0)
        if is_point and answers_first:
            self.on_kill_point.set()  # killed before, while or after the outcome is recorded

    def arm(self, answers):
        self.on_kill_point.clear()
        with self.condition:
            self.answers_before_kill = answers


rng = random.Random(options.seed)
print("seed %d" % options.seed, flush=True)
peer = Peer(random.Random(options.seed + 1))
toml = bridge.dicom_destination("pacs", peer.scp.port, extra='timeout = "2s"\nparallel = 2\nresend_safe = false\n')
uids = ledger.uids_of("28", options.kills * PER_KILL)
broker = bridge.Bridge(toml + bridge.route("all", "pacs"), delivery=DELIVERY)
with broker:
    ambiguous = collections.Counter()
    for kill in range(options.kills):
        peer.arm(rng.randrange(1, PER_KILL))
        ledger.send(broker, uids[kill * PER_KILL:(kill + 1) * PER_KILL])
        assert peer.on_kill_point.wait(60), "nothing was sent: %s" % broker.destination("pacs")
        if rng.random() < 0.5:
            threading.Event().wait(rng.random() * 0.004)  # a random moment of what follows the answer
        broker.kill()
        # What the dead process was sending and has no outcome of is what may have arrived without its knowledge.
        for uid, in broker.rows("SELECT instance.sop_instance_uid FROM job JOIN instance ON instance.id = job.instance_id"
                                " WHERE job.state IN ('sending', 'uncertain')"):
            ambiguous[uid] += 1
        broker.start()
    ledger.wait_done(broker, "pacs")
    attempts = ledger.check_books(broker, "pacs", uids)
    ledger.check_receives("the peer", uids, peer.stored, ambiguous)
    repeats = sum(count - 1 for count in peer.stored.values())
    # It always says what it has: nothing that it had was sent again.
    assert repeats == 0, "%d sent again in spite of what the peer said" % repeats
    found = sum(kind == "probe" and outcome == "delivered" for of_one in attempts.values() for kind, outcome, _ in of_one)
    print("%d kills, %d instances, each recorded once and received once; %d were on their way at a kill, %d of them found "
          "by asking; %s" % (options.kills, len(uids), sum(ambiguous.values()), found, ledger.check_history(broker)))
peer.scp.close()
