#!/usr/bin/python3
"""What a running broker answers, beside the document that describes it: every field is described, and no call forgotten."""
import copy
import os
import re

import jsonschema

import bridge
import dimse
from hospital import Hospital, Study

DESTINATIONS = """[[destination]]
name = "pacs"
kind = "dicom"
host = "127.0.0.1"
port = %d
ae_title = "PACS"
[[destination]]
name = "dead"
kind = "dicom"
host = "127.0.0.1"
port = 1
ae_title = "DEAD"
[[route]]
name = "copies"
to = ["pacs", "dead"]
edit = [ { prefix = "PatientID", with = "X-" } ]
[route.when]
Modality = ["CT"]
"""


class Described:
    """The document, and a look at whether an answer is what it says."""

    def __init__(self, broker):
        self.broker = broker
        code, self.document = broker.get("/api/v1/openapi.json")
        assert code == 200, code
        self.components = closed(self.document["components"], "Problem")
        self.used = set()

    def validate(self, schema, value, what):
        whole = closed(schema) | {"components": self.components}
        faults = list(jsonschema.Draft202012Validator(whole).iter_errors(value))
        assert not faults, "%s: %s" % (what, "; ".join("%s: %s" % (each.json_path, each.message) for each in faults[:5]))

    def operation(self, method, path):
        self.used.add((method, path))
        return self.document["paths"][path][method]

    def problem(self, answer, what):
        self.validate({"$ref": "#/components/schemas/Problem"}, answer, what)

    def get(self, path, names, query=""):
        """Asks by the pattern `path`; JSON must be as described, of a file or a picture the type."""
        operation = self.operation("get", path)
        target = named(path, names) + query
        content = operation["responses"]["200"]["content"]
        if "application/json" in content:
            code, answer = self.broker.get(target)
            assert code == 200, (target, code, answer)
            self.validate(content["application/json"]["schema"], answer, target)
            return answer
        if "text/event-stream" in content:
            return self.begin_to_follow(target)
        code, body = self.broker.get(target, parse=False)
        if "image/jpeg" in content and code != 200:
            assert str(code) in operation["responses"], (target, code)
        else:
            assert code == 200 and body, (target, code)
        return body

    def begin_to_follow(self, target):
        """The stream has no end of its own."""
        connection = bridge.Unix(os.path.join(self.broker.data, "api.sock"))
        try:
            connection.request("GET", target)
            answer = connection.getresponse()
            assert answer.status == 200 and answer.getheader("content-type") == "text/event-stream", answer.status
            return answer.readline()
        finally:
            connection.close()

    def post(self, path, names, body):
        operation = self.operation("post", path)
        target = named(path, names)
        self.validate(operation["requestBody"]["content"]["application/json"]["schema"], body, target + ", asked")
        code, answer = self.broker.post(target, body)
        assert code == 200, (target, code, answer)
        self.validate(operation["responses"]["200"]["content"]["application/json"]["schema"], answer, target)
        return answer


def named(path, names):
    """The pattern with what its names stand for; a {uid} is what comes before it says."""
    if path.startswith("/api/v1/series/"):
        names = names | {"uid": names["series"]}
    return re.sub(r"\{(\w+)\}", lambda found: str(names[found.group(1)]), path)


