#!/usr/bin/python3
"""A TCP proxy in front of a DICOM peer that does to each connection what a plan says, and counts what got through.

Run alone, it tests its own behaviours.
"""
import collections
import dataclasses
import fcntl
import random
import select
import socket
import struct
import sys
import termios
import threading
import time

P_DATA, C_STORE_RQ, C_STORE_RSP = 4, 0x0001, 0x8001
PIECE = 64 * 1024


@dataclasses.dataclass
class Plan:
    """What happens to one connection; as it is made, nothing does. Up is from the client to the peer."""
    delay: float = 0.0          # seconds before the connection is made, and before each piece that comes back
    rate: float = 0.0           # bytes per second, in each direction; 0: as fast as it goes
    cut_up: int = None          # so many bytes go up, then the cut
    cut_down: int = None        # so many bytes come down, then the cut
    cut: str = "rst"            # rst: both ends reset; fin: both closed; half: the receiver of this direction sees its
                                # end, the other direction goes on; hang: nothing more moves in either direction
    black_hole: bool = False    # accepted and read, nothing is forwarded, and no connection to the peer is made
    swallow: int = None         # so many C-STORE responses come down; the next is waited for, dropped, and all is reset


class Messages:
    """What passes in one direction, PDU by PDU (PS3.8 9.3.5, E.2): which C-STORE messages were whole, and up to where."""

    def __init__(self, field):
        self.field, self.buffer, self.at = field, bytearray(), 0
        self.uid, self.whole = None, []  # whole: (offset after its last byte, SOP Instance UID)

    def take(self, data):
        self.buffer += data
        used = 0
        while len(self.buffer) - used >= 6:
            kind, _, length = struct.unpack_from(">BBI", self.buffer, used)
            if len(self.buffer) - used < 6 + length:
                break
            if kind == P_DATA:
                self.read(bytes(self.buffer[used + 6:used + 6 + length]), self.at + used + 6 + length)
            used += 6 + length
        del self.buffer[:used]
        self.at += used

    def read(self, body, end):
        at = 0
        while at + 6 <= len(body):
            length, _, control = struct.unpack_from(">IBB", body, at)
            if control & 1:
                values = self.command(body[at + 6:at + 4 + length])
                is_wanted = values.get(0x0100, b"")[:2] == struct.pack("<H", self.field)
                self.uid = values.get(0x1000, b"").rstrip(b"\0 ").decode(errors="replace") if is_wanted else None
            is_end = control == 2 or (control == 3 and self.field == C_STORE_RSP)
            if is_end and self.uid is not None:
                self.whole.append((end, self.uid))
                self.uid = None
            at += 4 + length

    @staticmethod
    def command(data):
        values, at = {}, 0
        while at + 8 <= len(data):
            _, tag, length = struct.unpack_from("<HHI", data, at)
            values[tag] = data[at + 8:at + 8 + length]
            at += 8 + length
        return values


class Direction:
    """Bytes from `source` to `sink`, of which one piece at a time is on its way."""

    def __init__(self, source, sink, is_up, plan):
        self.source, self.sink, self.is_up, self.plan = source, sink, is_up, plan
        self.limit = plan.cut_up if is_up else plan.cut_down
        self.pending, self.due, self.taken, self.is_ended = b"", 0.0, 0, False
        self.piece = PIECE if not plan.rate else max(64, min(PIECE, int(plan.rate / 50)))
        self.began = time.monotonic()

    def wants_to_read(self):
        return not self.pending and not self.is_ended and not self.is_at_cut()

    def is_at_cut(self):
        return self.limit is not None and self.taken >= self.limit and not self.pending

    def read(self):
        """What came, or None at the end of the stream."""
        data = self.source.recv(self.piece if self.limit is None else min(self.piece, self.limit - self.taken))
        self.taken += len(data)
        self.due = time.monotonic() + (0 if self.is_up else self.plan.delay)
        if self.plan.rate:
            self.due = max(self.due, self.began + self.taken / self.plan.rate)
        return data or None


