"""Real receivers for system tests, each in a temporary folder on free ports: DCMTK's storescp, and Orthanc."""
import collections
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request

import bridge
import dimse


def digest(data):
    return hashlib.sha256(data).hexdigest()


def orthanc_or_skip():
    """The command that starts Orthanc."""
    binary = os.environ.get("ORTHANC", "")
    if not os.path.exists(binary):
        if os.environ.get("CI") == "true":
            sys.exit("no Orthanc at ORTHANC=%s" % binary)
        print("skipped: no Orthanc at ORTHANC=%s" % binary)
        sys.exit(77)
    return [binary]


class Storescp:
    """Keeps each receive as a file of its own, also of the same instance."""

    def __init__(self, syntaxes="+xa"):
        self.folder, self.port = tempfile.mkdtemp(prefix="storescp-"), bridge.free_port()
        self.process = subprocess.Popen(
            ["storescp", "--bit-preserving", "--fork", "--unique-filenames", syntaxes, "-pm", "-td", "3", "-ta", "3",
             "-aet", "STORESCP", "-od", self.folder, str(self.port)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def files(self):
        return [os.path.join(self.folder, name) for name in os.listdir(self.folder)]

    def digests(self):
        return {digest(dimse.Sample(path).data_set) for path in self.files()}

    def receives(self):
        """SOP Instance UID -> how often it was kept. (What it could not answer for, it deletes.)"""
        uids = (re.search(rb"\x08\x00\x18\x00UI..([0-9.]+)", dimse.Sample(path).data_set) for path in self.files())
        return collections.Counter(each.group(1).decode() for each in uids if each)

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


# Asked for each instance that comes, before it is known whether Orthanc has it already.
COUNTING = """function ReceivedInstanceFilter(tags, origin)
  local file = io.open("%s", "a")
  file:write(tags.SOPInstanceUID .. "\\n")
  file:close()
  return true
end
"""


class Orthanc:
    """Counts what it receives, repeats included."""

    def __init__(self, binary):
        self.folder, self.port, self.http = tempfile.mkdtemp(prefix="orthanc-"), bridge.free_port(), bridge.free_port()
        self.ledger, script = self.folder + "/receives", self.folder + "/counting.lua"
        with open(script, "w") as out:
            out.write(COUNTING % self.ledger)
        settings = {"Name": "peer", "StorageDirectory": self.folder, "IndexDirectory": self.folder, "DicomPort": self.port,
                    "DicomAet": "ORTHANC", "DicomAlwaysAllowStore": True, "DicomAlwaysAllowFind": True,
                    "DicomCheckCalledAet": False, "HttpPort": self.http, "RemoteAccessAllowed": False,
                    "AuthenticationEnabled": False, "UnknownSopClassAccepted": True, "DicomScpTimeout": 3,
                    "LuaScripts": [script], "Plugins": []}
        with open(self.folder + "/orthanc.json", "w") as out:
            json.dump(settings, out)
        self.process = subprocess.Popen([*binary, self.folder + "/orthanc.json"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        bridge.until("Orthanc to answer", self.answers)

    def answers(self):
        assert self.process.poll() is None, "Orthanc ended with %d" % self.process.returncode
        try:
            return self.rest("/system")
        except OSError:
            return None

    def rest(self, path, method="GET", body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request("http://127.0.0.1:%d%s" % (self.http, path), method=method, data=data)
        return urllib.request.urlopen(request, timeout=60).read()

    def know(self, ae_title, port):
        """Whom it reports to on storage commitment; a request of anyone else it aborts."""
        self.rest("/modalities/" + ae_title, "PUT", [ae_title, "127.0.0.1", port])

    def take(self, uid):
        """The digests of the data sets of one instance; whatever is there is removed."""
        found = set()
        for each in json.loads(self.rest("/instances")):
            path = os.path.join(self.folder, "taken.dcm")
            with open(path, "wb") as out:
                out.write(self.rest("/instances/%s/file" % each))
            if json.loads(self.rest("/instances/%s/simplified-tags" % each)).get("SOPInstanceUID") == uid:
                found.add(digest(dimse.Sample(path).data_set))
            self.rest("/instances/" + each, "DELETE")
        return found

    def receives(self):
        """SOP Instance UID -> how often it came."""
        if not os.path.exists(self.ledger):
            return collections.Counter()
        return collections.Counter(open(self.ledger).read().split())

    def instance_count(self):
        return json.loads(self.rest("/statistics"))["CountInstances"]

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)
