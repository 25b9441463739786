#!/usr/bin/python3
"""The system calls of one association: before each Success the bytes, the name and the commit were synced, in this order."""
import re
import shutil
import sys

import bridge
import dimse

COUNT = 200
if not shutil.which("strace"):
    sys.exit("strace is not installed: packaging/install-deps.sh --tests")

broker = bridge.Bridge()
trace = broker.folder + "/trace"
broker.prefix = ["strace", "-f", "-y", "-qq", "-s", "64", "-e", "signal=none", "-o", trace,
                 "-e", "trace=fsync,fdatasync,linkat,sendto,sendmsg,write,writev"]
broker.start()
scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
for i in range(COUNT):
    uid = "1.2.826.0.1.3680043.10.6.%d" % i
    assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid)) == 0
scu.release()
broker.stop()

# With one sender nothing overlaps: between two answers lies exactly one instance. A call counts when it has returned.
started, steps = {}, []
for line in open(trace, errors="replace"):
    thread, rest = line.split(None, 1)
    if "<unfinished ...>" in rest:
        started[thread] = rest.split("<unfinished")[0]
        continue
    resumed = re.match(r"<\.\.\. \w+ resumed>", rest)
    if resumed:
        rest = started.pop(thread, "") + rest[resumed.end():]
    name = rest.split("(", 1)[0]
    if name in ("fsync", "fdatasync"):
        assert re.search(r"= 0\b", rest), "a sync failed: " + rest
        path = re.search(r"<([^>]*)>", rest).group(1)
        if path.endswith("outbox.db-wal"):
            steps.append("wal")
        elif re.search(r"/spool/[0-9a-f]{2}$", path):
            steps.append("folder")
        elif "/spool" in path or "/tmp" in path or "deleted" in path:
            steps.append("bytes")
    elif name == "linkat":
        steps.append("link")
    elif name in ("sendto", "sendmsg", "write", "writev") and r'"\4\0\0\0' in rest:
        steps.append("answer")  # a P-DATA-TF PDU leaves for the sender
answers = 0
since = []
for step in steps:
    if step != "answer":
        since.append(step)
        continue
    assert "link" in since and "bytes" in since, "before answer %d: %s" % (answers + 1, since)
    # What the start synced comes before the first instance's own steps.
    link = len(since) - 1 - since[::-1].index("link")
    since = since[max(i for i, each in enumerate(since[:link]) if each == "bytes"):]
    steps_left = iter(since)
    for wanted in ("bytes", "link", "folder", "wal"):
        assert wanted in steps_left, "before answer %d: %s" % (answers + 1, since)
    answers += 1
    since = []
assert answers == COUNT, "%d answers seen for %d instances" % (answers, COUNT)
print("%d of %d answers: bytes synced, name linked, folder synced, commit synced, then Success" % (answers, COUNT))
shutil.rmtree(broker.folder)
