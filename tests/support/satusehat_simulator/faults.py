"""What goes wrong on purpose: which requests a fault meets, how often, and what it does to each."""
import dataclasses
import fnmatch
import threading

from . import bodies
from .clock import http_date

ROUTES = ("token", "dcm_cfg", "servicerequest_search", "servicerequest_read", "servicerequest_create",
          "servicerequest_update", "imagingstudy_search", "imagingstudy_read", "imagingstudy_create",
          "imagingstudy_update", "other_search", "other_read", "dicom_store", "dicom_retrieve")

# kind -> what it does. The first of these that a request meets decides its answer…
DECIDING = {
    "answer": "`named` (a name of bodies.NAMED), or `status` with `body` and `content_type`; `commit`: the request is "
              "carried out all the same; `retry_after`, `retry_after_form` seconds or date; `headers`",
    "html": "200 with a page of HTML; `commit`",
    "unauthorized": "401, though the token is good",
    "revoke_token": "the token is no longer good, from this request on",
    "drop_before_commit": "the connection ends without an answer, nothing was done; `reset`: by RST",
    "drop_after_commit": "the request is carried out, then the connection ends without an answer; `reset`",
    "cut_request": "the connection ends after `bytes` of the body were read, nothing was done; `reset`",
}
# …and of these every one that it meets has its effect.
MODIFYING = {
    "delay": "`seconds` pass before the headers, or until the fault is released",
    "stall": "after `bytes` of the answer's body (without: half of it) `seconds` pass, or until the fault is released",
    "truncate": "the answer's body ends after `bytes` (without: half of it), and Content-Length says so",
    "cut_answer": "the connection ends after `bytes` of the answer's body (without: half of it); `reset`",
    "close_silently": "a whole answer, then the connection is closed though the answer did not say so",
    "suppressed": "a search has a suppressed entry `where` = before the others, or all are suppressed",
    "index_lag": "what is created is hidden from searches for `seconds`, and from `searches` of them",
}
# Others would be used up by requests on which they have no effect.
APPLIES = {"suppressed": "*_search", "index_lag": "*_create", "unauthorized": "[!t]*", "revoke_token": "[!t]*"}
EARLY = ("cut_request",)  # before anything but the head is known


@dataclasses.dataclass
class Fault:
    """`count` None: for ever. `skip`: so many requests that it would meet are spared first."""
    kind: str
    route: str = "*"
    count: int = 1
    skip: int = 0
    probability: float = 1.0
    accession: str = None
    uid: str = None
    method: str = None
    named: str = None
    status: int = None
    body: str = ""
    content_type: str = "application/json"
    headers: dict = dataclasses.field(default_factory=dict)
    commit: bool = False
    retry_after: float = None
    retry_after_form: str = "seconds"
    seconds: float = None
    searches: int = 0
    bytes: int = None
    reset: bool = False
    where: str = "before"
    early: bool = False     # an `answer` before the body was read, after which the connection ends
    id: int = 0
    hit_count: int = 0
    met_count: int = 0      # with those that `skip` or `probability` spared
    released: threading.Event = dataclasses.field(default_factory=threading.Event, repr=False)

    def check(self):
        """Throws ValueError."""
        known = DECIDING | MODIFYING
        if self.kind not in known:
            raise ValueError("there is no fault %r; there are %s" % (self.kind, ", ".join(known)))
        if not isinstance(self.route, str) or not fnmatch.filter(ROUTES, self.route):
            raise ValueError("there is no route %r; there are %s" % (self.route, ", ".join(ROUTES)))
        if self.kind == "answer" and self.named not in bodies.NAMED and not isinstance(self.status, int):
            raise ValueError("an answer has a status, or one of the names %s" % ", ".join(bodies.NAMED))
        if self.kind == "cut_request" and not isinstance(self.bytes, int):
            raise ValueError("cut_request needs bytes")
        if self.early and self.kind != "answer":
            raise ValueError("only an answer can be early")
        if self.is_early() and (self.accession or self.uid or self.commit):
            raise ValueError("what happens before the body is read knows no accession or UID, and commits nothing")
        if self.retry_after_form not in ("seconds", "date") or self.where not in ("before", "all"):
            raise ValueError("retry_after_form is seconds or date; where is before or all")
        for name, kinds in (("status", (int, type(None))), ("count", (int, type(None))), ("skip", int),
                            ("probability", (int, float)), ("searches", int), ("seconds", (int, float, type(None))),
                            ("retry_after", (int, float, type(None))), ("bytes", (int, type(None))), ("headers", dict),
                            ("body", str)):
            if not isinstance(getattr(self, name), kinds):
                raise ValueError("%s can't be %r" % (name, getattr(self, name)))
        if self.status is not None and not 200 <= self.status <= 599 or self.bytes is not None and self.bytes < 0:
            raise ValueError("status is of 200 to 599, and bytes not negative")

    def is_early(self):
        return self.kind in EARLY or self.early

    def meets(self, facts):
        return (fnmatch.fnmatchcase(facts.route, self.route)
                and fnmatch.fnmatchcase(facts.route, APPLIES.get(self.kind, "*"))
                and self.method in (None, facts.method) and self.accession in (None, *facts.accessions)
                and self.uid in (None, *facts.uids))

    def view(self):
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self) if field.name != "released"}
        defaults = {field.name: field.default for field in dataclasses.fields(self)}
        shown = ("id", "kind", "route", "count", "hit_count", "met_count")
        return {name: value for name, value in values.items() if name in shown or value not in (defaults[name], {})}


