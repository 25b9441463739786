"""A client of SATUSEHAT by hand, the bodies and files that it sends, and how tests of the simulator run."""
import http.client
import json
import os
import random
import re
import struct
import sys
import time
import urllib.parse
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

from satusehat_simulator import Simulator  # noqa: E402
from satusehat_simulator.bodies import NAMED  # noqa: E402, F401

SUPPORT = sys.path[0]
TOKEN, FHIR, DICOM = "/oauth2/v1/accesstoken?grant_type=client_credentials", "/fhir-r4/v1", "/dicom/v1/dicomWeb/studies"
ACSN, DCM = "http://sys-ids.kemkes.go.id/acsn/", "http://dicom.nema.org/resources/ontology/DCM"
STUDY, SERIES, DX = "2.25.7700100200300", "2.25.7700100200301", "1.2.840.10008.5.1.4.1.1.1.1"
LITTLE, IMPLICIT, BIG, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class Reply:
    def __init__(self, answer):
        self.status, self.headers, self.data = answer.status, answer.headers, answer.read()

    def json(self):
        return json.loads(self.data)

    def issue(self):
        return self.json()["issue"][0]

    def rule(self):
        found = re.search(r"\(RuleNumber: (\d+)\)", self.issue()["details"]["text"])
        return found and int(found[1])


class Client:
    """As the broker would ask; one kept connection."""

    def __init__(self, platform, client_id=None, client_secret=None, context=None):
        self.platform, self.client_id, self.client_secret = platform, client_id or platform.client_id, client_secret
        kind = http.client.HTTPSConnection if context else http.client.HTTPConnection
        self.connection = kind("127.0.0.1", platform.port, timeout=10, **({"context": context} if context else {}))
        self.token = None

    def ask(self, method, path, body=None, headers=None, token=True):
        headers = dict(headers or {})
        if token and not self.token:
            self.token = self.log_in().json()["access_token"]
        if token:
            headers["Authorization"] = "Bearer " + self.token
        try:
            self.connection.request(method, path, body, headers)
            return Reply(self.connection.getresponse())
        except Exception:
            self.connection.close()
            raise

    def log_in(self, path=TOKEN):
        form = urllib.parse.urlencode({"client_id": self.client_id,
                                       "client_secret": self.client_secret or self.platform.client_secret})
        return self.ask("POST", path, form, {"Content-Type": "application/x-www-form-urlencoded"}, token=False)

    def find(self, kind, accession, more="&_sort=-_lastUpdated", system=None):
        return self.ask("GET", "%s/%s?identifier=%s%%7C%s%s" % (
            FHIR, kind, system or ACSN + self.platform.organization, urllib.parse.quote(accession, safe=""), more))

    def create(self, resource):
        return self.ask("POST", FHIR + "/ImagingStudy", json.dumps(resource), {"Content-Type": "application/json"})

    def update(self, resource, study_id=None):
        return self.ask("PUT", "%s/ImagingStudy/%s" % (FHIR, study_id or resource["id"]), json.dumps(resource),
                        {"Content-Type": "application/json"})

    def upload(self, data, study_id=None, accept="application/dicom+json", content_type="application/dicom"):
        headers = {"Content-Type": content_type, "Accept": accept} | ({"X-ImagingStudy-ID": study_id} if study_id else {})
        return self.ask("POST", DICOM, data, headers)


def element(order, explicit, tag, vr, value):
    value += (b"\0" if vr == b"UI" else b" ") if len(value) % 2 else b""
    head = struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)
    if not explicit:
        return head + struct.pack(order + "I", len(value)) + value
    if vr in (b"OW", b"UN", b"SQ"):
        return head + vr + b"\0\0" + struct.pack(order + "I", len(value)) + value
    return head + vr + struct.pack(order + "H", len(value)) + value