def settle(sock, seconds=1.0):
    """Until the other end's kernel has what was sent: a reset would throw away what is still on its way."""
    end, left = time.monotonic() + seconds, bytearray(4)
    while time.monotonic() < end:
        try:
            fcntl.ioctl(sock, termios.TIOCOUTQ, left)
        except OSError:
            return
        if not int.from_bytes(left, sys.byteorder):
            return
        time.sleep(0.001)  # between looks


class Over(Exception):
    """The connection is to end now."""

    def __init__(self, is_reset):
        super().__init__("reset" if is_reset else "closed")
        self.is_reset = is_reset


class Connection:
    """One connection through the proxy, and what became of it. `up`, `down`: bytes that were forwarded."""

    def __init__(self, proxy, client, plan, number):
        self.proxy, self.client, self.plan, self.number = proxy, client, plan, number
        self.peer, self.up, self.down, self.was_cut, self.swallowed, self.is_over = None, 0, 0, False, 0, False
        self.requests, self.responses, self.arriving = Messages(C_STORE_RQ), Messages(C_STORE_RSP), Messages(C_STORE_RSP)
        self.lock = threading.Lock()

    def run(self):
        is_reset = False
        try:
            self.move()
        except Over as over:
            is_reset = over.is_reset
        except OSError:
            is_reset = True  # one end was reset: so is the other
        finally:
            for each in filter(None, (self.client, self.peer)):
                if is_reset:
                    settle(each)
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                each.close()
            self.is_over = True

    def move(self):
        if self.plan.black_hole:
            self.ignore(self.client)
        select.poll().poll(1000 * self.plan.delay)  # on nothing: the time is what was asked for
        self.peer = socket.create_connection(self.proxy.target, timeout=10)
        for each in (self.client, self.peer):
            each.setblocking(False)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        both = (Direction(self.client, self.peer, True, self.plan), Direction(self.peer, self.client, False, self.plan))
        while not all(each.is_ended for each in both):
            for each in both:
                if each.is_at_cut() and not each.is_ended:
                    self.cut(each)
            self.step(both)

    def step(self, both):
        now, wait, looking = time.monotonic(), None, select.poll()
        wanted = {}
        for each in both:
            if each.wants_to_read():
                wanted[each.source] = wanted.get(each.source, 0) | select.POLLIN
            elif each.pending and each.due <= now:
                wanted[each.sink] = wanted.get(each.sink, 0) | select.POLLOUT
            elif each.pending:
                wait = min(wait or 1e9, each.due - now)
        for sock, events in wanted.items():
            looking.register(sock, events)
        ready = dict(looking.poll(None if wait is None else max(1, wait * 1000)))
        for each in both:
            if each.wants_to_read() and ready.get(each.source.fileno(), 0) & ~select.POLLOUT:
                self.read(each)
            elif each.pending and ready.get(each.sink.fileno(), 0) & ~select.POLLIN:
                sent = each.sink.send(each.pending)
                self.count(each.pending[:sent], each.is_up)
                each.pending = each.pending[sent:]

    def read(self, direction):
        data = direction.read()
        if data is None:
            direction.is_ended = True
            return direction.sink.shutdown(socket.SHUT_WR)
        if not direction.is_up and self.plan.swallow is not None:
            self.arriving.take(data)
            if len(self.arriving.whole) > self.plan.swallow:
                with self.lock:
                    self.was_cut, self.swallowed = True, self.swallowed + 1
                raise Over(is_reset=True)
        direction.pending = data

    def cut(self, direction):
        self.was_cut = True
        if self.plan.cut == "hang":
            # Until the other side gives up; what it says meanwhile is not passed on.
            self.ignore(self.client, self.peer)
        if self.plan.cut != "half":
            raise Over(is_reset=self.plan.cut == "rst")
        direction.is_ended = True
        direction.sink.shutdown(socket.SHUT_WR)

    def ignore(self, *sockets):
        while True:
            for each in select.select(sockets, [], [])[0]:
                if not each.recv(PIECE):
                    raise Over(is_reset=False)

    def count(self, data, is_up):
        with self.lock:
            if is_up:
                self.up += len(data)
                if self.proxy.is_reading:
                    self.requests.take(data)
            else:
                self.down += len(data)
                if self.proxy.is_reading:
                    self.responses.take(data)

    def stored(self):
        """SOP Instance UIDs whose whole data set went up, in order."""
        with self.lock:
            return [uid for _, uid in self.requests.whole]

    def ambiguous(self):
        """Of these the ones whose response did not wholly come down."""
        with self.lock:
            left = collections.Counter(uid for _, uid in self.requests.whole)
            left.subtract(uid for _, uid in self.responses.whole)
            return list(left.elements())


