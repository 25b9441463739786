#!/usr/bin/python3
"""Another configuration is taken whole or not at all, while images come and go: by SIGHUP, HTTP and the command line.

    reload_test.py [--reloads 36]
"""
import argparse
import json
import os
import signal
import subprocess
import threading

import bridge
import dimse
import ledger

options = argparse.ArgumentParser()
options.add_argument("--reloads", type=int, default=36)
RELOADS = options.parse_args().reloads
SENDERS = 4
ROOT_UID = "1.2.826.0.1.3680043.10.88."


class Scanner(threading.Thread):
    """Stores without a pause over one association until it is told to end."""

    def __init__(self, broker, number):
        super().__init__(daemon=True)
        self.broker, self.number = broker, number
        self.stored, self.failures, self.is_over = [], [], threading.Event()

    def run(self):
        try:
            scu = dimse.Scu(self.broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], calling="CT%d" % self.number)
            while not self.is_over.is_set():
                uid = "%s%d.%d" % (ROOT_UID, self.number, len(self.stored))
                status = scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid, size=4000))
                if status != 0:
                    self.failures.append("%s: 0x%04X" % (uid, status))
                self.stored.append(uid)
            scu.release()
        except Exception as error:  # a dropped association, above all
            self.failures.append(repr(error))

    def end(self):
        self.is_over.set()
        self.join(60)
        assert not self.is_alive()


class Places:
    """Four PACS, and the two configurations between which the bridge goes to and fro."""

    def __init__(self):
        self.scps = {name: dimse.StorageScp() for name in ("stays", "of-a", "of-b", "changes")}
        # What each configuration says of every instance: its routes, and where they lead.
        self.decisions = {"a": (["first a", "second a"], ["changes", "of-a", "stays"]),
                          "b": (["first b"], ["changes", "of-b", "stays"])}

    def destination(self, name, extra=""):
        return bridge.dicom_destination(name, self.scps[name].port, extra="parallel = 1\n" + extra)

    def toml(self, which):
        timeout = 'timeout = "%s"\n' % {"a": "30s", "b": "31s", "all": "32s"}[which]
        text = self.destination("stays") + self.destination("changes", timeout)
        if which in ("a", "all"):
            text += self.destination("of-a")
        if which in ("b", "all"):
            text += self.destination("of-b")
        if which == "a":
            text += bridge.route("first a", "stays") + '[route.when]\nPatientID = "P-*"\n'
            text += bridge.route("second a", "of-a", "changes")
        if which == "b":
            text += bridge.route("first b", "stays", "of-b", "changes") + '[route.when]\nAccessionNumber = "ACC*"\n'
        return text

    def close(self):
        for scp in self.scps.values():
            scp.close()


def configuration(broker):
    code, body = broker.get("/api/v1/config")
    assert code == 200, (code, body)
    return body


def reload_over_http(broker, **body):
    return broker.post("/api/v1/config/reload", body)


def refuse(broker, number):
    """What is invalid, or needs a restart, changes nothing, by whatever door it comes."""
    before = configuration(broker)["sha256"]
    broken = number % 3
    if broken == 0:
        broker.configure('[[destination]]\nname = "x"\nkind = "folder"\n[[route]]\nname = "r"\nto = ["nowhere"]\n')
        code, answer = reload_over_http(broker)
        assert code == 422 and len(answer["problems"]) == 2, (code, answer)
        assert {each["key"] for each in answer["problems"]} == {"destination[x]", "route[r].to"}, answer
        assert all(each["file"] == broker.config and each["line"] > 0 for each in answer["problems"]), answer
    elif broken == 1:
        broker.configure("[[destination]\n")
        refused = open(broker.log).read().count("event=reload_refused")
        os.kill(broker.pid(), signal.SIGHUP)
        bridge.until("the refusal in the log", lambda: open(broker.log).read().count("event=reload_refused") > refused)
    else:
        broker.configure("[worker]\nparallel = 7\n")
        code, answer = reload_over_http(broker)
        assert code == 409 and answer["restart"] == [{"key": "worker.parallel", "from": "2", "to": "7"}], (code, answer)
    assert configuration(broker)["sha256"] == before


