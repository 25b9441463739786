#!/usr/bin/python3
"""What the rules say of real files, before they are sent and after they came, and what other rules would do.

A file, the instance that it became, and what was recorded when it came agree with each other; and a diff of other rules
foretells exactly which jobs a backfill makes once they are taken.
"""
import collections
import glob
import json
import os
import subprocess

import pydicom

import bridge
import dimse
import ledger

SENDER = '[[sender]]\nname = "ct-1"\nae_title = "CT1"\naddress = "127.0.0.0/8"\n'
CALLING = "CT1"


def rule(name, to, when="", extra=""):
    return '[[route]]\nname = "%s"\nto = [%s]\n%s\n%s\n' % (
        name, ", ".join('"%s"' % each for each in to), extra, "[route.when]\n" + when if when else "")


RULES = (rule("mr first", ["pacs"], 'Modality = ["MR"]\ncalling_ae_title = "CT*"', 'priority = "high"') +
         rule("names", ["archive"], 'any = [ { PatientName = "*山田*" }, { PatientName = "*^*" } ]\n'
                                    'not = { Modality = "MR" }') +
         rule("from ct-1", ["pacs"], 'sender = "ct-1"\nModality = { exists = true }\nSOPClassUID = "*.1.7*"', "last = true") +
         rule("never", ["archive"], 'PatientID = "nobody at all"') +
         rule("rest", ["archive"], "Modality = { exists = true }", "otherwise = true"))
OTHER = (rule("mr first", ["pacs", "copy"], 'Modality = ["MR"]') +
         rule("names", ["archive"], 'PatientName = "*山田*"', 'priority = "low"') +
         rule("all names", ["copy"], "PatientName = { exists = true }"))


def files(samples):
    """SOP Instance UID -> file, of those that stock storescu can send and that have no twin."""
    found, twins = {}, set()
    for pattern in ("charsets/*.dcm", "mr-study/**/*.dcm", "dialects/*small*.dcm"):
        for path in sorted(glob.glob(os.path.join(samples, pattern), recursive=True)):
            uid = str(pydicom.dcmread(path, force=True, specific_tags=["SOPInstanceUID"]).get("SOPInstanceUID", ""))
            twins |= {uid} & set(found)
            found[uid] = path
    return {uid: path for uid, path in found.items() if uid and uid not in twins}