class ChaosProxy:
    """`plan_for(number)` says what happens to the connection of that number, from 0; it can be changed at any time."""

    def __init__(self, target_port, plan_for=lambda number: Plan(), port=0, is_reading=True):
        self.target, self.plan_for, self.is_reading = ("127.0.0.1", target_port), plan_for, is_reading
        self.lock, self.connections = threading.Lock(), []
        self.listener = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                number = len(self.connections)
                connection = Connection(self, client, self.plan_for(number), number)
                self.connections.append(connection)
            threading.Thread(target=connection.run, daemon=True).start()

    def all(self):
        with self.lock:
            return list(self.connections)

    def receives(self):
        """SOP Instance UID -> how often its whole data set went up."""
        return collections.Counter(uid for each in self.all() for uid in each.stored())

    def ambiguous(self):
        """SOP Instance UID -> how often it went up whole and its response did not come down whole."""
        return collections.Counter(uid for each in self.all() for uid in each.ambiguous())

    def cuts(self):
        return sum(each.was_cut for each in self.all())

    def close(self):
        """Takes no more connections; those that are open go on."""
        self.listener.close()


class Faults:
    """A plan for each connection: every `every`-th is cut at a random byte of a random direction; seeded."""

    def __init__(self, seed, up, down, every=3, hang_share=0.05):
        self.random, self.up, self.down, self.every, self.hang_share = random.Random(seed), up, down, every, hang_share
        self.is_on = True

    def __call__(self, number):
        if not self.is_on or number % self.every != self.every - 1:
            return Plan()
        draw = self.random.random
        if draw() < self.hang_share:
            how = self.random.choice(("hang", "black hole"))
            if how == "black hole":
                return Plan(black_hole=True)
        else:
            how = self.random.choice(("rst", "fin", "half"))
        kind = draw()
        if kind < 0.45:
            return Plan(cut_up=self.random.randrange(self.up), cut=how)
        if kind < 0.8:
            return Plan(cut_down=self.random.randrange(self.down), cut=how)
        return Plan(swallow=self.random.randrange(4))


# Its own test.

class Echo:
    """A peer that sends back what it gets and remembers how each connection ended."""

    def __init__(self):
        self.listener, self.got, self.ends = socket.create_server(("127.0.0.1", 0)), bytearray(), []
        self.port, self.ended = self.listener.getsockname()[1], threading.Semaphore(0)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            sock, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        end = "fin"
        try:
            while data := sock.recv(PIECE):
                self.got += data
                sock.sendall(data)
        except OSError:
            end = "rst"
        self.ends.append(end)
        sock.close()
        self.ended.release()


def read_all(sock):
    """(what came, how it ended)."""
    got = bytearray()
    try:
        while data := sock.recv(PIECE):
            got += data
        return bytes(got), "fin"
    except ConnectionError:
        return bytes(got), "rst"
    except TimeoutError:
        return bytes(got), "open"