def nested(order, explicit, vr=b"SQ"):
    """A sequence of no length with two items, one of no length with another sequence in it, before the UIDs of the study."""
    inner = (order, explicit) if vr != b"UN" else ("<", False)
    tag = lambda value, length: struct.pack(inner[0] + "HHI", value >> 16, value & 0xFFFF, length)  # noqa: E731
    known = element(*inner, 0x00081155, b"UI", b"2.25.999")
    deeper = struct.pack(inner[0] + "HH", 0x0008, 0x1199)
    deeper += (b"SQ\0\0" if inner[1] else b"") + struct.pack(inner[0] + "I", 0xFFFFFFFF)
    deeper += tag(0xFFFEE000, len(known)) + known + tag(0xFFFEE0DD, 0)
    head = struct.pack(order + "HH", 0x0008, 0x1140)
    head += (vr + b"\0\0" if explicit else b"") + struct.pack(order + "I", 0xFFFFFFFF)
    return (head + tag(0xFFFEE000, len(known)) + known + tag(0xFFFEE000, 0xFFFFFFFF) + deeper + known +
            tag(0xFFFEE00D, 0) + tag(0xFFFEE0DD, 0))


def part10(sop, accession="CR2607000017", syntax=LITTLE, size=2000, study=STUDY, series=SERIES, sequence=b"SQ", seed=0):
    order, explicit = (">" if syntax == BIG else "<"), syntax != IMPLICIT
    meta = (element("<", True, 0x00020001, b"OB", b"\0\1")[:4] + b"OB\0\0\2\0\0\0\0\1" +
            element("<", True, 0x00020002, b"UI", DX.encode()) + element("<", True, 0x00020003, b"UI", sop.encode()) +
            element("<", True, 0x00020010, b"UI", syntax.encode()))
    data = b"".join((
        element(order, explicit, 0x00080016, b"UI", DX.encode()), element(order, explicit, 0x00080018, b"UI", sop.encode()),
        element(order, explicit, 0x00080050, b"SH", accession.encode()),
        nested(order, explicit, sequence) if sequence else b"",
        element(order, explicit, 0x0020000D, b"UI", study.encode()), element(order, explicit, 0x0020000E, b"UI", series.encode()),
        element(order, explicit, 0x7FE00010, b"OW", random.Random(sop + str(seed)).randbytes(size))))
    if syntax == DEFLATED:
        deflater = zlib.compressobj(wbits=-15)
        data = deflater.compress(data) + deflater.flush()
    return b"\0" * 128 + b"DICM" + element("<", True, 0x00020000, b"UL", struct.pack("<I", len(meta))) + meta + data


def imaging_study(order_id, sops=("2.25.1",), accession="CR2607000017", patient="P09988877766", study=STUDY,
                  organization="100098765", **changes):
    coding = {"system": DCM, "code": "DX"}
    resource = {
        "resourceType": "ImagingStudy",
        "identifier": [{"use": "usual", "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203",
                                                             "code": "ACSN"}]},
                        "system": ACSN + organization, "value": accession},
                       {"system": "urn:dicom:uid", "value": "urn:oid:" + study}],
        "status": "available", "modality": [coding], "subject": {"reference": "Patient/" + patient},
        "basedOn": [{"reference": "ServiceRequest/" + order_id}], "started": "2026-03-04T05:06:07+00:00",
        "numberOfSeries": 1, "numberOfInstances": len(sops),
        "series": [{"uid": SERIES, "number": 1, "modality": coding, "numberOfInstances": len(sops), "instance": [
            {"uid": each, "number": number, "sopClass": {"system": "urn:ietf:rfc:3986", "code": "urn:oid:" + DX}}
            for number, each in enumerate(sops, 1)]}]}
    return {name: value for name, value in (resource | changes).items() if value is not None}


def ready(profile=None, **more):
    """(simulator, client, id of the order CR2607000017)"""
    platform = Simulator(profile=profile, seed=7, **more).start()
    return platform, Client(platform), platform.add_order("CR2607000017", modality="DX")


def over(platform, client):
    client.connection.close()
    platform.__exit__(None, None, None)


def fails(what, act, *kinds):
    try:
        act()
    except kinds:
        return
    raise AssertionError("%s did not fail" % what)


CUT = (http.client.RemoteDisconnected, ConnectionResetError, http.client.IncompleteRead, BrokenPipeError)


def run(names):
    """Every function of a test, in order."""
    tests = [each for each in names.values() if getattr(each, "__module__", "") == "__main__" and hasattr(each, "__code__")
             and each.__code__.co_argcount == 0]
    for test in tests:
        began = time.monotonic()
        said = test()
        print("%s: %s" % (test.__name__, said or "%.2f s" % (time.monotonic() - began)), flush=True)
    print("%d tests" % len(tests))
