#!/usr/bin/python3
"""Real files by many makers go through the bridge: what each receiver gets is, byte for byte, what was sent.

Receivers: an SCP of ours that takes everything, DCMTK's storescp, and Orthanc (which rewrites what it takes: there the
yardstick is what it makes of the same file sent to it directly). Prints a table of every file with its fate.
"""
import collections
import os

import pydicom

import bridge
import dimse
import peers
from peers import digest

HTJ2K = "1.2.840.10008.1.2.4.201"
PRIVATE_SYNTAX = "1.3.6.1.4.1.5962.300.1"
PRIVATE_CLASS = "1.3.12.2.1107.5.9.1"


def identity(sample):
    """(SOP class, SOP Instance UID) of the data set, with made-up ones where it has none; and whether it has both."""
    values = []
    for tag in (0x00080016, 0x00080018):
        try:
            values.append(str(pydicom.dcmread(sample.path, force=True, specific_tags=[tag], stop_before_pixels=True)[tag].value))
        except Exception:
            values.append("")
    has_both = all(values)
    return values[0] or dimse.CT_IMAGE, values[1] or "1.2.826.0.1.3680043.10.5.1", has_both


def store(port, called, sop_class, uid, sample):
    scu = dimse.Scu(port, [(sop_class, [sample.transfer_syntax])], called=called)
    try:
        if not scu.accepted:
            return None
        return scu.store(1, sop_class, uid, sample.data_set)
    except dimse.Closed:
        return None
    finally:
        scu.abort()


def ended(broker, uid):
    """The jobs of an instance, once each was delivered, held, or turned away at least once."""
    story = broker.get("/api/v1/instances/%s" % uid)[1]
    newest = max(each["version"] for each in story["versions"])
    jobs = [job for job in story["jobs"] if job["instance"]["version"] == newest]
    over = all(job["state"] in ("delivered", "held", "cancelled") or
               any(each["outcome"] not in (None, "delivered") for each in job["attempts"]) for job in jobs)
    return over and jobs


def main():
    samples_folder = bridge.skip_without_samples()
    files = sorted(os.path.join(top, name) for top, _, names in os.walk(samples_folder) for name in names
                   if name.endswith(".dcm"))
    ours, storescp = dimse.StorageScp(), peers.Storescp()
    binary = os.environ.get("ORTHANC", "")
    orthanc = peers.Orthanc([binary]) if os.path.exists(binary) else None
    if not orthanc:
        assert os.environ.get("CI") != "true", "no Orthanc at ORTHANC=%s" % binary
        print("no Orthanc at ORTHANC=%s: that column is left out" % binary)
    # As they are, or not at all: what a refusal leads to is decompress_test.py's matter.
    as_stored = "decompress_if_refused = false"
    toml = bridge.dicom_destination("ours", ours.port)
    toml += bridge.dicom_destination("storescp", storescp.port, "STORESCP", as_stored)
    names, ports = ["ours", "storescp"], {"storescp": storescp.port}
    if orthanc:
        toml += bridge.dicom_destination("orthanc", orthanc.port, "ORTHANC", as_stored)
        names.append("orthanc")
        ports["orthanc"] = orthanc.port
    fates, wrong, seen = collections.Counter(), [], {}
    with bridge.Bridge(toml + bridge.route("all", *names)) as broker:
        work = [(path, dimse.Sample(path)) for path in files]
        # Transfer syntaxes that DCMTK has never heard of, and a private class.
        base = dimse.Sample(os.path.join(samples_folder, "multiframe", "HTJ2K_08_RGB.dcm"))
        assert base.transfer_syntax.startswith("1.2.840.10008.1.2.4.20"), base.transfer_syntax
        private = dimse.Sample(os.path.join(samples_folder, "dialects", "CT_small.dcm"))
        private.transfer_syntax = PRIVATE_SYNTAX
        private.data_set = private.data_set.replace(b"1.2.840.10008.5.1.4.1.1.2\0", PRIVATE_CLASS.encode() + b"\0" * 7, 1) \
            if len(PRIVATE_CLASS) <= 26 else private.data_set
        work.append(("private transfer syntax and SOP class", private))
        for path, sample in work:
            sop_class, uid, has_both = identity(sample)
            if sample is private:
                sop_class = PRIVATE_CLASS
            short = os.path.relpath(path, samples_folder) if os.path.isabs(path) else path
            status = store(broker.port, "BRIDGE", sop_class, uid, sample)
            if status != 0:
                # Only what cannot be keyed may be refused.
                ok = status == 0xC000 and not has_both
                fates["refused: no UIDs" if ok else "REFUSED"] += 1
                print("%-60s refused 0x%04X%s" % (short, status or 0, "" if ok else "  <-- has UIDs"))
                if not ok:
                    wrong.append(short)
                continue
            expected = digest(sample.data_set)
            if expected in seen:
                fates["the bytes of an earlier file: not sent again"] += 1
                print("%-60s the same bytes as %s" % (short, seen[expected]))
                continue
            seen[expected] = short
            jobs = bridge.until("the jobs of %s to end" % short, lambda: ended(broker, uid))
            line = []
            for job in sorted(jobs, key=lambda each: each["destination"]):
                name = job["destination"]
                if job["state"] != "delivered":
                    # A receiver may refuse a class, a syntax or a data set: then it does so when asked directly, too.
                    fate = "%s: %s" % (job["state"], job["reason"])
                    ok = name != "ours" and store(ports[name], name.upper(), sop_class, uid, sample) != 0
                    bridge.until("job %s to be out of the way" % job["id"], lambda: broker.post(
                        "/api/v1/jobs/%s/cancel" % job["id"])[1].get("state") == "cancelled" or broker.get(
                        "/api/v1/jobs/%s" % job["id"])[1]["state"] in ("cancelled", "held", "delivered"))
                elif name == "ours":
                    ok, fate = any(each[1] == expected for each in ours.received.get(uid, [])), "identical"
                elif name == "storescp":
                    ok, fate = expected in storescp.digests(), "identical"
                else:
                    through = orthanc.take(uid)
                    # It has four threads, and data sets that it chokes on keep them for a while.
                    bridge.until("Orthanc to take it directly",
                                 lambda: store(orthanc.port, "ORTHANC", sop_class, uid, sample) == 0)
                    ok = bool(through) and through == orthanc.take(uid)
                    fate = "identical" if expected in through else "as sent directly"
                fates["%s %s" % (name, fate if ok else "WRONG (%s)" % fate)] += 1
                line.append("%s %s" % (name, fate if ok else "<-- WRONG"))
                if not ok:
                    wrong.append("%s at %s" % (short, name))
            print("%-60s %s" % (short, ", ".join(line)))
    for peer in filter(None, (storescp, orthanc)):
        peer.close()
    print("\n%d files" % len(work))
    for fate, count in sorted(fates.items()):
        print("%5d %s" % (count, fate))
    assert not wrong, wrong


if __name__ == "__main__":
    main()
