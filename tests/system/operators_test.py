#!/usr/bin/python3
"""What operators do with the real program: backfill, study send, move, pause, resume, retry, verify."""
import json
import os
import shutil
import subprocess
import tempfile
import time

import bridge
import dimse
import ledger

STUDY = "1.2.826.0.1.3680043.10.9."
ROUTE_CT = '[[route]]\nname = "ct"\nto = ["pacs"]\n[route.when]\nModality = ["CT"]\n'
FAST = {"connect_timeout": "1s", "linger_for": "1ms", "ask_after": "50ms", "ask_again": "200ms", "look_every": "200ms"}


def store(broker, root, count, modality="CT", study=STUDY + "1", calling="SCANNER"):
    uids = ledger.uids_of(root, count)
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], calling=calling)
    for uid in uids:
        assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid, study, 1500, modality=modality)) == 0
    scu.release()
    return uids


def rewrite(broker, before, after):
    text = open(broker.config).read()
    assert before in text, before
    with open(broker.config, "w") as out:
        out.write(text.replace(before, after))


def user():
    return "local:" + subprocess.run(["id", "-un"], capture_output=True, text=True).stdout.strip()


def events(broker, event):
    return [(actor, destination, json.loads(detail)) for actor, destination, detail in broker.rows(
        "SELECT actor, destination, detail FROM history WHERE event = ? ORDER BY sequence", event)]


def a_destination_that_came_later_is_backfilled():
    """By the present routes; then all of it; and again, which adds nothing."""
    first, late = dimse.StorageScp(), dimse.StorageScp()
    broker = bridge.Bridge(bridge.dicom_destination("pacs", first.port) + bridge.route("all", "pacs"), delivery=FAST)
    with broker:
        ct, mr = store(broker, "31", 5), store(broker, "32", 3, "MR")
        own = store(broker, "33", 2, calling="LATE")
        ledger.wait_done(broker, "pacs")
        broker.stop()
        rewrite(broker, bridge.route("all", "pacs"), bridge.route("all", "pacs") + bridge.dicom_destination(
            "late", late.port, "LATE") + '[[route]]\nname = "ct"\nto = ["late"]\n[route.when]\nModality = ["CT"]\n')
        broker.start()
        plan = broker.post("/api/v1/destinations/late/backfill", {"dry_run": True})[1]
        assert (plan["count"], plan["not_routed"], plan["came_from_there"]) == (5, 3, 2), plan
        assert not broker.jobs("&destination=late"), "a dry run adds nothing"
        assert "--yes" in broker.cli("destination", "backfill", "late", ok=(2,)).stderr
        said = broker.cli("destination", "backfill", "late", "--yes", "--note", "new archive").stdout
        assert said.startswith("late: 5 jobs added"), said
        ledger.wait_done(broker, "late")
        assert sorted(late.received) == sorted(ct), late.received
        assert {job["priority"] for job in broker.jobs("&destination=late")} == {"low"}
        again = json.loads(broker.cli("destination", "backfill", "late", "--yes", "--json").stdout)
        assert again["count"] == 0, again
        future = broker.post("/api/v1/destinations/late/backfill", {"all": True, "since": "2100-01-01"})[1]
        assert future["seen"] == 0, future
        broker.cli("destination", "backfill", "late", "--all", "--yes")
        ledger.wait_done(broker, "late")
        assert sorted(late.received) == sorted(ct + mr + own)
        assert all(len(each) == 1 for each in late.received.values()), "each once"
        rows = events(broker, "backfill")
        assert [row[2]["added"] for row in rows] == [5, 0, 5], rows
        assert rows[0][:2] == (user(), "late") and rows[0][2]["added"] == 5 and rows[0][2]["note"] == "new archive", rows
        assert len(events(broker, "added")) == 10
        assert broker.post("/api/v1/destinations/nowhere/backfill", {})[0] == 404
    first.close(), late.close()
    return "5 by the routes, 5 more with --all, none twice"


def a_study_is_sent_by_hand():
    pacs, other = dimse.StorageScp(), dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", pacs.port) + bridge.dicom_destination("other", other.port) + ROUTE_CT
    with bridge.Bridge(toml, delivery=FAST) as broker:
        wanted, rest = store(broker, "34", 4), store(broker, "35", 2, study=STUDY + "2")
        ledger.wait_done(broker, "pacs")
        said = broker.cli("study", "send", STUDY + "1", "other").stdout
        assert said == "other: 4 jobs added\n", said
        ledger.wait_done(broker, "other")
        assert sorted(other.received) == sorted(wanted), other.received
        said = broker.cli("study", "send", STUDY + "1", "other").stdout
        assert "0 jobs added, 4 were delivered before" in said, said
        study = broker.get("/api/v1/studies/" + STUDY + "1")[1]
        assert [(each["name"], each["delivered"], each["of"]) for each in study["destinations"]] == [
            ("other", 4, 4), ("pacs", 4, 4)], study
        assert "pacs 2/2" in broker.cli("study", "ls").stdout and "other 4/4" in broker.cli("study", "ls").stdout
        assert STUDY + "2" not in broker.cli("study", "ls", "-q", STUDY + "1").stdout
        assert "instances: 4" in broker.cli("study", "show", STUDY + "1").stdout
        for arguments, code, words in ((("study", "send", "1.9", "other"), 1, "no study"),
                                       (("study", "send", STUDY + "1", "nowhere"), 2, "there are: other, pacs"),
                                       (("study", "show", "1.9"), 1, "no study")):
            done = broker.cli(*arguments, ok=(code,))
            assert words in done.stderr and done.stderr.count("\n") == 1, done
    pacs.close(), other.close()
    return "4 instances sent, then 0; %d of the other study stayed" % len(rest)


