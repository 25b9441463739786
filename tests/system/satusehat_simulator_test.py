#!/usr/bin/python3
"""The SATUSEHAT simulator: every endpoint, and each rule with its number, in order and by profile."""
import base64
import copy
import datetime
import json
import re
import threading
import time
import urllib.parse

from satusehat import (ACSN, Client, DICOM, DX, fails, FHIR, imaging_study, over, ready, run, SERIES, Simulator,
                       STUDY, TOKEN, UUID)
from satusehat_simulator.clock import Clock


# Endpoints.

def a_token_has_strings_for_numbers_and_is_needed_everywhere():
    platform, client, order_id = ready()
    answer = client.log_in()
    body = answer.json()
    assert answer.status == 200 and all(isinstance(each, (str, list)) for each in body.values()), body
    assert len(body["access_token"]) == 28 and body["expires_in"] == "3599" and body["token_type"] == "BearerToken"
    assert UUID.fullmatch(answer.headers["x-request-id"]) and answer.headers["via"] and answer.headers["date"]
    for method, path in (("GET", FHIR + "/ServiceRequest/" + order_id), ("GET", FHIR + "/dcm_cfg"), ("POST", DICOM),
                         ("POST", FHIR + "/ImagingStudy"), ("GET", "%s/1.2/series/1.3/instances/1.4" % DICOM)):
        reply = client.ask(method, path, token=False)
        assert (reply.status, reply.issue()["code"]) == (401, "login"), (method, path, reply.data)
    assert client.ask("GET", FHIR + "/dcm_cfg").json() == {"SATUSEHAT_CLIENT_ENABLE": False}
    over(platform, client)


def bad_credentials_are_told_with_a_severity_that_fhir_has_not():
    platform, client, _ = ready()
    for each, path in ((Client(platform, client_secret="no"), TOKEN), (Client(platform, client_id="no"), TOKEN),
                       (client, TOKEN.partition("?")[0])):
        reply = each.log_in(path)
        assert reply.status == 401 and reply.issue()["severity"] == "invalid", reply.data
        each.connection.close()
    platform.set_client_secret("changed")
    assert client.log_in().status == 401
    platform.set_client_secret(platform.client_secret)
    assert client.log_in().status == 200 and len(platform.tokens()) == 1
    over(platform, client)


def a_token_expires_by_the_clock_and_by_the_profile_it_was_given_under():
    platform, client, order_id = ready({"token_ttl_s": 14399})
    path = FHIR + "/ServiceRequest/" + order_id
    assert client.ask("GET", path).status == 200
    platform.advance(14398)
    assert client.ask("GET", path).status == 200
    platform.advance(2)
    platform.change_profile(unauthorized_body="apigee")
    reply = client.ask("GET", path)
    assert reply.json()["fault"]["detail"]["errorcode"] == "keymanagement.service.access_token_expired", reply.data
    client.token = "unknown"
    reply = client.ask("GET", path)
    assert reply.json()["fault"]["detail"]["errorcode"] == "keymanagement.service.invalid_access_token", reply.data
    platform.change_profile(unauthorized_body="operationoutcome")
    assert client.ask("GET", path).issue()["code"] == "login"
    client.token = None
    assert client.ask("GET", path).status == 200
    platform.revoke_tokens()
    assert client.ask("GET", path).status == 401
    over(platform, client)


def an_order_is_found_raw_or_encoded_and_a_miss_is_an_empty_bundle():
    platform, client, order_id = ready()
    raw = "%s/ServiceRequest?identifier=%s100098765|CR2607000017&_sort=-_lastUpdated&_count=1" % (FHIR, ACSN)
    encoded = "%s/ServiceRequest/?identifier=%s" % (FHIR, urllib.parse.quote(ACSN + "100098765|CR2607000017", safe=""))
    for path in (raw, encoded):
        bundle = client.ask("GET", path).json()
        entry = bundle["entry"][0]
        assert bundle["total"] == 1 and bundle["type"] == "searchset" and len(bundle["link"]) == 3, bundle
        assert entry["resource"]["id"] == order_id and entry["fullUrl"].endswith("/ServiceRequest/" + order_id)
        assert "search" not in entry and entry["resource"]["encounter"]["reference"].startswith("Encounter/")
    miss = client.find("ServiceRequest", "CR2607000018")
    assert (miss.status, miss.json()["total"], miss.json()["entry"]) == (200, 0, [])
    platform.change_profile(miss_entry="missing", entry_search_mode=True)
    assert "entry" not in client.find("ServiceRequest", "CR2607000018").json()
    assert client.find("ServiceRequest", "CR2607000017").json()["entry"][0]["search"] == {"mode": "match"}
    assert client.ask("GET", FHIR + "/ServiceRequest").status == 400
    assert client.ask("GET", FHIR + "/Patient?identifier=x%7Cy").json()["total"] == 0
    read = client.ask("GET", FHIR + "/ServiceRequest/" + order_id)
    assert read.status == 200 and read.json()["subject"] == {"reference": "Patient/P09988877766"}
    reply = client.ask("GET", FHIR + "/ServiceRequest/none")
    assert (reply.status, reply.issue()["details"]["text"]) == (404, "Resource not found ServiceRequest/none")
    over(platform, client)


