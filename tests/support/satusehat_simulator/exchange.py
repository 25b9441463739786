"""One connection's requests, one after the other: head, body, faults, endpoint, answer, and the row in the ledger."""
import os
import socket
import sys
import traceback

from . import bodies, endpoints, faults
from .clock import http_date
from .control import is_control, serve_control
from .incoming_body import MEMORY_BYTES_MAX, IncomingBody
from .wire import BadRequest, Gone, Wire, head_bytes


def serve(simulator, sock, peer):
    with simulator.lock:
        record = simulator.ledger.connect()
    if simulator.profile.bytes_per_s:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)  # what lies in it has not been paid for
    wire = Wire(sock, record, simulator.up, simulator.down, simulator.stopping)
    try:
        while not simulator.stopping.is_set():
            head = wire.head(simulator.profile.idle_timeout_s)
            if head is None:
                break
            if is_control(head):
                is_kept = send_control(simulator, wire, head, peer)
            else:
                is_kept = Exchange(simulator, wire, head, record).run()
            if not is_kept:
                break
    except BadRequest as trouble:
        send_bad_request(simulator, wire, record, trouble)
    except Gone:
        pass
    finally:
        wire.end()
        with simulator.lock:
            simulator.ledger.change(record, is_open=False)


def send_bad_request(simulator, wire, record, trouble):
    with simulator.lock:
        simulator.ledger.garbage(record, trouble.status)
    answer = bodies.outcome(trouble.status, "invalid", "Bad request: %s" % trouble)
    try:
        wire.send(head_bytes(answer.status, [("Content-Type", answer.content_type), ("Content-Length", len(answer.body)),
                                             ("Connection", "close")]) + answer.body)
    except Gone:
        pass


def send_control(simulator, wire, head, peer):
    answer = serve_control(simulator, head, peer, lambda: IncomingBody(wire, head, head.length()))
    is_kept = head.keeps_alive()
    headers = [("Content-Type", answer.content_type), ("Content-Length", len(answer.body)), *answer.headers]
    wire.send(head_bytes(answer.status, headers if is_kept else headers + [("Connection", "close")]))
    if head.method != "HEAD":
        wire.send(answer.body)
    return is_kept


