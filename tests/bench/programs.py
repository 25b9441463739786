"""The benchmark's own programs and stock storescu, run from Python: senders, a null receiver, a long line, a disk's limit."""
import json
import os
import select
import shutil
import signal
import subprocess
import time

import bridge

FOLDER = os.path.dirname(os.path.abspath(bridge.BINARY))
NODELAY = os.path.join(FOLDER, "libnodelay.so")
SLOW_SYNC = os.path.join(FOLDER, "libslow_sync.so")


def program(name, **options):
    words = [os.path.join(FOLDER, "bench_" + name)]
    for key, value in options.items():
        words += ["--" + key.replace("_", "-"), str(value)]
    return words


def answer_of(words, seconds=7200):
    """The JSON line that a program ends with."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=seconds)
    assert done.returncode == 0, "%s: exit %d\n%s%s" % (words, done.returncode, done.stdout, done.stderr[-2000:])
    return json.loads(done.stdout) if done.stdout else None


def load(engine, count, associations, size, per_second=0):
    """Sends with bench_load, and returns what it saw: every instance was answered with Success."""
    seen = answer_of(program("load", port=engine.port, called=engine.ae_title, count=count, associations=associations,
                             bytes=size, per_second=per_second))
    assert seen["instances"] == count, seen
    return seen


def start_load(engine, count, associations, size, per_second=0):
    return subprocess.Popen(program("load", port=engine.port, called=engine.ae_title, count=count, bytes=size,
                                    associations=associations, per_second=per_second), stdout=subprocess.PIPE)


def storescu(settings, engine, count, associations):
    """Instances per second with stock storescu, one process per association, from their start to their end."""
    folder = settings.scratch()
    try:
        answer_of(program("load", write=folder, count=count, associations=associations, bytes=settings.bytes))
        parts = [os.path.join(folder, part) for part in os.listdir(folder)]
        files = [[os.path.join(part, name) for name in os.listdir(part)] for part in parts]
        began = time.monotonic()
        senders = [subprocess.Popen(["storescu", "-xe", "-aet", "BENCH", "-aec", engine.ae_title, "127.0.0.1",
                                     str(engine.port), *each], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                   for each in files]
        for each in senders:
            trouble = each.communicate()[1]
            assert each.returncode == 0, "storescu: exit %d\n%s" % (each.returncode, trouble[-2000:])
        return count / (time.monotonic() - began)
    finally:
        shutil.rmtree(folder)


def disk_limit(settings, threads, files):
    folder = settings.new_folder("disk")
    try:
        return answer_of(program("disk", folder=folder, threads=threads, files=files, bytes=settings.bytes))["per_second"]
    finally:
        settings.leave(folder)


def fill(data, destination, rows, queued, **more):
    answer_of(program("fill", data=data, destination=destination, rows=rows, queued=queued, **more))


class Child:
    """A program that says {"port": …} first and goes on until it is told to end."""

    def __init__(self, words):
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)
        self.port = self.line(10)["port"]

    def line(self, seconds):
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        assert ready, "%s said nothing within %d s" % (self.process.args, seconds)
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Sink(Child):
    """The null receiver, which says its counts once `count` different instances have come."""

    def __init__(self, count, is_asleep=False):
        super().__init__(program("sink", expect=count))
        if is_asleep:  # connections are made, but nobody answers them yet
            self.process.send_signal(signal.SIGSTOP)

    def wake(self):
        self.process.send_signal(signal.SIGCONT)


class Line(Child):
    def __init__(self, settings, port):
        super().__init__(program("wire", to=port, delay_ms=settings.line_delay_ms, rate_mbit=settings.line_rate_mbit))
