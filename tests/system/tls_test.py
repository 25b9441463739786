#!/usr/bin/python3
"""TLS at both doors, with DCMTK at the other ends: storescu +tls -> bridge -> storescp +tls, certificates on all sides."""
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile

import bridge
import dimse
import peers

UID = "1.2.826.0.1.3680043.10.77."


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Authority:
    """Makes certificates into a folder, new for each run."""

    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.ca, self.ca_key = self.path("ca.pem"), self.path("ca.key")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=" + name,
                "-keyout", self.ca_key, "-out", self.ca)

    def path(self, name):
        return os.path.join(self.folder, self.name + "-" + name)

    def issue(self, name, days=30):
        """(certificate, key), for 127.0.0.1."""
        key, request, made, extra = (self.path(name + end) for end in (".key", ".csr", ".pem", ".ext"))
        with open(extra, "w") as out:
            out.write("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca_key, "-CAcreateserial", "-days",
                str(days), "-extfile", extra, "-out", made)
        return made, key


class TlsStorescp(peers.Storescp):
    """storescp that wants a certificate."""

    def __init__(self, authority):
        self.folder, self.port = tempfile.mkdtemp(prefix="storescp-"), bridge.free_port()
        certificate, key = authority.issue("pacs")
        self.process = subprocess.Popen(
            ["storescp", "+tls", key, certificate, "--add-cert-file", authority.ca, "--require-peer-cert",
             "--bit-preserving", "--unique-filenames", "+xa", "-aet", "STORESCP", "-od", self.folder, str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def part10(path, uid):
    """Writes a file that storescu can send."""
    data = dimse.synthetic(uid)
    pad = lambda text: text.encode() + b"\0" * (len(text) % 2)
    short = lambda tag, kind, value: b"\2\0" + tag + kind + len(value).to_bytes(2, "little") + value
    meta = b"\2\0\1\0OB\0\0\2\0\0\0\0\1" + short(b"\2\0", b"UI", pad(dimse.CT_IMAGE)) + short(b"\3\0", b"UI", pad(uid))
    meta += short(b"\x10\0", b"UI", pad(dimse.EXPLICIT_LE)) + short(b"\x12\0", b"UI", pad("1.2.3.4"))
    with open(path, "wb") as out:
        out.write(b"\0" * 128 + b"DICM" + short(b"\0\0", b"UL", len(meta).to_bytes(4, "little")) + meta + data)
    return peers.digest(data)


def storescu(port, files, *tls):
    done = subprocess.run(["storescu", *tls, "-aec", "BRIDGE", "-aet", "CT1", "127.0.0.1", str(port), *files],
                          capture_output=True, text=True, timeout=60)
    return done.returncode


def dicom_tls(certificate, key, ca, port):
    return '[dicom.tls]\nport = %d\ncertificate_file = "%s"\nkey_file = "%s"\nca_file = "%s"\n' % (port, certificate, key, ca)


def destination_tls(ca, certificate, key):
    return '[destination.tls]\nca_file = "%s"\ncertificate_file = "%s"\nkey_file = "%s"\n' % (ca, certificate, key)


def there_and_on_with_certificates_on_all_sides(work):
    hospital, stranger = Authority(work, "hospital"), Authority(work, "stranger")
    port, pacs, ca_file = bridge.free_port(), TlsStorescp(hospital), os.path.join(work, "trusted.pem")
    shutil.copy(stranger.ca, ca_file)  # the wrong one, at first
    toml = bridge.dicom_destination("pacs-a", pacs.port, "STORESCP",
                                    destination_tls(ca_file, *hospital.issue("bridge-client", days=10)))
    toml += bridge.route("all", "pacs-a")
    scanner = hospital.issue("ct-1")
    mutual = ["+tls", scanner[1], scanner[0], "--add-cert-file", hospital.ca]
    broker = bridge.Bridge(toml, dicom=dicom_tls(*hospital.issue("bridge"), hospital.ca, port))
    try:
        with broker:
            files, sent = [], set()
            for number in range(20):
                files.append(os.path.join(work, "%d.dcm" % number))
                sent.add(part10(files[-1], UID + str(number)))
            assert storescu(port, files, *mutual) == 0, "storescu could not send over TLS"
            assert broker.rows("SELECT DISTINCT tls_subject FROM association") == [("CN=ct-1",)]
            held = bridge.until("the destination to be held", lambda: broker.destination("pacs-a")["held"])
            assert held["reason"] == "tls_failed", held
            assert "unknown_authority" in broker.destination("pacs-a")["last_error"], broker.destination("pacs-a")
            assert not pacs.files(), "something was sent to a destination that nobody vouches for"

            turned_away(broker, port, files[0], hospital, stranger)
            shown = {each["where"]: each for each in broker.status()["certificates"]}
            assert shown["dicom.tls"]["subject"] == "CN=bridge" and shown["dicom.tls"]["days_left"] == 29, shown
            assert shown["destination pacs-a"]["days_left"] == 9, shown
            checked = broker.cli("check")
            assert "destination pacs-a (CN=bridge-client) expires in 9 days" in checked.stderr, checked.stderr

            shutil.copy(hospital.ca, ca_file)
            broker.stop()
            broker.start()
            assert "event=certificate_expires" in open(broker.log).read()
            broker.post("/api/v1/destinations/pacs-a/resume")
            bridge.until("everything to be delivered",
                         lambda: broker.destination("pacs-a")["jobs"]["delivered"] == len(files))
            assert pacs.digests() == sent, "what arrived is not what was sent"
            assert broker.destination("pacs-a")["state"] == "ok"

            os.remove(ca_file)
            problem = broker.cli("check", ok=(2,)).stderr
            assert "destination[pacs-a].tls.ca_file" in problem and "No such file" in problem, problem
            return "%d instances byte for byte; held tls_failed until the authority was mended" % len(files)
    finally:
        pacs.close()


def turned_away(broker, port, file, hospital, stranger):
    """Whom the bridge does not let in, each with a refusal in the history, and nothing hangs."""
    before = broker.status()["accepting"]["refused"]
    strange = stranger.issue("ct-2")
    assert storescu(port, [file], "+tla", "--ignore-peer-cert") != 0, "without a certificate"
    assert storescu(port, [file], "+tls", strange[1], strange[0], "--ignore-peer-cert") != 0, "with a stranger's"
    assert storescu(port, [file]) != 0, "in plain to the TLS port"
    assert storescu(broker.port, [file], "+tla", "--ignore-peer-cert") != 0, "in TLS to the plain port"
    old = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-tls1_1", "-cipher",
                          "ALL:@SECLEVEL=0"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert old.returncode != 0 and b"alert protocol version" in old.stderr, old.stderr
    # A client of another make, which doesn't look at us but has the right certificate.
    context = ssl.create_default_context(cafile=hospital.ca)
    context.load_cert_chain(*hospital.issue("python"))
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as secured:
            assert secured.version() == "TLSv1.3", secured.version()
    bridge.until("five refusals", lambda: broker.status()["accepting"]["refused"] >= before + 5)
    history = broker.get("/api/v1/history?event=refused")[1]["items"]
    told = {(row["detail"]["reason"], row["detail"].get("detail")) for row in history}
    assert {("tls_failed", "peer_did_not_return_a_certificate"), ("tls_failed", "not_tls"),
            ("tls_failed", "unsupported_protocol"), ("tls_on_plain_port", None)} <= told, told


def main():
    for tool in ("storescu", "storescp", "openssl"):
        if not shutil.which(tool):
            if os.environ.get("CI") == "true":
                sys.exit("there is no " + tool)
            print("skipped: there is no " + tool)
            sys.exit(77)
    work = tempfile.mkdtemp(prefix="bridge-tls-")
    try:
        print(there_and_on_with_certificates_on_all_sides(work))
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