def an_empty_value_finds_somebodys_order():
    platform, client, _ = ready()
    newest = platform.add_order("CR2607000099", patient="P01112223334")
    bundle = client.find("ServiceRequest", "", "&_sort=-_lastUpdated&_count=1").json()
    assert bundle["total"] == 2 and [each["resource"]["id"] for each in bundle["entry"]] == [newest], bundle
    assert client.find("ServiceRequest", "", "").json()["entry"][0]["resource"]["id"] == newest
    over(platform, client)


def odd_accession_numbers_are_found_only_when_they_are_encoded():
    platform, client, _ = ready()
    for accession in ("A B", "A+B", "A&B", "A#B", "A%41", "A|B", "a b"):
        order_id = platform.add_order(accession)
        found = client.find("ServiceRequest", accession).json()
        assert [each["resource"]["id"] for each in found["entry"]] == [order_id], (accession, found)
    raw = client.ask("GET", "%s/ServiceRequest?identifier=%s100098765|A+B" % (FHIR, ACSN)).json()
    value = raw["entry"][0]["resource"]["identifier"][1]["value"]
    assert value == "A B", "a raw plus is a space: %s" % value
    platform.add_order("A,B")
    assert client.find("ServiceRequest", "A,B").json()["total"] == 0, "a comma separates alternatives"
    assert client.find("ServiceRequest", "A\\,B").json()["total"] == 1
    over(platform, client)


def several_orders_are_sorted_counted_and_cut():
    platform, client, first = ready()
    second = platform.add_order("CR2607000017", patient="P01112223334", status="revoked", modality=None, date=None)
    def ids(more):
        return [each["resource"]["id"] for each in client.find("ServiceRequest", "CR2607000017", more).json()["entry"]]
    assert ids("&_sort=-_lastUpdated") == [second, first] and ids("&_sort=_lastUpdated") == [first, second]
    bundle = client.find("ServiceRequest", "CR2607000017", "&_sort=-_lastUpdated&_count=1").json()
    assert bundle["total"] == 2 and len(bundle["entry"]) == 1 and bundle["entry"][0]["resource"]["status"] == "revoked"
    assert "occurrenceDateTime" not in bundle["entry"][0]["resource"]
    assert platform.set_order_status(first, "active") and ids("&_sort=-_lastUpdated") == [first, second]
    platform.remove_order(second)
    assert ids("") == [first]
    over(platform, client)


def a_suppressed_order_is_counted_and_says_nothing():
    platform, client, real = ready()
    hidden = platform.add_order("CR2607000017", is_suppressed=True)
    bundle = client.find("ServiceRequest", "CR2607000017").json()
    assert bundle["total"] == 2 and "fullUrl" not in bundle["entry"][0], bundle
    issue = bundle["entry"][0]["resource"]["issue"][0]
    assert issue["code"] == "suppressed" and hidden in issue["diagnostics"]
    assert bundle["entry"][1]["resource"]["id"] == real
    first = client.find("ServiceRequest", "CR2607000017", "&_sort=-_lastUpdated&_count=1").json()
    assert first["total"] == 2 and first["entry"][0]["resource"]["resourceType"] == "OperationOutcome"
    assert client.ask("GET", FHIR + "/ServiceRequest/" + hidden).status == 403
    over(platform, client)


