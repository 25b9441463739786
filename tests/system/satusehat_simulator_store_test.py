#!/usr/bin/python3
"""The SATUSEHAT simulator's DICOM store: what is taken byte for byte, what conflicts, what is refused."""
import hashlib
import os
import random
import re
import struct
import tempfile
import time
import xml.etree.ElementTree
import zlib

from satusehat import (BIG, DEFLATED, DICOM, DX, imaging_study, IMPLICIT, LITTLE, over, part10, ready, run, SERIES, STUDY)
from satusehat_simulator.part10 import NotDicom, read_head


def files_of_every_syntax_are_stored_as_they_came():
    platform, client, order_id = ready()
    study_id = client.create(imaging_study(order_id)).json()["id"]
    for number, (syntax, sequence) in enumerate(
            [(each, b"SQ") for each in (LITTLE, IMPLICIT, BIG, DEFLATED)] + [(LITTLE, b"UN"), (LITTLE, None)]):
        sop = "2.25.88%d" % number
        data = part10(sop, syntax=syntax, sequence=sequence)
        reply = client.upload(data, study_id)
        item = reply.json()["00081199"]["Value"][0]
        assert reply.status == 200 and reply.headers["content-type"] == "application/dicom+json", reply.data
        assert item["00081155"] == {"vr": "UI", "Value": [sop]} and item["00081150"]["Value"] == [DX]
        assert "00081198" not in reply.json() and reply.json()["00081190"]["Value"][0].endswith(STUDY)
        instance = platform.instance(sop)
        assert instance.bytes() == data and instance.sha256 == hashlib.sha256(data).hexdigest()
        assert (instance.accession, instance.transfer_syntax, instance.byte_count) == ("CR2607000017", syntax, len(data))
        assert instance.uploads[0].imaging_study_id == study_id
        request = platform.requests("dicom_store")[-1]
        assert request.headers["x-imagingstudy-id"] == study_id and request.body_sha256 == instance.sha256
        assert request.is_committed and sop in request.uids
    path = "%s/%s/series/%s/instances/2.25.880" % (DICOM, STUDY, SERIES)
    assert client.ask("GET", path).data == part10("2.25.880")
    head = client.ask("HEAD", path, headers={"Accept": "application/dicom"})
    assert (head.status, head.data, int(head.headers["content-length"])) == (200, b"", len(part10("2.25.880")))
    assert client.ask("HEAD", path + "9").status == 404
    over(platform, client)


def equal_bytes_are_taken_again_and_other_bytes_conflict():
    platform, client, _ = ready()
    data, other = part10("2.25.1"), part10("2.25.1", seed=1)
    assert [client.upload(data).status for _ in range(3)] == [200] * 3
    reply = client.upload(other)
    item = reply.json()["00081198"]["Value"][0]
    assert reply.status == 409 and item["00081197"]["Value"] == [272] and item["00081155"]["Value"] == ["2.25.1"]
    assert "already exists" in item["00090097"]["Value"][0] and "checksum" in item["00090097"]["Value"][0]
    assert "00081199" not in reply.json() and platform.instance("2.25.1").bytes() == data
    uploads = platform.instance("2.25.1").uploads
    assert [each.outcome for each in uploads] == ["stored", "repeated", "repeated", "conflict"]
    assert uploads[3].sha256 == hashlib.sha256(other).hexdigest() and uploads[3].byte_count == len(other)
    platform.add_instance(part10("2.25.2", seed=1))
    assert client.upload(part10("2.25.2")).status == 409, "somebody else sent other bytes before"
    assert not os.listdir(os.path.join(platform.folder, "incoming"))
    over(platform, client)


def what_is_no_dicom_is_refused():
    platform, client, _ = ready()
    good = part10("2.25.1")
    bad_uid = good.replace(STUDY.encode(), b"../" + b"x" * (len(STUDY) - 3))
    for what, data in (("text", b"hello"), ("no DICM", b"\0" * 200), ("cut in the head", good[:300]),
                       ("no meta", good[:132] + good[300:]), ("bad UID", bad_uid)):
        reply = client.upload(data)
        assert reply.status == 409 and reply.json()["00081198"]["Value"][0]["00090097"]["vr"] == "LT", (what, reply.data)
    assert client.upload(b"").status == 400
    assert client.upload(good, content_type="text/plain").status == 400
    assert client.upload(good, content_type="multipart/related; type=\"application/dicom\"").status == 400
    bomb = zlib.compressobj(9, wbits=-15)
    nothing = b"\x08\x00\x05\x00UN\0\0" + struct.pack("<I", 0xFFFFFFF0)
    data = bomb.compress(nothing) + b"".join(bomb.compress(b"\0" * 1_000_000) for _ in range(70)) + bomb.flush()
    head = part10("2.25.1", syntax=DEFLATED)
    assert client.upload(head[:head.index(DEFLATED.encode()) + len(DEFLATED)] + data).status == 409
    assert not platform.instances() and not os.listdir(os.path.join(platform.folder, "incoming"))
    over(platform, client)