def fault_of(values):
    """Throws ValueError."""
    settable = {field.name for field in dataclasses.fields(Fault)} - {"id", "hit_count", "met_count", "released"}
    unknown = set(values) - settable
    if unknown or "kind" not in values:
        raise ValueError("a fault has a kind, and of %s what it needs; not %s" % (
            ", ".join(sorted(settable)), ", ".join(sorted(unknown)) or "none"))
    fault = Fault(**values)
    fault.check()
    return fault


@dataclasses.dataclass
class Facts:
    """What is known of a request when faults are chosen for it."""
    route: str
    method: str
    accessions: tuple = ()
    uids: tuple = ()


class Faults:
    """Every function is called with the simulator's lock held."""

    def __init__(self, rng):
        self.rng, self.items, self.last_id = rng, [], 0

    def add(self, fault):
        self.last_id += 1
        fault.id = self.last_id
        self.items.append(fault)
        return fault

    def remove(self, fault_id=None):
        """One, or all; whoever waits in it goes on."""
        gone = [each for each in self.items if fault_id in (None, each.id)]
        self.items = [each for each in self.items if each not in gone]
        for each in gone:
            each.released.set()
        return gone

    def plan(self, facts, is_early=False):
        """Those that meet this request; each of them is counted."""
        chosen = []
        for fault in self.items:
            if fault.is_early() != is_early or not fault.meets(facts):
                continue
            if fault.kind in DECIDING and any(each.kind in DECIDING for each in chosen):
                continue
            if fault.count is not None and fault.hit_count >= fault.count:
                continue
            fault.met_count += 1
            if fault.met_count <= fault.skip or (fault.probability < 1 and self.rng.random() >= fault.probability):
                continue
            fault.hit_count += 1
            chosen.append(fault)
        return chosen


def answer_of(fault, now):
    """Of the kind `answer`. `now`: by the platform's own, perhaps wrong, clock."""
    if fault.named:
        answer = bodies.NAMED[fault.named]()
    else:
        answer = bodies.Answer(fault.status, fault.body.encode(), fault.content_type)
    answer.headers += list(fault.headers.items())
    if fault.retry_after is not None:
        after = fault.retry_after
        answer.headers.append(("Retry-After", http_date(now + after) if fault.retry_after_form == "date" else "%d" % after))
    return answer


def of_kind(plan, *kinds):
    return next((each for each in plan if each.kind in kinds), None)
