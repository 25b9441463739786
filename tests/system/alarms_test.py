#!/usr/bin/python3
"""What somebody should look at is raised, told by webhook and by mail, and cleared; over outages, a kill and a reload.

    alarms_test.py
"""
import email
import http.server
import json
import os
import socketserver
import ssl
import subprocess
import threading

import bridge
import dimse
import ledger


class Desk:
    """A program that is told; `status` is what it answers."""

    def __init__(self, port=0):
        self.calls, self.status = [], 200
        desk = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                desk.calls.append((self.path, dict(self.headers), call))
                self.send_response(desk.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def told(self):
        """Each message once, as (event, name, subject)."""
        messages = {headers["Idempotency-Key"]: call for _, headers, call in self.calls}
        return [(call["event"], call["alarm"]["name"], call["alarm"]["subject"]) for call in messages.values()]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class PostOffice:
    """A mail server that insists on STARTTLS and a login."""

    def __init__(self, certificate, key):
        self.mails = []
        office = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.file = self.request.makefile("rwb")
                self.say("220 post.example ESMTP")
                encrypted, login, to = False, False, []
                while True:
                    line = self.file.readline().decode().rstrip("\r\n")
                    verb = line.upper()
                    if not line or verb == "QUIT":
                        return
                    if verb.startswith("EHLO"):
                        self.say("250-post.example", "250 AUTH PLAIN" if encrypted else "250 STARTTLS")
                    elif verb == "STARTTLS":
                        self.say("220 go on")
                        self.request = context.wrap_socket(self.request, server_side=True)
                        self.file, encrypted = self.request.makefile("rwb"), True
                    elif verb.startswith("AUTH PLAIN"):
                        if verb == "AUTH PLAIN":
                            self.say("334 ")
                            line += " " + self.file.readline().decode().strip()
                        login = line.split()[2]
                        self.say("235 ok")
                    elif verb.startswith("MAIL FROM:"):
                        self.say("250 ok" if login else "530 log in first")
                    elif verb.startswith("RCPT TO:"):
                        to.append(line[len("RCPT TO:"):])
                        self.say("250 ok")
                    elif verb == "DATA":
                        self.say("354 go on")
                        lines = []
                        while True:
                            each = self.file.readline()
                            if each == b".\r\n":
                                break
                            lines.append(each)
                        office.mails.append((login, to, email.message_from_bytes(b"".join(lines))))
                        self.say("250 ok")
                    else:
                        self.say("502 not known here")

            def say(self, *lines):
                self.file.write("".join(each + "\r\n" for each in lines).encode())
                self.file.flush()

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address, daemon_threads = True, True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def self_signed(folder):
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
                    certificate], check=True, capture_output=True)
    return certificate, key


def secret(folder, name, word):
    path = os.path.join(folder, name)
    with open(path, "w") as out:
        out.write(word + "\n")
    return path


def webhook(port):
    return '[[notify]]\nkind = "webhook"\nurl = "http://127.0.0.1:%d/alarm"\n' % port


def alarms_of(broker):
    return [(each["name"], each["subject"]) for each in broker.status()["alarms"]]


SHORT = '[alarm]\nclear_after = "0s"\nbreaker_open = "1ms"\n'


def an_alarm_is_told_by_webhook_and_mail_until_it_is_over():
    dead = bridge.free_port()
    broker = bridge.Bridge()
    certificate, key = self_signed(broker.folder)
    os.environ["SSL_CERT_FILE"] = certificate
    desk, office = Desk(), PostOffice(certificate, key)
    desk.status = 503
    mail = ('[[notify]]\nkind = "smtp"\nhost = "127.0.0.1"\nport = %d\nfrom = "bridge@rs.example"\n'
            'to = ["duty@rs.example", "it@rs.example"]\nuser = "bridge"\npassword_file = "%s"\n'
            % (office.port, secret(broker.folder, "password", "rahasia")))
    toml = bridge.dicom_destination("pacs", dead) + bridge.route("all", "pacs") + SHORT + webhook(desk.port) + mail
    broker.configure(toml)
    uids = ledger.uids_of("71", 3)
    with broker:
        ledger.send(broker, uids)
        bridge.until("the alarm", lambda: ("breaker_open", "pacs") in alarms_of(broker))
        login, to, told = bridge.until("the mail", lambda: office.mails)[0]
        assert to == ["<duty@rs.example>", "<it@rs.example>"], to
        words = told.get_payload(decode=True).decode()
        assert "An alarm was raised at test." in words and "pacs has been failing" in words, words
        assert told["Auto-Submitted"] == "auto-generated" and told["From"] == "<bridge@rs.example>"
        bridge.until("the webhook to be tried in vain", lambda: len(desk.calls) >= 2)
        broker.kill()
        broker.start()
        bridge.until("the alarm to be there after the kill", lambda: ("breaker_open", "pacs") in alarms_of(broker))
        desk.status = 200
        bridge.until("the webhook to take it", lambda: broker.rows(
            "SELECT count(*) FROM history WHERE event = 'alarm_told' AND detail LIKE '%webhook%'")[0][0] == 1)
        assert broker.rows("SELECT count(*) FROM history WHERE event = 'alarm_raised' AND destination = 'pacs'"
                           " AND detail LIKE '%breaker_open%'") == [(1,)], "once, over the kill"
        scp = dimse.StorageScp(port=dead)
        ledger.wait_done(broker, "pacs")
        bridge.until("all to be over", lambda: not alarms_of(broker))
        bridge.until("its end to be told", lambda: ("cleared", "breaker_open", "pacs") in desk.told())
        bridge.until("a mail about it", lambda: len(office.mails) >= 2)
        assert desk.told().index(("raised", "breaker_open", "pacs")) < desk.told().index(
            ("cleared", "breaker_open", "pacs"))
        assert desk.calls[0][2]["node"] == "test"
        assert len({headers["Idempotency-Key"] for _, headers, _ in desk.calls}) == len(desk.told())
        log = broker.tail()
        assert "rahasia" not in log and "rahasia" not in str(broker.rows("SELECT detail FROM history"))
        scp.close()
    desk.close()
    office.close()
    del os.environ["SSL_CERT_FILE"]