def through(plan, sent, timeout=10):
    """(what came back, how it ended, what the peer got, how it ended there or None, the connection)."""
    echo = Echo()
    proxy = ChaosProxy(echo.port, lambda number: plan)
    sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=timeout)
    try:
        sock.sendall(sent)
    except OSError:
        pass
    try:
        if plan.cut_up is None and plan.cut_down is None and not plan.black_hole:
            sock.shutdown(socket.SHUT_WR)
        back, end = read_all(sock)
    finally:
        sock.close()
    if not plan.black_hole:
        assert echo.ended.acquire(timeout=10)
    proxy.close()
    return back, end, bytes(echo.got), echo.ends[0] if echo.ends else None, proxy.all()[0]


def store_messages():
    def element(tag, value):
        return struct.pack("<HHI", 0, tag, len(value)) + value

    def pdv(control, data):
        body = struct.pack(">IBB", len(data) + 2, 1, control) + data
        return struct.pack(">BBI", P_DATA, 0, len(body)) + body
    uid = b"1.2.3\0"
    request = pdv(3, element(0x0100, struct.pack("<H", C_STORE_RQ)) + element(0x1000, uid)) + pdv(0, b"a" * 9) + pdv(2, b"b")
    response = pdv(3, element(0x0100, struct.pack("<H", C_STORE_RSP)) + element(0x1000, uid))
    return request, response


def test():
    data = random.Random(1).randbytes(300_000)
    back, end, got, there, connection = through(Plan(), data)
    assert back == data and got == data and (end, there) == ("fin", "fin") and connection.up == connection.down == len(data)
    for how, ends in (("rst", ("rst", "rst")), ("fin", ("fin", "fin"))):
        _, end, got, there, connection = through(Plan(cut_up=100_001, cut=how), data)
        assert got == data[:100_001], (how, len(got))
        # What the client still sends to a closed socket is answered with a reset.
        assert end == ends[0] or end == "rst", (how, end)
        assert there == ends[1] or there == "rst", (how, there)
        assert connection.was_cut
        back, end, _, _, _ = through(Plan(cut_down=777, cut=how), data[:1000])
        assert data[:777].startswith(back) and (how == "rst" or len(back) == 777), (how, len(back))
        assert end == how or how == "fin"
    back, end, got, there, _ = through(Plan(cut_up=500, cut="half"), data[:1000])
    assert got == data[:500] and back == data[:500] and end == there == "fin", (len(got), len(back), end, there)
    back, end, got, _, _ = through(Plan(cut_up=500, cut="hang"), data[:1000], timeout=0.3)
    assert got == data[:500] and end == "open", (len(got), end)
    back, end, got, _, _ = through(Plan(black_hole=True), data[:1000], timeout=0.3)
    assert not back and not got and end == "open"
    began = time.monotonic()
    back, _, _, _, _ = through(Plan(delay=0.05), b"x")
    assert back == b"x" and time.monotonic() - began >= 0.1
    began = time.monotonic()
    through(Plan(rate=400_000), data[:200_000])
    took = time.monotonic() - began
    assert took >= 0.45, took
    request, response = store_messages()
    # The peer sends back what it gets: what goes up here are a request and two responses, and so is what comes down.
    back, end, got, _, connection = through(Plan(swallow=1), request + response + response)
    assert got == request + response + response and connection.swallowed == 1 and end == "rst", (end, connection.swallowed)
    assert connection.stored() == ["1.2.3"]
    _, _, _, _, connection = through(Plan(), request)
    assert connection.ambiguous() == ["1.2.3"]
    _, _, _, _, connection = through(Plan(), request + response)
    assert connection.stored() == ["1.2.3"] and connection.ambiguous() == []
    _, _, _, _, connection = through(Plan(cut_up=len(request) - 1), request)
    assert connection.stored() == [] and connection.ambiguous() == []
    one, other = Faults(7, 1000, 100), Faults(7, 1000, 100)
    plans = [one(number) for number in range(300)]
    assert plans == [other(number) for number in range(300)] and sum(each != Plan() for each in plans) == 100
    print("chaos proxy: forwards, cuts (rst, fin, half, hang), black hole, delay, rate (0.5 s took %.2f s), swallow, "
          "counts, seeds" % took)


if __name__ == "__main__":
    test()
