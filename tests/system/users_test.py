#!/usr/bin/python3
"""Users against the running program: the link that makes the first admin, TLS with a certificate of its own, roles,
tokens, the command line, and what the history and the log have of it."""
import http.client
import json
import os
import pty
import re
import socket
import ssl
import subprocess

import bridge
import dimse
import ledger

PASSWORD = "correct horse battery"


class Browser:
    """Whoever talks to the pages over TCP: keeps its cookie and says where it comes from."""

    def __init__(self, broker, is_tls, host="127.0.0.1"):
        self.port, self.host, self.cookie, self.certificate = broker.http, host, "", None
        self.is_tls = is_tls

    def ask(self, method, path, body=None, **headers):
        if self.is_tls:
            context = ssl.create_default_context(cafile=self.certificate)
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=60, context=context)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie:
            headers.setdefault("Cookie", self.cookie)
        if method == "POST":
            headers.setdefault("Content-Type", "application/json")
            headers.setdefault("Sec-Fetch-Site", "same-origin")
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            data = answer.read()
            self.headers = dict(answer.getheaders())
        finally:
            connection.close()
        if "Set-Cookie" in self.headers:
            self.cookie = self.headers["Set-Cookie"].split(";")[0]
        return answer.status, json.loads(data) if data.startswith(b"{") else data

    def log_in(self, name, password=PASSWORD):
        return self.ask("POST", "/login", {"name": name, "password": password})[0]


def printed(broker, what):
    """Of what the program says once it has started."""
    return bridge.until("the words " + what, lambda: re.search(what, broker.tail(100000)))


def setup_link(broker):
    return printed(broker, r"(https?)://\S+/setup\.html#token=(\S+)")


def command(broker, *arguments, said=None, fails=False):
    done = subprocess.run([bridge.BINARY, *arguments, "--config", broker.config], input=said, capture_output=True, text=True,
                          timeout=60)
    assert (done.returncode != 0) == fails, (arguments, done)
    return done


def other_address():
    """One of this machine that is not loopback; None where there is none."""
    for line in subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split():
        if ":" not in line:
            return line
    return None


def the_first_admin_is_made_by_a_link_that_works_once():
    with bridge.Bridge(http='access = "users"') as broker:
        found = setup_link(broker)
        assert found.group(1) == "http", broker.tail()
        guest = Browser(broker, False)
        assert guest.ask("GET", "/api/v1/status")[0] == 401
        assert guest.ask("POST", "/setup", {"token": "guess", "name": "eve", "password": PASSWORD})[0] == 403
        status, told = guest.ask("POST", "/setup", {"token": found.group(2), "name": "ani", "password": PASSWORD})
        assert (status, told) == (200, {"name": "ani", "role": "admin"}), (status, told)
        assert guest.ask("GET", "/api/v1/node")[1]["actor"] == "user:ani"
        again = Browser(broker, False)
        assert again.ask("POST", "/setup", {"token": found.group(2), "name": "eve", "password": PASSWORD})[0] == 403
        # A restart knows the user, prints no link, and has ended every session.
        broker.stop()
        broker.start()
        printed(broker, r"(?s)event=started.*event=started.*event=loopback_only")
        assert broker.tail(100000).count("/setup.html") == 1, broker.tail()
        assert guest.ask("GET", "/api/v1/node")[0] == 401
        assert guest.log_in("ani") == 200