def a_dead_archive_is_moved_away_from():
    """Some were sent without an answer, some are held, most wait; then a new archive takes over."""
    lock, swallowed = [2], []

    def on_store(scp, stream, context, values, data_set):
        if lock[0] > 0:
            lock[0] -= 1
            swallowed.append(dimse.text(values, 0x1000))
        raise dimse.Closed("as told")

    dead, alive = dimse.StorageScp(on_store=on_store), dimse.StorageScp()
    toml = (bridge.dicom_destination("old", dead.port, extra='timeout = "1s"') +
            bridge.dicom_destination("new", alive.port) + bridge.route("all", "old"))
    with bridge.Bridge(toml, delivery=FAST | {"ask_after": "1h", "lost_max": 2}) as broker:
        uids = store(broker, "36", 2)
        bridge.until("two uncertain", lambda: broker.destination("old")["jobs"]["uncertain"] == 2)
        dead.close()
        uids += store(broker, "37", 8)
        broker.cli("destination", "pause", "old", "--reason", "dead")
        bridge.until("none on its way", lambda: broker.destination("old")["jobs"]["sending"] == 0)
        held = next(job["id"] for job in broker.jobs("&destination=old&state=queued"))
        broker.cli("outbox", "hold", str(held))
        plan = broker.post("/api/v1/destinations/old/move", {"to": "new", "dry_run": True})[1]
        total = plan["count"]
        assert (plan["held"], total, plan["sending"]) == (1, 10, 0) and plan["uncertain"] >= 2, plan
        assert "uncertain" in broker.cli("outbox", "move", "--help").stdout
        for wrong in (("old", "old"), ("old", "nowhere"), ("nowhere", "new")):
            assert broker.cli("outbox", "move", *wrong, "--yes", ok=(1, 2)).stderr.count("\n") == 1
        code, partly = broker.post("/api/v1/destinations/old/move", {"to": "new", "filter": {"state": "held"}})
        assert code == 200 and partly["changed"] == 1, partly
        said = broker.cli("outbox", "move", "old", "new", "--yes").stdout
        assert said == "move: 9 jobs moved\n", said
        ledger.wait_done(broker, "new")
        assert sorted(alive.received) == sorted(uids), alive.received
        jobs = broker.destination("old")["jobs"]
        assert jobs["cancelled"] == 10 and ledger.unfinished(broker, "old") == 0, jobs
        moved = [row for row in events(broker, "cancelled") if row[2]["reason"] == "moved"]
        assert len(moved) == 10 and {actor for actor, _, _ in moved} == {user()}, moved
        ledger.check_history(broker)
    alive.close()
    return "10 jobs, %d of them uncertain" % plan["uncertain"]


def a_pause_ends_by_itself_and_resuming_is_no_storm():
    pacs = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", pacs.port) + bridge.route("all", "pacs")
    with bridge.Bridge(toml, delivery=FAST | {"retry_per_second": 5}) as broker:
        broker.cli("destination", "pause", "pacs", "--reason", "maintenance", "--for", "2s")
        began = time.monotonic()
        store(broker, "38", 3)
        assert broker.destination("pacs")["state"] == "paused" and not pacs.received
        ledger.wait_done(broker, "pacs", 30)
        assert time.monotonic() - began > 1.5, "the pause lasted"

        port = pacs.port
        pacs.close()
        uids = store(broker, "39", 30)
        bridge.until("a failing destination", lambda: broker.destination("pacs")["state"] == "failing")
        broker.cli("destination", "pause", "pacs", "--reason", "dead")
        bridge.until("none on its way", lambda: broker.destination("pacs")["jobs"]["sending"] == 0)
        # As a person finds them after a night: all put off for long.
        wait = {"action": "retry", "filter": {"destination": "pacs"}}
        code, answer = broker.post("/api/v1/jobs/actions", wait)
        assert code == 200, answer
        code, answer = broker.post("/api/v1/jobs/actions", wait)
        assert code == 429 and "wait" in answer["detail"], (code, answer)
        refused = broker.cli("outbox", "retry", "--destination", "pacs", "--yes", ok=(1,)).stderr
        assert "429" in refused, refused
        pacs = dimse.StorageScp(port)
        assert broker.cli("destination", "resume", "pacs").stdout.startswith("pacs: ")
        ledger.wait_done(broker, "pacs", 60)
        assert sorted(pacs.received) == sorted(uids), (len(pacs.received), len(uids))
        code, answer = broker.post("/api/v1/jobs/%d/retry" % broker.jobs()[0]["id"])
        assert code == 409 and answer["state"] == "delivered", answer
    pacs.close()
    return "a pause of 2 s, 30 jobs after a dead night"