def who_is_told_changes_with_a_reload():
    old, new = bridge.free_port(), Desk()
    broker = bridge.Bridge(SHORT + webhook(old))
    with broker:
        ledger.send(broker, ledger.uids_of("72", 1))
        bridge.until("the alarm", lambda: ("unrouted", "") in alarms_of(broker))
        bridge.until("it to be told in vain", lambda: broker.rows(
            "SELECT count(*) FROM history WHERE event = 'alarm_untold'")[0][0] == 1)
        broker.configure(SHORT + webhook(new.port))
        broker.cli("reload")
        bridge.until("the new one to be told", lambda: new.told() == [("raised", "unrouted", "")])
        (detail,), = broker.rows("SELECT detail FROM history WHERE event = 'alarms_untold_dropped'")
        assert json.loads(detail) == {"recipient": "webhook 127.0.0.1", "messages": "1"}, detail
        broker.configure("[alarm]\nunrouted = false\nclear_after = \"0s\"\n" + webhook(new.port))
        broker.cli("reload")
        bridge.until("the one that is switched off to be over", lambda: new.told()[1:] == [("cleared", "unrouted", "")])
    new.close()


def a_heart_beats_while_the_site_is_there():
    centre = Desk()
    broker = bridge.Bridge()
    token = secret(broker.folder, "token", "t0ken")
    broker.configure('[heartbeat]\nurl = "http://127.0.0.1:%d/beat?site=1"\nevery = "100ms"\ntoken_file = "%s"\n'
                     % (centre.port, token) + bridge.dicom_destination("pacs", bridge.free_port()))
    with broker:
        path, headers, status = bridge.until("a beat", lambda: centre.calls)[0]
        assert path == "/beat?site=1" and headers["Authorization"] == "Bearer t0ken"
        assert set(status) == set(broker.status()), "it is the status"
        assert broker.post("/api/v1/destinations/pacs/pause", {"reason": "Doe^Jane came twice"})[0] == 200
        bridge.until("a beat that knows of the pause", lambda: centre.calls[-1][2]["destinations"][0]["state"] == "paused")
        assert "Doe" not in json.dumps([call for _, _, call in centre.calls]), "a person's words stay here"
        centre.status = 500
        bridge.until("the failure to be told", lambda: broker.rows(
            "SELECT count(*) FROM history WHERE event = 'heartbeat_failing'") == [(1,)])
        centre.status = 200
        bridge.until("its end to be told", lambda: broker.rows(
            "SELECT count(*) FROM history WHERE event = 'heartbeat_recovered'") == [(1,)])
    centre.close()


def numbers_can_be_scraped():
    scp = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", scp.port) + bridge.route("all", "pacs")
    uids = ledger.uids_of("73", 4)
    with bridge.Bridge(toml) as broker:
        ledger.send(broker, uids)
        ledger.wait_done(broker, "pacs")
        code, text = broker.get("/metrics", parse=False)
        assert code == 200
        lines = dict(line.rsplit(" ", 1) for line in text.decode().splitlines() if not line.startswith("#"))
        assert lines["dicom_bridge_instances_received_total"] == "4"
        assert lines['dicom_bridge_delivered{destination="pacs"}'] == "4"
        assert lines['dicom_bridge_delivery_seconds_count{destination="pacs"}'] == "4"
        assert lines["dicom_bridge_store_seconds_count"] == "4"
        assert int(lines["dicom_bridge_commit_seconds_count"]) >= 2
        recent = broker.destination("pacs")["recent"]
        assert len(recent) == 60 and sum(recent) == 4, recent
    scp.close()


def main():
    an_alarm_is_told_by_webhook_and_mail_until_it_is_over()
    who_is_told_changes_with_a_reload()
    a_heart_beats_while_the_site_is_there()
    numbers_can_be_scraped()
    print("alarms: raised, told by webhook and mail, cleared; the heart beats; numbers can be scraped")


main()
