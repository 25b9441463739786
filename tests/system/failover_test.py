#!/usr/bin/python3
"""A destination fails and another one stands in: nothing is lost or sent twice, and what is left comes back.

    failover_test.py [--count 60]
"""
import argparse
import collections
import threading
import time

import bridge
import dimse
import ledger

options = argparse.ArgumentParser()
options.add_argument("--count", type=int, default=60)
COUNT = options.parse_args().count
WITHIN_S = 20
DELIVERY = {"backoff_base": "20ms", "backoff_max": "200ms", "breaker_base": "50ms", "breaker_max": "300ms",
            "failover_look_every": "100ms", "look_every": "200ms", "connect_timeout": "1s", "ask_after": "20ms",
            "ask_again": "50ms", "denials_over": "150ms", "report_wait": "100ms"}


class Peer(dimse.StorageScp):
    """Says what it has when it is asked; answers nobody while it is held up."""

    def __init__(self, port=0):
        self.may_answer = threading.Event()
        self.may_answer.set()
        super().__init__(port, on_store=self.answer_when_it_may, on_find=lambda uid: uid in self.received)

    def answer_when_it_may(self, scp, stream, context, values, data_set):
        self.may_answer.wait(60)
        scp.answer(stream, context, values, 0)


def toml_of(primary_port, second):
    return (bridge.dicom_destination("primary", primary_port, extra='failover = ["second"]\nfailover_after = "300ms"\n')
            + bridge.dicom_destination("second", second.port) + bridge.route("all", "primary"))


def events(broker):
    return [event for event, in broker.rows(
        "SELECT event FROM history WHERE event LIKE 'failover%' ORDER BY sequence")]


def is_back(broker):
    view = broker.destination("primary")
    return view["state"] == "ok" and view["failover_to"] is None


def check_all(broker, uids, *peers):
    """Each instance is delivered once in the books, and came once, to one of the peers."""
    delivered = collections.Counter(
        job["instance"]["sop_instance_uid"] for job in broker.jobs("&state=delivered"))
    assert sorted(delivered) == sorted(uids), "%d of %d are delivered" % (len(delivered), len(uids))
    assert set(delivered.values()) == {1}, delivered.most_common(3)
    others = [job for job in broker.jobs() if job["state"] != "delivered"]
    assert all(job["state"] == "cancelled" and job["reason"] == "moved" for job in others), others[:1]
    came = collections.Counter(uid for peer in peers for uid, each in peer.received.items() for _ in each)
    assert sorted(came) == sorted(uids), "%d of %d came" % (len(came), len(uids))
    assert set(came.values()) == {1}, came.most_common(3)
    print(ledger.check_history(broker))


def the_second_one_stands_in():
    second, port = Peer(), bridge.free_port()
    uids = ledger.uids_of("41", COUNT)
    broker = bridge.Bridge(toml_of(port, second), delivery=DELIVERY)
    with broker:
        ledger.send(broker, uids)
        began = time.monotonic()
        # Killed while what moves is moved and sent.
        bridge.until("the second one to get some", lambda: second.received, WITHIN_S)
        broker.kill()
        broker.start()
        bridge.until("the second one to have all", lambda: len(second.received) == COUNT, WITHIN_S)
        took = time.monotonic() - began
        ledger.wait_done(broker, "second")
        assert broker.destination("primary")["failover_to"] == "second"
        assert ledger.unfinished(broker, "primary") == 0
        # Nothing waits there; it is asked all the same, and found well.
        primary = Peer(port)
        bridge.until("the failover to end", lambda: is_back(broker), WITHIN_S)
        later = ledger.uids_of("42", COUNT)
        ledger.send(broker, later)
        bridge.until("the first one to have the new ones", lambda: len(primary.received) == COUNT, WITHIN_S)
        ledger.wait_done(broker, "primary")
        assert sorted(primary.received) == sorted(later) and sorted(second.received) == sorted(uids)
        check_all(broker, uids + later, primary, second)
        assert events(broker) == ["failover_begun", "failover_ended"], events(broker)
        primary.close()
    second.close()
    return "all %d at the second one %.1f s after they came, a kill in between included" % (COUNT, took)


def what_was_not_sent_comes_back():
    second, port = Peer(), bridge.free_port()
    second.may_answer.clear()
    uids = ledger.uids_of("43", COUNT)
    with bridge.Bridge(toml_of(port, second), delivery=DELIVERY) as broker:
        ledger.send(broker, uids)
        bridge.until("all to be at the second one", lambda: ledger.unfinished(broker, "second") == COUNT, WITHIN_S)
        waiting = [job for job in broker.jobs("&destination=second&state=queued")]
        assert waiting and all(job["stands_in_for"] == "primary" for job in waiting), waiting[:1]
        primary = Peer(port)
        bridge.until("what was not sent to come back", lambda: len(primary.received) >= COUNT - 20, WITHIN_S)
        second.may_answer.set()
        for name in ("primary", "second"):
            ledger.wait_done(broker, name)
        assert second.received, "nothing was on its way to the second one"
        check_all(broker, uids, primary, second)
        assert events(broker) == ["failover_begun", "failover_ended"], events(broker)
        back = len(primary.received)
        primary.close()
    second.close()
    return "%d of %d came back, the others were on their way" % (back, COUNT)


def main():
    print("failover: %s; %s" % (the_second_one_stands_in(), what_was_not_sent_comes_back()))


main()