def a_backfill_that_is_interrupted_goes_on_when_it_is_repeated():
    pacs = dimse.StorageScp()
    toml = '[janitor]\nbatch = 1\n' + bridge.dicom_destination("pacs", pacs.port)
    with bridge.Bridge(toml, delivery=FAST) as broker:
        uids = store(broker, "40", 150)
        asking = bridge.Unix(os.path.join(broker.data, "api.sock"))
        asking.request("POST", "/api/v1/destinations/pacs/backfill", '{"all": true, "progress": true}',
                       {"Content-Type": "application/json"})
        answer = asking.getresponse()
        assert json.loads(answer.readline()) == {"done": 1, "total": 150}
        answer.close(), asking.close()
        row, = bridge.until("the end of the backfill", lambda: events(broker, "backfill"))
        assert not row[2]["whole"] and 0 < row[2]["added"] < 150, row
        again = json.loads(broker.cli("destination", "backfill", "pacs", "--all", "--yes", "--json").stdout)
        assert again["whole"] and again["added"] + row[2]["added"] == 150, (row, again)
        ledger.wait_done(broker, "pacs")
        ledger.check_books(broker, "pacs", uids)
        broker.stop()
        assert "pacs 150/150" in broker.cli("study", "ls", "--data", broker.data).stdout
    pacs.close()
    return "%d of 150, then %d" % (row[2]["added"], again["added"])


class Dcmqrscp:
    """DCMTK's archive: it stores, and answers C-FIND. Over two associations at once it can say Success for an instance
    and lose it (two processes write one index), so it is given one."""

    def __init__(self):
        self.folder, self.port = tempfile.mkdtemp(prefix="dcmqrscp-"), bridge.free_port()
        os.mkdir(os.path.join(self.folder, "db"))
        config = os.path.join(self.folder, "dcmqrscp.cfg")
        with open(config, "w") as out:
            out.write("NetworkTCPPort = %d\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\nHostTable END\n"
                      "VendorTable BEGIN\nVendorTable END\nAETable BEGIN\nPACS %s/db RW (200, 1024mb) ANY\nAETable END\n"
                      % (self.port, self.folder))
        self.process = subprocess.Popen(["dcmqrscp", "-c", config], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        bridge.until("dcmqrscp", self.answers, 10)

    def answers(self):
        try:
            dimse.Scu(self.port, [(dimse.VERIFICATION, [dimse.IMPLICIT_LE])], called="PACS").release()
            return True
        except OSError:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def archives_are_asked_whether_they_have_a_study():
    """A real one, which says yes; one that lost an instance; a folder, which nobody can ask."""
    if not shutil.which("dcmqrscp"):
        return "skipped: no dcmqrscp"
    archive, lost = Dcmqrscp(), ledger.uids_of("41", 3)[1]
    forgetful = dimse.StorageScp(on_find=lambda uid: uid != lost)
    with tempfile.TemporaryDirectory() as folder:
        toml = (bridge.dicom_destination("pacs", archive.port, extra="parallel = 1") +
                bridge.dicom_destination("forgetful", forgetful.port) +
                '[[destination]]\nname = "folder"\nkind = "folder"\npath = "%s"\n' % folder +
                bridge.route("all", "pacs", "forgetful", "folder"))
        with bridge.Bridge(toml, delivery=FAST | {"denials_over": "1h"}) as broker:
            store(broker, "41", 3)
            for name in ("pacs", "forgetful", "folder"):
                ledger.wait_done(broker, name)
            assert "asking about 9 jobs" in broker.cli("study", "verify", STUDY + "1", "--no-wait").stdout
            done = broker.cli("study", "verify", STUDY + "1", "--wait", "20s", "--json", ok=(1,))
            found = {each["name"]: each for each in json.loads(done.stdout)["destinations"]}
            assert found["pacs"]["query"] == 3, found
            assert (found["forgetful"]["query"], found["forgetful"]["denied"]) == (2, 1), found
            assert found["folder"]["cannot_be_asked"] == 3, found
            only = ("study", "verify", "--destination", "pacs", "--yes", "--wait", "20s")
            assert broker.cli(*only).stdout.split("\n")[1].split() == ["pacs", "0", "3", "0", "0", "0", "0"]
            assert {job["evidence"] for job in broker.jobs("&destination=pacs")} == {"query"}
            assert "name a study" in broker.cli("study", "verify", ok=(2,)).stderr
            assert broker.cli("study", "verify", "1.9", ok=(1,)).stderr.count("\n") == 1
    archive.close(), forgetful.close()
    return "3 found by the archive, 1 denied by the other, 3 in a folder"


for test in (a_destination_that_came_later_is_backfilled, a_study_is_sent_by_hand, a_dead_archive_is_moved_away_from,
             a_pause_ends_by_itself_and_resuming_is_no_storm,
             a_backfill_that_is_interrupted_goes_on_when_it_is_repeated, archives_are_asked_whether_they_have_a_study):
    print("%s: %s" % (test.__name__, test()), flush=True)