def on_other_addresses_all_is_encrypted_and_the_fingerprint_is_printed():
    with bridge.Bridge(http='bind = "0.0.0.0"\naccess = "users"') as broker:
        fingerprint = printed(broker, r"event=page_certificate kind=self-signed fingerprint=(\S+)").group(1)
        assert setup_link(broker).group(1) == "https"
        pem = os.path.join(broker.data, "tls", "page.pem")
        shown = ssl.get_server_certificate(("127.0.0.1", broker.http))
        made = open(pem).read()
        assert ssl.PEM_cert_to_DER_cert(shown) == ssl.PEM_cert_to_DER_cert(made)
        told = subprocess.run(["openssl", "x509", "-in", pem, "-noout", "-fingerprint", "-sha256"], capture_output=True,
                              text=True).stdout
        assert told.strip().endswith("=" + fingerprint), (told, fingerprint)
        assert os.stat(os.path.join(broker.data, "tls", "page.key")).st_mode & 0o077 == 0

        command(broker, "user", "add", "ani", "--role", "admin", "--password-stdin", said=PASSWORD + "\n")
        for address in filter(None, ["127.0.0.1", "localhost", other_address()]):
            admin = Browser(broker, True, address)
            admin.certificate = pem
            assert admin.log_in("ani") == 200, address
            for word in ("__Host-session=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
                assert word in admin.headers["Set-Cookie"], admin.headers
            assert admin.ask("GET", "/api/v1/status")[0] == 200
            assert "Strict-Transport-Security" not in admin.headers  # nobody else vouches for it
            assert admin.ask("GET", "/api/v1/status", Host="evil.example")[0] == 403

        # A hundred who never say a word of TLS keep nobody out.
        silent = [socket.create_connection(("127.0.0.1", broker.http), timeout=60) for _ in range(100)]
        admin = Browser(broker, True)
        admin.certificate = pem
        assert admin.log_in("ani") == 200
        for each in silent:
            each.close()

        # Nothing is told without TLS, and not with an old one.
        with socket.create_connection(("127.0.0.1", broker.http), timeout=60) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b"HTTP/1.1 200" not in plain.recv(1000)
        old = subprocess.run(["openssl", "s_client", "-connect", "127.0.0.1:%d" % broker.http, "-tls1_1",
                              "-cipher", "DEFAULT:@SECLEVEL=0"], input="", capture_output=True, text=True, timeout=60)
        assert "Cipher is (NONE)" in old.stdout or old.returncode != 0, old

        # The command line from elsewhere: with a token, and only where the certificate is trusted.
        token = os.path.join(broker.folder, "token")
        made = command(broker, "token", "add", "script", "--role", "operator", "--expires-in", "1d")
        with open(token, "w") as file:
            file.write(made.stdout)
        url = "https://127.0.0.1:%d" % broker.http
        ask = [bridge.BINARY, "destination", "ls", "--url", url, "--token-file", token]
        trusted = subprocess.run(ask + ["--ca-file", pem], capture_output=True, text=True, timeout=60)
        assert trusted.returncode == 0, trusted
        stranger = subprocess.run(ask, capture_output=True, text=True, timeout=60)
        assert stranger.returncode == 1 and "certificate" in stranger.stderr, stranger
        assert "dbt_" not in stranger.stderr + trusted.stderr

        # The same certificate after a restart: browsers ask their people only once.
        broker.stop()
        broker.start()
        assert ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", broker.http))) == \
            ssl.PEM_cert_to_DER_cert(shown)


def a_certificate_of_others_is_taken_and_renewed_by_a_reload():
    broker = bridge.Bridge(http='access = "users"')
    certificate, key = os.path.join(broker.folder, "a.pem"), os.path.join(broker.folder, "a.key")

    def make(name):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "365", "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        return ssl.PEM_cert_to_DER_cert(open(certificate).read())

    def shown():
        return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", broker.http)))

    first = make("first")
    broker.configure('[http.tls]\ncertificate_file = "%s"\nkey_file = "%s"\n' % (certificate, key))
    with broker:
        assert shown() == first
        browser = Browser(broker, True)
        browser.certificate = certificate
        browser.ask("GET", "/healthz")
        assert "Strict-Transport-Security" in browser.headers
        second = make("second")
        command(broker, "reload", "--yes")
        assert shown() == second
        # A key that is none is refused whole, and what is in force stays.
        with open(key, "w") as file:
            file.write("no key\n")
        refused = command(broker, "reload", "--yes", fails=True)
        assert "http.tls" in refused.stderr, refused
        assert shown() == second


def roles_look_and_act_as_they_may_and_the_history_says_who_looked():
    pacs = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", pacs.port) + bridge.route("all", "pacs")
    with bridge.Bridge(toml, http='access = "users"') as broker:
        for role in ("viewer", "operator", "auditor", "admin"):
            command(broker, "user", "add", role, "--role", role, "--password-stdin", said=PASSWORD + "\n")
        listed = command(broker, "user", "ls").stdout
        assert all(role in listed for role in ("viewer", "operator", "auditor", "admin")), listed
        assert "scrypt" not in listed
        ledger.send(broker, ledger.uids_of("61", 1))
        ledger.wait_done(broker, "pacs")
        study = broker.get("/api/v1/studies")[1]["items"][0]["study_instance_uid"]
        people = {}
        for role in ("viewer", "operator", "auditor", "admin"):
            people[role] = Browser(broker, False)
            assert people[role].log_in(role) == 200
        for role, person in people.items():
            assert person.ask("GET", "/api/v1/studies/" + study)[0] == 200
            assert person.ask("GET", "/api/v1/status")[0] == (403 if role == "viewer" else 200)
            assert person.ask("POST", "/api/v1/destinations/pacs/resume", {})[0] == \
                (200 if role in ("operator", "admin") else 403)
            assert person.ask("GET", "/api/v1/history.csv")[0] == (200 if role in ("auditor", "admin") else 403)
            assert person.ask("GET", "/api/v1/users")[0] == (200 if role == "admin" else 403)
        looked = broker.get("/api/v1/history?event=looked&study=" + study)[1]["items"]
        assert sorted(row["actor"] for row in looked) == ["user:admin", "user:auditor", "user:operator", "user:viewer"], looked
        command(broker, "user", "remove", "viewer")
        assert people["viewer"].ask("GET", "/api/v1/node")[0] == 401
        command(broker, "user", "passwd", "operator", "--password-stdin", said="another horse battery\n")
        assert people["operator"].ask("GET", "/api/v1/node")[0] == 401
        command(broker, "user", "add", "admin", "--role", "admin", "--password-stdin", said=PASSWORD, fails=True)
        command(broker, "user", "add", "short", "--role", "admin", "--password-stdin", said="short", fails=True)
        command(broker, "user", "remove", "nobody", fails=True)
        assert broker.get("/api/v1/history/verify")[1]["intact"]
        secrets = [PASSWORD, "another horse battery", people["admin"].cookie.split("=")[1]]
        log = broker.tail(10_000_000)
        with open(os.path.join(broker.data, "outbox.db"), "rb") as file:
            kept = file.read()
        assert not any(each in log or each.encode() in kept for each in secrets)


def a_password_that_is_typed_is_not_shown():
    with bridge.Bridge(http='access = "users"') as broker:
        for lines, code in ((["a typed passphrase", "a typed passphrase"], 0), (["a typed passphrase", "another one"], 2)):
            child, terminal = pty.fork()
            if child == 0:
                os.execv(bridge.BINARY, [bridge.BINARY, "user", "add", "typist", "--role", "viewer", "--config", broker.config])
            seen = b""
            for question, line in zip((b"Password of typist: ", b"Once more: "), lines):
                while question not in seen:
                    seen += os.read(terminal, 1000)
                os.write(terminal, line.encode() + b"\n")
            try:
                while True:
                    more = os.read(terminal, 1000)
                    seen += more
                    if not more:
                        break
            except OSError:  # its end of the terminal is closed
                pass
            os.close(terminal)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == code, seen
            assert b"passphrase" not in seen, seen
            if code == 0:
                assert Browser(broker, False).log_in("typist", lines[0]) == 200
                command(broker, "user", "remove", "typist")


def open_access_on_another_address_is_a_mistake_of_the_configuration():
    broker = bridge.Bridge(http='bind = "0.0.0.0"\naccess = "open"')
    done = subprocess.run([bridge.BINARY, "serve", "--config", broker.config], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "only on loopback" in done.stderr, done
    broker.leave_folder()


for test in (the_first_admin_is_made_by_a_link_that_works_once,
             on_other_addresses_all_is_encrypted_and_the_fingerprint_is_printed,
             a_certificate_of_others_is_taken_and_renewed_by_a_reload,
             roles_look_and_act_as_they_may_and_the_history_says_who_looked,
             a_password_that_is_typed_is_not_shown,
             open_access_on_another_address_is_a_mistake_of_the_configuration):
    test()
    print(test.__name__.replace("_", " "))
