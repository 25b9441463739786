#!/usr/bin/python3
"""The SATUSEHAT simulator's faults: each does what it says, to whom it says, as often as it says."""
import datetime
import email.utils
import os
import threading
import time

from satusehat import (Client, CUT, fails, FHIR, imaging_study, NAMED, over, part10, ready, run)


def every_named_answer_is_given_as_often_as_it_was_ordered():
    platform, client, order_id = ready()
    client.ask("GET", FHIR + "/dcm_cfg")
    for name in NAMED:
        platform.add_fault("answer", named=name, route="imagingstudy_create", count=2)
        expected = NAMED[name]()
        for _ in range(2):
            reply = client.create(imaging_study(order_id))
            assert (reply.status, reply.data) == (expected.status, expected.body), (name, reply.status, reply.data)
            assert reply.headers["content-type"] == expected.content_type
        assert not platform.studies(), name
    assert client.create(imaging_study(order_id)).status == 201
    platform.add_fault("answer", status=500, body="oops", content_type="text/plain", headers={"X-Odd": "1"})
    reply = client.ask("GET", FHIR + "/dcm_cfg")
    assert (reply.status, reply.data, reply.headers["x-odd"]) == (500, b"oops", "1")
    assert platform.requests(status=500)[-1].faults == ("answer",)
    over(platform, client)


def retry_after_is_seconds_a_date_or_absent():
    platform, client, _ = ready({"clock_offset_s": -600})
    ask = lambda: client.ask("GET", FHIR + "/dcm_cfg")  # noqa: E731
    ask()
    platform.add_fault("answer", named="throttle", retry_after=30)
    assert ask().headers["retry-after"] == "30"
    platform.add_fault("answer", named="throttle", retry_after=30, retry_after_form="date")
    reply = ask()
    parse = email.utils.parsedate_to_datetime
    assert (parse(reply.headers["retry-after"]) - parse(reply.headers["date"])).total_seconds() in (29, 30, 31)
    assert 595 < (datetime.datetime.now(datetime.timezone.utc) - parse(reply.headers["date"])).total_seconds() < 610
    platform.add_fault("answer", named="throttle")
    reply = ask()
    assert reply.status == 429 and "retry-after" not in reply.headers and "fault" in reply.json()
    over(platform, client)


def faults_choose_by_route_accession_uid_method_turn_and_probability():
    platform, client, order_id = ready()
    other = platform.add_order("CR2607000018")
    client.ask("GET", FHIR + "/dcm_cfg")
    platform.add_fault("answer", named="internal", accession="CR2607000018", count=None)
    assert client.find("ServiceRequest", "CR2607000017").status == 200
    assert client.find("ServiceRequest", "CR2607000018").status == 500
    assert client.create(imaging_study(other, accession="CR2607000018")).status == 500
    assert client.create(imaging_study(order_id)).status == 201
    assert client.upload(part10("2.25.1", accession="CR2607000018")).status == 500
    assert client.upload(part10("2.25.1")).status == 200
    platform.clear_faults()
    platform.add_fault("answer", named="internal", uid="2.25.3", route="dicom_*")
    assert [client.upload(part10("2.25.%d" % each)).status for each in (2, 3, 3)] == [200, 500, 200]
    platform.add_fault("answer", named="internal", method="PUT")
    assert client.ask("GET", FHIR + "/dcm_cfg").status == 200
    assert client.update(imaging_study(order_id) | {"id": platform.studies()[0].id}).status == 500
    platform.add_fault("answer", named="internal", route="dcm_cfg", skip=2)
    assert [client.ask("GET", FHIR + "/dcm_cfg").status for _ in range(4)] == [200, 200, 500, 200]
    fault = platform.add_fault("answer", named="internal", route="dcm_cfg", probability=0.5, count=None)
    statuses = [client.ask("GET", FHIR + "/dcm_cfg").status for _ in range(60)]
    assert 15 < statuses.count(500) < 45 and fault.hit_count == statuses.count(500), statuses
    for values in ({"kind": "x"}, {"kind": "html", "route": "x"}, {"kind": "answer"}, {"kind": "html", "x": 1},
                   {"kind": "cut_request"}, {"kind": "cut_request", "bytes": -1}, {"kind": "delay", "early": True},
                   {"kind": "cut_request", "bytes": 1, "uid": "1"}, {"kind": "html", "count": "1"}):
        fails("fault %s" % values, lambda: platform.add_fault(**values), ValueError)
    over(platform, client)