def take(broker, toml, number):
    """By SIGHUP and by HTTP in turn."""
    before = configuration(broker)["sha256"]
    broker.configure(toml)
    if number % 2 == 0:
        os.kill(broker.pid(), signal.SIGHUP)
        done = "event=reloaded"
        bridge.until("the configuration to be in force", lambda: configuration(broker)["sha256"] != before)
        bridge.until("the reload to be over", lambda: open(broker.log).read().count(done) > number)
    else:
        code, answer = reload_over_http(broker)
        assert code == 200 and answer["applied"] and answer["changes"], (code, answer)


def check_decisions(broker, places, uids):
    """Each instance was decided by the one configuration or by the other; how many by which."""
    seen = {"a": 0, "b": 0}
    rows = broker.rows("SELECT sop_instance_uid, routes, destinations FROM receipt"
                       " JOIN instance ON instance.id = receipt.instance_id")
    assert sorted(uid for uid, _, _ in rows) == sorted(uids)
    for uid, routes, destinations in rows:
        found = (json.loads(routes), sorted(json.loads(destinations)))
        which = [name for name, decision in places.decisions.items() if decision == found]
        assert which, "%s was routed by half a rule set: %s" % (uid, found)
        seen[which[0]] += 1
    return seen


def whole_or_not_at_all_under_load():
    places = Places()
    try:
        with bridge.Bridge(places.toml("a"), delivery={"linger_for": "60s"}) as broker:
            scanners = [Scanner(broker, number) for number in range(SENDERS)]
            for scanner in scanners:
                scanner.start()
            for number in range(RELOADS):
                fresh = [len(scanner.stored) for scanner in scanners]
                bridge.until("more images", lambda: all(len(each.stored) > was for each, was in zip(scanners, fresh)))
                if number % 2 == 1:
                    refuse(broker, number // 2)
                take(broker, places.toml("b" if number % 2 == 0 else "a"), number)
            for scanner in scanners:
                scanner.end()
            failures = [failure for scanner in scanners for failure in scanner.failures]
            assert not failures, failures[:3]
            uids = [uid for scanner in scanners for uid in scanner.stored]
            associations = broker.rows("SELECT COUNT(*) FROM association")[0][0]
            assert associations == SENDERS, "%d associations for %d scanners" % (associations, SENDERS)

            # With all destinations there again what was held goes on, and everything arrives.
            broker.configure(places.toml("all"))
            assert reload_over_http(broker)[0] == 200
            seen = check_decisions(broker, places, uids)
            assert min(seen.values()) > 0, seen
            for name, scp in places.scps.items():
                ledger.wait_done(broker, name)
                wanted = {uid for uid, destinations in broker.rows(
                    "SELECT sop_instance_uid, destinations FROM receipt JOIN instance ON instance.id = instance_id")
                    if name in json.loads(destinations)}
                assert not broker.jobs("&state=held"), broker.jobs("&state=held")[:3]
                assert set(scp.received) == wanted, name
                assert all(len(each) == 1 for each in scp.received.values()), "something was sent twice to " + name
            assert places.scps["stays"].associations == 1, places.scps["stays"].associations
            changed = broker.rows("SELECT COUNT(*) FROM history WHERE event = 'configuration'")[0][0]
            assert changed == 1 + RELOADS + 1, changed
            ledger.check_history(broker)
            return "%d images over %d associations, %d reloads: %d by the one configuration, %d by the other" % (
                len(uids), associations, RELOADS + 1, seen["a"], seen["b"])
    finally:
        places.close()


def jobs_of_a_removed_destination_are_held_and_come_back():
    scp = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs-b", scp.port)
    with bridge.Bridge(toml + bridge.route("all", "pacs-b")) as broker:
        assert broker.post("/api/v1/destinations/pacs-b/pause", {"reason": "test"})[0] == 200
        uids = ledger.uids_of("89", 12)
        ledger.send(broker, uids)
        broker.configure("")
        planned = reload_over_http(broker, dry_run=True)[1]
        assert planned["removed"] == [{"name": "pacs-b", "jobs": 12}] and planned["jobs_held"] == 12, planned
        assert planned["applied"] is False and broker.destination("pacs-b")["jobs"]["queued"] == 12
        refused = broker.cli("reload", ok=(2,))  # nobody is there to ask
        assert "destination pacs-b leaves 12 jobs held" in refused.stdout, refused
        done = broker.cli("reload", "--yes", "--note", "sold")
        assert "12 jobs held" in done.stdout, done.stdout
        held = broker.jobs("&state=held")
        assert len(held) == 12 and {job["reason"] for job in held} == {"destination_removed"}, held[:1]
        row = broker.get("/api/v1/history?event=configuration")[1]["items"][0]
        assert row["detail"]["note"] == "sold" and row["detail"]["removed"] == [{"name": "pacs-b", "jobs": 12}], row
        assert row["actor"].startswith("local:"), row
        assert "nothing has changed" in broker.cli("reload").stdout

        broker.configure(toml)
        answer = reload_over_http(broker)[1]
        assert answer["returned"] == [{"name": "pacs-b", "jobs": 12}], answer
        assert broker.post("/api/v1/destinations/pacs-b/resume")[0] == 200
        ledger.wait_done(broker, "pacs-b")
        ledger.check_books(broker, "pacs-b", uids)
        ledger.check_history(broker)
    scp.close()
    return "12 jobs counted, held, and delivered once it was back"


def a_destination_added_live_gets_its_first_image():
    scp, uid = dimse.StorageScp(), ledger.uids_of("90", 1)[0]
    with bridge.Bridge() as broker:
        scanner = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
        broker.configure(bridge.dicom_destination("pacs-new", scp.port) + bridge.route("all", "pacs-new"))
        done = broker.cli("reload")
        assert "destination pacs-new added" in done.stdout and "route all added" in done.stdout, done.stdout
        assert scanner.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid)) == 0
        scanner.release()
        bridge.until("the first image", lambda: uid in scp.received)
        shown = configuration(broker)
        assert "pacs-new" in shown["text"] and shown["files"] == [broker.config], shown
    scp.close()
    return "over the association that was open before"


