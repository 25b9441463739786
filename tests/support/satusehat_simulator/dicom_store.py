"""The received DICOM files on disk, byte for byte, and what is answered to each that comes."""
import dataclasses
import os

from . import part10

CONFLICT = ("An instance already exists in this DICOM Store with the same Study/Series/SOPInstance UID, but the DICOM files "
            "differ (checksum mismatch).")


@dataclasses.dataclass
class Received:
    """One file of a request, on disk under a passing name."""
    path: str
    sha256: str
    byte_count: int
    head: part10.Head = None
    trouble: str = None  # why it is no DICOM file


@dataclasses.dataclass
class Upload:
    at: float
    request: int
    sha256: str
    byte_count: int
    imaging_study_id: str  # as the header said, or None
    outcome: str           # stored, repeated, conflict


@dataclasses.dataclass
class Instance:
    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class: str
    accession: str
    transfer_syntax: str
    sha256: str
    byte_count: int
    path: str
    uploads: list = dataclasses.field(default_factory=list)

    def bytes(self):
        with open(self.path, "rb") as file:
            return file.read()


@dataclasses.dataclass
class Result:
    """Of one file; `failure` is the text that says why it was not stored."""
    head: part10.Head
    failure: str = None


class DicomStore:
    """Files come and are read without the simulator's lock; `settle`, `find` and `all` are called with it held."""

    def __init__(self, folder, clock):
        self.folder, self.clock = folder, clock
        self.incoming = os.path.join(folder, "incoming")
        os.makedirs(self.incoming, exist_ok=True)
        self.instances = {}  # (study, series, sop) -> Instance

    def look(self, received):
        """Reads the file's head."""
        try:
            received.head = part10.read_head(received.path)
        except part10.NotDicom as trouble:
            received.trouble = str(trouble)

    def settle(self, received, request=None, imaging_study_id=None):
        """Stores a file, or says why not. The file at its passing name is gone afterwards."""
        if received.head is None:
            os.unlink(received.path)
            return Result(None, "The file is not a valid DICOM Part 10 file: %s." % received.trouble)
        head = received.head
        key = (head.study_uid, head.series_uid, head.sop_uid)
        instance, outcome = self.instances.get(key), "stored"
        if instance is None:
            path = os.path.join(self.folder, "studies", head.study_uid, head.series_uid, head.sop_uid + ".dcm")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.replace(received.path, path)
            instance = self.instances[key] = Instance(
                **dataclasses.asdict(head), sha256=received.sha256, byte_count=received.byte_count, path=path)
        else:
            os.unlink(received.path)
            outcome = "repeated" if received.sha256 == instance.sha256 else "conflict"
        instance.uploads.append(Upload(
            self.clock.now(), request, received.sha256, received.byte_count, imaging_study_id, outcome))
        return Result(head, CONFLICT if outcome == "conflict" else None)

    def discard(self, received):
        """Of a request, the files that were not settled."""
        for each in received:
            os.unlink(each.path)
        received.clear()

    def find(self, study_uid, series_uid, sop_uid):
        return self.instances.get((study_uid, series_uid, sop_uid))

    def all(self):
        return list(self.instances.values())
