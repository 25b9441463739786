#!/usr/bin/python3
"""Real files by many makers through the helper process: each is made Explicit VR Little Endian, and then

- every element but those that describe pixel data must have the same value (read by pydicom), and
- the pixels must be those that GDCM, an independent decoder, finds in the original: the same ones where nothing was
  lost, near ones where the decoders may round.

Where the samples have the uncompressed original, that is compared; of RLE pydicom's own decoder says what is right (GDCM
mistakes 16-bit colour), of HTJ2K opj_decompress. Prints a table; files that are broken on purpose must be refused, by
name.
"""
import collections
import os
import pickle
import subprocess
import sys
import tempfile

import gdcm
import numpy
import pydicom
import pydicom.config
import pydicom.filebase

import bridge
import dimse

pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE

EXPLICIT, IMPLICIT, JPEG_LS = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.4.80"
BIG_ENDIAN, DEFLATED = "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"
NATIVE = {IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED}
CERTAINLY_LOSSY = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"}
POSSIBLY_LOSSY = {"1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.203"}

RLE = "1.2.840.10008.1.2.5"
# Decoders of lossy JPEG may round otherwise, and we compare colours after another rounding.
ROUNDING = 4

# Broken on purpose, or nothing that the helper knows: its exit status.
REFUSED = {
    "dialects/JPEG2000-embedded-sequence-delimiter.dcm": 36,
    "dialects/MR_truncated.dcm": 35,
    "dialects/SC_rgb_jpeg.dcm": 35,
    "dialects/no_meta.dcm": 35,
    "dialects/rtplan_truncated.dcm": 35,
    "multiframe/liver_deflate.dcm": 41,
}
UNCOMPRESSED = {"dialects/MR_small_%s.dcm" % each: "dialects/MR_small.dcm"
                for each in ("RLE", "jp2klossless", "jpeg_ls_lossless")}
UNCOMPRESSED.update({"multiframe/emri_small_%s.dcm" % each: "multiframe/emri_small.dcm"
                     for each in ("RLE", "jpeg_2k_lossless", "jpeg_ls_lossless")})

# What decompression may change: pixel data, how its colours lie, what it lost, and group lengths.
OF_PIXELS = {0x7FE00010, 0x7FE00001, 0x7FE00002, 0x00280004, 0x00280006, 0x00282110, 0x00282112, 0x00282114}


def transcoded(sample, to):
    """(exit status, data set bytes) of the helper process."""
    ended = subprocess.run([bridge.BINARY, "worker", "transcode", sample.transfer_syntax, to, str(2 << 30), "60"],
                           input=sample.data_set, stdout=subprocess.PIPE, env={}, timeout=60)
    return ended.returncode, ended.stdout


def parsed(data_set, transfer_syntax):
    is_little, is_implicit = transfer_syntax != BIG_ENDIAN, transfer_syntax == IMPLICIT
    if transfer_syntax == DEFLATED:
        import zlib
        data_set = zlib.decompress(data_set, -zlib.MAX_WBITS)
    return with_raw(pydicom.filereader.read_dataset(pydicom.filebase.DicomBytesIO(data_set), is_implicit, is_little))


def with_raw(data_set):
    """Keeps the elements as they were read beside what pydicom converts them to."""
    data_set.raw = {tag: data_set.get_item(tag) for tag in data_set.keys()}
    data_set.raw = {tag: each for tag, each in data_set.raw.items() if isinstance(each, pydicom.dataelem.RawDataElement)}
    return data_set


