"""One running broker for a system test: its own folder, free ports, and what a test asks of it."""
import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BINARY = os.environ.get("BRIDGE_BINARY", os.path.join(ROOT, "build", "dicom-bridge"))


def until(what, condition, seconds=60):
    """Waits for a condition with a deadline, and returns what it returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("waited %d s in vain for: %s" % (seconds, what))
        time.sleep(0.02)  # between looks


def free_port(given=set()):
    """Below those that outgoing connections get: no other test's connection takes it before somebody listens on it."""
    while True:
        port = random.randrange(20000, 32768)
        if port in given:
            continue
        given.add(port)
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue  # somebody listens there


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(self.path)


def delivery_toml(changes):
    """Of the table [delivery], with short times."""
    values = {"backoff_base": "50ms", "backoff_max": "500ms", "breaker_base": "50ms", "breaker_max": "500ms"} | changes
    return "\n".join('%s = %s' % (key, json.dumps(value)) for key, value in values.items())


class Bridge:
    """`toml`: destinations and routes; every timing is short, so that tests wait little."""

    def __init__(self, toml="", folder=None, data_dir=None, node="", dicom="", prefix=(), delivery=None,
                 http='access = "open"'):
        self.folder = folder or tempfile.mkdtemp(prefix="bridge-test-")
        self.data = data_dir or os.path.join(self.folder, "data")
        self.port, self.http = free_port(), free_port()
        self.prefix, self.process = list(prefix), None
        self.config = os.path.join(self.folder, "bridge.toml")
        self.log = os.path.join(self.folder, "bridge.log")
        self.node, self.dicom, self.delivery, self.http_toml = node, dicom, delivery or {}, http
        self.configure(toml)

    def configure(self, toml, dicom=None):
        """Writes the file anew, with other destinations and routes; in one step, as a broker may be reading it."""
        with open(self.config + ".new", "w") as out:
            out.write('[node]\nname = "test"\ndata_dir = "%s"\n%s\n[dicom]\nport = %d\n%s\n[http]\nport = %d\n'
                      '%s\n[delivery]\n%s\n%s\n'
                      % (self.data, self.node, self.port, self.dicom if dicom is None else dicom, self.http,
                         self.http_toml, delivery_toml(self.delivery), toml))
        os.replace(self.config + ".new", self.config)

    def start(self, wait=True):
        out = open(self.log, "a")
        self.process = subprocess.Popen(self.prefix + [BINARY, "serve", "--config", self.config], stdout=out, stderr=out)
        out.close()
        if wait:
            until("the bridge to take instances", self.is_ready)
        return self

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError("the bridge ended with %d:\n%s" % (self.process.returncode, self.tail()))
        try:
            return self.get("/readyz", parse=False)[0] == 200
        except OSError:
            return False

    def tail(self, size=4000):
        return open(self.log, errors="replace").read()[-size:]

    def request(self, method, path, body=None, parse=True):
        connection = Unix(os.path.join(self.data, "api.sock"))
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if parse else data
        finally:
            connection.close()

    def get(self, path, parse=True):
        return self.request("GET", path, parse=parse)

    def post(self, path, body=None):
        return self.request("POST", path, body if body is not None else {})

    def status(self):
        code, body = self.get("/api/v1/status")
        assert code == 200, (code, body)
        return body

    def destination(self, name):
        return next(each for each in self.status()["destinations"] if each["name"] == name)

    def jobs(self, query=""):
        """Every job of a list, page by page."""
        items, path = [], "/api/v1/jobs?limit=500" + query
        while path:
            code, page = self.get(path)
            assert code == 200, (code, page)
            items += page["items"]
            path = page.get("next") and "/api/v1/jobs?limit=500%s&cursor=%s" % (query, page["next"])
        return items

    def rows(self, sql, *values):
        """What a read-only look into the database finds."""
        database = sqlite3.connect("file:%s/outbox.db?mode=ro" % self.data, uri=True, timeout=30)
        try:
            return database.execute(sql, values).fetchall()
        finally:
            database.close()

    def cli(self, *arguments, ok=(0,)):
        done = subprocess.run([BINARY, *arguments, "--config", self.config], capture_output=True, text=True, timeout=120)
        assert done.returncode in ok, (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def pid(self):
        """Of the broker itself, which is the child of what it was started under."""
        if not self.prefix:
            return self.process.pid
        children = "/proc/%d/task/%d/children" % (self.process.pid, self.process.pid)
        return int(open(children).read().split()[0])

    def kill(self):
        os.kill(self.pid(), signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=15):
        if self.process and self.process.poll() is None:
            os.kill(self.pid(), signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise AssertionError("the bridge did not stop within %d s:\n%s" % (seconds, self.tail()))
        return self.process and self.process.returncode

    def __enter__(self):
        return self.start()

    def leave_folder(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def __exit__(self, kind, error, trace):
        try:
            if kind is None:
                self.stop()
        finally:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            if kind is None:
                self.leave_folder()
            else:
                print("kept for a look: %s\n%s" % (self.folder, self.tail()), file=sys.stderr)


def dicom_destination(name, port, ae_title="PACS", extra=""):
    return ('[[destination]]\nname = "%s"\nkind = "dicom"\nhost = "127.0.0.1"\nport = %d\nae_title = "%s"\n%s\n'
            % (name, port, ae_title, extra))


def route(name, *destinations):
    return '[[route]]\nname = "%s"\nto = [%s]\n' % (name, ", ".join('"%s"' % each for each in destinations))


def skip_without_samples():
    """The folder of real sample instances, which does not travel with the product."""
    samples = os.path.join(os.path.dirname(ROOT), "shared", "dicom")
    if not os.path.isdir(samples):
        if os.environ.get("CI") == "true":
            sys.exit("the sample instances are not at ../shared/dicom")
        print("skipped: no sample instances at ../shared/dicom")
        sys.exit(77)
    return samples