def an_order_appears_by_the_clock_or_by_searches():
    platform, client, _ = ready()
    platform.add_order("LATE1", appears_after_s=900)
    platform.add_order("LATE2", appears_after_searches=2)
    total = lambda accession: client.find("ServiceRequest", accession).json()["total"]  # noqa: E731
    assert total("LATE1") == 0
    platform.advance(901)
    assert total("LATE1") == 1
    assert [total("LATE2") for _ in range(3)] == [0, 0, 1]
    over(platform, client)


def another_organizations_orders_are_not_had_but_its_studies_are_found_by_uid():
    platform, client, order_id = ready()
    platform.add_client("OTHER", "SECRET", "100011111")
    other = Client(platform, "OTHER", "SECRET")
    own = ACSN + "100098765"
    assert other.find("ServiceRequest", "CR2607000017", system=own).json()["total"] == 0
    platform.change_profile(foreign_search="forbidden")
    reply = other.find("ServiceRequest", "CR2607000017", system=own)
    assert reply.status == 403 and "business rule" in reply.issue()["details"]["text"]
    platform.change_profile(foreign_search="open")
    assert other.find("ServiceRequest", "CR2607000017", system=own).json()["total"] == 1
    made = client.create(imaging_study(order_id)).json()
    reply = other.update(imaging_study(order_id, organization="100011111") | {"id": made["id"]})
    assert reply.status == 403 and len(platform.study(made["id"]).versions) == 1
    assert other.ask("GET", FHIR + "/ImagingStudy?identifier=urn:dicom:uid%7Curn:oid:" + STUDY).json()["total"] == 1
    other.connection.close()
    over(platform, client)


def a_hospital_system_can_post_and_change_its_order():
    platform, client, order_id = ready()
    order = copy.deepcopy(platform.orders()[0].resource)
    del order["id"], order["meta"]
    order["identifier"][1]["value"] = "CR2607000050"
    post = lambda body: client.ask("POST", FHIR + "/ServiceRequest", json.dumps(body))  # noqa: E731
    made = post(order)
    assert made.status == 201 and client.find("ServiceRequest", "CR2607000050").json()["total"] == 1
    body = made.json() | {"status": "revoked"}
    changed = client.ask("PUT", "%s/ServiceRequest/%s" % (FHIR, body["id"]), json.dumps(body))
    assert changed.status == 200 and platform.orders()[-1].resource["status"] == "revoked"
    order["identifier"][1]["system"] = ACSN + "100011111"
    assert post(order).rule() == 10117
    assert client.ask("POST", FHIR + "/Patient", "{}").rule() == 20003
    over(platform, client)


def a_created_study_is_sorted_versioned_and_its_location_leads_astray():
    platform, client, order_id = ready()
    reply = client.create(imaging_study(order_id))
    body = reply.json()
    assert reply.status == 201 and reply.headers["content-type"] == "application/json"
    assert list(body) == sorted(body) and list(body["series"][0]) == sorted(body["series"][0])
    assert UUID.fullmatch(body["id"]) and re.fullmatch(r"\d{4}-.*T.*\.\d{6}\+00:00", body["meta"]["lastUpdated"])
    padded = body["meta"]["versionId"] + "=" * (-len(body["meta"]["versionId"]) % 4)
    nanoseconds = int(base64.b64decode(padded))
    stamp = datetime.datetime.fromisoformat(body["meta"]["lastUpdated"])
    assert nanoseconds % 1000 == 0 and nanoseconds // 1000 % 1_000_000 == stamp.microsecond
    assert nanoseconds // 1_000_000_000 == int(stamp.replace(microsecond=0).timestamp())
    assert reply.headers["etag"] == 'W/"%s"' % body["meta"]["versionId"] and reply.headers["last-modified"]
    assert ".invalid/" in reply.headers["location"] and body["id"] in reply.headers["location"]
    for search in ("identifier=urn:dicom:uid%7Curn:oid:" + STUDY, "basedOn=ServiceRequest/" + order_id,
                   "identifier=%s100098765%%7CCR2607000017" % ACSN, "_id=" + body["id"]):
        found = client.ask("GET", "%s/ImagingStudy?%s" % (FHIR, search)).json()
        assert found["total"] == 1 and found["entry"][0]["resource"] == body, (search, found)
    assert client.ask("GET", FHIR + "/ImagingStudy?basedOn=ServiceRequest/none").json()["total"] == 0
    assert platform.requests("imagingstudy_create")[0].resource_id == body["id"]
    over(platform, client)


