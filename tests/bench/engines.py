"""The engines that are measured, each fresh in a folder of its own: storescp, Orthanc, and this broker."""
import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.request

import bridge
import programs

READY_S = 120


def environment(is_nodelay):
    return {"LD_PRELOAD": programs.NODELAY} if is_nodelay else {}


class Peer:
    """A process that listens for DICOM. `packaged`: as its maker ships it; else under nodelay."""

    def __init__(self, settings, name, is_nodelay):
        self.folder, self.port, self.is_nodelay = settings.new_folder(name), bridge.free_port(), is_nodelay
        self.settings, self.process = settings, None

    def launch(self, words):
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env=os.environ | environment(self.is_nodelay), start_new_session=True)

    def __exit__(self, kind, error, trace):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what it forked, too
        self.process.wait()
        self.settings.leave(self.folder)


class Storescp(Peer):
    """Answers Success without one sync."""
    ae_title = "STORESCP"

    def __init__(self, settings, is_nodelay):
        super().__init__(settings, "storescp", is_nodelay)

    def __enter__(self):
        self.launch(["storescp", "--fork", "--bit-preserving", "-aet", self.ae_title, "-od", self.folder, str(self.port)])
        bridge.until("storescp to listen", self.listens)
        return self

    def listens(self):
        return subprocess.run(["echoscu", "-aec", self.ae_title, "127.0.0.1", str(self.port)],
                              stderr=subprocess.DEVNULL).returncode == 0

    def received(self):
        return len(os.listdir(self.folder))


ROUTING = """function OnStoredInstance(instanceId, tags, metadata, origin)
  SendToModality(instanceId, 'sink')
end
"""


class Orthanc(Peer):
    """Its defaults, but for names and ports. `sink_port`: a Lua script routes all that comes there, one job each."""
    ae_title = "ORTHANC"

    def __init__(self, settings, is_nodelay, sink_port=None):
        super().__init__(settings, "orthanc", is_nodelay)
        self.binary, self.http = settings.orthanc, bridge.free_port()
        values = {"Name": "peer", "StorageDirectory": self.folder, "IndexDirectory": self.folder, "DicomPort": self.port,
                  "DicomAet": self.ae_title, "DicomAlwaysAllowStore": True, "DicomCheckCalledAet": False,
                  "HttpPort": self.http, "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "Plugins": []}
        if sink_port:
            # The sink is asleep while it is loaded: what waits for it must not give up.
            values |= {"LuaScripts": [self.folder + "/routing.lua"], "DicomScuTimeout": 600,
                       "DicomModalities": {"sink": ["SINK", "127.0.0.1", sink_port]}}
            with open(self.folder + "/routing.lua", "w") as out:
                out.write(ROUTING)
        with open(self.folder + "/orthanc.json", "w") as out:
            json.dump(values, out)

    def __enter__(self):
        self.launch([self.binary, self.folder + "/orthanc.json"])
        bridge.until("Orthanc to answer", self.answers)
        return self

    def answers(self):
        assert self.process.poll() is None, "Orthanc ended with %d" % self.process.returncode
        try:
            return self.statistics()
        except OSError:
            return None

    def statistics(self):
        return json.loads(urllib.request.urlopen("http://127.0.0.1:%d/statistics" % self.http, timeout=60).read())

    def received(self):
        return self.statistics()["CountInstances"]


class Broker(bridge.Bridge):
    """This broker, with one destination `sink` that gets everything, or what `routes` say; `port` 1: nobody is there."""
    ae_title = "BRIDGE"

    def __init__(self, settings, sink_port=1, parallel=1, slow_sync_ms=None, routes="", more=""):
        extra = {} if slow_sync_ms is None else {"LD_PRELOAD": programs.SLOW_SYNC, "SLOW_SYNC_MS": str(slow_sync_ms)}
        super().__init__(
            bridge.dicom_destination("sink", sink_port, "SINK", "parallel = %d" % parallel) + (routes or bridge.route("all", "sink")) + more,
            folder=settings.new_folder("broker"), prefix=["env"] + ["%s=%s" % each for each in extra.items()])
        self.settings = settings

    def leave_folder(self):
        self.settings.leave(self.folder)

    def pid(self):
        return self.process.pid  # env has become the broker

    def pause(self):
        code, body = self.post("/api/v1/destinations/sink/pause", {"reason": "benchmark"})
        assert code == 200, (code, body)
        return self

    def resume(self):
        code, body = self.post("/api/v1/destinations/sink/resume")
        assert code == 200, (code, body)

    def received(self):
        return self.status()["received"]["instances"]

    def wait_delivered(self, count):
        bridge.until("the books to have %d deliveries" % count,
                     lambda: self.destination("sink")["jobs"]["delivered"] == count)

    def seconds_to_ready(self):
        began = time.monotonic()
        self.start(wait=False)
        bridge.until("the broker to take instances", self.is_ready, READY_S)
        return time.monotonic() - began

    def processes(self):
        found, looked_at = [self.pid()], 0
        while looked_at < len(found):
            for thread in os.listdir("/proc/%d/task" % found[looked_at]):
                found += map(int, open("/proc/%d/task/%s/children" % (found[looked_at], thread)).read().split())
            looked_at += 1
        return found

    def memory_mib(self, field):
        """Of it and its helpers together: VmRSS, or VmHWM, the most it ever was."""
        lines = [line for pid in self.processes() for line in open("/proc/%d/status" % pid)]
        return sum(int(line.split()[1]) for line in lines if line.startswith(field + ":")) / 1024

    def forget_peak(self):
        for pid in self.processes():
            with open("/proc/%d/clear_refs" % pid, "w") as out:
                out.write("5")  # proc(5): resets VmHWM to the present
