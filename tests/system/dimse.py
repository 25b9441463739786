"""DICOM's upper layer and DIMSE by hand (PS3.7, PS3.8), for tests: an SCU that sends bytes as they are, and a storage SCP.

Independent of DCMTK and of the product: what it sends and records are the data set's bytes, whatever they mean.
"""
import hashlib
import socket
import struct
import threading

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"
VERIFICATION = "1.2.840.10008.1.1"
IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"  # well-known (PS3.4 J.3.5)
C_STORE_RQ, C_STORE_RSP, C_ECHO_RQ, C_ECHO_RSP = 0x0001, 0x8001, 0x0030, 0x8030
C_FIND_RQ, C_FIND_RSP = 0x0020, 0x8020
N_EVENT_REPORT_RQ, N_EVENT_REPORT_RSP, N_ACTION_RQ, N_ACTION_RSP = 0x0100, 0x8100, 0x0130, 0x8130


def item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def pdu(kind, body):
    return struct.pack(">BBI", kind, 0, len(body)) + body


def uid_bytes(uid):
    data = uid.encode()
    return data + b"\0" if len(data) % 2 else data


def element(tag, value):
    return struct.pack("<HHI", 0x0000, tag, len(value)) + value


def command(field, sop_class, message_id=None, sop_instance=None, answers=None, status=None, with_data_set=False):
    """A command set in Implicit VR Little Endian (PS3.7 6.3.1)."""
    body = element(0x0002, uid_bytes(sop_class)) + element(0x0100, struct.pack("<H", field))
    if message_id is not None:
        body += element(0x0110, struct.pack("<H", message_id))
    if answers is not None:
        body += element(0x0120, struct.pack("<H", answers))
    if field == C_STORE_RQ:
        body += element(0x0700, struct.pack("<H", 0))
    body += element(0x0800, struct.pack("<H", 0x0001 if with_data_set else 0x0101))
    if status is not None:
        body += element(0x0900, struct.pack("<H", status))
    if sop_instance is not None:
        body += element(0x1000, uid_bytes(sop_instance))
    return element(0x0000, struct.pack("<I", len(body))) + body


def command_of(values):
    """A command set of any kind: {element number: UID as text, or US as int}."""
    body = b""
    for tag, value in sorted(values.items()):
        body += element(tag, uid_bytes(value) if isinstance(value, str) else struct.pack("<H", value))
    return element(0x0000, struct.pack("<I", len(body))) + body


def parse_command(data):
    values, at = {}, 0
    while at + 8 <= len(data):
        _, tag, length = struct.unpack_from("<HHI", data, at)
        values[tag] = data[at + 8:at + 8 + length]
        at += 8 + length
    return values


def word(values, tag):
    return struct.unpack("<H", values[tag])[0] if tag in values else None


def text(values, tag):
    return values.get(tag, b"").rstrip(b"\0 ").decode()


class Closed(Exception):
    """The peer closed, aborted or released."""


class Stream:
    """PDUs over one socket."""

    def __init__(self, sock):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.peer_max_pdu = sock, 16384

    def exactly(self, n):
        parts = []
        while n:
            part = self.sock.recv(min(n, 1 << 20))
            if not part:
                raise Closed("end of stream")
            parts.append(part)
            n -= len(part)
        return b"".join(parts)

    def receive(self):
        kind, _, length = struct.unpack(">BBI", self.exactly(6))
        return kind, self.exactly(length)

    def send_message(self, context, command_set, data_set=None):
        out = [self.pdvs(context, command_set, 1)]
        if data_set is not None:
            out.append(self.pdvs(context, data_set, 0))
        self.sock.sendall(b"".join(out))

    def pdvs(self, context, data, is_command):
        room = (self.peer_max_pdu or 131072) - 6
        pieces = [data[i:i + room] for i in range(0, len(data), room)] or [b""]
        out = []
        for number, piece in enumerate(pieces):
            control = is_command | (2 if number == len(pieces) - 1 else 0)
            out.append(pdu(4, struct.pack(">IBB", len(piece) + 2, context, control) + piece))
        return b"".join(out)

    def receive_message(self):
        """(context, command values, data set or None)."""
        command_set, data_set, context, values = b"", [], None, None
        while True:
            kind, body = self.receive()
            if kind == 5:
                self.sock.sendall(pdu(6, b"\0" * 4))
                raise Closed("released")
            if kind == 7:
                raise Closed("aborted")
            if kind != 4:
                raise Closed("PDU of type %d" % kind)
            at = 0
            while at < len(body):
                length, context, control = struct.unpack_from(">IBB", body, at)
                piece = body[at + 6:at + 4 + length]
                at += 4 + length
                if control & 1:
                    command_set += piece
                    if control & 2:
                        values = parse_command(command_set)
                        if word(values, 0x0800) == 0x0101:
                            return context, values, None
                else:
                    data_set.append(piece)
                    if control & 2:
                        return context, values, b"".join(data_set)


