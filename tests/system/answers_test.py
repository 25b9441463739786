#!/usr/bin/python3
"""What status and command line answer: refusals at once, since when, and what is wrong with what was typed."""
import datetime
import os
import signal
import tempfile
import threading

import bridge
import dimse

UID = "1.2.826.0.1.3680043.10.8."


def send(broker, *numbers):
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for number in numbers:
        uid = UID + str(number)
        assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid)) == 0
    scu.release()


def now_text():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def refusals_are_counted_at_once():
    """The history merges them by the minute; the status must not."""
    broker = bridge.Bridge(dicom='accept_called_ae_title = "own"')
    with broker:
        for _ in range(5):
            try:
                dimse.Scu(broker.port, [(dimse.VERIFICATION, [dimse.IMPLICIT_LE])], called="NOBODY")
                raise AssertionError("not rejected")
            except dimse.Rejected:
                pass
        bridge.until("five refusals", lambda: broker.status()["accepting"]["refused"] == 5, 10)
        broker.stop()
        offline = broker.cli("spool", "stat", "--data", broker.data)
        assert offline.stdout, offline
        broker.start()
        assert broker.status()["accepting"]["refused"] == 5, "those of the earlier run"
    return "5 refusals, counted at once and after a restart"


def accepting_says_since_when():
    """A stop that waits for a destination: nothing is accepted, since the stop began."""
    hold, asked = threading.Event(), threading.Event()

    def slow(scp, stream, context, values, _):
        asked.set()
        hold.wait(30)
        scp.answer(stream, context, values, 0)

    scp = dimse.StorageScp(on_store=slow)
    toml = bridge.dicom_destination("pacs", scp.port) + bridge.route("all", "pacs")
    with bridge.Bridge(toml) as broker:
        running = broker.status()
        assert running["accepting"]["ok"] and running["accepting"]["since"] >= running["started_at"], running["accepting"]
        send(broker, 1)
        assert asked.wait(30)
        before = now_text()
        os.kill(broker.pid(), signal.SIGTERM)
        stopping = bridge.until("the stop", lambda: next(
            (each for each in [broker.status()["accepting"]] if not each["ok"]), None), 10)
        assert before <= stopping["since"] <= now_text(), (before, stopping)
        assert "stopping" in stopping["why"], stopping
        hold.set()
        broker.process.wait(30)
    scp.close()
    return "since %s" % stopping["since"]


def wrong_words_are_told():
    toml = bridge.dicom_destination("pacs-a", bridge.free_port()) + bridge.route("all", "pacs-a")
    with bridge.Bridge(toml) as broker:
        send(broker, 2, 3, 4)
        wrong = [(("outbox", "show", "abc"), "abc is not a job's number"),
                 (("outbox", "frob"), "there is no command frob; use ls, show, hold"),
                 (("outbox", "ls", "--destination", "pacs"), "there are: pacs-a"),
                 (("outbox", "hold", "--destination", "pacs", "--yes"), "there are: pacs-a"),
                 (("history", "ls", "--destination", "pacs"), "there are: pacs-a"),
                 (("history", "ls", "--event", "deliver"), "delivered, "),
                 (("outbox", "ls", "--data", "/nonexistent/folder"), "there is no folder /nonexistent/folder"),
                 (("spool", "verify", "--data", "/nonexistent/folder"), "there is no folder /nonexistent/folder")]
        with tempfile.TemporaryDirectory() as empty:
            wrong += [(("outbox", "ls", "--data", empty), "holds no outbox"),
                      (("outbox", "ls", "--data", broker.config), "is not a folder")]
            for arguments, expected in wrong:
                done = broker.cli(*arguments, ok=(2,))
                assert expected in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, (arguments, done)
            assert not os.listdir(empty), "a question leaves nothing behind"
        assert "without --data" in broker.cli("outbox", "ls", "--data", broker.data, ok=(1,)).stderr
        page = broker.get("/api/v1/jobs?destination=pacs-a&limit=1")[1]
        code, answer = broker.get("/api/v1/jobs?limit=1&cursor=" + page["next"])
        assert code == 400 and "another filter" in answer["detail"], answer
        return "%d wrong command lines" % len(wrong)


def acting_by_time_reaches_what_the_list_shows():
    toml = bridge.dicom_destination("pacs-a", bridge.free_port()) + bridge.route("all", "pacs-a")
    with bridge.Bridge(toml) as broker:
        send(broker, 5, 6, 7)
        for filters, count in (({"until": "2020-01-01"}, 0), ({"since": "1h"}, 3)):
            body = {"action": "cancel", "filter": filters, "dry_run": False}
            code, answer = broker.post("/api/v1/jobs/actions", body)
            assert code == 200 and answer["changed"] == count, (filters, answer)
        assert broker.destination("pacs-a")["jobs"]["cancelled"] == 3
        return "3 jobs of the last hour"


for test in (refusals_are_counted_at_once, accepting_says_since_when, wrong_words_are_told,
             acting_by_time_reaches_what_the_list_shows):
    print("%s: %s" % (test.__name__, test()), flush=True)
