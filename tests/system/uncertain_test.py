#!/usr/bin/python3
"""Answers that are lost after the last byte: the destination is asked, and nothing is sent again that it has.

    uncertain_test.py [--count 1000]        responses swallowed in front of Orthanc
"""
import argparse
import threading
import time

import bridge
import dimse
import ledger
import peers
from chaos_proxy import ChaosProxy, Plan

options = argparse.ArgumentParser()
options.add_argument("--count", type=int, default=300)
COUNT = options.parse_args().count
DENIALS_MIN, DENIALS_OVER = 3, 0.4
DELIVERY = {"connect_timeout": "1s", "release_timeout": "200ms", "linger_for": "1ms", "ask_after": "50ms",
            "ask_again": "100ms", "denials_min": DENIALS_MIN, "denials_over": "%dms" % (1000 * DENIALS_OVER),
            "report_wait": "200ms", "report_linger": "50ms", "look_every": "200ms",
            # Every association is lost here, which is no fault of the destination's.
            "lost_max": 1000}


def bridge_to(port, ae_title="PACS", extra="", delivery=DELIVERY):
    toml = bridge.dicom_destination("pacs", port, ae_title, 'timeout = "5s"\nparallel = 4\n' + extra)
    return bridge.Bridge(toml + bridge.route("all", "pacs"), delivery=delivery)


def swallowed_answers(count, root, is_known, evidence):
    """One association per instance, each of which ends without the answer that Orthanc gave."""
    orthanc = peers.Orthanc(peers.orthanc_or_skip())
    proxy, uids = ChaosProxy(orthanc.port, lambda number: Plan(swallow=0)), ledger.uids_of(root, count)
    try:
        # Where Orthanc reports, its report is waited for; where it doesn't know us, that would only take time.
        delivery = DELIVERY | ({"report_wait": "60s"} if is_known else {})
        with bridge_to(proxy.port, "ORTHANC", "resend_safe = false", delivery) as broker:
            if is_known:
                orthanc.know("BRIDGE", broker.port)
            ledger.send(broker, uids)
            ledger.wait_done(broker, "pacs")
            attempts = ledger.check_books(broker, "pacs", uids)
            for uid in uids:
                sends = [outcome for kind, outcome, _ in attempts[uid] if kind == "send"]
                assert sends == ["unknown"], "%s was sent %s" % (uid, sends)
                proof = [each for kind, outcome, each in attempts[uid] if kind == "probe" and outcome == "delivered"]
                assert proof == [evidence], (uid, attempts[uid])
            doubts, = broker.rows("SELECT count(DISTINCT job_id) FROM history WHERE event = 'doubted'")[0]
            receives = orthanc.receives()
            assert doubts == count and sorted(receives.elements()) == sorted(uids), (doubts, sum(receives.values()))
            assert orthanc.instance_count() == count
            swallowed = sum(each.swallowed for each in proxy.all())
            assert swallowed == count, swallowed
            ledger.check_history(broker)
            probes = sum(kind == "probe" for of_one in attempts.values() for kind, _, _ in of_one)
            return "%d responses swallowed, %d doubted, %d found by %s with %d questions on %d associations, 0 sent again" % (
                swallowed, doubts, count, evidence, probes, len(proxy.all()) - count)
    finally:
        orthanc.close()


def lost_answers_are_found_by_query():
    return swallowed_answers(COUNT, "21", False, "query")


def lost_answers_are_found_by_commitment():
    return swallowed_answers(max(COUNT // 6, 1), "22", True, "commitment")


def what_the_peer_denies_is_sent_again_only_after_enough_denials():
    """It drops the first answer, and then says that it has nothing: three times, over a while, and it is believed."""
    lock, asked, stores, early = threading.Lock(), {}, {}, []

    def on_find(uid):
        with lock:
            asked.setdefault(uid, []).append(time.monotonic())
        return False

    def on_store(scp, stream, context, values, data_set):
        uid = dimse.text(values, 0x1000)
        with lock:
            stores[uid] = stores.get(uid, 0) + 1
            denials = asked.get(uid, [])
            if stores[uid] == 1:
                raise dimse.Closed("as told")
            if len(denials) < DENIALS_MIN or denials[-1] - denials[0] < 0.9 * DENIALS_OVER:
                early.append((uid, denials))
        scp.answer(stream, context, values, 0)

    scp, uids = dimse.StorageScp(on_store=on_store, on_find=on_find), ledger.uids_of("23", 40)
    with bridge_to(scp.port, extra="resend_safe = false") as broker:
        ledger.send(broker, uids)
        ledger.wait_done(broker, "pacs")
        attempts = ledger.check_books(broker, "pacs", uids)
        assert not early, "sent again after %d denials: %s" % (len(early[0][1]), early[0])
        assert all(stores[uid] == 2 for uid in uids), stores
        for uid in uids:
            absent = sum(outcome == "absent" for _, outcome, _ in attempts[uid])
            assert absent >= DENIALS_MIN, attempts[uid]
        fewest = min(len(each) for each in asked.values())
    scp.close()
    return "%d instances, each denied at least %d times over %.1f s, then sent a second time and delivered" % (
        len(uids), fewest, DENIALS_OVER)


def silence_proves_nothing():
    """A peer that breaks off when it is asked, and at last says yes: nothing was sent again meanwhile."""
    lock, asked, breaks = threading.Lock(), [], 4

    def on_find(uid):
        with lock:
            asked.append(uid)
            if len(asked) <= breaks:
                raise dimse.Closed("as told")
        return True

    def on_store(scp, stream, context, values, data_set):
        raise dimse.Closed("as told")

    scp, uids = dimse.StorageScp(on_store=on_store, on_find=on_find), ledger.uids_of("24", 5)
    with bridge_to(scp.port) as broker:
        ledger.send(broker, uids)
        ledger.wait_done(broker, "pacs")
        ledger.check_books(broker, "pacs", uids)
        assert all(len(scp.received[uid]) == 1 for uid in uids), {uid: len(each) for uid, each in scp.received.items()}
    scp.close()
    return "%d instances asked about %d times in all, %d of them in vain, sent once each" % (len(uids), len(asked), breaks)


for test in (what_the_peer_denies_is_sent_again_only_after_enough_denials, silence_proves_nothing,
             lost_answers_are_found_by_query, lost_answers_are_found_by_commitment):
    began = time.monotonic()
    print("%s: %s; %.1f s" % (test.__name__, test(), time.monotonic() - began), flush=True)