def a_dropped_connection_has_committed_or_not():
    for is_reset in (False, True):
        platform, client, order_id = ready()
        client.ask("GET", FHIR + "/dcm_cfg")
        for kind, count in (("drop_before_commit", 0), ("drop_after_commit", 1)):
            platform.add_fault(kind, route="imagingstudy_create", reset=is_reset)
            fails(kind, lambda: client.create(imaging_study(order_id)), *CUT)
            request = platform.requests("imagingstudy_create")[-1]
            assert len(platform.studies()) == count and request.is_committed == bool(count), kind
            assert request.status is None and request.ended == "dropped"
            platform.add_fault(kind, route="dicom_store", reset=is_reset)
            fails(kind, lambda: client.upload(part10("2.25.1")), *CUT)
            assert len(platform.instances()) == count and not os.listdir(os.path.join(platform.folder, "incoming")), kind
        made = platform.studies()[0]
        platform.add_fault("drop_after_commit", route="imagingstudy_update", reset=is_reset)
        fails("update", lambda: client.update(imaging_study(order_id) | {"id": made.id}), *CUT)
        assert len(made.versions) == 2 and client.upload(part10("2.25.1")).status == 200
        over(platform, client)


def a_gateway_timeout_can_have_committed():
    platform, client, order_id = ready()
    platform.add_fault("answer", named="gateway_timeout", route="imagingstudy_create", commit=True)
    reply = client.create(imaging_study(order_id))
    assert (reply.status, reply.data, reply.headers["content-type"]) == (504, b"Gateway Timeout", "text/plain")
    assert len(platform.studies()) == 1 and platform.requests("imagingstudy_create")[0].is_committed
    over(platform, client)


def a_request_is_cut_or_answered_inside_its_body():
    platform, client, _ = ready()
    data = part10("2.25.1", size=3_000_000)
    client.ask("GET", FHIR + "/dcm_cfg")
    platform.add_fault("cut_request", route="dicom_store", bytes=100_000, reset=True)
    fails("upload", lambda: client.upload(data), *CUT)
    request = platform.requests("dicom_store")[0]
    assert request.body_bytes == 100_000 and request.ended == "dropped" and not platform.instances()
    platform.add_fault("answer", named="unavailable", route="dicom_store", early=True)
    reply = client.upload(data)
    assert reply.status == 503 and reply.headers["connection"] == "close"
    assert platform.requests("dicom_store")[1].body_bytes == 0
    assert client.upload(data).status == 200
    over(platform, client)