def what_is_wrong_is_told_and_changes_nothing():
    with bridge.Bridge() as broker:
        before = configuration(broker)
        broker.configure('[retention]\nkeep_for = "soon"\n[[route]]\nname = "r"\nto = ["nowhere"]\n')
        wrong = broker.cli("reload", ok=(2,))
        assert "retention.keep_for" in wrong.stderr and "route[r].to" in wrong.stderr, wrong.stderr
        os.kill(broker.pid(), signal.SIGHUP)
        bridge.until("both problems in the log", lambda: open(broker.log).read().count("event=configuration_problem") == 2)
        broker.configure("[spool]\nballast = \"1MiB\"\n")
        restart = broker.cli("reload", ok=(2,))
        assert 'spool.ballast: "64MiB" -> "1MiB"; restart to take it' in restart.stderr, restart.stderr
        assert configuration(broker) == before
        assert broker.rows("SELECT COUNT(*) FROM history WHERE event = 'configuration'") == [(1,)]
        assert broker.status()["accepting"]["ok"]
        broker.stop()
        stopped = [bridge.BINARY, "reload", "--data", broker.data]
        answer = subprocess.run(stopped, capture_output=True, text=True, timeout=60)
        assert answer.returncode == 1 and "the broker is stopped" in answer.stderr, answer
    return "every problem with its key, on the console, over HTTP and in the log"


for test in (a_destination_added_live_gets_its_first_image, what_is_wrong_is_told_and_changes_nothing,
             jobs_of_a_removed_destination_are_held_and_come_back, whole_or_not_at_all_under_load):
    print("%s: %s" % (test.__name__, test()), flush=True)
