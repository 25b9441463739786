"""A bridge between a scanner and the national platform: what a test sends, and what became of it on either side."""
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import dimse  # noqa: E402
from bridge import Bridge, until  # noqa: E402
from satusehat import Simulator, element  # noqa: E402, F401

CT, SR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.88.33"
# Short, so that tests wait little; `lag` is that of the platform's searches.
FAST = {"make_again": "100ms", "held_probe_every": "300ms", "look_every": "1s", "ask_after": "50ms", "linger_for": "100ms"}


class Study:
    """What a scanner knows of a study; every instance is another one."""

    count = 0

    def __init__(self, accession=None, modality="CT", date="20260302", time="073000", patient="MRN-7", birth="19700101",
                 sop_class=CT):
        Study.count += 1
        self.uid = "2.25.880100%06d" % Study.count
        self.accession = "ACC%06d" % Study.count if accession is None else accession
        self.modality, self.date, self.time, self.patient, self.birth = modality, date, time, patient, birth
        self.sop_class, self.sent = sop_class, 0

    def instance(self, series=1, size=2000, number=True, **changes):
        """(SOP Instance UID, its data set in Explicit VR Little Endian); `changes` are elements by keyword."""
        self.sent += 1
        sop = "%s.%d.%d" % (self.uid, series, self.sent)
        values = {
            0x00080016: (b"UI", self.sop_class), 0x00080018: (b"UI", sop), 0x00080020: (b"DA", self.date),
            0x00080030: (b"TM", self.time), 0x00080050: (b"SH", self.accession), 0x00080060: (b"CS", self.modality),
            0x00081030: (b"LO", "THORAX"), 0x0008103E: (b"LO", "SERIES %d" % series), 0x00100010: (b"PN", "Uji^Coba"),
            0x00100020: (b"LO", self.patient), 0x00100030: (b"DA", self.birth), 0x0020000D: (b"UI", self.uid),
            0x0020000E: (b"UI", "%s.%d" % (self.uid, series)), 0x00200011: (b"IS", str(series) if number else None),
            0x00200013: (b"IS", str(self.sent) if number else None)}
        values.update(changes.get("elements", {}))
        pixels = struct.Struct("<I").pack(self.sent) * (size // 4)
        data = b"".join(element("<", True, tag, vr, value.encode()) for tag, (vr, value) in sorted(values.items())
                        if value is not None)
        return sop, data + element("<", True, 0x7FE00010, b"OW", pixels)


class Hospital:
    """`toml` goes into the destination's table; `more` are further tables; `delivery` as Bridge has it."""

    def __init__(self, profile=None, toml="", more="", routes=("national",), route="", delivery=None, takes_in=True):
        self.platform = Simulator(profile=profile, seed=11).start()
        self.bridge = Bridge(delivery=FAST | (delivery or {}), node='timezone = "Asia/Jakarta"')
        folder = self.bridge.folder
        for name, value in (("id", self.platform.client_id), ("secret", self.platform.client_secret)):
            with open(os.path.join(folder, name), "w") as out:
                out.write(value + "\n")
        self.toml = ('[[destination]]\nname = "national"\nkind = "satusehat"\nbase_url = "%s"\norganization_id = "%s"\n'
                     'client_id_file = "%s"\nclient_secret_file = "%s"\nafter_study_quiet = "0s"\nindex_lag = "0s"\n%s\n%s\n'
                     '[[route]]\nname = "all"\nto = [%s]\n%s\n'
                     % (self.platform.url, self.platform.organization, os.path.join(folder, "id"),
                        os.path.join(folder, "secret"), toml, more, ", ".join('"%s"' % each for each in routes), route))
        self.bridge.configure(self.toml)
        self.bridge.start(wait=takes_in)
        if not takes_in:
            until("the bridge to answer", self.is_alive)

    def close(self):
        self.bridge.__exit__(None, None, None)
        self.platform.stop()

    def is_alive(self):
        try:
            return self.bridge.get("/healthz", parse=False)[0] == 200
        except OSError:
            return False

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is not None:
            print("-- the bridge's last words:\n" + self.bridge.tail())
        self.close()

    def order(self, study, **values):
        return self.platform.add_order(study.accession, **({"modality": study.modality, "date": "2026-03-02T01:00:00+00:00"}
                                                           | values))

    def send(self, study, count=1, abort=False, **values):
        """The SOP Instance UIDs of so many new instances, over one association."""
        return self.send_again(study, [study.instance(**values) for _ in range(count)], abort)

    def send_again(self, study, instances, abort=False):
        scu = dimse.Scu(self.bridge.port, [(study.sop_class, [dimse.EXPLICIT_LE])])
        for sop, data in instances:
            status = scu.store(1, study.sop_class, sop, data)
            assert status == 0, "C-STORE answered 0x%04X" % status
        scu.abort() if abort else scu.release()
        return [sop for sop, _ in instances]

    def jobs(self, study, destination="national"):
        return self.bridge.jobs("&study=%s&destination=%s" % (study.uid, destination))

    def states(self, study, destination="national"):
        """{(state, reason)} of the study's jobs."""
        return {(each["state"], each["reason"] or "") for each in self.jobs(study, destination)}

    def wait(self, study, state, reason="", seconds=30):
        """Until all of its jobs are so."""
        try:
            until("%s %s" % (state, reason), lambda: self.states(study) == {(state, reason)}, seconds)
        except AssertionError as error:
            raise AssertionError("%s; they are %s, the lane %s" % (error, self.states(study), self.lane())) from None

    def lane(self):
        lane = self.bridge.destination("national")
        return {key: lane[key] for key in ("state", "breaker", "last_error")}

    def destination_counts(self):
        return self.bridge.destination("national")["jobs"]

    def resume(self):
        """What waits is due now."""
        code, body = self.bridge.post("/api/v1/destinations/national/resume")
        assert code == 200, body

    def resume_until(self, what, condition, seconds=30):
        def look():
            self.resume()
            return condition()
        until(what, look, seconds)

    def release(self, study):
        code, body = self.bridge.post("/api/v1/jobs/actions", {"action": "release", "filter": {"study": study.uid}})
        assert code == 200, body
        return body

    def delivered(self, study, count, seconds=30):
        """The study is there as it should be: one ImagingStudy that lists every instance, each file byte-identical."""
        self.resume_until("the study to be delivered",
                          lambda: len(self.jobs(study)) == count and self.states(study) == {("delivered", "")}, seconds)
        return self.is_whole(study, count)

    def is_whole(self, study, count):
        there = [each for each in self.platform.studies(study_uid=study.uid)]
        assert len(there) == 1, "%d ImagingStudies" % len(there)
        listed = [one["uid"] for series in there[0].resource["series"] for one in series["instance"]]
        ours = {job["instance"]["sop_instance_uid"]: job for job in self.jobs(study)}
        assert sorted(listed) == sorted(ours) and len(ours) == count, (len(listed), len(ours), count)
        for sop, job in ours.items():
            stored = self.platform.instance(sop)
            assert stored is not None, "not uploaded: " + sop
            assert stored.sha256 == job["digest"], "other bytes than those that the job sent"
            assert all(one.get("imaging_study_id") in (None, there[0].id) for one in map(vars, stored.uploads))
        return there[0]