class Rejected(Exception):
    def __init__(self, result, source, reason):
        super().__init__("rejected %d/%d/%d" % (result, source, reason))
        self.triple = (result, source, reason)


def role_item(sop_class, scu, scp):
    """PS3.7 D.3.3.4."""
    uid = sop_class.encode()
    return item(0x54, struct.pack(">H", len(uid)) + uid + bytes([scu, scp]))


class Scu:
    """One association. `contexts`: [(abstract syntax, [transfer syntaxes])]; `roles`: [(abstract syntax, scu, scp)]."""

    def __init__(self, port, contexts, calling="SCANNER", called="BRIDGE", host="127.0.0.1", timeout=60, roles=()):
        self.stream = Stream(socket.create_connection((host, port), timeout=timeout))
        self.message_id = 0
        items = item(0x10, APPLICATION_CONTEXT.encode())
        for number, (abstract, syntaxes) in enumerate(contexts):
            body = bytes([1 + 2 * number, 0, 0, 0]) + item(0x30, abstract.encode())
            items += item(0x20, body + b"".join(item(0x40, each.encode()) for each in syntaxes))
        items += item(0x50, item(0x51, struct.pack(">I", 131072)) + item(0x52, b"1.2.826.0.1.3680043.10.1.1") +
                      b"".join(role_item(*each) for each in roles))
        self.stream.sock.sendall(pdu(1, struct.pack(">HH", 1, 0) + called.ljust(16).encode() +
                                     calling.ljust(16).encode() + b"\0" * 32 + items))
        kind, body = self.stream.receive()
        if kind == 3:
            raise Rejected(*body[1:4])
        if kind != 2:
            raise Closed("no A-ASSOCIATE-AC but PDU of type %d" % kind)
        self.accepted = {}  # context id -> transfer syntax
        at = 68
        while at + 4 <= len(body):
            item_type, _, length = struct.unpack_from(">BBH", body, at)
            content = body[at + 4:at + 4 + length]
            if item_type == 0x21 and content[2] == 0:
                self.accepted[content[0]] = content[8:].rstrip(b"\0").decode()
            if item_type == 0x50:
                inner = 0
                while inner + 4 <= len(content):
                    sub, _, sub_length = struct.unpack_from(">BBH", content, inner)
                    if sub == 0x51:
                        self.stream.peer_max_pdu = struct.unpack_from(">I", content, inner + 4)[0]
                    inner += 4 + sub_length
            at += 4 + length

    def echo(self, context=1):
        self.message_id += 1
        self.stream.send_message(context, command(C_ECHO_RQ, VERIFICATION, self.message_id))
        return word(self.stream.receive_message()[1], 0x0900)

    def store(self, context, sop_class, sop_instance, data_set):
        """The status of the response."""
        self.message_id = self.message_id % 65535 + 1
        self.stream.send_message(context, command(C_STORE_RQ, sop_class, self.message_id, sop_instance,
                                                  with_data_set=True), data_set)
        _, values, _ = self.stream.receive_message()
        assert word(values, 0x0120) == self.message_id, "answer to another message"
        return word(values, 0x0900)

    def request_commitment(self, context, transaction_uid, references, is_implicit=False):
        """The status of the N-ACTION response, and the report where it came before that (PS3.4 J.3.2)."""
        self.message_id = self.message_id % 65535 + 1
        values = {0x0003: COMMITMENT, 0x0100: N_ACTION_RQ, 0x0110: self.message_id, 0x0800: 1,
                  0x1001: COMMITMENT_INSTANCE, 0x1008: 1}
        self.stream.send_message(context, command_of(values), commitment_data(transaction_uid, references, is_implicit))
        early = None
        while True:
            _, answer, data_set = self.stream.receive_message()
            if word(answer, 0x0100) == N_EVENT_REPORT_RQ:
                early = self.take_report(context, answer, data_set, is_implicit)
                continue
            assert word(answer, 0x0100) == N_ACTION_RSP and word(answer, 0x0120) == self.message_id, answer
            return word(answer, 0x0900), early

    def receive_report(self, context, is_implicit=False, status=0):
        """The report on an earlier request, answered."""
        _, values, data_set = self.stream.receive_message()
        assert word(values, 0x0100) == N_EVENT_REPORT_RQ, values
        return self.take_report(context, values, data_set, is_implicit, status)

    def take_report(self, context, values, data_set, is_implicit, status=0):
        self.stream.send_message(context, event_report_response(values, status))
        return CommitmentReport(word(values, 0x1002), data_set, is_implicit)

    def send_report(self, context, transaction_uid, references, is_implicit=False):
        """The status that answers a report of ours (PS3.4 J.3.3)."""
        self.message_id = self.message_id % 65535 + 1
        values = {0x0002: COMMITMENT, 0x0100: N_EVENT_REPORT_RQ, 0x0110: self.message_id, 0x0800: 1,
                  0x1000: COMMITMENT_INSTANCE, 0x1002: 1}
        self.stream.send_message(context, command_of(values), commitment_data(transaction_uid, references, is_implicit))
        _, answer, _ = self.stream.receive_message()
        assert word(answer, 0x0100) == N_EVENT_REPORT_RSP, answer
        return word(answer, 0x0900)

    def release(self):
        self.stream.sock.sendall(pdu(5, b"\0" * 4))
        kind, _ = self.stream.receive()
        assert kind == 6, kind
        self.stream.sock.close()

    def abort(self):
        self.stream.sock.sendall(pdu(7, b"\0" * 4))
        self.stream.sock.close()