def answers_are_truncated_cut_stalled_delayed_or_html():
    platform, client, order_id = ready()
    path = FHIR + "/ServiceRequest/" + order_id
    whole = client.ask("GET", path).data
    platform.add_fault("truncate", route="servicerequest_read")
    reply = client.ask("GET", path)
    assert reply.status == 200 and reply.data == whole[:len(whole) // 2]
    fails("JSON", reply.json, ValueError)
    platform.add_fault("cut_answer", route="servicerequest_read", bytes=10)
    fails("cut answer", lambda: client.ask("GET", path), *CUT)
    platform.add_fault("html", route="servicerequest_read")
    reply = client.ask("GET", path)
    assert reply.status == 200 and reply.data.startswith(b"<!DOCTYPE html>") and "html" in reply.headers["content-type"]
    platform.add_fault("html", route="dicom_store")
    assert client.upload(part10("2.25.1")).status == 200 and not platform.instances()
    platform.add_fault("html", route="dicom_store", commit=True)
    assert client.upload(part10("2.25.1")).status == 200 and platform.instances()
    for kind in ("delay", "stall"):
        fault, got = platform.add_fault(kind, route="servicerequest_read"), []
        thread = threading.Thread(target=lambda: got.append(client.ask("GET", path)))
        thread.start()
        platform.wait_for(lambda: fault.hit_count, what=kind)
        assert not got
        fault.released.set()
        thread.join(10)
        assert got[0].data == whole, kind
        platform.add_fault(kind, route="servicerequest_read", seconds=0.1)
        began = time.monotonic()
        assert client.ask("GET", path).data == whole and time.monotonic() - began >= 0.1, kind
    over(platform, client)


def a_good_token_is_refused_or_revoked():
    platform, client, _ = ready()
    ask = lambda: client.ask("GET", FHIR + "/dcm_cfg").status  # noqa: E731
    platform.add_fault("unauthorized")
    assert [ask(), ask()] == [401, 200]
    platform.add_fault("revoke_token", route="dicom_store", skip=1)
    assert [client.upload(part10("2.25.%d" % each)).status for each in range(3)] == [200, 401, 401] and ask() == 401
    client.token = None
    assert ask() == 200 and [each.is_revoked for each in platform.tokens()] == [True, False]
    assert len(platform.instances()) == 1
    over(platform, client)


def suppression_and_index_lag_are_faults_and_profiles():
    platform, client, order_id = ready()
    platform.add_fault("suppressed")
    def kinds():
        entries = client.find("ServiceRequest", "CR2607000017").json()["entry"]
        return [each["resource"]["resourceType"] for each in entries]
    assert kinds() == ["OperationOutcome", "ServiceRequest"]
    platform.add_fault("suppressed", where="all")
    assert kinds() == ["OperationOutcome"] and kinds() == ["ServiceRequest"]
    platform.add_fault("index_lag", seconds=30)
    made = client.create(imaging_study(order_id)).json()
    total = lambda: client.find("ImagingStudy", "CR2607000017").json()["total"]  # noqa: E731
    assert total() == 0 and client.ask("GET", FHIR + "/ImagingStudy/" + made["id"]).status == 200
    platform.advance(31)
    assert total() == 1
    platform.change_profile(index_lag_searches=2, reject_duplicates=True)
    client.create(imaging_study(order_id, study="2.25.7700100200398"))
    assert client.create(imaging_study(order_id, study="2.25.7700100200398")).rule() == 20002, "hidden, yet a duplicate"
    assert [total() for _ in range(3)] == [1, 1, 2]
    platform.change_profile(index_lag_searches=0, index_lag_s=60)
    client.create(imaging_study(order_id, study="2.25.7700100200397"))
    assert total() == 2
    platform.advance(61)
    assert total() == 3
    over(platform, client)


def a_kept_connection_is_closed_without_a_word():
    platform, client, _ = ready()
    client.ask("GET", FHIR + "/dcm_cfg")
    platform.add_fault("close_silently")
    reply = client.ask("GET", FHIR + "/dcm_cfg")
    assert reply.status == 200 and reply.headers.get("connection") is None
    fails("the next request", lambda: client.ask("GET", FHIR + "/dcm_cfg"), *CUT)
    platform.change_profile(idle_timeout_s=0.05)
    client.ask("GET", FHIR + "/dcm_cfg")
    platform.wait_for(lambda: not any(each.is_open for each in platform.ledger.connections), what="the idle connection's end")
    over(platform, client)


def the_link_is_slow_for_all_connections_together():
    platform, client, _ = ready()
    client.ask("GET", FHIR + "/dcm_cfg")
    client.connection.close()
    platform.change_profile(bytes_per_s=400_000)
    began, others = time.monotonic(), [Client(platform), Client(platform)]
    def upload(number):
        others[number].token = client.token
        assert others[number].upload(part10("2.25.%d" % number, size=100_000)).status == 200
        others[number].connection.close()
    threads = [threading.Thread(target=upload, args=(number,)) for number in range(2)]
    [each.start() for each in threads]
    [each.join() for each in threads]
    took = time.monotonic() - began
    assert took >= 0.45 and len(platform.instances()) == 2, took
    over(platform, client)
    return "200 kB at 400 kB/s took %.2f s" % took


def the_platform_goes_down_and_comes_up_on_its_port():
    platform, client, order_id = ready()
    client.create(imaging_study(order_id))
    port = platform.port
    platform.go_down()
    fails("a request", lambda: client.ask("GET", FHIR + "/dcm_cfg"), *CUT)
    fails("a connection", lambda: client.ask("GET", FHIR + "/dcm_cfg"), ConnectionRefusedError)
    platform.come_up()
    assert platform.port == port and client.find("ImagingStudy", "CR2607000017").json()["total"] == 1
    over(platform, client)


if __name__ == "__main__":
    run(globals())