def a_put_replaces_all_and_every_version_is_kept():
    platform, client, order_id = ready()
    body = client.create(imaging_study(order_id, ("2.25.1", "2.25.2"), description="CHEST")).json()
    fewer = imaging_study(order_id, ("2.25.3",)) | {"id": body["id"]}
    reply = client.update(fewer)
    assert reply.status == 200 and reply.json()["meta"]["versionId"] > body["meta"]["versionId"]
    read = client.ask("GET", FHIR + "/ImagingStudy/" + body["id"]).json()
    assert "description" not in read and [each["uid"] for each in read["series"][0]["instance"]] == ["2.25.3"]
    versions = platform.study(body["id"]).versions
    assert [len(each.resource["series"][0]["instance"]) for each in versions] == [2, 1]
    assert versions[1].request == platform.requests("imagingstudy_update")[0].number
    assert client.update(fewer | {"id": "00000000-0000-4000-8000-000000000001"}).status == 404
    assert client.update(fewer, "00000000-0000-4000-8000-000000000001").status == 400
    clock = Clock()
    clock.advance(1e6)
    last = clock.stamp_us()
    clock.advance(-1e6)
    assert [clock.stamp_us(), clock.stamp_us()] == [last + 1, last + 2], "a version is never stamped as an earlier one was"
    assert client.update(fewer | {"status": None}).status == 400 and len(platform.study(body["id"]).versions) == 2
    over(platform, client)


# Rules.

def each_rule_refuses_with_its_number():
    platform, client, order_id = ready()
    good = imaging_study(order_id)
    changed = lambda **changes: imaging_study(order_id, **changes)  # noqa: E731
    soon = datetime.datetime.fromtimestamp(time.time() + 600, datetime.timezone.utc).isoformat(timespec="seconds")
    part = lambda **values: [good["series"][0] | values]  # noqa: E731
    instance = lambda **values: part(instance=[good["series"][0]["instance"][0] | values])  # noqa: E731
    for rule, resource in (
            (20005, changed(resourceType="Patient")), (20005, []), (10150, changed(identifier=None)),
            (10150, changed(identifier=good["identifier"][1:])), (10150, changed(identifier="x")),
            (10151, changed(status=None)), (10152, changed(modality=None)), (10152, changed(modality=[])),
            (10153, changed(subject=None)), (10154, changed(basedOn=None)), (10154, changed(basedOn=[{}])),
            (10117, changed(organization="100011111")), (10132, changed(started="2026-03-04 05:06:07")),
            (10132, changed(started="2026-02-30T05:06:07+00:00")), (10132, changed(started=soon)),
            (10132, changed(started="2014-06-02T23:59:59+00:00")), (10132, changed(started="2026-03-04T05:06+00:00")),
            (10424, changed(started=20260304)), (10132, changed(series=part(started="yesterday"))),
            (10254, changed(numberOfSeries="1")), (10254, changed(numberOfInstances=1.0)), (10254, changed(numberOfSeries=True)),
            (10254, changed(series=part(number="1"))), (10254, changed(series=part(numberOfInstances="1"))),
            (10254, changed(series=instance(number="1"))), (10134, changed(description="")), (10134, changed(contained=[])),
            (10001, changed(status="done")), (10002, changed(modality=[{"system": "DCM", "code": "DX"}])),
            (10263, changed(series=part(uid=None) and [{"modality": good["modality"][0]}])),
            (10263, changed(series=[{"uid": SERIES}])),
            (10002, changed(series=instance(sopClass={"system": "urn:ietf:rfc:3986", "code": DX}))),
            (None, changed(series=instance(uid="urn:oid:2.25.1"))), (20008, changed(series=["x"])), (20008, changed(series=3)),
            (20007, changed(basedOn=[{"reference": "ServiceRequest/00000000-0000-4000-8000-000000000001"}])),
            (20007, changed(basedOn=[{"reference": order_id}]))):
        reply = client.create(resource)
        assert (reply.status, reply.rule()) == (400, rule), (rule, reply.status, reply.data)
        assert reply.issue()["severity"] == "error"
    for body in (b"", b"{", b"\xff\xfe", b'{"resourceType":"ImagingStudy","x":NaN}', b"[" * 5000, b'{"x":"\\ud800"}'):
        reply = client.ask("POST", FHIR + "/ImagingStudy", body, {"Content-Type": "application/json"})
        assert (reply.status, reply.rule()) == (400, 20006), (body[:50], reply.data)
    assert not platform.studies() and not any(each.is_committed for each in platform.requests("imagingstudy_create"))
    assert client.create(good).status == 201
    over(platform, client)


