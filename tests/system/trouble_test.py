#!/usr/bin/python3
"""Trouble at every door has a defined answer and no effect on anything else; one function per trouble."""
import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

import bridge
import dimse

UID = "1.2.826.0.1.3680043.10.3."


def store(port, uid, data=None, **named):
    scu = dimse.Scu(port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], **named)
    try:
        return scu.store(1, dimse.CT_IMAGE, uid, data if data is not None else dimse.synthetic(uid))
    finally:
        scu.abort()


def files_of(data_dir):
    return [name for top in ("spool", "tmp") for _, _, names in os.walk(os.path.join(data_dir, top)) for name in names]


def is_closed(sock):
    try:
        while True:
            if not sock.recv(65536):
                return True
    except ConnectionError:
        return True


def rss_kb(pid):
    return next(int(line.split()[1]) for line in open("/proc/%d/status" % pid) if line.startswith("VmRSS"))


def malformed_requests_are_turned_away():
    """PS3.8 9.3.2: lengths that run past their item, and a request that never ends."""
    with bridge.Bridge(dicom='associate_timeout = "500ms"') as broker:
        syntaxes = dimse.item(0x40, b"1.2.840.10008.1.2.1") * 1500
        context = bytes([1, 0, 0, 0]) + dimse.item(0x30, b"1.2.840.10008.1.1") + syntaxes + b"\x40\x00\x13\x88" + b"1.2"
        body = struct.pack(">HH", 1, 0) + b"ANY".ljust(16) + b"EVIL".ljust(16) + b"\0" * 32
        body += dimse.item(0x10, dimse.APPLICATION_CONTEXT.encode()) + dimse.item(0x20, context)
        requests = 400
        before = None
        for number in range(requests):
            if number == 100:
                before = rss_kb(broker.pid())
            with socket.create_connection(("127.0.0.1", broker.port), timeout=10) as sock:
                sock.sendall(dimse.pdu(1, body))
                assert is_closed(sock)
        grown = rss_kb(broker.pid()) - before
        assert grown < 10_000, "%d kB for %d malformed requests" % (grown, requests - 100)
        # One that announces more than it sends, and one that trickles.
        with socket.create_connection(("127.0.0.1", broker.port), timeout=10) as sock:
            sock.sendall(struct.pack(">BBI", 1, 0, 60000) + b"\0" * 100)
            began = time.monotonic()
            assert dimse.Scu(broker.port, [(dimse.VERIFICATION, [dimse.IMPLICIT_LE])]).echo() == 0
            assert is_closed(sock)
            assert time.monotonic() - began < 8
        with socket.create_connection(("127.0.0.1", broker.port), timeout=10) as sock:
            sock.sendall(struct.pack(">BBI", 1, 0, 0x7FFFFFFF))
            assert is_closed(sock)
        assert store(broker.port, UID + "1") == 0
        return "%d malformed requests: %d kB more memory" % (requests, grown)


def what_cannot_be_keyed_is_refused():
    with bridge.Bridge() as broker:
        assert store(broker.port, UID + "2", b"\x08\x00\x60\x00CS\x02\x00CT") == 0xC000
        other = dimse.synthetic(UID + "3")
        assert store(broker.port, UID + "4", other) == 0, "an old machine cannot be mended"
        code, page = broker.get("/api/v1/instances/" + UID + "3")
        assert code == 200, "the data set's UID counts, not the command's"
        assert broker.get("/api/v1/instances/" + UID + "4")[0] == 404
        assert broker.status()["received"]["instances"] == 1
        assert len(files_of(broker.data)) == 1
        return "refused 0xC000; UIDs that differ are kept under the data set's"