def event_report_response(values, status):
    return command_of({0x0002: COMMITMENT, 0x0100: N_EVENT_REPORT_RSP, 0x0120: word(values, 0x0110), 0x0800: 0x0101,
                       0x0900: status, 0x1000: COMMITMENT_INSTANCE, 0x1002: word(values, 0x1002)})


def storage_only(abstract, syntaxes):
    return None if abstract in (STUDY_ROOT_FIND, COMMITMENT) else syntaxes[0]


class StorageScp:
    """Accepts every storage context with its first transfer syntax, and remembers the digest of each data set it was sent.

    `on_store(scp, stream, context, values, data_set)` may answer in place of the plain success, or raise Closed.
    `on_find(SOP Instance UID)`: whether it says that it has it; where it is given, C-FIND is offered, and counted.
    """

    def __init__(self, port=0, on_store=None, accepts=storage_only, on_find=None):
        self.lock, self.on_find, self.asked = threading.Lock(), on_find, []  # asked: SOP Instance UIDs of C-FINDs
        self.received = {}  # SOP Instance UID -> list of (transfer syntax, sha256 of the data set)
        self.associations, self.on_store, self.accepts = 0, on_store, accepts
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        stream = Stream(sock)
        try:
            syntax_of = self.negotiate(stream)
            with self.lock:
                self.associations += 1
            while True:
                context, values, data_set = stream.receive_message()
                if word(values, 0x0100) == C_ECHO_RQ:
                    stream.send_message(context, command(C_ECHO_RSP, VERIFICATION, answers=word(values, 0x0110), status=0))
                    continue
                if word(values, 0x0100) == C_FIND_RQ:
                    self.find(stream, context, values, data_set, syntax_of[context] == IMPLICIT_LE)
                    continue
                uid = text(values, 0x1000)
                with self.lock:
                    self.received.setdefault(uid, []).append(
                        (syntax_of[context], hashlib.sha256(data_set).hexdigest()))
                if self.on_store:
                    self.on_store(self, stream, context, values, data_set)
                else:
                    self.answer(stream, context, values, 0)
        except (Closed, OSError):
            pass
        finally:
            sock.close()

    def answer(self, stream, context, values, status):
        stream.send_message(context, command(C_STORE_RSP, text(values, 0x0002), sop_instance=text(values, 0x1000),
                                             answers=word(values, 0x0110), status=status))

    def find(self, stream, context, values, identifier, is_implicit):
        """C-FIND at IMAGE level (PS3.4 C.4.1)."""
        asked = elements(identifier, is_implicit)
        uid = asked[(0x0008, 0x0018)].rstrip(b"\0 ").decode()
        assert asked[(0x0008, 0x0052)].rstrip() == b"IMAGE", asked
        with self.lock:
            self.asked.append(uid)
        answer = {0x0002: STUDY_ROOT_FIND, 0x0100: C_FIND_RSP, 0x0120: word(values, 0x0110)}
        if self.on_find(uid):
            stream.send_message(context, command_of(answer | {0x0800: 1, 0x0900: 0xFF00}), identifier)
        stream.send_message(context, command_of(answer | {0x0800: 0x0101, 0x0900: 0}))

    def accepted(self, abstract, syntaxes):
        if abstract == STUDY_ROOT_FIND and self.on_find:
            return syntaxes[0]
        return self.accepts(abstract, syntaxes)

    def negotiate(self, stream):
        kind, body = stream.receive()
        if kind != 1:
            raise Closed("no A-ASSOCIATE-RQ")
        answers, syntax_of, at = item(0x10, APPLICATION_CONTEXT.encode()), {}, 68
        while at + 4 <= len(body):
            item_type, _, length = struct.unpack_from(">BBH", body, at)
            content = body[at + 4:at + 4 + length]
            if item_type == 0x20:
                abstract, syntaxes, inner = "", [], 4
                while inner + 4 <= len(content):
                    sub, _, sub_length = struct.unpack_from(">BBH", content, inner)
                    value = content[inner + 4:inner + 4 + sub_length].rstrip(b"\0").decode()
                    if sub == 0x30:
                        abstract = value
                    else:
                        syntaxes.append(value)
                    inner += 4 + sub_length
                chosen = self.accepted(abstract, syntaxes)
                refusal = 3 if abstract in (STUDY_ROOT_FIND, COMMITMENT) else 4
                answers += item(0x21, bytes([content[0], 0, 0 if chosen else refusal, 0]) +
                                item(0x40, (chosen or syntaxes[0]).encode()))
                syntax_of[content[0]] = chosen
            elif item_type == 0x50:
                inner = 0
                while inner + 4 <= len(content):
                    sub, _, sub_length = struct.unpack_from(">BBH", content, inner)
                    if sub == 0x51:
                        stream.peer_max_pdu = struct.unpack_from(">I", content, inner + 4)[0]
                    inner += 4 + sub_length
            at += 4 + length
        answers += item(0x50, item(0x51, struct.pack(">I", 131072)) + item(0x52, b"1.2.826.0.1.3680043.10.1.2"))
        stream.sock.sendall(pdu(2, struct.pack(">HH", 1, 0) + body[4:68] + answers))
        return syntax_of

    def close(self):
        """Idempotent. Whoever waits in accept would keep the port, and take one more: another is to listen there at once."""
        if self.listener.fileno() >= 0:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()


LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OW", b"SQ", b"UC", b"UN", b"UR", b"UT")


def elements(data, is_implicit):
    """{(group, element): value}; of a sequence the list of its items, each taken apart in the same way (PS3.5 7)."""
    found, at = {}, 0
    while at + 8 <= len(data):
        tag = struct.unpack_from("<HH", data, at)
        vr = data[at + 4:at + 6]
        if tag == (0xFFFE, 0xE00D):
            break
        if is_implicit:
            length, at = struct.unpack_from("<I", data, at + 4)[0], at + 8
        elif vr in LONG_VRS:
            length, at = struct.unpack_from("<I", data, at + 8)[0], at + 12
        else:
            length, at = struct.unpack_from("<H", data, at + 6)[0], at + 8
        if tag in ((0x0008, 0x1198), (0x0008, 0x1199)):
            found[tag], at = items_of(data, at, length, is_implicit)
        else:
            found[tag] = data[at:at + length]
            at += length
    return found


def items_of(data, at, length, is_implicit):
    """(the items of a sequence, where it ends). Of undefined length only where no item holds such a sequence."""
    end = len(data) if length == 0xFFFFFFFF else at + length
    found = []
    while at + 8 <= end:
        tag, size = struct.unpack_from("<HH", data, at), struct.unpack_from("<I", data, at + 4)[0]
        at += 8
        if tag == (0xFFFE, 0xE0DD):
            return found, at
        if size == 0xFFFFFFFF:
            size = data.index(b"\xFE\xFF\x0D\xE0\0\0\0\0", at) - at
            found.append(elements(data[at:at + size], is_implicit))
            at += size + 8
        else:
            found.append(elements(data[at:at + size], is_implicit))
            at += size
    return found, at