def closed(schema, *open_ones):
    """The same schema where no object has a member that is not described."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {key: copy.deepcopy(each) if key in open_ones else closed(each, *open_ones) for key, each in schema.items()}
    if shut.get("type") == "object" and "properties" in shut:
        shut.setdefault("additionalProperties", False)
    return shut


def the_look_itself_sees_what_is_wrong(described):
    schema = {"$ref": "#/components/schemas/JobCounts"}
    counts = dict.fromkeys(("queued", "waiting", "sending", "uncertain", "delivered", "held", "cancelled"), 0)
    described.validate(schema, counts, "counts")
    missing = {key: each for key, each in counts.items() if key != "held"}
    for wrong in (counts | {"lost": 0}, counts | {"held": "0"}, missing):
        try:
            described.validate(schema, wrong, "counts")
        except AssertionError:
            continue
        raise AssertionError("taken for counts: %s" % wrong)


def arrive(hospital, pacs):
    """Studies in every stage that matters here: registered and sent, without a number, without an order, unrouted."""
    done, bare, lost = Study(), Study(accession=""), Study()
    other = Study(modality="MR")
    hospital.order(done)
    for study in (done, bare, lost, other):
        hospital.send(study, 2)
    # The same instance again with other bytes: another version.
    sop, data = other.instance()
    hospital.send_again(other, [(sop, data), (sop, data[:-4] + b"\1\2\3\4")])
    hospital.wait(done, "delivered", seconds=60)
    hospital.wait(bare, "queued", "no_accession", seconds=60)
    hospital.wait(lost, "queued", "order_not_found", seconds=60)
    bridge.until("the PACS to have all", lambda: hospital.bridge.destination("pacs")["jobs"]["delivered"] == 6, 60)
    bridge.until("the dead one to be known for dead", lambda: hospital.bridge.destination("dead")["last_error"], 60)
    return done, bare, lost, other


def every_question_is_answered_as_described(described, names):
    for path, operations in described.document["paths"].items():
        if "get" in operations and "{" not in path:
            described.get(path, names)
    for path, operations in described.document["paths"].items():
        if "get" in operations and "{" in path:
            described.get(path, names)
    # With a page behind it, and by filters.
    for path in ("/api/v1/jobs", "/api/v1/studies", "/api/v1/history", "/api/v1/registrations", "/api/v1/series/{uid}"):
        page = described.get(path, names, "?limit=1")
        assert page["next"], path
        described.get(path, names, "?limit=1&cursor=" + page["next"])
    for name in ("dead", "national"):
        described.get("/api/v1/destinations/{name}", names | {"name": name})
    described.get("/api/v1/jobs", names, "?state=queued&undelivered=true&destination=dead")
    described.get("/api/v1/registrations", names, "?stage=no_accession")


def acts_are_answered_as_described(described, names, bare):
    lane, job, study = "/api/v1/destinations/{name}/", "/api/v1/jobs/{id}/{verb}", "/api/v1/studies/{uid}/"
    at_dead = {"name": "dead"}
    described.post(lane + "pause", at_dead, {"reason": "a new disk", "for": "2h"})
    assert described.get("/api/v1/destinations/{name}", at_dead)["paused"]
    # What is in hand still comes back; a person's verbs wait for that.
    bridge.until("nothing to be in hand", lambda: described.broker.destination("dead")["jobs"]["sending"] == 0)
    described.post(lane + "echo", at_dead, {"note": "is it back?"})
    described.post(lane + "backfill", at_dead, {"dry_run": True, "all": True})
    described.post(lane + "backfill", at_dead, {"since": "1d"})
    described.post(lane + "move", at_dead, {"to": "pacs", "dry_run": True})
    number = described.get("/api/v1/jobs", {}, "?destination=dead&limit=1")["items"][0]["id"]
    for verb in ("hold", "release", "retry", "cancel", "resend"):
        described.post(job, {"id": number, "verb": verb}, {"note": "a try"})
    for dry_run in (True, False):
        body = {"action": "hold", "filter": {"destination": "dead", "undelivered": "true"}, "dry_run": dry_run}
        described.post("/api/v1/jobs/actions", {}, body)
    described.get("/api/v1/destinations/{name}", at_dead)
    described.post(lane + "move", at_dead, {"to": "pacs", "filter": {"state": "held"}, "note": "for good"})
    described.post(lane + "resume", at_dead, {})
    there = {"uid": bare.uid}
    for verb in ("verify", "recheck", "adopt"):
        described.post(study + verb, there, {"dry_run": True})
        described.post(study + verb, there, {"note": "a look"})
    described.post(study + "send", there, {"destination": "dead", "dry_run": True})
    described.post(study + "send", there, {"destination": "dead"})
    for dry_run in (True, False):
        described.post(study + "assign-accession", there, {"accession_number": "RAD-1", "dry_run": dry_run})
    assert described.get(study.rstrip("/"), there)
    described.post("/api/v1/users", {}, {"name": "siti", "role": "viewer", "password": "four words make one"})
    described.post("/api/v1/users/{name}/password", {"name": "siti"}, {"password": "five words make one, too"})
    token = described.post("/api/v1/tokens", {}, {"name": "grafana", "role": "monitor", "expires_in": "30d"})
    for path in ("/api/v1/users", "/api/v1/tokens"):
        assert described.get(path, {})["items"], path
    described.post("/api/v1/tokens/{id}/remove", {"id": token["id"]}, {})
    described.post("/api/v1/users/{name}/remove", {"name": "siti"}, {})
    described.post("/api/v1/doctor", {}, {"destination": "pacs"})
    described.post("/api/v1/routes/explain", {}, {"tags": {"Modality": ["CT"]}, "calling_ae_title": "CT1"})
    settings = described.get("/api/v1/config", {})["text"].replace('to = ["pacs", "dead"]', 'to = ["pacs"]')
    described.post("/api/v1/routes/diff", {}, {"settings": settings, "since": "1d", "limit": 5})
    described.post("/api/v1/config/reload", {}, {"dry_run": True})


def what_is_refused_is_a_problem(described):
    for path in ("/api/v1/jobs/999999", "/api/v1/jobs?state=lost", "/api/v1/studies/1.9", "/api/v1/nothing"):
        code, answer = described.broker.get(path)
        assert code in (400, 404), (path, code)
        described.problem(answer, path)
        assert answer["status"] == code
    code, answer = described.broker.post("/api/v1/jobs/actions", {"action": "hold", "filter": {}})
    assert code == 400 and answer["parameter"] == "filter", answer
    described.problem(answer, "actions")


def main():
    pacs = dimse.StorageScp()
    with Hospital(more=DESTINATIONS % pacs.port, route='[route.when]\nModality = ["CT"]') as hospital:
        done, bare, lost, other = arrive(hospital, pacs)
        broker = hospital.bridge
        described = Described(broker)
        the_look_itself_sees_what_is_wrong(described)
        sop = broker.jobs("&study=" + done.uid)[0]["instance"]["sop_instance_uid"]
        names = {"id": broker.jobs("&study=" + lost.uid)[0]["id"], "name": "pacs", "uid": done.uid, "sop_uid": sop,
                 "study": done.uid, "series": done.uid + ".1", "instance": sop, "frame": 1}
        every_question_is_answered_as_described(described, names)
        acts_are_answered_as_described(described, names, bare)
        what_is_refused_is_a_problem(described)
        asked = {path for method, path in described.used if method == "get"}
        assert asked == {path for path, each in described.document["paths"].items() if "get" in each}
    pacs.close()


if __name__ == "__main__":
    main()
    print("ok")
