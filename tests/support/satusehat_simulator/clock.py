"""The simulator's clock: real time plus what a test has moved it by, so that no test waits for a token to expire."""
import base64
import datetime
import email.utils
import threading
import time


class Clock:
    """Any thread."""

    def __init__(self):
        self.lock = threading.Lock()
        # Under `lock`:
        self.moved_s = 0.0
        self.last_us = 0

    def now(self):
        """Seconds since 1970, UTC."""
        with self.lock:
            return time.time() + self.moved_s

    def advance(self, seconds):
        with self.lock:
            self.moved_s += seconds

    def stamp_us(self):
        """Microseconds since 1970, never the same twice: two versions of a resource differ in it."""
        with self.lock:
            self.last_us = max(int((time.time() + self.moved_s) * 1_000_000), self.last_us + 1)
            return self.last_us


def instant(stamp_us):
    """As `meta.lastUpdated` has it."""
    return (datetime.datetime.fromtimestamp(stamp_us // 1_000_000, datetime.timezone.utc)
            .replace(microsecond=stamp_us % 1_000_000).isoformat(timespec="microseconds"))


def version_id(stamp_us):
    """As `meta.versionId` has it: base64 without padding of the nanoseconds in decimal."""
    return base64.b64encode(b"%d" % (stamp_us * 1000)).decode().rstrip("=")


def http_date(seconds):
    return email.utils.formatdate(seconds, usegmt=True)


def date_time(seconds):
    """A FHIR dateTime in UTC, whole seconds."""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).isoformat()
