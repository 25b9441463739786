"""How large a measurement is and where it happens."""
import contextlib
import dataclasses
import os
import shutil
import sys
import tempfile

WARM_BYTES_MAX = 2_000_000_000
KEPT_PER_RUN = 11  # times the count: what the measurements disk and ingest write, which stays until both are over
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # None: the temporary folder


@dataclasses.dataclass
class Settings:
    folder: str                  # on the disk that is measured
    orthanc: str = ""            # the binary; empty: not measured
    runs: int = 5
    is_quick: bool = False       # tiny sizes: only that everything works
    bytes: int = 530_000         # of an instance
    count: int = 1_000           # instances of one run into something fast
    slow_share: float = 0.1      # of them, into something that Nagle's algorithm stalls
    latencies_ms: tuple = (0, 1, 8, 20)
    flush_associations: tuple = (1, 8, 32)
    flush_each: int = 40         # instances per association
    line_count: int = 240        # instances over the long line
    line_delay_ms: int = 100
    line_rate_mbit: int = 100
    decisions: int = 20_000      # by which the time of one is measured
    preview_side_max: int = 10_000  # pixels
    large_bytes: int = 1_000_000_000
    queued: int = 200_000        # jobs at the start, and queued ones among the rows of the lists
    rows: int = 200_000          # jobs of the lists
    studies: int = 20_000        # at a destination that registers them
    slow_sockets: int = 1_000
    steady_per_second: int = 200  # instances that come in meanwhile
    steady_bytes: int = 50_000

    @classmethod
    def quick(cls, folder, orthanc):
        return cls(folder, orthanc, runs=1, is_quick=True, bytes=20_000, count=40, slow_share=0.2, latencies_ms=(0, 8),
                   flush_associations=(1, 8), flush_each=4, line_count=8, line_delay_ms=20, decisions=200, preview_side_max=200, large_bytes=20_000_000,
                   queued=1_000, rows=3_000, studies=200, slow_sockets=60, steady_per_second=20, steady_bytes=20_000)

    def slow(self, is_slow):
        """So many instances where it is slow; a multiple of four, so that four associations have the same."""
        count = self.count * self.slow_share if is_slow else self.count
        return max(4, int(count) // 4 * 4)

    def settle(self):
        """What was written before is on the disk, and keeps it busy no longer. The memory that the next run will write
        to was written to before: on a virtual machine that has given it back to its host each page of it costs more
        than a receiver's whole work on it, and whoever runs after much was written pays for it."""
        if not self.is_quick:
            os.sync()
            touched = b"1" * min(2 * self.count * self.bytes, WARM_BYTES_MAX)
            del touched

    def leave(self, folder):
        """A run is over. Its files stay until `clear`, since removing them keeps the disk and, without a journal, ext4's
        search for a free inode busy for minutes; what memory holds of them is given back."""
        if self.is_quick:
            shutil.rmtree(folder, ignore_errors=True)
            return
        for base, _, names in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError), open(os.path.join(base, name), "rb") as file:
                    os.fdatasync(file.fileno())
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def clear(self):
        """After a group of measurements: the disk has room again."""
        for name in os.listdir(self.folder):
            shutil.rmtree(os.path.join(self.folder, name), ignore_errors=True)

    def check_space(self):
        """A broker that refuses instances below its mark for free space would be measured as a slow one."""
        needed = KEPT_PER_RUN * self.runs * self.count * self.bytes + 10_000_000_000
        free = shutil.disk_usage(self.folder).free
        if not self.is_quick and free < needed:
            sys.exit("%s has %d GB free, and %d GB are needed: fewer --runs or a smaller --count"
                     % (self.folder, free / 1e9, needed / 1e9))

    def new_folder(self, name):
        return tempfile.mkdtemp(prefix="bench-%s-" % name, dir=self.folder)

    def scratch(self):
        """In memory where it can be: what a sender reads must not keep the measured disk busy."""
        return tempfile.mkdtemp(prefix="bench-files-", dir=MEMORY or self.folder)