def plain(element, is_big_endian):
    """A value that can be compared: words in little endian, text without its padding."""
    value = element.value
    if isinstance(value, bytes):
        width = {"OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}.get(element.VR, 1)
        if is_big_endian and width > 1:
            value = numpy.frombuffer(value, ">u%d" % width).astype("<u%d" % width).tobytes()
        return value if len(value) % 2 == 0 else value + b"\0"
    if isinstance(value, str):
        return value.rstrip("\0 ")
    return str(value)


def raw(data_set, tag):
    """The value's bytes, before pydicom has made anything of them."""
    element = data_set.raw[tag] if tag in data_set.raw else None
    return None if element is None or element.VR == "SQ" else element.value


def differences(before, after, is_big_endian, has_vr, at=""):
    found = []
    before_tags = {each for each in before.keys() if each.element != 0 and each not in OF_PIXELS}
    after_tags = {each for each in after.keys() if each.element != 0 and each not in OF_PIXELS}
    found += ["%s%s is gone" % (at, each) for each in before_tags - after_tags]
    found += ["%s%s is new" % (at, each) for each in after_tags - before_tags]
    for tag in sorted(before_tags & after_tags):
        one, other, name = before[tag], after[tag], "%s%s" % (at, tag)
        if one.VR == "SQ" and other.VR == "SQ":
            if len(one.value) != len(other.value):
                found.append("%s has other items" % name)
                continue
            for n, (a, b) in enumerate(zip(one.value, other.value)):
                a, b = with_raw(a), with_raw(b)
                found += differences(a, b, is_big_endian, has_vr, "%s[%d]." % (name, n))
        elif has_vr and one.VR != other.VR and one.VR not in ("UN",) and other.VR != "UN":
            found.append("%s was %s and is %s" % (name, one.VR, other.VR))
        elif not is_big_endian and isinstance(raw(before, tag), bytes) and isinstance(raw(after, tag), bytes):
            if raw(before, tag).rstrip(b"\0 ") != raw(after, tag).rstrip(b"\0 "):
                found.append("%s has other bytes" % name)
        elif one.VR == other.VR and plain(one, is_big_endian) != plain(other, is_big_endian):
            found.append("%s has another value" % name)
    return found


def reference_of(path):
    """What `decoded_by_gdcm` gives, from a process of its own: GDCM ends its process over some files."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with os.fdopen(write_end, "wb") as out:
            try:
                pickle.dump(decoded_by_gdcm(path), out)
            except Exception:
                pass
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as got:
        data = got.read()
    status = os.waitpid(pid, 0)[1]
    return pickle.loads(data) if data and status == 0 else None


def decoded_by_gdcm(path):
    """(pixels as unsigned bytes or words, photometric interpretation), colour by pixel; None where GDCM gives up."""
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        return None
    image = reader.GetImage()
    buffer = image.GetBuffer().encode("utf-8", errors="surrogateescape")
    dtype = "<u2" if image.GetPixelFormat().GetBitsAllocated() == 16 else "u1"
    pixels = numpy.frombuffer(buffer[:len(buffer) // numpy.dtype(dtype).itemsize * numpy.dtype(dtype).itemsize], dtype)
    samples = image.GetPixelFormat().GetSamplesPerPixel()
    if samples == 3 and image.GetPlanarConfiguration() == 1:
        frames = image.GetDimension(2) if image.GetNumberOfDimensions() == 3 else 1
        pixels = pixels.reshape(frames, 3, -1).transpose(0, 2, 1).reshape(-1)
    return pixels, str(image.GetPhotometricInterpretation())


def native_pixels(data_set):
    dtype = "<u2" if data_set.BitsAllocated == 16 else "<u4" if data_set.BitsAllocated == 32 else "u1"
    frames, samples = int(data_set.get("NumberOfFrames", 1) or 1), data_set.SamplesPerPixel
    count = frames * data_set.Rows * data_set.Columns * samples
    pixels = numpy.frombuffer(data_set.PixelData, dtype)[:count]
    if samples == 3 and data_set.get("PlanarConfiguration", 0) == 1:
        pixels = pixels.reshape(frames, 3, -1).transpose(0, 2, 1).reshape(-1)
    return pixels


def rgb_of_ybr(pixels):
    """PS3.3 C.7.6.3.1.2, the other way round."""
    y, b, r = (pixels.reshape(-1, 3)[:, n].astype(float) for n in range(3))
    b, r = b - 128, r - 128
    colours = numpy.stack([y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b], axis=1)
    return numpy.clip(numpy.rint(colours), 0, 255).astype("u1").reshape(-1)


def compared(after, reference):
    """The largest difference, in the bits stored, or a word."""
    pixels = native_pixels(after)
    expected, colour = reference
    if after.SamplesPerPixel == 3 and after.PhotometricInterpretation == "RGB" and colour.startswith("YBR_FULL"):
        expected = rgb_of_ybr(expected)
    if pixels.size != expected.size:
        return "size"
    mask = (1 << after.BitsStored) - 1
    a, b = (each.astype("i8") >> (after.HighBit + 1 - after.BitsStored) & mask for each in (pixels, expected))
    if after.get("PixelRepresentation", 0) == 1:
        half = 1 << (after.BitsStored - 1)
        a, b = ((each ^ half) - half for each in (a, b))
    return int(numpy.abs(a - b).max())


def by_openjpeg(path):
    """The first frame by opj_decompress, for HTJ2K, which GDCM doesn't know."""
    data_set = pydicom.dcmread(path)
    with tempfile.TemporaryDirectory() as folder:
        stream, image = os.path.join(folder, "in.j2k"), os.path.join(folder, "out.ppm")
        with open(stream, "wb") as out:
            out.write(next(pydicom.encaps.generate_pixel_data_frame(data_set.PixelData)))
        if subprocess.run(["opj_decompress", "-i", stream, "-o", image], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode != 0:
            return None
        with open(image, "rb") as made:
            data = made.read()
    count = data_set.Rows * data_set.Columns * data_set.SamplesPerPixel
    return numpy.frombuffer(data[-count:], "u1"), "RGB"


def reference(samples, name, transfer_syntax):
    """Which decoder, and what it says."""
    path = os.path.join(samples, name)
    begin = name.rsplit("_", 1)[0]
    if transfer_syntax not in CERTAINLY_LOSSY | POSSIBLY_LOSSY:
        for original in (begin + "_UNC.dcm", UNCOMPRESSED.get(name, "")):
            if original and os.path.exists(os.path.join(samples, original)):
                data_set = pydicom.dcmread(os.path.join(samples, original))
                return "original", (native_pixels(data_set), data_set.PhotometricInterpretation)
    if transfer_syntax == RLE:
        data_set = pydicom.dcmread(path)
        return "pydicom", (data_set.pixel_array.reshape(-1), data_set.PhotometricInterpretation)
    if transfer_syntax == "1.2.840.10008.1.2.4.203":
        return "opj_decompress", by_openjpeg(path)
    return "gdcm", reference_of(path)


def look_at(samples, name):
    """(row for the table, what is wrong)."""
    sample = dimse.Sample(os.path.join(samples, name))
    to = IMPLICIT if sample.transfer_syntax == EXPLICIT else EXPLICIT
    row = [name, sample.transfer_syntax]
    status, result = transcoded(sample, to)
    if status != REFUSED.get(name, 0):
        return row + ["status %d" % status], ["ended with %d" % status]
    if status != 0:
        return row + ["refused, %d" % status], []
    before, after = parsed(sample.data_set, sample.transfer_syntax), parsed(result, to)
    wrong = differences(before, after, sample.transfer_syntax == BIG_ENDIAN, EXPLICIT == to != sample.transfer_syntax != IMPLICIT)
    if transcoded(sample, to)[1] != result:
        wrong.append("another time, other bytes")
    is_lossy = sample.transfer_syntax in CERTAINLY_LOSSY | POSSIBLY_LOSSY
    if sample.transfer_syntax in CERTAINLY_LOSSY and after.get("LossyImageCompression") != "01":
        wrong.append("doesn't say that it was lossy")
    if "PixelData" not in after:
        return row + ["no pixels"], wrong
    if sample.transfer_syntax in NATIVE:
        one, other = (raw(each, pydicom.tag.Tag(0x7FE00010)) for each in (before, after))
        if sample.transfer_syntax != BIG_ENDIAN and one.ljust(len(other), b"\0") != other:
            wrong.append("other pixels")
        return row + ["native"], wrong
    decoder, expected = reference(samples, name, sample.transfer_syntax)
    if expected is None:
        return row + ["nothing to compare with"], wrong
    difference = compared(after, expected)
    if difference == "size" or difference > (ROUNDING if is_lossy else 0):
        wrong.append("pixels differ from %s by %s" % (decoder, difference))
    return row + ["%s: %s" % (decoder, difference), after.PhotometricInterpretation,
                  str(after.get("LossyImageCompression", "-"))], wrong


def main():
    samples = bridge.skip_without_samples()
    names = []
    for folder, _, files in os.walk(samples):
        files = [each for each in sorted(files) if each.endswith(".dcm")]
        names += [os.path.relpath(os.path.join(folder, each), samples) for each in (files[:2] if folder.endswith("mr-study") else files)]
    failures, done = [], collections.Counter()
    for name in sorted(names):
        row, wrong = look_at(samples, name)
        print("  ".join(row))
        done[row[2].split(":")[0]] += 1
        failures += ["%s: %s" % (name, each) for each in wrong]
    print(dict(done))
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
