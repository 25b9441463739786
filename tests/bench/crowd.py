"""A crowd of slow peers of the broker's HTTP port: a third never ends its head, a third its body, a third reads no answer.

Each goes on, byte by byte, for as long as the broker lets it; who is shown out comes back, a twentieth of the crowd in
each half second, since whoever comes takes somebody's place. So the broker has as many of them as it takes, and turns
some away all the time. They come from many addresses of loopback, since one may have few connections.
"""
import contextlib
import random
import resource
import socket
import threading

HEAD = b"GET /api/v1/status HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
BODY = (b"POST /api/v1/routes/explain HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: 60000\r\n\r\n{\"tags\": {\"Modality\": \"")
# Larger than what lies between the two ends, and cheap to make: it is the peers that are measured, not their questions.
READ = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
ADDRESSES = 32


class Peer:
    def __init__(self, number, port):
        self.first = (HEAD, BODY, READ)[number % 3]
        self.drips = self.first is not READ
        self.socket = socket.socket()
        self.socket.setblocking(False)
        if not self.drips:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.bind(("127.0.1.%d" % (1 + number % ADDRESSES), 0))
        self.socket.connect_ex(("127.0.0.1", port))

    def go_on(self):
        """One more byte, or the beginning; false: it was shown out."""
        try:
            if self.first:
                self.first = self.first[self.socket.send(self.first):]
            elif self.drips:
                self.socket.send(b"x")
            if self.drips:
                return self.socket.recv(1024) != b""
            return self.socket.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False


class Crowd:
    """With it: so many slow peers at once. `open_count` is how many of them had a connection when last counted."""

    def __init__(self, port, count):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * count + 200)), hard))
        self.port, self.peers = port, [None] * count
        self.open_count = self.shown_out = 0
        self.ends, self.rounds = threading.Event(), threading.Semaphore(0)
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ends.wait(0.5):
            self.go_round()
            self.rounds.release()

    def go_round(self):
        for number, peer in enumerate(self.peers):
            if peer is not None and not peer.go_on():
                self.end(peer)
                self.peers[number] = None
                self.shown_out += 1
        away = [number for number, peer in enumerate(self.peers) if peer is None]
        self.open_count = len(self.peers) - len(away)
        random.shuffle(away)
        for number in away[:1 + len(self.peers) // 20]:
            self.peers[number] = Peer(number, self.port)

    @staticmethod
    def end(peer):
        if peer is not None:
            with contextlib.suppress(OSError):
                peer.socket.close()

    def __enter__(self):
        self.thread.start()
        for _ in range(25):  # all have come, and who stayed has said something
            assert self.rounds.acquire(timeout=60), "the crowd did not come together"
        return self

    def __exit__(self, kind, error, trace):
        self.ends.set()
        self.thread.join()
        for peer in self.peers:
            self.end(peer)
