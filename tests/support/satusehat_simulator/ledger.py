"""What was seen: every connection and request with its answer."""
import collections
import dataclasses
import hashlib

KEPT_HEADERS = ("accept", "content-length", "content-type", "expect", "host", "retry-after", "user-agent", "x-imagingstudy-id")
REQUESTS_MAX = 200_000  # the oldest go first


@dataclasses.dataclass
class Connection:
    number: int
    at: float
    bytes_received: int = 0   # whole, with heads; after TLS
    request_count: int = 0    # without those to the control endpoints
    is_open: bool = True


@dataclasses.dataclass
class Request:
    number: int
    connection: int
    at: float
    method: str
    path: str
    query: list               # [(name, value)], decoded
    query_text: str           # as it came
    headers: dict             # of KEPT_HEADERS; `token`: the first characters of the digest of the bearer token
    route: str = "none"
    body_bytes: int = 0
    body_sha256: str = None
    accessions: tuple = ()
    uids: tuple = ()
    resource_id: str = None
    is_committed: bool = False
    faults: tuple = ()        # kinds
    status: int = None        # None: not answered (yet)
    answer_bytes: int = None  # length of the body as announced
    ended: str = "open"       # answered, dropped, cut (by the client), garbage
    request_id: str = None    # x-request-id of the answer

    def view(self):
        return dataclasses.asdict(self)


class Ledger:
    """Every function is called with the simulator's lock held; `changed` is that lock's condition."""

    def __init__(self, clock, changed):
        self.clock, self.changed = clock, changed
        self.connections, self.requests = [], collections.deque(maxlen=REQUESTS_MAX)
        self.last_number = 0

    def connect(self):
        self.connections.append(Connection(len(self.connections) + 1, self.clock.now()))
        return self.connections[-1]

    def begin(self, connection, head):
        self.last_number += 1
        connection.request_count += 1
        headers = {name: head.get(name) for name in KEPT_HEADERS if head.get(name) is not None}
        if head.get("authorization"):
            headers["token"] = hashlib.sha256(head.get("authorization").encode("latin-1")).hexdigest()[:12]
        request = Request(self.last_number, connection.number, self.clock.now(), head.method, head.path, head.query(),
                          head.query_text, headers)
        self.requests.append(request)
        return request

    def garbage(self, connection, status):
        """What was no request, or none that could be read; one that was begun has its row already."""
        if self.requests and self.requests[-1].connection == connection.number and self.requests[-1].ended == "garbage":
            return
        self.last_number += 1
        connection.request_count += 1
        self.requests.append(Request(self.last_number, connection.number, self.clock.now(), "", "", [], "", {}, route="garbage",
                                     status=status, ended="garbage"))
        self.changed.notify_all()

    def change(self, record, **values):
        for name, value in values.items():
            setattr(record, name, value)
        self.changed.notify_all()

    def find(self, route=None, method=None, since=0, status=None, path=None):
        """Of the requests after number `since`, those that are so."""
        wanted = {"route": route, "method": method, "status": status, "path": path}
        return [each for each in self.requests if each.number > since
                and all(value in (None, getattr(each, name)) for name, value in wanted.items())]