def encoded(tag, vr, value, is_implicit):
    if len(value) % 2:
        value += b"\0" if vr == b"UI" else b" "
    if is_implicit:
        return struct.pack("<HHI", *tag, len(value)) + value
    if vr in LONG_VRS:
        return struct.pack("<HH2sHI", *tag, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", *tag, vr, len(value)) + value


def commitment_data(transaction_uid, references, is_implicit=False):
    """Transaction UID and Referenced SOP Sequence; `references`: [(SOP class, SOP instance)]."""
    items = b""
    for sop_class, sop_instance in references:
        body = (encoded((0x0008, 0x1150), b"UI", sop_class.encode(), is_implicit) +
                encoded((0x0008, 0x1155), b"UI", sop_instance.encode(), is_implicit))
        items += struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body
    return (encoded((0x0008, 0x1195), b"UI", transaction_uid.encode(), is_implicit) +
            encoded((0x0008, 0x1199), b"SQ", items, is_implicit))


class CommitmentReport:
    """What an N-EVENT-REPORT says: `committed`: SOP Instance UIDs; `failed`: {SOP Instance UID: failure reason}."""

    def __init__(self, event_type, data_set, is_implicit):
        found = elements(data_set, is_implicit)

        def uid(each):
            return each[(0x0008, 0x1155)].rstrip(b"\0 ").decode()
        self.event_type = event_type
        self.transaction_uid = found[(0x0008, 0x1195)].rstrip(b"\0 ").decode()
        self.committed = [uid(each) for each in found.get((0x0008, 0x1199), [])]
        self.failed = {uid(each): struct.unpack("<H", each[(0x0008, 0x1197)])[0] for each in found.get((0x0008, 0x1198), [])}


class ReportListener:
    """Where a scanner waits for commitment reports on associations that the bridge opens to it."""

    def __init__(self, port=0):
        self.condition, self.reports, self.roles = threading.Condition(), [], []
        self.listener = socket.create_server(("127.0.0.1", port), backlog=16)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(sock,), daemon=True).start()

    def serve(self, sock):
        stream = Stream(sock)
        try:
            syntax_of = self.negotiate(stream)
            while True:
                context, values, data_set = stream.receive_message()
                if word(values, 0x0100) != N_EVENT_REPORT_RQ:
                    raise Closed("not a report")
                report = CommitmentReport(word(values, 0x1002), data_set, syntax_of[context] == IMPLICIT_LE)
                with self.condition:
                    self.reports.append(report)
                    self.condition.notify_all()
                stream.send_message(context, event_report_response(values, 0))
        except (Closed, OSError):
            pass
        finally:
            sock.close()

    def negotiate(self, stream):
        """Takes the class only where we are to be its SCU and the other side its SCP (PS3.4 J.3.3, PS3.7 D.3.3.4)."""
        kind, body = stream.receive()
        if kind != 1:
            raise Closed("no A-ASSOCIATE-RQ")
        answers, roles, syntax_of, at = item(0x10, APPLICATION_CONTEXT.encode()), b"", {}, 68
        while at + 4 <= len(body):
            item_type, _, length = struct.unpack_from(">BBH", body, at)
            content = body[at + 4:at + 4 + length]
            inner = 4 if item_type == 0x20 else 0
            syntaxes, abstract = [], ""
            while item_type in (0x20, 0x50) and inner + 4 <= len(content):
                sub, _, sub_length = struct.unpack_from(">BBH", content, inner)
                value = content[inner + 4:inner + 4 + sub_length]
                inner += 4 + sub_length
                if sub == 0x30:
                    abstract = value.rstrip(b"\0").decode()
                elif sub == 0x40:
                    syntaxes.append(value.rstrip(b"\0").decode())
                elif sub == 0x51:
                    stream.peer_max_pdu = struct.unpack(">I", value)[0]
                elif sub == 0x54 and value[2:-2].rstrip(b"\0").decode() == COMMITMENT:
                    self.roles.append((value[-2], value[-1]))
                    roles += role_item(COMMITMENT, 0, value[-1])
            if item_type == 0x20:
                is_ours = abstract == COMMITMENT
                syntax_of[content[0]] = syntaxes[0]
                answers += item(0x21, bytes([content[0], 0, 0 if is_ours else 3, 0]) + item(0x40, syntaxes[0].encode()))
            at += 4 + length
        if not self.roles or self.roles[-1] != (0, 1):
            raise Closed("no role to report in")
        answers += item(0x50, item(0x51, struct.pack(">I", 131072)) + item(0x52, b"1.2.826.0.1.3680043.10.1.3") + roles)
        stream.sock.sendall(pdu(2, struct.pack(">HH", 1, 0) + body[4:68] + answers))
        return syntax_of

    def wait(self, transaction_uid, seconds=30):
        """The first report on that transaction."""
        with self.condition:
            def those():
                return [each for each in self.reports if each.transaction_uid == transaction_uid]
            if not self.condition.wait_for(those, seconds):
                raise AssertionError("waited %d s in vain for a report on %s" % (seconds, transaction_uid))
            return those()[0]

    def close(self):
        self.listener.close()


