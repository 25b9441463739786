#!/usr/bin/python3
"""The SATUSEHAT simulator on the wire and as a program: garbage, kept connections, TLS, and steering from outside."""
import http.client
import json
import os
import random
import re
import socket
import ssl
import subprocess
import sys
import tempfile

from satusehat import (Client, CUT, DICOM, fails, FHIR, imaging_study, over, part10, ready, Reply, run, SERIES,
                       Simulator, STUDY, SUPPORT, UUID)


# The wire.

def connections_are_kept_and_counted():
    platform, client, _ = ready()
    for number in range(20):
        client.find("ServiceRequest", "CR2607000017")
        client.upload(part10("2.25.%d" % number))
    assert platform.connection_count == 1 and len(platform.requests()) == 41
    once = client.ask("GET", FHIR + "/dcm_cfg", headers={"Connection": "close"})
    assert once.headers["connection"] == "close"
    assert client.ask("GET", FHIR + "/dcm_cfg").status == 200 and platform.connection_count == 2
    over(platform, client)


def exchange_raw(platform, data):
    with socket.create_connection(("127.0.0.1", platform.port), timeout=10) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        got = b""
        while piece := sock.recv(65536):
            got += piece
        return got


def garbage_is_answered_with_400_and_never_a_traceback():
    platform, client, _ = ready()
    seeded = random.Random(5)
    for data in (b"hello\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01",
                 b"GET x HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"GET / HTTP/1.1\r\nA: b\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                 b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", b"A" * 40_000,
                 b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n", *(seeded.randbytes(300) + b"\r\n\r\n" for _ in range(50))):
        got = exchange_raw(platform, data)
        assert got.startswith(b"HTTP/1.1 400 ") and b"Traceback" not in got and b"OperationOutcome" in got, (data[:60], got)
    assert exchange_raw(platform, b"POST %s HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                        % DICOM.encode()).startswith(b"HTTP/1.1 411 ")
    assert exchange_raw(platform, b"") == b""
    assert sum(each.ended == "garbage" for each in platform.requests()) >= 61 and not platform.troubles
    for path in ("/", "//", "/%00", FHIR + "/", FHIR + "/../x", FHIR + "/ServiceRequest/%2e%2e", DICOM + "/.."):
        reply = client.ask("GET", path)
        assert reply.status in (400, 404, 405) and b"Traceback" not in reply.data, (path, reply.status)
    assert client.ask("PATCH", FHIR + "/ImagingStudy/x", "[]").status == 405
    over(platform, client)


def an_upload_that_the_client_breaks_off_leaves_nothing():
    platform, client, _ = ready()
    token = client.log_in().json()["access_token"]
    head = "POST %s HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/dicom\r\nContent-Length: 500000\r\n\r\n"
    exchange_raw(platform, (head % (DICOM, token)).encode() + part10("2.25.1"))
    platform.wait_for(lambda: platform.requests("dicom_store")[0].ended == "cut", what="the broken upload's end")
    assert platform.requests("dicom_store")[0].body_bytes == len(part10("2.25.1"))
    assert not platform.instances() and not os.listdir(os.path.join(platform.folder, "incoming"))
    over(platform, client)


def an_expected_100_continue_comes():
    platform, client, _ = ready()
    token, data = client.log_in().json()["access_token"], part10("2.25.1")
    with socket.create_connection(("127.0.0.1", platform.port), timeout=10) as sock:
        sock.sendall(("POST %s HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Type: application/dicom\r\nContent-Length: %d\r\n"
                      "Expect: 100-continue\r\n\r\n" % (DICOM, token, len(data))).encode())
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(data)
        assert sock.recv(100).startswith(b"HTTP/1.1 200 ")
    over(platform, client)


def https_is_spoken_with_a_certificate():
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = os.path.join(folder, "c.pem"), os.path.join(folder, "k.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        with Simulator(seed=1, certificate_file=certificate, key_file=key) as platform:
            assert platform.url.startswith("https://")
            client = Client(platform, context=ssl.create_default_context(cafile=certificate))
            for _ in range(3):
                assert client.upload(part10("2.25.1", size=200_000)).status == 200
            platform.add_fault("drop_after_commit", route="dicom_store", reset=True)
            fails("upload", lambda: client.upload(part10("2.25.2")), *CUT, ssl.SSLError)
            assert len(platform.instances()) == 2
            fails("plain HTTP", lambda: exchange_raw(platform, b"GET / HTTP/1.1\r\n\r\n"), OSError)
            assert client.upload(part10("2.25.1", size=200_000)).status == 200
            client.connection.close()


def equal_seeds_make_equal_ids():
    ids = []
    for seed in (3, 3, 4):
        with Simulator(seed=seed) as platform:
            ids.append(platform.add_order("A"))
    assert ids[0] == ids[1] != ids[2]


# By hand.

def control(url, method, path, body=None, kind="application/json", **headers):
    host, _, port = url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    try:
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        connection.request(method, "/_simulator" + path, data, {"Content-Type": kind} | headers)
        return Reply(connection.getresponse())
    finally:
        connection.close()


def the_program_is_steered_and_looked_at_by_other_processes():
    program = os.environ.get("SATUSEHAT_SIMULATOR")
    command = [program] if program else [sys.executable, os.path.join(SUPPORT, "satusehat_simulator")]
    with tempfile.TemporaryDirectory() as folder:
        id_file, secret_file = os.path.join(folder, "id"), os.path.join(folder, "secret")
        with open(id_file, "w") as out:
            out.write("GIVENCLIENT\n")
        process = subprocess.Popen(
            [*command, "--port", "0", "--json", "--client-id-file", id_file, "--client-secret-file", secret_file,
             "--profile", "strict", "--profile", "token_ttl_s=60", "--order", "HAND1,US",
             "--folder", os.path.join(folder, "files"), "--until-stdin-ends"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = json.loads(process.stdout.readline())
        assert said["is_simulator"] and said["client_id"] == "GIVENCLIENT" and said["orders"] == ["HAND1"], said
        assert said["client_secret"] == open(secret_file).read().strip() and os.stat(secret_file).st_mode & 0o777 == 0o600
        ask = lambda *what, **more: control(said["url"], *what, **more)  # noqa: E731
        made = ask("POST", "/orders", {"accession": "HAND<2>", "modality": "DX", "patient": "P07776665554"})
        assert made.status == 201 and UUID.fullmatch(made.json()["id"])
        fault = ask("POST", "/faults", {"kind": "html", "route": "dcm_cfg"})
        assert fault.status == 201 and ask("POST", "/profile", {"max_body": 5_000_000}).status == 200
        state = ask("GET", "/state").json()
        assert state["profile"]["reject_duplicates"] and state["profile"]["token_ttl_s"] == 60
        assert state["profile"]["max_body"] == 5_000_000 and state["faults"][0]["kind"] == "html"
        assert [each["accession"] for each in state["orders"]] == ["HAND1", "HAND<2>"] and state["connection_count"] == 0
        for what in (("POST", "/orders", {}), ("POST", "/orders", {"accession": 1}), ("POST", "/faults", {"kind": "x"}),
                     ("POST", "/profile", {"x": 1}), ("POST", "/orders", []), ("GET", "/requests?since=x"),
                     ("POST", "/orders", {"accession": "X", "appears_after_s": "x"})):
            assert ask(*what).status == 400, what
        assert ask("POST", "/orders", {"accession": "X"}, kind="text/plain").status == 400
        assert len(ask("GET", "/state").json()["orders"]) == 2
        assert ask("GET", "/none").status == 404 and ask("PUT", "/profile", {}).status == 405
        connection = type("P", (), {"client_id": said["client_id"], "client_secret": said["client_secret"],
                                    "port": int(said["url"].rpartition(":")[2]), "organization": said["organization"]})
        client = Client(connection)
        assert client.ask("GET", FHIR + "/dcm_cfg").data.startswith(b"<!DOCTYPE")
        study_id = client.create(imaging_study(made.json()["id"], accession="HAND<2>", patient="P07776665554")).json()["id"]
        assert client.upload(part10("2.25.1"), study_id).status == 200
        client.find("ServiceRequest", "<script>alert(1)</script>")
        client.ask("GET", FHIR + "/Patient?identifier=https://fhir.kemkes.go.id/id/nik%7C9999000011112222&subject=P07776665554")
        page = ask("GET", "/")
        text = page.data.decode()
        assert page.status == 200 and "This is a simulator" in text and "HAND&lt;2&gt;" in text and study_id in text
        assert "<script" not in text and "P07776665554" not in text and "99990000" not in text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        state = ask("GET", "/state").json()
        assert state["instances"][0]["upload_count"] == 1 and state["studies"][0]["sop_uids"] == ["2.25.1"]
        assert ask("GET", "/studies").json()["studies"][0]["versions"][0]["resource"]["id"] == study_id
        assert len(ask("GET", "/requests?since=1").json()["requests"]) == state["request_count"] - 1
        ask("POST", "/clock", {"advance_s": 61})
        assert client.ask("GET", FHIR + "/dcm_cfg").status == 401
        client.token = None
        assert client.ask("GET", FHIR + "/dcm_cfg").status == 200
        ask("POST", "/tokens/revoke", {})
        assert client.ask("GET", FHIR + "/dcm_cfg").status == 401
        ask("POST", "/credentials", {"client_secret": "another"})
        client.token = None
        assert client.log_in().status == 401
        ask("POST", "/credentials", {})
        assert client.log_in().status == 200
        order = made.json()["id"]
        assert ask("POST", "/orders/" + order, {"status": "revoked"}).json()["orders"][1]["status"] == "revoked"
        ask("POST", "/faults", {"kind": "delay", "count": None})
        assert ask("DELETE", "/faults").json()["faults"] == []
        client.connection.close()
        process.stdin.close()
        assert process.wait(10) == 0 and process.stdout.read() == ""
        stored = os.path.join(folder, "files", "studies", STUDY, SERIES, "2.25.1.dcm")
        assert open(stored, "rb").read() == part10("2.25.1")
        again = subprocess.run([*command, "--port", "0", "--folder", os.path.join(folder, "files")], capture_output=True, text=True)
        assert again.returncode == 2 and "not empty" in again.stderr, again
        for wrong in (("--fault", "{"), ("--fault", "[]"), ("--profile", "x"), ("--profile", "max_body=x"), ("--bind", "x")):
            bad = subprocess.run([*command, "--port", "0", *wrong], capture_output=True, text=True)
            assert bad.returncode == 2 and "Traceback" not in bad.stderr and bad.stderr, (wrong, bad)


def a_person_adds_an_order_by_the_form_and_no_other_page_does():
    platform, client, _ = ready()
    form, host = "application/x-www-form-urlencoded", "127.0.0.1:%d" % platform.port
    assert b'action="orders"' in control(platform.url, "GET", "/order").data
    for headers in ({}, {"Origin": "http://elsewhere.invalid"}, {"Origin": "null"}):
        assert control(platform.url, "POST", "/orders", "accession=F1", form, **headers).status == 403, headers
    reply = control(platform.url, "POST", "/orders", "accession=F+1&modality=US&patient=&date=", form, Origin="http://" + host)
    assert (reply.status, reply.headers["location"]) == (303, "/_simulator/"), reply.data
    assert client.find("ServiceRequest", "F 1").json()["total"] == 1 and len(platform.orders()) == 2
    assert control(platform.url, "GET", "/state", Host="elsewhere.invalid").status == 403
    over(platform, client)


def by_itself_it_says_that_it_is_a_simulator_and_ends_on_a_signal():
    process = subprocess.Popen([sys.executable, os.path.join(SUPPORT, "satusehat_simulator"), "--port", "0"],
                               stdout=subprocess.PIPE, text=True)
    text = "".join(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
    assert text.startswith("SATUSEHAT simulator: a stand-in") and "DEMO0001, DEMO0002" in text and "temporary folder" in text
    folder = re.search(r"received files +([^,]+),", text)[1]
    assert os.path.isdir(folder)
    process.terminate()
    assert process.wait(10) == 0 and not os.path.exists(folder)


if __name__ == "__main__":
    run(globals())
