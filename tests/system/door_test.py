#!/usr/bin/python3
"""Who is let in and who is remembered; what nobody routes; a study that is waited for.

    door_test.py
"""
import time

import bridge
import dimse
import ledger

STUDY_QUIET_S = 4  # longer than a busy machine takes from one step to the next


def senders(broker):
    code, body = broker.get("/api/v1/senders")
    assert code == 200, body
    return {each["calling_ae_title"]: each for each in body["items"]}


def knock(broker, calling):
    """The numbers of the rejection, or None where it is let in and answers an echo."""
    try:
        scu = dimse.Scu(broker.port, [(dimse.VERIFICATION, [dimse.IMPLICIT_LE])], calling=calling)
    except dimse.Rejected as rejected:
        return rejected.triple
    assert scu.echo() == 0
    scu.release()
    return None


def only_who_is_listed_gets_in():
    toml = '[[sender]]\nname = "ct-1"\nae_title = "CT1"\n[[sender]]\nname = "elsewhere"\naddress = "10.99.0.0/16"\n'
    with bridge.Bridge(toml, dicom="accept_unknown_senders = false") as broker:
        assert knock(broker, "CT1") is None
        for _ in range(50):
            assert knock(broker, "STRANGER") == (1, 1, 3), "calling AE title not recognized (PS3.8 9.3.4)"
        seen = bridge.until("both to be remembered", lambda: len(senders(broker)) == 2 and senders(broker), 20)
        ct, stranger = seen["CT1"], seen["STRANGER"]
        assert (ct["name"], ct["is_new"], ct["receipts"], ct["last_received_at"]) == ("ct-1", False, 0, None), ct
        assert stranger["is_new"] and stranger["name"] is None and stranger["refused"] >= 1, stranger
        assert stranger["refused_reason"] == "calling_ae_title", stranger
        table = broker.cli("sender", "ls").stdout
        assert "new: name it?" in table and "ct-1" in table, table
        # What was merged is written with the stop.
        broker.stop()
        (refused,), = broker.rows("SELECT refused FROM sender WHERE calling_ae_title = 'STRANGER'")
        assert refused == 50, refused
        rows = broker.rows("SELECT count(*), sum(detail ->> '$.count') FROM history WHERE event = 'refused'")
        assert rows[0][0] <= 3 and rows[0][1] == 50, rows


def what_nobody_routes_is_an_alarm_until_somebody_does():
    scp = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", scp.port) + '[alarm]\nclear_after = "0s"\n'
    uids = ledger.uids_of("44", 5)
    broker = bridge.Bridge(toml)
    with broker:
        ledger.send(broker, uids)
        alarm, = bridge.until("the alarm to count all", lambda: [
            each for each in broker.status()["alarms"] if (each["name"], each["count"]) == ("unrouted", 5)], 20)
        assert broker.get("/api/v1/alarms")[1]["items"] == [alarm]
        assert all(uid in broker.cli("study", "ls", "--unrouted").stdout for uid in uids)
        broker.stop()
        with open(broker.config, "a") as out:
            out.write(bridge.route("all", "pacs"))
        broker.start()
        assert broker.status()["alarms"] == [alarm], "the rules changed, but nobody routed them yet"
        broker.cli("destination", "backfill", "pacs", "--yes")
        bridge.until("the alarm to be over", lambda: broker.status()["alarms"] == [], 20)
        assert broker.status()["unrouted"] == 0
        assert broker.rows("SELECT count(*) FROM history WHERE event = 'alarm_raised'") == [(1,)], "once, over a restart"
        ledger.wait_done(broker, "pacs")
        ledger.check_books(broker, "pacs", uids)
    scp.close()


def a_study_is_waited_for():
    """Its images go when nothing more of it has come for the quiet period; a late one goes alone."""
    scp = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", scp.port, extra='after_study_quiet = "%dms"\n' % (STUDY_QUIET_S * 1000))
    uids = ledger.uids_of("45", 6)
    with bridge.Bridge(toml + bridge.route("all", "pacs"), delivery={"look_every": "200ms"}) as broker:
        for uid in uids[:4]:
            last = time.monotonic()
            ledger.send(broker, [uid])
        assert not scp.received, "sent while the study was arriving"
        study, = broker.get("/api/v1/studies")[1]["items"]
        assert study["state"] == "arriving", study
        assert broker.destination("pacs")["jobs"]["waiting"] == 4
        bridge.until("the study to be sent", lambda: len(scp.received) == 4, 20)
        assert time.monotonic() - last >= STUDY_QUIET_S, "before the period was over"
        ledger.send(broker, uids[4:5])
        broker.kill()  # when it is due is in the books
        broker.start()
        bridge.until("the late one to be sent", lambda: len(scp.received) == 5, 20)
        ledger.send(broker, uids[5:])
        job, = broker.jobs("&state=queued")
        assert job["reason"] == "quiet_period", job
        assert broker.post("/api/v1/jobs/%d/retry" % job["id"])[0] == 200
        bridge.until("the one that an operator wants now", lambda: len(scp.received) == 6, STUDY_QUIET_S)
        ledger.wait_done(broker, "pacs")
        ledger.check_books(broker, "pacs", uids)
        assert all(len(each) == 1 for each in scp.received.values())
    scp.close()


def main():
    only_who_is_listed_gets_in()
    what_nobody_routes_is_an_alarm_until_somebody_does()
    a_study_is_waited_for()
    print("door: who is listed gets in, who is not is remembered; unrouted is an alarm; a study is waited for")


main()
