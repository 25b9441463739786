#!/usr/bin/python3
"""Instances made to break whoever looks into them, and helper processes killed at any moment: intake and delivery go on
as if nothing were, and each hostile instance gives its reason.

    preview_hostile_test.py [ROUNDS]        of bombs and kills each, default 40

The bombs: a deflated stream of 300 MB of zeros, 20,000 sequences in each other, 65,535 x 65,535 pixels, and smaller ones
whose numbers lie. Each is sent, delivered byte by byte as it was, and asked for by somebody who wants to see it; between
them are good images, which must be shown.
"""
import hashlib
import os
import signal
import struct
import sys
import threading
import time
import zlib

import bridge
import dimse

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
EXPLICIT, DEFLATED, J2K, RLE = ("1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.90",
                                "1.2.840.10008.1.2.5")
ROOT = "1.2.826.0.1.3680043.10.33"
STUDY, SERIES = ROOT + ".1", ROOT + ".1.1"


def element(tag, vr, value):
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr
    return head + (struct.pack("<HI", 0, len(value)) if vr in (b"OW", b"OB") else struct.pack("<H", len(value))) + value


def word(tag, value):
    return element(tag, b"US", struct.pack("<H", value))


def identity(uid):
    return (element(0x00080016, b"UI", dimse.CT_IMAGE.encode()) + element(0x00080018, b"UI", uid.encode()) +
            element(0x00080060, b"CS", b"CT") + element(0x0020000D, b"UI", STUDY.encode()) +
            element(0x0020000E, b"UI", SERIES.encode()))


def pixels_of(rows, columns, allocated=16, frames=None):
    described = word(0x00280002, 1) + element(0x00280004, b"CS", b"MONOCHROME2")
    if frames:
        described += element(0x00280008, b"IS", frames)
    return described + word(0x00280010, rows) + word(0x00280011, columns) + word(0x00280100, allocated) + \
        word(0x00280101, allocated) + word(0x00280102, allocated - 1) + word(0x00280103, 0)


def image(uid, rows=64, columns=64, data=None, **others):
    data = bytes(range(256)) * (rows * columns * 2 // 256) if data is None else data
    return identity(uid) + pixels_of(rows, columns, **others) + element(0x7FE00010, b"OW", data)


def fragments(uid, frame, **others):
    def item(content):
        return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content
    return identity(uid) + pixels_of(**others) + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OB", 0, 0xFFFFFFFF) + \
        item(b"") + item(frame) + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def deflated_zeros(uid, megabytes):
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    begin = identity(uid) + pixels_of(9000, 9000) + struct.pack("<HH2sHI", 0x7FE0, 0x10, b"OW", 0, megabytes << 20)
    return packer.compress(begin) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def nested(uid, depth):
    begun = struct.pack("<HH2sHIHHI", 0x0020, 0x9221, b"SQ", 0, 0xFFFFFFFF, 0xFFFE, 0xE000, 0xFFFFFFFF) * depth
    ended = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0) * depth
    # In the order of its tags: behind what says which study it is of, before the pixels.
    return identity(uid) + begun + ended + image(uid)[len(identity(uid)):]


# Each: transfer syntax, its data set by SOP Instance UID, the status of its picture, words of the reason.
BOMBS = {
    "deflated zeros": (DEFLATED, lambda uid: deflated_zeros(uid, 300), 422, "memory"),
    "nested sequences": (EXPLICIT, lambda uid: nested(uid, 20_000), 422, "cannot be read"),
    "too many pixels": (EXPLICIT, lambda uid: image(uid, 65535, 65535, bytes(16)), 422, "max_pixels"),
    "frames beyond counting": (EXPLICIT, lambda uid: image(uid, 60000, 1000, bytes(16), frames=b"2147483647"), 422,
                               "shorter"),
    "no rows": (EXPLICIT, lambda uid: image(uid, 0, 64, bytes(16)), 422, "contradict"),
    "too short": (EXPLICIT, lambda uid: image(uid, 64, 64, bytes(16)), 422, "shorter"),
    "a codestream of nonsense": (J2K, lambda uid: fragments(uid, b"\xFF\x4F\xFF\x51" + bytes(60), rows=9000, columns=9000),
                                 422, "decoded"),
    "run lengths of nonsense": (RLE, lambda uid: fragments(uid, b"\xFF" * 64 + bytes(64), rows=9000, columns=9000), 422,
                                "decoded"),
    "no pixels": (EXPLICIT, identity, 406, "no pixels"),
}


def helpers_of(broker):
    """The processes that the broker has started."""
    found = []
    for thread in os.listdir("/proc/%d/task" % broker.pid()):
        try:
            found += map(int, open("/proc/%d/task/%s/children" % (broker.pid(), thread)).read().split())
        except OSError:
            pass
    return found


