#!/usr/bin/python3
"""Real files by many makers, painted as previews show them, before they become JPEG:

- the lossless variants of an image are the same picture as the uncompressed original, to the last pixel,
- the lossy ones are near it: the least PSNR of each is written below,
- every picture is what dcm2pnm, dcmj2pnm or dcml2pnm makes of the file with the same window, to 1 of 255,
- what has no picture has the reason that is written below.

Prints a table. Needs the sample instances and DCMTK's programs.
"""
import os
import shutil
import subprocess
import sys
import tempfile

import numpy

import bridge
import dimse

PAINT = os.environ["PAINT_PROGRAM"]

# The images of WG-04, and the least PSNR of their lossy compressions, in dB, in the window of the uncompressed one.
WG04 = ("CT1", "MR1", "NM1", "US1", "VL1", "XA1")
LOSSY = {"CT1_J2KI": 33, "CT1_JLSN": 53, "MR1_J2KI": 30, "MR1_JLSN": 52, "MR1_JPLY": 40, "NM1_J2KI": 24, "NM1_JLSN": 35,
         "NM1_JPLY": 30, "US1_J2KI": 36, "VL1_J2KI": 40, "XA1_J2KI": 46, "XA1_JLSN": 43, "XA1_JPLY": 39}

NOTHING = "there are no pixels in this instance"
SHORT = "the pixel data is shorter than its attributes say"
MISSING = "an attribute that describes the pixels is missing, such as Rows, Columns or Bits Allocated"
REFUSED = {
    "dialects/ExplVR_BigEndNoMeta.dcm": NOTHING,
    "dialects/ExplVR_LitEndNoMeta.dcm": NOTHING,
    # One byte of the codestream was changed into a delimiter.
    "dialects/JPEG2000-embedded-sequence-delimiter.dcm":
        "the compressed frame cannot be decoded, or is another picture than its attributes say",
    "dialects/MR_truncated.dcm": SHORT,
    "dialects/UN_sequence.dcm": NOTHING,
    # Number of Frames is "1A".
    "dialects/badVR.dcm": "the attributes that describe the pixels contradict each other or the standard",
    "dialects/empty_charset_LEI.dcm": NOTHING,
    "dialects/meta_missing_tsyntax.dcm": MISSING,
    "dialects/nested_priv_SQ.dcm": MISSING,
    "dialects/no_meta.dcm": SHORT,
    "dialects/no_meta_group_length.dcm": NOTHING,
    "dialects/priv_SQ.dcm": NOTHING,
    "dialects/reportsi.dcm": NOTHING,
    "dialects/reportsi_with_empty_number_tags.dcm": NOTHING,
    "dialects/rtplan.dcm": NOTHING,
    "dialects/rtplan_truncated.dcm": SHORT,
    "dialects/rtstruct.dcm": NOTHING,
    "dialects/test-SR.dcm": NOTHING,
    "dialects/waveform_ecg.dcm": NOTHING,
}
# DCMTK takes 32-bit pixels of big endian files for two swapped words; their little endian copies say what is right.
BETTER_THAN_DCMTK = {"dialects/rtdose_expb.dcm": "dialects/rtdose.dcm",
                     "dialects/rtdose_expb_1frame.dcm": "dialects/rtdose_1frame.dcm"}
# DCMTK's programs know no JPEG 2000: only the lossless original or nothing is there to compare with.
TOOLS = ("dcmj2pnm", "dcml2pnm", "dcm2pnm")


def read_pnm(data):
    kind, size, _, samples = data.split(b"\n", 3)
    width, height = map(int, size.split())
    channels = 1 if kind == b"P5" else 3
    return numpy.frombuffer(samples, numpy.uint8)[:width * height * channels].reshape(height, width, channels).astype(int)


