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
C_STORE_RQ, C_STORE_RSP, C_ECHO_RQ, C_ECHO_RSP = 0x0001, 0x8001, 0x0030, 0x8030


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


class Scu:
    """One association. `contexts`: [(abstract syntax, [transfer syntaxes])]."""

    def __init__(self, port, contexts, calling="SCANNER", called="BRIDGE", host="127.0.0.1", timeout=60):
        self.stream = Stream(socket.create_connection((host, port), timeout=timeout))
        self.message_id = 0
        items = item(0x10, APPLICATION_CONTEXT.encode())
        for number, (abstract, syntaxes) in enumerate(contexts):
            body = bytes([1 + 2 * number, 0, 0, 0]) + item(0x30, abstract.encode())
            items += item(0x20, body + b"".join(item(0x40, each.encode()) for each in syntaxes))
        items += item(0x50, item(0x51, struct.pack(">I", 131072)) + item(0x52, b"1.2.826.0.1.3680043.10.1.1"))
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

    def release(self):
        self.stream.sock.sendall(pdu(5, b"\0" * 4))
        kind, _ = self.stream.receive()
        assert kind == 6, kind
        self.stream.sock.close()

    def abort(self):
        self.stream.sock.sendall(pdu(7, b"\0" * 4))
        self.stream.sock.close()


class StorageScp:
    """Accepts every context with its first transfer syntax and remembers the digest of each data set it was sent.

    `on_store(scp, stream, context, values, data_set)` may answer in place of the plain success, or raise Closed.
    """

    def __init__(self, port=0, on_store=None, accepts=lambda abstract, syntaxes: syntaxes[0]):
        self.lock = threading.Lock()
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
                chosen = self.accepts(abstract, syntaxes)
                answers += item(0x21, bytes([content[0], 0, 0 if chosen else 4, 0]) +
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
