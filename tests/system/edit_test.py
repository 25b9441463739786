#!/usr/bin/python3
"""A route that edits, beside one that doesn't: each destination gets what its route says, and the original stays.

What is sent by DCMTK's storescu and by a script; what arrives is read by pydicom. An edit that fails holds its job with
the reason, and goes on once a person has mended the cause. The bridge is killed while it edits.
"""
import glob
import json
import os
import struct
import subprocess
import tempfile
import zlib

import pydicom

import bridge
import dimse
import peers

DEFLATED, PRIVATE = "1.2.840.10008.1.2.1.99", "1.2.826.0.1.3680043.10.9.77"
EDITS = ('edit = [ { remove = "PatientName" }, { map = "PatientID", table = "ids.csv" }, { prefix = "PatientID",'
         ' with = "RSC-" }, { set = "InstitutionName", value = "Rumah Sakit Umum" } ]\n')


def destinations(folder, storescp_port):
    research = os.path.join(folder, "research")
    os.mkdir(research)
    return ('[[destination]]\nname = "research"\nkind = "folder"\npath = "%s"\n' % research +
            bridge.dicom_destination("pacs", storescp_port, "STORESCP") + bridge.route("everything", "pacs") +
            bridge.route("research", "research") + EDITS)


def write_ids(folder, *rows):
    path = os.path.join(folder, "ids.csv")
    with open(path + ".new", "w") as out:
        out.writelines("%s,%s\n" % row for row in rows)
    os.replace(path + ".new", path)


def instance(uid, patient_id, name="SECRET^SITI"):
    return dimse.synthetic(uid, study="1.2.826.0.1.3680043.10.8.9", size=4000, patient_id=patient_id, patient=name)


def short(group, number, vr, value):
    value += b" " * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def edited_by_hand(data_set, patient_id, new_id):
    """What the route makes of a data set in Explicit VR Little Endian, byte for byte."""
    name = short(0x10, 0x10, b"PN", b"SECRET^SITI")
    old = short(0x10, 0x20, b"LO", patient_id)
    assert data_set.count(name + old) == 1
    return data_set.replace(name + old, short(0x08, 0x80, b"LO", b"Rumah Sakit Umum") +
                            short(0x10, 0x20, b"LO", new_id))


def research_files(folder):
    return [each for each in glob.glob(os.path.join(folder, "research", "*", "*", "*.dcm"))]


def elements(data_set):
    """The top-level elements but those that the route changes, with their bytes."""
    changed = {"PatientName", "PatientID", "InstitutionName"}
    return {element.tag: (element.VR, element.value) for element in data_set if element.keyword not in changed}


def check_edited(before, after, patient_id):
    assert "PatientName" not in after, after.PatientName
    assert after.PatientID == "RSC-" + patient_id, after.PatientID
    assert after.InstitutionName == "Rumah Sakit Umum"
    assert after.SOPInstanceUID == before.SOPInstanceUID
    assert elements(after) == elements(before)


def job_at(broker, destination, uid):
    return next((each for each in broker.jobs("&destination=" + destination)
                 if each["instance"]["sop_instance_uid"] == uid), None)


def is_in(broker, destination, uid, state):
    job = job_at(broker, destination, uid)
    return job if job and job["state"] == state else None


def by_storescu(folder):
    """A real sample, by DCMTK's own sender."""
    samples = bridge.skip_without_samples()
    path = os.path.join(samples, "wg04", "XA1_JPLL.dcm")
    original = pydicom.dcmread(path)
    write_ids(folder, (str(original.PatientID), "N1"))
    storescp = peers.Storescp("+xa")
    with bridge.Bridge(destinations(folder, storescp.port), folder=folder) as broker:
        subprocess.run(["storescu", "-xs", "-aec", "BRIDGE", "127.0.0.1", str(broker.port), path], check=True,
                       stdout=subprocess.DEVNULL)
        uid = original.SOPInstanceUID
        edited = bridge.until("the edited copy", lambda: is_in(broker, "research", uid, "delivered"))
        plain = bridge.until("the plain copy", lambda: is_in(broker, "pacs", uid, "delivered"))
        assert edited["is_edited"] and not plain["is_edited"] and plain["edits"] == []
        assert [list(each)[0] for each in edited["edits"]] == ["remove", "map", "prefix", "set"], edited["edits"]
        file = bridge.until("the file", lambda: research_files(folder))[0]
        after = pydicom.dcmread(file)
        assert after.file_meta.TransferSyntaxUID == original.file_meta.TransferSyntaxUID
        check_edited(original, after, "N1")
        assert after.PixelData == original.PixelData
        # DCMTK's opinion: it reads the whole of it.
        dump = subprocess.run(["dcmdump", "-q", file], capture_output=True, text=True)
        assert dump.returncode == 0 and "(0010,0010)" not in dump.stdout, dump.stderr
        # The PACS has what came, which the spool still has. (storescu writes lengths its own way: no use to compare with the file.)
        digest = edited["instance"]["digest"]
        assert edited["digest"] != digest and plain["digest"] == digest
        kept = os.path.join(broker.data, "spool", digest[:2], digest)
        assert peers.digest(open(kept, "rb").read()) == digest
        assert peers.digest(dimse.Sample(kept).data_set) in storescp.digests()
        rows = broker.get("/api/v1/history?event=edited")[1]["items"]
        assert len(rows) == 1 and rows[0]["destination"] == "research" and rows[0]["digest"] == edited["digest"], rows
        assert digest in json.dumps(rows[0]["detail"])
        recipes = broker.rows("SELECT recipe FROM derived_blob")
        assert len(recipes) == 1 and recipes[0][0].startswith("edited: ["), recipes
    storescp.close()
    print("storescu, JPEG lossless: edited here, untouched there")