class Painter:
    def __init__(self, folder):
        self.folder = folder

    def paint(self, path, frame=1, window=None):
        """(picture, window as the program says it), or (None, the reason)."""
        sample = dimse.Sample(path)
        data_set = os.path.join(self.folder, "data_set")
        with open(data_set, "wb") as out:
            out.write(sample.data_set)
        ended = subprocess.run([PAINT, data_set, sample.transfer_syntax, str(frame)] + ([window] if window else []),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
        if ended.returncode == 1:
            return None, ended.stdout.decode().strip()
        if ended.returncode != 0:
            raise AssertionError("%s: ended with %d" % (path, ended.returncode))
        said = ended.stderr.decode()
        return read_pnm(ended.stdout), said.partition("window ")[2].strip() or None

    def dcmtk(self, path, window):
        """What DCMTK makes of it, or nothing where none of its programs can."""
        out = os.path.join(self.folder, "dcmtk.pnm")
        for tool in TOOLS:
            if os.path.exists(out):
                os.unlink(out)
            arguments = ["+Ww"] + window.split(",") if window else []
            ended = subprocess.run([tool, "+op", "+F", "1"] + arguments + [path, out], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            if ended.returncode == 0 and os.path.exists(out):
                with open(out, "rb") as made:
                    return read_pnm(made.read())
        return None


def psnr(one, other):
    error = ((one - other) ** 2).mean()
    return float("inf") if error == 0 else 10 * numpy.log10(255 ** 2 / error)


def check_variants(painter, samples):
    """Of each WG-04 image all compressions against the uncompressed one."""
    problems, compared = [], 0
    for name in WG04:
        original, said = painter.paint(os.path.join(samples, "wg04", name + "_UNC.dcm"))
        window = said and said + ",linear"
        for file in sorted(os.listdir(os.path.join(samples, "wg04"))):
            variant = file[:-4]
            if not variant.startswith(name + "_") or variant.endswith("_UNC"):
                continue
            picture, why = painter.paint(os.path.join(samples, "wg04", file), 1, window)
            if picture is None:
                problems.append("%s: %s" % (variant, why))
                continue
            compared += 1
            found = psnr(picture, original)
            print("%-10s %s dB" % (variant, "inf" if found == float("inf") else "%.1f" % found))
            if found < LOSSY.get(variant, float("inf")):
                problems.append("%s: PSNR %.1f dB" % (variant, found))
    if compared != 33:
        problems.append("%d variants compared, not 33" % compared)
    return problems


def check_file(painter, samples, name):
    """(problem or None, what is printed)."""
    path = os.path.join(samples, name)
    picture, said = painter.paint(path)
    if picture is None:
        return (None if REFUSED.get(name) == said else "%s: %s" % (name, said)), said
    if name in REFUSED:
        return "%s: it has a picture" % name, "painted"
    if name in BETTER_THAN_DCMTK:
        expected, tool = painter.paint(os.path.join(samples, BETTER_THAN_DCMTK[name]))[0], "its copy"
    else:
        expected, tool = painter.dcmtk(path, said), "DCMTK"
    if expected is None:
        return None, "painted, nothing to compare with"
    if expected.shape[2] == 3 and picture.shape[2] == 1:
        expected = expected[:, :, :1]
    if expected.shape != picture.shape:
        return "%s: %s, and by %s %s" % (name, picture.shape, tool, expected.shape), ""
    worst = abs(expected - picture).max()
    return (None if worst <= 1 else "%s: %d of 255 from %s" % (name, worst, tool)), "within %d of %s" % (worst, tool)


def main():
    samples = bridge.skip_without_samples()
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        print("these programs of DCMTK are missing: " + " ".join(missing))
        return 1
    with tempfile.TemporaryDirectory() as folder:
        painter = Painter(folder)
        problems = check_variants(painter, samples)
        compared = 0
        for kind in ("wg04", "dialects", "multiframe"):
            for file in sorted(os.listdir(os.path.join(samples, kind))):
                problem, line = check_file(painter, samples, kind + "/" + file)
                compared += "within" in line
                print("%-55s %s" % (kind + "/" + file, line))
                problems += [problem] if problem else []
    print("%d pictures compared with DCMTK's" % compared)
    if compared < 80:
        problems.append("only %d pictures compared" % compared)
    for each in problems:
        print("WRONG " + each)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