class Sample:
    """A DICOM file taken apart: how to send its data set, byte for byte."""

    def __init__(self, path):
        self.path = path
        data = open(path, "rb").read()
        self.transfer_syntax, start = None, 0
        if data[128:132] == b"DICM":
            start = 132
        if struct.unpack_from("<H", data, start)[0] == 2:
            start = self.read_meta(data, start)
        self.data_set = data[start:]
        if not self.transfer_syntax:
            self.transfer_syntax = guess_syntax(self.data_set)

    def read_meta(self, data, at):
        while at + 8 <= len(data) and struct.unpack_from("<H", data, at)[0] == 2:
            tag = struct.unpack_from("<H", data, at + 2)[0]
            if data[at + 4:at + 6] in (b"OB", b"UN", b"OW", b"SQ", b"UT"):
                length, head = struct.unpack_from("<I", data, at + 8)[0], 12
            else:
                length, head = struct.unpack_from("<H", data, at + 6)[0], 8
            value = data[at + head:at + head + length]
            if tag == 0x0010:
                self.transfer_syntax = value.rstrip(b"\0 ").decode()
            at += head + length
        return at


def guess_syntax(data_set):
    if data_set[4:6].isalpha() and data_set[4:6].isupper():
        return EXPLICIT_BE if data_set[0] == 0 and data_set[1] else EXPLICIT_LE
    return IMPLICIT_LE


def synthetic(sop_instance, study="1.2.826.0.1.3680043.10.9.1", size=20000, patient="DOE^JANE", patient_id="P-1",
              modality="CT", accession="ACC-1", series=None):
    """A small CT's data set in Explicit VR Little Endian."""
    def short(group, number, vr, value):
        value = value.encode() if isinstance(value, str) else value
        if len(value) % 2:
            value += b"\0" if vr == b"UI" else b" "
        return struct.pack("<HH2sH", group, number, vr, len(value)) + value
    body = short(8, 0x16, b"UI", CT_IMAGE) + short(8, 0x18, b"UI", sop_instance)
    body += short(8, 0x20, b"DA", "20260115") + short(8, 0x50, b"SH", accession) + short(8, 0x60, b"CS", modality)
    body += short(0x10, 0x10, b"PN", patient) + short(0x10, 0x20, b"LO", patient_id)
    body += short(0x20, 0x0D, b"UI", study) + short(0x20, 0x0E, b"UI", series or study + ".1")
    pixels = (sop_instance.encode() * (size // len(sop_instance) + 1))[:size & ~1]
    return body + struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, len(pixels)) + pixels