class Killer:
    """Kills every helper process that it sees, until it is told to stop or has killed enough."""

    def __init__(self, broker, kills):
        self.broker, self.left, self.is_told = broker, kills, threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while self.left > 0 and not self.is_told.wait(0.005):  # between looks
            for pid in helpers_of(self.broker):
                try:
                    os.kill(pid, signal.SIGKILL)
                    self.left -= 1
                except OSError:
                    pass

    def stop(self):
        self.is_told.set()
        self.thread.join()


class Sender:
    """Stores instances one after the other, and keeps how long the slowest took."""

    def __init__(self, port):
        self.scu = dimse.Scu(port, [(dimse.CT_IMAGE, [each]) for each in (EXPLICIT, DEFLATED, J2K, RLE)])
        self.contexts = {syntax: context for context, syntax in self.scu.accepted.items()}
        self.slowest, self.sent = 0, {}

    def store(self, syntax, uid, data_set):
        began = time.monotonic()
        status = self.scu.store(self.contexts[syntax], dimse.CT_IMAGE, uid, data_set)
        assert status == 0, "0x%04X for %s" % (status, uid)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.sent[uid] = hashlib.sha256(data_set).hexdigest()


def picture(broker, uid, query=""):
    """(status, content) of somebody who wants to see it; asks again where he is told to."""
    path = "/dicom-web/studies/%s/series/%s/instances/%s/rendered%s" % (STUDY, SERIES, uid, query)
    answer = []

    def is_answered():
        answer[:] = broker.request("GET", path, parse=False)
        return answer[0] != 503
    bridge.until("a picture of %s, or a reason" % uid, is_answered)
    return answer


def check_good(broker, uid, query=""):
    status, content = picture(broker, uid, query)
    assert status == 200 and content[:2] == b"\xFF\xD8" and content[-2:] == b"\xFF\xD9", (uid, status, content[:200])


def check_bomb(broker, name, uid, expected, words):
    status, content = picture(broker, uid)
    assert status == expected and words.encode() in content, (name, status, content[:300])


def check_delivered(broker, scp, sender):
    bridge.until("all to be delivered", lambda: broker.destination("pacs")["jobs"]["delivered"] == len(sender.sent), 120)
    for uid, digest in sender.sent.items():
        assert [each[1] for each in scp.received[uid]] == [digest], uid


def bombed(broker, scp, sender):
    """Every bomb in turn, a good image behind each."""
    kinds = list(BOMBS)
    for number in range(ROUNDS):
        name = kinds[number % len(kinds)]
        syntax, make, status, words = BOMBS[name]
        bomb, good = "%s.2.%d" % (ROOT, number + 1), "%s.3.%d" % (ROOT, number + 1)
        sender.store(syntax, bomb, make(bomb))
        sender.store(EXPLICIT, good, image(good))
        check_bomb(broker, name, bomb, status, words)
        check_good(broker, good)
    return "%d bombs" % ROUNDS


def killed(broker, scp, sender):
    """Images come in, and are looked at, while whoever renders them is killed."""
    killer, number = Killer(broker, ROUNDS), 0
    while killer.left > 0:
        number += 1
        uid = "%s.4.%d" % (ROOT, number)
        sender.store(EXPLICIT, uid, image(uid))
        # Another window each time: none of these pictures is there already.
        broker.request("GET", "/dicom-web/studies/%s/series/%s/instances/%s/rendered?window=%d,100,linear" %
                       (STUDY, SERIES, uid, number), parse=False)
    killer.stop()
    for each in range(1, number + 1, max(1, number // 20)):
        check_good(broker, "%s.4.%d" % (ROOT, each), "?quality=80")
    return "%d kills, %d images" % (ROUNDS, number)


def main():
    scp = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", scp.port) + bridge.route("all", "pacs") + '[preview]\ntimeout = "5s"\n'
    with bridge.Bridge(toml) as broker:
        pid, sender = broker.pid(), Sender(broker.port)
        for part in (bombed, killed):
            said = part(broker, scp, sender)
            check_delivered(broker, scp, sender)
            print("%s: slowest C-STORE %.0f ms" % (said, 1000 * sender.slowest))
        sender.scu.release()
        assert broker.pid() == pid and broker.process.poll() is None
        status = broker.status()
        assert status["received"]["instances"] == len(sender.sent) and status["accepting"]["ok"], status
        log = open(broker.log).read()
        assert " error " not in log, [line for line in log.splitlines() if " error " in line][:5]
    scp.listener.close()


if __name__ == "__main__":
    main()