def damaged_files_are_no_trouble():
    seeded = random.Random(11)
    whole = [part10("2.25.1", syntax=each, size=50) for each in (LITTLE, IMPLICIT, BIG, DEFLATED)]
    with tempfile.TemporaryDirectory() as folder:
        refused_count = 0
        for number in range(600):
            path = os.path.join(folder, "%d" % number)  # some file systems sync what is written over
            data = bytearray(seeded.choice(whole))
            for _ in range(seeded.choice((1, 2, 8))):
                data[seeded.randrange(132, len(data))] = seeded.choice((0, 255, seeded.randrange(256)))
            with open(path, "wb") as out:
                out.write(data[:seeded.choice((len(data), seeded.randrange(len(data))))])
            try:
                read_head(path)
            except NotDicom:
                refused_count += 1
    assert 150 < refused_count < 600, refused_count
    return "%d of 600 refused, of the others the head is whole" % refused_count


def several_parts_are_stored_one_by_one_and_mixed_results_are_202():
    platform, client, _ = ready()
    client.upload(part10("2.25.1"))
    def body(*files):
        return b"".join(b"--b o\r\nContent-Type: application/dicom\r\n\r\n" + each + b"\r\n" for each in files) + b"--b o--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary="b o"'
    one = client.upload(body(part10("2.25.2")), content_type=kind)
    assert one.status == 200 and platform.instance("2.25.2").bytes() == part10("2.25.2")
    mixed = client.upload(body(part10("2.25.1", seed=1), part10("2.25.3"), part10("2.25.4")), content_type=kind)
    assert mixed.status == 202 and len(mixed.json()["00081199"]["Value"]) == 2 and len(mixed.json()["00081198"]["Value"]) == 1
    assert client.upload(body(part10("2.25.1", seed=1), b"x"), content_type=kind).status == 409
    assert client.upload(body(part10("2.25.5"))[:-20], content_type=kind).status == 400
    assert sorted(each.sop_uid for each in platform.instances()) == ["2.25.%d" % each for each in range(1, 5)]
    assert not os.listdir(os.path.join(platform.folder, "incoming"))
    over(platform, client)


def the_answer_is_xml_unless_json_is_asked_for():
    platform, client, _ = ready()
    reply = client.upload(part10("2.25.1"), accept="*/*")
    root = xml.etree.ElementTree.fromstring(reply.data)
    assert reply.headers["content-type"] == "application/dicom+xml" and root.tag.endswith("}NativeDicomModel")
    values = [each.text for each in root.iter("{http://dicom.nema.org/PS3.19/models/NativeDICOM}Value")]
    assert "2.25.1" in values and DX in values, values
    reply = client.upload(part10("2.25.1", seed=1), accept="application/dicom+xml")
    assert reply.status == 409 and b"checksum mismatch" in reply.data and b'tag="00081198"' in reply.data
    platform.change_profile(stow_body="array")
    assert isinstance(client.upload(part10("2.25.1")).json(), list)
    platform.change_profile(stow_body="empty")
    assert client.upload(part10("2.25.1")).data == b""
    reply = client.upload(part10("2.25.1", seed=1))
    assert reply.status == 409 and "00081198" in reply.json()
    over(platform, client)


def the_header_with_the_study_is_required_where_the_profile_says_so():
    platform, client, order_id = ready({"require_imagingstudy_header": True})
    for study_id in (None, "00000000-0000-4000-8000-000000000001"):
        reply = client.upload(part10("2.25.1"), study_id)
        assert reply.status == 400 and reply.json()["resourceType"] == "OperationOutcome"
    assert not platform.instances() and not os.listdir(os.path.join(platform.folder, "incoming"))
    study_id = client.create(imaging_study(order_id)).json()["id"]
    assert client.upload(part10("2.25.1"), study_id).status == 200
    over(platform, client)


def too_large_a_body_is_413_and_the_connection_lives():
    platform, client, _ = ready({"max_body": 3000})
    reply = client.upload(part10("2.25.1", size=4000))
    assert reply.status == 413 and reply.json()["fault"]["detail"]["errorcode"] == "protocol.http.TooBigBody"
    assert client.upload(part10("2.25.2", size=400)).status == 200 and platform.connection_count == 1
    over(platform, client)


def many_instances_stay_on_disk():
    platform, client, _ = ready()
    size = 500_000
    resident = lambda: int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")  # noqa: E731
    before, data = resident(), bytearray(part10("2.25.10000", size=size))
    at, begin = [each.start() for each in re.finditer(b"2.25.10000", data)], time.monotonic()
    for number in range(150):
        for each in at:
            data[each:each + 10] = b"2.25.1%04d" % number
        assert client.upload(bytes(data)).status == 200
    took = time.monotonic() - begin
    grown = resident() - before
    assert len(platform.instances()) == 150 and grown < 40_000_000, grown
    assert platform.instance("2.25.10149").bytes() == bytes(data) and platform.bytes_received > 150 * size
    over(platform, client)
    return "150 × 500 kB in %.1f s, memory grew by %.1f MB" % (took, grown / 1e6)


if __name__ == "__main__":
    run(globals())
