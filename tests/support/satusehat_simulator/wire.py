"""HTTP/1.1 over one socket, by hand: heads, bodies as they come, answers, and the ways to end a connection badly."""
import dataclasses
import re
import socket
import struct
import threading
import time
import urllib.parse

HEAD_BYTES_MAX = 32 * 1024
PIECE = 64 * 1024
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
REASONS = {100: "Continue", 200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 302: "Found",
           303: "See Other", 400: "Bad Request",
           401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
           411: "Length Required", 413: "Payload Too Large", 429: "Too Many Requests", 500: "Internal Server Error",
           502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
BODY_TIMEOUT_S = 120


class BadRequest(Exception):
    """No HTTP, or none that is served; the connection ends after the answer."""

    def __init__(self, text, status=400):
        super().__init__(text)
        self.status = status


class Gone(Exception):
    """The client's side of the connection is over."""


@dataclasses.dataclass
class Head:
    method: str
    target: str
    path: str        # decoded
    query_text: str
    version: str
    headers: list    # (name in lower case, value)

    def get(self, name, default=None):
        return next((value for key, value in self.headers if key == name), default)

    def query(self):
        """[(name, value)], with `+` as a space, as a server decodes it. A raw `|`, `:` or `/` is what it is."""
        return urllib.parse.parse_qsl(self.query_text, keep_blank_values=True)

    def length(self):
        """Of the body. Throws BadRequest."""
        lengths = {value for name, value in self.headers if name == "content-length"}
        if self.get("transfer-encoding") is not None:
            raise BadRequest("a body needs a Content-Length here", 411)
        if len(lengths) > 1 or not all(value.isascii() and value.isdigit() and len(value) < 16 for value in lengths):
            raise BadRequest("Content-Length")
        return int(lengths.pop()) if lengths else 0

    def keeps_alive(self):
        said = (self.get("connection") or "").lower()
        return "close" not in said and (self.version == "HTTP/1.1" or "keep-alive" in said)


def parsed_head(data):
    """Throws BadRequest."""
    lines = data.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not TOKEN.fullmatch(words[0]) or words[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadRequest("the request line")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name) or len(headers) >= 100:
            raise BadRequest("a header")
        headers.append((name.lower(), value.strip(" \t")))
    target = words[1]
    if target.lower().startswith(("http://", "https://")):
        target = "/" + target.split("//", 1)[1].partition("/")[2]
    if not target.startswith("/") or any(ord(each) <= 32 or ord(each) == 127 for each in target):
        raise BadRequest("the target")
    path, _, query = target.partition("?")
    return Head(words[0], target, urllib.parse.unquote(path, errors="replace"), query, words[2], headers)


class Pacer:
    """The link that all connections share, in one direction: so many bytes per second. Any thread."""

    def __init__(self, profile):
        self.profile, self.lock = profile, threading.Lock()
        self.free_at = 0.0  # under `lock`

    def pay(self, n, stopping):
        rate = self.profile.bytes_per_s
        if not rate:
            return
        with self.lock:
            self.free_at = max(self.free_at, time.monotonic()) + n / rate
            due = self.free_at
        stopping.wait(max(0.0, due - time.monotonic()))

    def piece(self):
        """So that no single one takes longer than a twentieth of a second."""
        rate = self.profile.bytes_per_s
        return max(256, min(PIECE, rate // 20)) if rate else PIECE


class Wire:
    """One thread. `record` counts the bytes that came; `up` and `down` are the pacers; `stopping` ends every pause."""

    def __init__(self, sock, record, up, down, stopping):
        self.sock, self.record, self.up, self.down, self.stopping = sock, record, up, down, stopping
        self.buffer = b""

    def receive(self, at_most):
        try:
            data = self.sock.recv(min(at_most, self.up.piece()))
        except OSError:
            raise Gone("reset or silent") from None
        if not data:
            raise Gone("closed")
        self.record.bytes_received += len(data)
        self.up.pay(len(data), self.stopping)
        return data

    def head(self, idle_timeout_s):
        """The next request's, or None at the end of the connection. Throws BadRequest."""
        self.sock.settimeout(idle_timeout_s)
        while b"\r\n\r\n" not in self.buffer:
            if len(self.buffer) > HEAD_BYTES_MAX:
                raise BadRequest("the head is too long")
            if self.buffer[:1] and not 32 < self.buffer[0] < 127 and self.buffer[:2] not in (b"\r\n", b"\r"):
                raise BadRequest("no HTTP")
            try:
                self.buffer += self.receive(PIECE)
            except Gone:
                if self.buffer.strip():
                    raise BadRequest("the head ends early") from None
                return None
            if self.buffer.startswith(b"\r\n"):
                self.buffer = self.buffer[2:]
        data, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        if len(data) > HEAD_BYTES_MAX:
            raise BadRequest("the head is too long")
        self.sock.settimeout(BODY_TIMEOUT_S)
        return parsed_head(data)

    def body(self, head, length, take):
        """Gives `take` the body, piece by piece. Throws Gone."""
        if length > len(self.buffer) and (head.get("expect") or "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        while length:
            data, self.buffer = (self.buffer[:length], self.buffer[length:]) if self.buffer else (self.receive(length), b"")
            length -= len(data)
            take(data)

    def send(self, data):
        view = memoryview(data)
        try:
            while view:
                piece = view[:self.down.piece()]
                self.sock.sendall(piece)
                self.down.pay(len(piece), self.stopping)
                view = view[len(piece):]
        except OSError:
            raise Gone("reset or silent") from None

    def end(self, is_reset=False):
        """Closes: by RST, or so that the client gets to read what was sent before it."""
        try:
            if is_reset:
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                self.sock.shutdown(socket.SHUT_WR)
                self.sock.settimeout(0.2)
                # A close with unread bytes is a reset, which would take the answer away from the client.
                for _ in range(64):
                    if not self.sock.recv(PIECE):
                        break
        except OSError:
            pass
        finally:
            self.sock.close()


def head_bytes(status, headers):
    lines = ["HTTP/1.1 %d %s" % (status, REASONS.get(status, "Unknown"))]
    lines += ["%s: %s" % (name, str(value).replace("\r", " ").replace("\n", " ")) for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