def send(broker, paths):
    subprocess.run(["storescu", "-nh", "-R", "-aet", CALLING, "-aec", "BRIDGE", "127.0.0.1", str(broker.port), *paths],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


def names_of(explanation):
    return sorted(each["destination"] for each in explanation["destinations"] if not each["came_from_there"])


def matched(explanation):
    return [each["name"] for each in explanation["routes"] if each["verdict"] == "matched"]


def routes_of(broker, uid):
    code, shown = broker.get("/api/v1/instances/%s/routes" % uid)
    assert code == 200, (code, shown)
    return shown


def check_agreement(broker, known):
    """File, instance and record, of everything that came."""
    verdicts = collections.Counter()
    for uid, path in known.items():
        shown = routes_of(broker, uid)
        said = json.loads(broker.cli("route", "explain", path, "--calling", CALLING, "--address", "127.0.0.1",
                                     "--json").stdout)
        now, receipt = shown["now"], shown["receipts"][0]
        assert said["sop_instance_uid"] == uid and said["has_identity"], said
        # storescu may send another encoding than the file has; the values are the same.
        assert (matched(said), names_of(said)) == (matched(now), names_of(now)), (path, said, now)
        assert [(each["name"], each["verdict"], each["findings"]) for each in said["routes"]] == [
            (each["name"], each["verdict"], each["findings"]) for each in now["routes"]], (path, said, now)
        assert matched(now) == receipt["routes"] and names_of(now) == sorted(receipt["destinations"]), (now, receipt)
        assert (now["sender"], now["calling_ae_title"], now["called_ae_title"]) == ("ct-1", CALLING, "BRIDGE"), now
        jobs = broker.get("/api/v1/instances/" + uid)[1]["jobs"]
        assert sorted(job["destination"] for job in jobs) == names_of(now), (jobs, now)
        verdicts.update(each["verdict"] for each in now["routes"])
    assert all(verdicts[each] for each in ("matched", "not_matched", "after_last", "not_needed")), verdicts
    return verdicts


def check_words(broker, known):
    """What a person reads, and what is none."""
    path = next(path for uid, path in known.items() if path.endswith("chrH31.dcm"))
    said = broker.cli("route", "explain", path, "--calling", CALLING, "--address", "127.0.0.1").stdout
    assert "names: goes to archive" in said and "山田" in said and "assumed, since it was not given: --called" in said, said
    assert "sender: ct-1" in said, said
    letter = os.path.join(broker.folder, "letter.txt")
    with open(letter, "w") as out:
        out.write("Dear colleague, this is no image.\n" * 20)
    done = broker.cli("route", "explain", letter, ok=(2,))
    assert "is not a DICOM file" in done.stderr and done.stderr.count("\n") == 1, done.stderr
    log = open(broker.log, errors="replace").read()
    assert "山田" not in log and "Yamada" not in log, "a name in the log"


def check_what_if(broker):
    code, said = broker.post("/api/v1/routes/explain", {"tags": {"Modality": ["MR"], "PatientName": "A^B"},
                                                        "calling_ae_title": "CT9", "address": "10.0.0.1"})
    assert code == 200 and matched(said) == ["mr first"] and said["sender"] is None, said
    code, said = broker.post("/api/v1/routes/explain", {"tags": {"NoSuchKeyword": "x"}})
    assert code == 400 and said["parameter"] == "tags", said


def job_counts(broker):
    return collections.Counter(job["destination"] for job in broker.jobs())


def write_other(broker, pacs, rules, name):
    """The same bridge with other rules, in a folder of its own, as somebody would prepare it."""
    folder = os.path.join(broker.folder, "prepared")
    os.makedirs(folder, exist_ok=True)
    text = open(broker.config).read()
    assert RULES in text
    text = text.replace(RULES, bridge.dicom_destination("copy", pacs.port, "COPY") + rules if "copy" in rules else rules)
    path = os.path.join(folder, name)
    with open(path, "w") as out:
        out.write(text)
    return path, text


def diff(broker, path, *more):
    return json.loads(broker.cli("route", "diff", path, "--json", *more).stdout)


def check_diff(broker, known, pacs):
    """What the diff foretells is what then happens."""
    history = broker.rows("SELECT count(*) FROM history")
    same = diff(broker, write_other(broker, pacs, RULES, "same.toml")[0])
    assert (same["instances"], same["same"], same["differs_from_recorded"]) == (len(known), len(known), 0), same
    path, text = write_other(broker, pacs, OTHER, "other.toml")
    foretold = diff(broker, path)
    words = broker.cli("route", "diff", path, "--limit", "1").stdout
    assert "%d instances received: %d would go elsewhere" % (foretold["instances"], foretold["changed"]) in words, words
    assert diff(broker, path, "--since", "2100-01-01")["instances"] == 0
    assert broker.rows("SELECT count(*) FROM history") == history, "asking leaves no trace"
    assert foretold["same"] + foretold["changed"] == len(known) and foretold["changed"] > 0, foretold
    assert sum(group["count"] for group in foretold["groups"]) == foretold["changed"], foretold
    with open(os.path.join(broker.folder, "broken.toml"), "w") as out:
        out.write('[[route]]\nname = "x"\nto = ["nowhere"]\n')
    assert "nowhere" in broker.cli("route", "diff", out.name, ok=(2,)).stderr
    before, changes = job_counts(broker), {each["name"]: each for each in foretold["destinations"]}
    assert changes["copy"]["gains"] > 0 and changes["archive"]["loses"] > 0, changes
    assert changes["archive"]["priority_changes"] > 0, changes
    take(broker, text)
    for name in ("pacs", "archive", "copy"):
        gains = changes.get(name, {"gains": 0})["gains"]
        broker.cli("destination", "backfill", name, "--yes")
        added = job_counts(broker)[name] - before[name]
        assert added == gains, "%s: %d foretold, %d made" % (name, gains, added)
    ledger.wait_done(broker, "copy")
    for uid in known:
        now = routes_of(broker, uid)["now"]
        jobs = {job["destination"] for job in broker.get("/api/v1/instances/" + uid)[1]["jobs"]}
        assert set(names_of(now)) <= jobs, (uid, now, jobs)
    # Now the records are of other rules than the present ones.
    after = diff(broker, path)
    moved = sum(group["count"] for group in foretold["groups"]
                if {each["destination"] for each in group["from"]} != {each["destination"] for each in group["to"]})
    assert (after["changed"], after["differs_from_recorded"]) == (0, moved), (after, moved)
    return foretold


def take(broker, text):
    with open(broker.config, "w") as out:
        out.write(text)
    broker.cli("reload")


def check_gone(broker, known):
    """Bytes that are missing: what was recorded is told all the same, and the diff counts it."""
    uid = next(iter(known))
    digest = routes_of(broker, uid)["digest"]
    blob = next(os.path.join(top, name) for top, _, names in os.walk(os.path.join(broker.data, "spool")) for name in names
                if digest in name)
    os.rename(blob, os.path.join(broker.folder, "taken-away"))
    code, said = broker.get("/api/v1/instances/%s/routes" % uid)
    assert code == 409 and said["receipts"][0]["routes"] and "now" not in said, (code, said)
    assert diff(broker, broker.config)["unreadable"] == 1
    os.rename(os.path.join(broker.folder, "taken-away"), blob)
    assert broker.get("/api/v1/instances/%s/routes" % uid)[0] == 200


def main():
    samples = files(bridge.skip_without_samples())
    pacs = dimse.StorageScp()
    toml = (SENDER + bridge.dicom_destination("pacs", pacs.port) + bridge.dicom_destination("archive", pacs.port) + RULES)
    with bridge.Bridge(toml) as broker:
        send(broker, samples.values())
        came = {uid for (uid,) in broker.rows("SELECT sop_instance_uid FROM instance")}
        known = {uid: path for uid, path in samples.items() if uid in came}
        assert len(known) == len(came) and len(known) > 20, (len(samples), len(came), len(known))
        verdicts = check_agreement(broker, known)
        check_words(broker, known)
        check_what_if(broker)
        check_gone(broker, known)
        foretold = check_diff(broker, known, pacs)
    pacs.close()
    print("%d files agree with what they became (%s); %d of %d change as foretold" % (
        len(known), ", ".join("%d %s" % (count, verdict) for verdict, count in sorted(verdicts.items())),
        foretold["changed"], foretold["instances"]))


if __name__ == "__main__":
    main()
