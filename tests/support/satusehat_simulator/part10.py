"""The head of a DICOM Part 10 file: its transfer syntax, and the UIDs and accession number out of the data set (PS3.10, PS3.5).

By hand, so that no library's opinion of a file comes between what a client sent and what is stored.
"""
import dataclasses
import re
import struct
import zlib

IMPLICIT_LE, EXPLICIT_BE, DEFLATED_LE = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
LONG_VRS = (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
SOP_CLASS, SOP_INSTANCE, ACCESSION, STUDY, SERIES = 0x00080016, 0x00080018, 0x00080050, 0x0020000D, 0x0020000E
WANTED = (SOP_CLASS, SOP_INSTANCE, ACCESSION, STUDY, SERIES)
TRANSFER_SYNTAX = 0x00020010
VALUE_BYTES_MAX = 1024
HEAD_BYTES_MAX = 64 * 1024 * 1024  # a deflated file may grow without end
DEPTH_MAX = 32
UID = re.compile(r"[0-9]+(\.[0-9]+)*")


class NotDicom(Exception):
    """Nothing that the store would take."""


@dataclasses.dataclass
class Head:
    study_uid: str
    series_uid: str
    sop_uid: str
    sop_class: str
    accession: str
    transfer_syntax: str


class Source:
    """Bytes from the file, inflated if need be; a skip in a plain file is a seek."""

    def __init__(self, file, is_deflated=False):
        self.file, self.inflater = file, zlib.decompressobj(-15) if is_deflated else None
        self.ready, self.taken = b"", 0

    def take(self, n):
        """Exactly n bytes, or NotDicom."""
        self.taken += n
        if self.taken > HEAD_BYTES_MAX and self.inflater:
            raise NotDicom("the data set's beginning is too long")
        if not self.inflater:
            data = self.file.read(n)
        else:
            self.inflate(n)
            data, self.ready = self.ready[:n], self.ready[n:]
        if len(data) != n:
            raise NotDicom("the file ends inside an element")
        return data

    def inflate(self, n):
        try:
            while len(self.ready) < n and not self.inflater.eof:
                data = self.inflater.unconsumed_tail or self.file.read(65536)
                if not data:
                    return
                self.ready += self.inflater.decompress(data, max(65536, n - len(self.ready)))
        except zlib.error:
            raise NotDicom("the data set does not inflate") from None

    def skip(self, n):
        if self.inflater:
            while n:
                piece = min(n, 1 << 20)
                self.take(piece)
                n -= piece
        elif n:
            self.file.seek(n - 1, 1)
            self.take(1)


class Syntax:
    def __init__(self, order, is_explicit):
        self.order, self.is_explicit = order, is_explicit

    def element(self, source):
        """(tag, VR or None, length)"""
        group, number = struct.unpack(self.order + "HH", source.take(4))
        tag = group << 16 | number
        if group == 0xFFFE or not self.is_explicit:
            return tag, None, struct.unpack(self.order + "I", source.take(4))[0]
        vr = source.take(2)
        if vr in LONG_VRS:
            source.take(2)
            return tag, vr, struct.unpack(self.order + "I", source.take(4))[0]
        return tag, vr, struct.unpack(self.order + "H", source.take(2))[0]


EXPLICIT_LE_SYNTAX, IMPLICIT_LE_SYNTAX, EXPLICIT_BE_SYNTAX = Syntax("<", True), Syntax("<", False), Syntax(">", True)


def read_head(path):
    """Throws NotDicom."""
    with open(path, "rb") as file:
        file.seek(128)
        if file.read(4) != b"DICM":
            raise NotDicom("there is no DICM after the preamble")
        syntax_uid = read_meta(file)
        source = Source(file, syntax_uid == DEFLATED_LE)
        syntax = {IMPLICIT_LE: IMPLICIT_LE_SYNTAX, EXPLICIT_BE: EXPLICIT_BE_SYNTAX}.get(syntax_uid, EXPLICIT_LE_SYNTAX)
        values = read_values(source, syntax)
    uids = {}
    for name, tag in (("study_uid", STUDY), ("series_uid", SERIES), ("sop_uid", SOP_INSTANCE), ("sop_class", SOP_CLASS)):
        uids[name] = values.get(tag, b"").decode("latin-1").strip("\0 ")
        if not UID.fullmatch(uids[name]) or len(uids[name]) > 64:
            raise NotDicom("%s is missing or no UID" % name)
    return Head(accession=values.get(ACCESSION, b"").decode("latin-1").strip("\0 "), transfer_syntax=syntax_uid, **uids)


def read_meta(file):
    """The transfer syntax. Leaves the file at the data set's first byte."""
    source, found = Source(file), ""
    while True:
        group = file.read(2)
        file.seek(-len(group), 1)
        if group != b"\x02\x00":
            break
        tag, vr, length = EXPLICIT_LE_SYNTAX.element(source)
        if length == UNDEFINED:
            raise NotDicom("an element of the file meta information has no length")
        if tag == TRANSFER_SYNTAX and length <= VALUE_BYTES_MAX:
            found = source.take(length).decode("latin-1").strip("\0 ")
        else:
            source.skip(length)
    if not found:
        raise NotDicom("there is no Transfer Syntax UID")
    return found


def read_values(source, syntax):
    """Those of WANTED that there are; elements come in ascending order (PS3.5 7.1)."""
    values = {}
    while SERIES not in values:
        try:
            tag, vr, length = syntax.element(source)
            if tag > SERIES:
                break
            if tag in WANTED and length <= VALUE_BYTES_MAX:
                values[tag] = source.take(length)
            else:
                skip_value(source, syntax, vr, length, 0)
        except NotDicom:
            if len(values) < 4:
                raise
            break
    return values


def skip_value(source, syntax, vr, length, depth):
    if length != UNDEFINED:
        source.skip(length)
        return
    if depth > DEPTH_MAX:
        raise NotDicom("sequences are nested too deeply")
    # Of unknown VR and length: a sequence in Implicit VR Little Endian, whatever is around it (PS3.5 6.2.2 note 2).
    inner = IMPLICIT_LE_SYNTAX if vr == b"UN" else syntax
    while True:
        tag, _, item_length = inner.element(source)
        if tag == SEQUENCE_END:
            return
        if tag != ITEM:
            raise NotDicom("there is no item where one must be")
        if item_length != UNDEFINED:
            source.skip(item_length)
            continue
        while True:
            tag, inner_vr, inner_length = inner.element(source)
            if tag == ITEM_END:
                break
            skip_value(source, inner, inner_vr, inner_length, depth + 1)
