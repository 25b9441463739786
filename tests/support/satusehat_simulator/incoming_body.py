"""A request's body on its way in: to memory, to disk, or to nowhere."""
import hashlib
import os

from . import multipart
from .bodies import Refused
from .dicom_store import Received

MEMORY_BYTES_MAX = 16 * 1024 * 1024


class IncomingBody:
    """One thread. `byte_count` and `sha256` are of the whole body, wherever it goes."""

    def __init__(self, wire, head, length):
        self.wire, self.head, self.length, self.byte_count, self.digest = wire, head, length, 0, hashlib.sha256()

    def sha256(self):
        return self.digest.hexdigest() if self.byte_count else None

    def to(self, sink, at_most=None):
        """Gives the sink the body, or so much of it. Throws wire.Gone."""
        def take(data):
            self.byte_count += len(data)
            self.digest.update(data)
            sink(data)
        self.wire.body(self.head, self.length if at_most is None else min(self.length, at_most), take)

    def to_nowhere(self, at_most=None):
        self.to(lambda data: None, at_most)

    def to_memory(self):
        parts = []
        self.to(parts.append)
        return b"".join(parts)

    def to_disk(self, store, new_path):
        """The received files, each looked into. Throws Refused after the last byte, and wire.Gone."""
        content_type = self.head.get("content-type") or ""
        boundary = multipart.boundary_of(content_type)
        is_raw = content_type.partition(";")[0].strip().lower() == "application/dicom"
        if not self.length or not (is_raw or boundary):
            self.to_nowhere()
            raise Refused(400, "invalid", "The body is empty" if not self.length else "Content-Type is not supported")
        path = new_path()
        try:
            with open(path, "wb") as out:
                self.to(out.write)
        except BaseException:
            os.unlink(path)
            raise
        files = [Received(path, self.sha256(), self.byte_count)] if is_raw else multipart.split(path, boundary, new_path)
        for each in files:
            store.look(each)
        return files