class Exchange:
    """One request and its answer. The lock is held while something is looked up or decided, never while bytes move."""

    def __init__(self, simulator, wire, head, connection):
        self.simulator, self.wire, self.head = simulator, wire, head
        with simulator.lock:
            self.record = simulator.ledger.begin(connection, head)
        self.found, self.incoming = None, None

    def run(self):
        """Whether the connection goes on."""
        try:
            length = self.head.length()
            self.incoming = IncomingBody(self.wire, self.head, length)
            self.found = endpoints.find(self.simulator, self.head)
            return self.take_in_and_answer()
        except Gone:
            self.note(ended="cut" if self.record.ended == "open" else self.record.ended)
            raise
        except BadRequest as trouble:
            self.note(ended="garbage", status=trouble.status)
            raise
        except Exception:
            # A bug of this simulator: told to who runs it, and never to the client.
            with self.simulator.lock:
                self.simulator.troubles.append(traceback.format_exc())
            print(traceback.format_exc(), file=sys.stderr)
            self.send(bodies.plain(500, "Internal Server Error"), [], False)
            return False
        finally:
            if isinstance(self.found, endpoints.Call):
                self.simulator.dicom.discard(self.found.files)

    def note(self, **values):
        if self.incoming:
            values |= {"body_bytes": self.incoming.byte_count, "body_sha256": self.incoming.sha256()}
        with self.simulator.lock:
            self.simulator.ledger.change(self.record, **values)

    def take_in_and_answer(self):
        call, is_kept = self.found, self.head.keeps_alive()
        if isinstance(call, bodies.Answer):
            self.incoming.to_nowhere()
            return self.send(call, [], is_kept)
        call.record = self.record
        with self.simulator.lock:
            self.record.route = call.route
            early = self.simulator.faults.plan(faults.Facts(call.route, self.head.method), is_early=True)
        if early:
            return self.end_early(early)
        with self.simulator.lock:
            call.token, is_expired = self.simulator.tokens_given.of(self.head.get("authorization"))
        is_too_large = self.take_in(call)
        self.choose_faults(call)
        answer = self.decide(call, is_too_large, is_expired)
        return answer is not None and self.send(answer, call.plan, is_kept)

    def end_early(self, plan):
        """Before the body was read: with an answer, or by a cut inside the body."""
        fault = plan[0]
        self.note(faults=tuple(each.kind for each in plan))
        if fault.kind == "cut_request":
            self.incoming.to_nowhere(fault.bytes)
            return self.drop(fault)
        self.send(faults.answer_of(fault, self.simulator.shown_now()), [], False)
        return False

    def take_in(self, call):
        """The body; whether it is larger than may be."""
        limit = self.simulator.profile.max_body
        is_upload = call.route == "dicom_store"
        if (limit and self.incoming.length > limit) or (not is_upload and self.incoming.length > MEMORY_BYTES_MAX):
            self.incoming.to_nowhere()
            return True
        if is_upload and call.token is None:
            self.incoming.to_nowhere()
        elif is_upload:
            try:
                call.files = self.incoming.to_disk(self.simulator.dicom, self.simulator.new_path)
            except bodies.Refused as refusal:
                call.refusal = refusal
        else:
            call.body = self.incoming.to_memory()
        return False

    def choose_faults(self, call):
        with self.simulator.lock:
            accessions, uids = endpoints.facts(call)
            call.plan = self.simulator.faults.plan(faults.Facts(call.route, self.head.method, accessions, uids))
            kinds = tuple(each.kind for each in call.plan)
        self.note(accessions=accessions, uids=uids[:50], faults=kinds)
        delay = faults.of_kind(call.plan, "delay")
        if delay:
            self.simulator.pause(delay)

    def decide(self, call, is_too_large, is_expired):
        """The answer, or None where the connection was dropped."""
        fault = faults.of_kind(call.plan, *faults.DECIDING)
        is_carried_out = fault is None or fault.commit or fault.kind == "drop_after_commit"
        with self.simulator.lock:
            if fault and fault.kind == "revoke_token" and call.token:
                self.simulator.tokens_given.revoke(call.token.value)
            answer = self.carry_out(call, is_too_large, is_expired) if is_carried_out else None
            if answer:
                self.simulator.ledger.change(self.record, is_committed=answer.committed, resource_id=answer.resource_id)
        self.simulator.dicom.discard(call.files)
        if fault is None:
            return answer
        if fault.kind in ("drop_before_commit", "drop_after_commit"):
            self.drop(fault)
            return None
        if fault.kind in ("unauthorized", "revoke_token"):
            return bodies.unauthorized(self.simulator.profile.unauthorized_body, False)
        return bodies.html() if fault.kind == "html" else faults.answer_of(fault, self.simulator.shown_now())

    def carry_out(self, call, is_too_large, is_expired):
        if is_too_large:
            return bodies.too_large()
        if call.route != "token" and call.token is None:
            return bodies.unauthorized(self.simulator.profile.unauthorized_body, is_expired)
        try:
            return call.endpoint(call)
        except bodies.Refused as refusal:
            return refusal.answer()

    def drop(self, fault):
        self.note(ended="dropped")
        self.wire.end(fault.reset)
        raise Gone("dropped")

    def send(self, answer, plan, is_kept):
        with self.simulator.lock:
            request_id = self.simulator.fhir.new_uuid()
        size = os.path.getsize(answer.path) if answer.path else len(answer.body)
        truncate = faults.of_kind(plan, "truncate")
        length = cut_at(truncate, size) if truncate else size
        headers = [("Date", http_date(self.simulator.shown_now())), ("Content-Type", answer.content_type),
                   ("Content-Length", length), ("x-request-id", request_id), ("Via", "1.1 google"), *answer.headers]
        if not is_kept:
            headers.append(("Connection", "close"))
        # Before the last byte goes, so that who has the answer finds it in the ledger.
        self.note(status=answer.status, answer_bytes=length, ended="answered", request_id=request_id)
        head = head_bytes(answer.status, headers)
        if self.head.method == "HEAD":
            self.wire.send(head)
        else:
            self.send_body(head, answer, length, plan)
        return is_kept and not faults.of_kind(plan, "close_silently")

    def send_body(self, head, answer, length, plan):
        stall, cut = faults.of_kind(plan, "stall"), faults.of_kind(plan, "cut_answer")
        stop_at = cut_at(cut or stall, length) if cut or stall else length
        if answer.path is None and stop_at == length:
            self.wire.send(head + answer.body[:length])
            return
        self.wire.send(head)
        self.send_range(answer, 0, stop_at)
        if cut:
            self.drop(cut)
        if stall:
            self.simulator.pause(stall)
        self.send_range(answer, stop_at, length)

    def send_range(self, answer, begin, end):
        if answer.path is None:
            self.wire.send(answer.body[begin:end])
            return
        with open(answer.path, "rb") as file:
            file.seek(begin)
            while begin < end:
                piece = file.read(min(65536, end - begin))
                self.wire.send(piece)
                begin += len(piece)


def cut_at(fault, size):
    return size // 2 if fault.bytes is None else max(0, min(fault.bytes, size))
