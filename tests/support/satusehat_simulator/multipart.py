"""A multipart/related body on disk, taken apart into one file per part (RFC 2046 5.1)."""
import email.message
import hashlib
import mmap
import os

from .bodies import Refused
from .dicom_store import Received

PIECE = 1 << 20


def boundary_of(content_type):
    """Of a multipart/related whose parts are DICOM, or None."""
    header = email.message.Message()
    header["Content-Type"] = content_type
    if header.get_content_type() != "multipart/related":
        return None
    boundary = header.get_boundary()
    return boundary.encode("latin-1", "replace") if boundary and len(boundary) <= 200 else None


def split(path, boundary, new_path):
    """The parts in their order. The whole body's file is gone afterwards."""
    parts = []
    try:
        if os.path.getsize(path) == 0:
            raise malformed()
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as body:
            for begin, end in spans(body, boundary):
                parts.append(written(body, begin, end, new_path()))
        if not parts:
            raise malformed()
        return parts
    except BaseException:
        for each in parts:
            os.unlink(each.path)
        raise
    finally:
        os.unlink(path)


def spans(body, boundary):
    """Of each part's content."""
    delimiter = b"--" + boundary
    at = 0 if body[:len(delimiter)] == delimiter else body.find(b"\r\n" + delimiter) + 2
    if at == 1:
        raise malformed()
    while True:
        at += len(delimiter)
        if body[at:at + 2] == b"--":
            return
        head_end = body.find(b"\r\n\r\n", at)
        end = body.find(b"\r\n" + delimiter, max(head_end, 0))
        if head_end < 0 or end < 0:
            raise malformed()
        yield head_end + 4, max(end, head_end + 4)
        at = end + 2


def written(body, begin, end, path):
    digest = hashlib.sha256()
    with open(path, "wb") as out:
        for at in range(begin, end, PIECE):
            piece = body[at:min(at + PIECE, end)]
            digest.update(piece)
            out.write(piece)
    return Received(path, digest.hexdigest(), end - begin)


def malformed():
    return Refused(400, "invalid", "The multipart body is malformed")