def a_cut_data_set_leaves_nothing():
    with bridge.Bridge() as broker:
        scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
        data = dimse.synthetic(UID + "5", size=300000)
        message = scu.stream.pdvs(1, dimse.command(dimse.C_STORE_RQ, dimse.CT_IMAGE, 1, UID + "5", with_data_set=True), 1)
        message += scu.stream.pdvs(1, data, 0)
        scu.stream.sock.sendall(message[:len(message) // 2])
        scu.stream.sock.close()
        bridge.until("the association to end", lambda: broker.get("/readyz", parse=False)[0] == 200)
        assert store(broker.port, UID + "6") == 0
        assert broker.status()["received"]["instances"] == 1 and len(files_of(broker.data)) == 1
        return "half a data set left no file and no row"


def a_full_disk_refuses_and_loses_nothing():
    folder = tempfile.mkdtemp(prefix="bridge-full-")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], capture_output=True).returncode:
        os.rmdir(folder)
        assert os.environ.get("CI") != "true", "no right to mount a small file system"
        return "skipped: no right to mount a small file system"
    try:
        pacs = bridge.free_port()
        # The mark leaves room for the write-ahead log (4 MiB), and for the database to take in what is in it before the
        # log goes: the ballast is there for a disk that others fill.
        broker = bridge.Bridge(bridge.dicom_destination("pacs", pacs) + bridge.route("all", "pacs") +
                               '[spool]\nballast = "6MiB"\nrefuse_below = "10MiB"\nwarn_below = "11MiB"\n',
                               data_dir=os.path.join(folder, "data"))
        with broker:
            taken, refused = [], 0
            scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
            for i in range(60):
                uid = UID + "7.%d" % i
                status = scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid, size=900_000))
                if status == 0:
                    taken.append(uid)
                else:
                    assert status == 0xA700, hex(status)
                    refused += 1
            scu.release()
            assert refused and taken, (refused, len(taken))
            assert len(files_of(broker.data)) == len(taken), "something was left behind"
            assert broker.get("/healthz", parse=False)[0] == 200
            bridge.until("the door to close", lambda: broker.get("/readyz", parse=False)[0] == 503, 5)
            assert broker.status()["spool"]["state"] == "refusing"
            # To the last byte: then it must still start, with the room that its ballast gives.
            broker.stop()
            with open(os.path.join(folder, "filler"), "wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(bytes(4096))
                except OSError:
                    pass
            broker.start(wait=False)
            bridge.until("it to answer on the full disk", lambda: answers(broker))
            scp = dimse.StorageScp(pacs)
            bridge.until("what was taken to arrive on the full disk", lambda: len(scp.received) == len(taken))
            bridge.until("the books to say so", lambda: broker.destination("pacs")["jobs"]["delivered"] == len(taken))
            assert broker.cli("spool", "verify").returncode == 0
            return "%d taken and delivered, %d refused 0xA700" % (len(taken), refused)
    finally:
        subprocess.run(["umount", "-l", folder])
        os.rmdir(folder)


def answers(broker):
    try:
        return broker.get("/healthz", parse=False)[0] == 200
    except OSError:
        assert broker.process.poll() is None, broker.tail()
        return False


def a_taken_port_is_said_at_once():
    """Whichever of the two it is; the process ends instead of hanging on its lock."""
    broker = bridge.Bridge()
    for port in (broker.http, broker.port):
        with socket.create_server(("127.0.0.1", port)):
            started = subprocess.run([bridge.BINARY, "serve", "--config", broker.config], capture_output=True, text=True,
                                     timeout=30)
            assert started.returncode == 1 and str(port) in started.stderr, started
    with broker:
        assert store(broker.port, UID + "12") == 0
    return started.stderr.strip().splitlines()[-1]


def a_second_process_is_refused():
    with bridge.Bridge() as broker:
        second = subprocess.run([bridge.BINARY, "serve", "--config", broker.config], capture_output=True, text=True, timeout=60)
        assert second.returncode != 0
        assert "another" in (second.stderr + second.stdout).lower(), second.stderr
        assert store(broker.port, UID + "8") == 0
        return second.stderr.strip().splitlines()[-1]


def a_newer_database_is_left_alone():
    broker = bridge.Bridge().start()
    broker.stop()
    path = os.path.join(broker.data, "outbox.db")
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 9999")
    database.close()
    before = open(path, "rb").read()
    started = subprocess.run([bridge.BINARY, "serve", "--config", broker.config], capture_output=True, text=True, timeout=60)
    assert started.returncode != 0 and "newer" in started.stderr, started.stderr
    assert open(path, "rb").read() == before
    shutil.rmtree(broker.folder)
    return started.stderr.strip().splitlines()[-1]


def a_missing_blob_is_held_not_dropped():
    pacs = bridge.free_port()
    broker = bridge.Bridge(bridge.dicom_destination("pacs", pacs) + bridge.route("all", "pacs")).start()
    for i in range(3):
        assert store(broker.port, UID + "9.%d" % i) == 0
    gone = broker.jobs()[0]["instance"]
    broker.stop()
    os.remove(os.path.join(broker.data, "spool", gone["digest"][:2], gone["digest"]))
    broker.start()
    with_reason = [job for job in broker.jobs() if job["state"] == "held"]
    assert [job["reason"] for job in with_reason] == ["damaged"], with_reason
    assert "damaged" in broker.cli("spool", "verify", ok=(1,)).stdout, "a lost blob stays a finding"
    released = broker.post("/api/v1/jobs/%s/release" % with_reason[0]["id"])
    assert released[0] == 409 and "sent to the bridge again" in released[1]["detail"], released
    scp = dimse.StorageScp(pacs)
    bridge.until("the sound two to arrive", lambda: len(scp.received) == 2)
    # The scanner sends it once more: whole again, and it leaves.
    assert store(broker.port, gone["sop_instance_uid"]) == 0
    bridge.until("the third to arrive", lambda: len(scp.received) == 3)
    broker.cli("spool", "verify")
    settings = broker.get("/api/v1/history?event=configuration")[1]["items"]
    assert len(settings) == 1, "two starts with the same settings, and one change of them: the first"
    export = os.path.join(broker.folder, "history.jsonl")
    broker.cli("history", "export", "--format", "jsonl", "-o", export)
    broker.cli("history", "verify", "--file", export)
    lines = open(export).read().splitlines(True)
    for broken, code in ((lines[:2] + lines[3:], 1), ([], 2), (["not a row\n"], 2)):
        open(export, "w").writelines(broken)
        broker.cli("history", "verify", "--file", export, ok=(code,))
    broker.cli("history", "verify", "--file", broker.folder, ok=(2,))
    broker.stop()
    shutil.rmtree(broker.folder)
    return "held as damaged; sent again by the scanner, it was delivered"


def destinations_in_trouble_delay_nobody():
    """One that refuses, one that hangs, one that aborts, one that drops after the last byte, one that never closes."""
    def hang(scp, stream, context, values, data_set):
        stream.receive()

    def abort(scp, stream, context, values, data_set):
        stream.sock.sendall(dimse.pdu(7, bytes([0, 0, 2, 0])))
        raise dimse.Closed("as told")

    drops = {}

    def drop(scp, stream, context, values, data_set):
        uid = dimse.text(values, 0x1000)
        drops[uid] = drops.get(uid, 0) + 1
        if drops[uid] == 1:
            raise dimse.Closed("after the last byte")
        scp.answer(stream, context, values, 0)

    peers = {"good": dimse.StorageScp(), "hangs": dimse.StorageScp(on_store=hang),
             "aborts": dimse.StorageScp(on_store=abort), "drops": dimse.StorageScp(on_store=drop)}
    ports = {name: scp.port for name, scp in peers.items()} | {"dead": bridge.free_port()}
    # Takes the connection and nothing else: neither our request nor our abort gets an answer, and it never closes.
    mute = socket.create_server(("127.0.0.1", 0))
    ports["mute"] = mute.getsockname()[1]
    toml = "".join(bridge.dicom_destination(name, port, extra='timeout = "1s"\n') for name, port in ports.items())
    with bridge.Bridge(toml + bridge.route("all", *ports)) as broker:
        count = 20
        for i in range(count):
            assert store(broker.port, UID + "10.%d" % i) == 0
        bridge.until("the good one to have all", lambda: broker.destination("good")["jobs"]["delivered"] == count, 30)
        bridge.until("the one that drops to have all", lambda: broker.destination("drops")["jobs"]["delivered"] == count, 60)
        assert all(len(each) == 1 for each in peers["good"].received.values())
        for name in ("dead", "mute"):
            view = bridge.until("%s to be seen failing" % name,
                                lambda: (v := broker.destination(name))["state"] == "failing" and v)
            assert view["jobs"]["queued"] == count and view["last_error"], view
        for name in ("hangs", "aborts"):
            view = broker.destination(name)
            assert view["jobs"]["delivered"] == 0, view
        assert broker.destination("good")["state"] == "ok"
        began = time.monotonic()
        broker.stop(seconds=15)
        return "good and drops have all %d, the others none; stopped in %.1f s" % (count, time.monotonic() - began)


def a_stop_hands_back_what_it_holds():
    def hang(scp, stream, context, values, data_set):
        stream.receive()

    pacs = dimse.StorageScp(on_store=hang)
    broker = bridge.Bridge(bridge.dicom_destination("pacs", pacs.port, extra='timeout = "60s"') + bridge.route("all", "pacs"))
    with broker:
        for i in range(10):
            assert store(broker.port, UID + "11.%d" % i) == 0
        bridge.until("a send to hang", lambda: pacs.received)
        began = time.monotonic()
        code = broker.stop(seconds=20)
        took = time.monotonic() - began
        assert code == 0 and took < 12, (code, took)
        pacs.on_store = None
        broker.start()
        bridge.until("all to arrive", lambda: broker.destination("pacs")["jobs"]["delivered"] == 10)
        return "stopped within %.1f s in the middle of a send; all ten arrived after the start" % took


if __name__ == "__main__":
    chosen = sys.argv[1:]
    failed = []
    for name, function in list(globals().items()):
        if not callable(function) or getattr(function, "__module__", "") != "__main__" or name in (
                "store", "files_of", "is_closed", "rss_kb", "answers") or (chosen and name not in chosen):
            continue
        try:
            print("%-45s %s" % (name, function()), flush=True)
        except Exception as error:  # the others are still worth a run
            failed.append(name)
            print("%-45s FAILED: %s: %s" % (name, type(error).__name__, error), flush=True)
    sys.exit(bool(failed))