def rules_come_in_their_order():
    platform, client, order_id = ready({"reject_duplicates": True})
    assert client.create(imaging_study(order_id)).status == 201
    wrong = imaging_study("none", organization="100011111", started="x", numberOfSeries="1", status=None)
    mended = ((10151, {"status": "available"}), (10117, {"identifier": imaging_study("x")["identifier"]}),
              (10132, {"started": "2026-03-04T05:06:07+00:00"}), (10254, {"numberOfSeries": 1}),
              (20007, {"basedOn": [{"reference": "ServiceRequest/" + order_id}]}), (20002, {}))
    for rule, change in mended:
        reply = client.create(wrong)
        assert reply.rule() == rule, (rule, reply.data)
        wrong |= change
    over(platform, client)


def profiles_change_what_is_refused():
    platform, client, order_id = ready()
    for started in ("2026-03-04T05:06:07+07:00", "2026-03-04T05:06:07.5Z", "2026-03-04", "2026", None):
        assert client.create(imaging_study(order_id, started=started)).status == 201, started
    platform.change_profile(strict_utc=True, accept_date_only=False, require_started=True)
    for rule, started in ((10132, "2026-03-04T05:06:07+07:00"), (10132, "2026-03-04T05:06:07Z"), (10132, "2026-03-04"),
                          (10263, None)):
        assert client.create(imaging_study(order_id, started=started)).rule() == rule, started
    assert client.create(imaging_study(order_id)).status == 201
    platform.change_profile(date_floor="2026-03-05")
    assert client.create(imaging_study(order_id)).rule() == 10132
    platform.change_profile(date_floor="2014-06-03", check_subject=False)
    assert client.create(imaging_study(order_id, patient="P01112223334")).status == 201
    platform.change_profile(check_subject=True)
    reply = client.create(imaging_study(order_id, patient="P01112223334"))
    assert reply.status == 400 and "reference" in reply.issue()["details"]["text"], reply.data
    platform.change_profile(check_content=False)
    assert client.create(imaging_study(order_id, description="")).status == 201
    for values in ({"unknown": 1}, {"strict_utc": "yes"}, {"max_body": -1}, {"miss_entry": "x"}, {"date_floor": "x"}):
        fails("profile %s" % values, lambda: platform.change_profile(**values), ValueError)
    with Simulator(profile="strict") as strict:
        assert strict.profile.reject_duplicates and strict.profile.strict_utc
    over(platform, client)


def duplicates_are_taken_or_refused_as_the_profile_says():
    platform, client, order_id = ready({"reject_duplicates": False})
    assert [client.create(imaging_study(order_id)).status for _ in range(2)] == [201, 201]
    assert client.find("ImagingStudy", "CR2607000017").json()["total"] == 2
    over(platform, client)
    platform, client, order_id = ready({"reject_duplicates": True})
    made = client.create(imaging_study(order_id)).json()
    reply = client.create(imaging_study(order_id))
    assert (reply.status, reply.issue()["code"], reply.rule()) == (400, "duplicate", 20002)
    assert client.create(imaging_study(order_id, study="2.25.7700100200399")).status == 201, "another study of the accession"
    assert client.update(imaging_study(order_id, ("2.25.1", "2.25.2")) | {"id": made["id"]}).status == 200
    over(platform, client)


def one_of_many_creates_at_once_wins_where_duplicates_are_refused():
    platform, client, order_id = ready({"reject_duplicates": True})
    statuses = []
    def create():
        each = Client(platform)
        statuses.append(each.create(imaging_study(order_id)).status)
        each.connection.close()
    threads = [threading.Thread(target=create) for _ in range(8)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    assert sorted(statuses) == [201] + [400] * 7 and len(platform.studies("CR2607000017", STUDY)) == 1, statuses
    over(platform, client)


if __name__ == "__main__":
    run(globals())