def with_a_row_missing(folder):
    """The table has no row: held, with the reason and without the value; then the row comes."""
    write_ids(folder, ("P1", "N1"))
    pacs = dimse.StorageScp(bridge.free_port())
    with bridge.Bridge(destinations(folder, pacs.port), folder=folder) as broker:
        scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
        first, second = "1.2.826.0.1.3680043.10.7.1", "1.2.826.0.1.3680043.10.7.2"
        assert scu.store(1, dimse.CT_IMAGE, first, instance(first, "P1")) == 0
        assert scu.store(1, dimse.CT_IMAGE, second, instance(second, "P-SECRET")) == 0
        scu.release()
        bridge.until("the first", lambda: is_in(broker, "research", first, "delivered"))
        held = bridge.until("the second to be held", lambda: is_in(broker, "research", second, "held"))
        assert held["reason"] == "edit_failed" and held["note"] == "PatientID has no row in ids.csv", held
        bridge.until("the second at the PACS", lambda: is_in(broker, "pacs", second, "delivered"))
        error = broker.destination("research")["last_error"]
        assert error.endswith("PatientID has no row in ids.csv"), error
        history = broker.get("/api/v1/history.jsonl", parse=False)[1].decode()
        for text in (history, error, open(broker.log).read()):
            assert "P-SECRET" not in text and "SITI" not in text
        write_ids(folder, ("P1", "N1"), ("P-SECRET", "N2"))
        broker.cli("outbox", "release", "--destination", "research", "--reason", "edit_failed", "--yes")
        bridge.until("the second after its release", lambda: is_in(broker, "research", second, "delivered"))
        names = {os.path.basename(each)[:-4]: each for each in research_files(folder)}
        for uid, old, new in ((first, b"P1", b"RSC-N1"), (second, b"P-SECRET", b"RSC-N2")):
            expected = edited_by_hand(instance(uid, old.decode()), old, new)
            assert dimse.Sample(names[uid]).data_set == expected
    print("a row that is missing holds its job, and no other; added and released, it goes")


def other_syntaxes(folder):
    """What DCMTK cannot re-encode, or nobody knows."""
    write_ids(folder, ("P1", "N1"))
    pacs = dimse.StorageScp(bridge.free_port())
    with bridge.Bridge(destinations(folder, pacs.port), folder=folder) as broker:
        deflated, private = "1.2.826.0.1.3680043.10.7.3", "1.2.826.0.1.3680043.10.7.4"
        deflater = zlib.compressobj(wbits=-15)
        packed = deflater.compress(instance(deflated, "P1")) + deflater.flush()
        for uid, syntax, data_set in ((deflated, DEFLATED, packed + b"\0" * (len(packed) % 2)),
                                      (private, PRIVATE, instance(private, "P1"))):
            scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [syntax])])
            assert scu.store(1, dimse.CT_IMAGE, uid, data_set) == 0
            scu.release()
            bridge.until("the edited copy in " + syntax, lambda: is_in(broker, "research", uid, "delivered"))
        names = {os.path.basename(each)[:-4]: each for each in research_files(folder)}
        read = pydicom.dcmread(names[deflated])
        assert read.file_meta.TransferSyntaxUID == DEFLATED
        assert "PatientName" not in read and read.PatientID == "RSC-N1"
        inflated = zlib.decompress(dimse.Sample(names[deflated]).data_set, wbits=-15)
        assert inflated == edited_by_hand(instance(deflated, "P1"), b"P1", b"RSC-N1")
        after = dimse.Sample(names[private])
        assert after.transfer_syntax == PRIVATE
        assert after.data_set == edited_by_hand(instance(private, "P1"), b"P1", b"RSC-N1")
    print("deflated and private transfer syntaxes are edited as they are")


def killed_while_editing(folder):
    """Whatever is in hand is edited again, and nothing goes out as it came."""
    write_ids(folder, ("P1", "N1"))
    pacs = dimse.StorageScp(bridge.free_port())
    uids = ["1.2.826.0.1.3680043.10.7.5.%d" % i for i in range(120)]
    broker = bridge.Bridge(destinations(folder, pacs.port), folder=folder)
    with broker:
        scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
        for uid in uids:
            assert scu.store(1, dimse.CT_IMAGE, uid, instance(uid, "P1")) == 0
        scu.release()
        for goal in (10, 40, 80):
            bridge.until("%d edited" % goal, lambda: broker.rows(
                "SELECT count(*) FROM job WHERE is_edited")[0][0] >= goal)
            broker.kill()
            broker.start()
        bridge.until("all delivered", lambda: broker.destination("research")["jobs"]["delivered"] == len(uids), 120)
        for file in research_files(folder):
            read = pydicom.dcmread(file)
            assert "PatientName" not in read and read.PatientID == "RSC-N1"
        assert len(research_files(folder)) == len(uids)
        broker.cli("history", "verify")
        unedited = broker.rows("SELECT count(*) FROM attempt JOIN job ON job.id = attempt.job_id"
                               " WHERE job.edit_id IS NOT NULL AND NOT job.is_edited")
        assert unedited == [(0,)], unedited
    print("killed three times while it edited %d: all arrived edited" % len(uids))


def main():
    for part in (with_a_row_missing, other_syntaxes, killed_while_editing, by_storescu):
        part(tempfile.mkdtemp(prefix="bridge-test-"))


if __name__ == "__main__":
    main()
