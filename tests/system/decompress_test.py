#!/usr/bin/python3
"""A PACS that takes uncompressed instances only gets them so, pixel by pixel those that the scanner compressed.

Real files of one image, packed without loss in four ways, and its uncompressed original; the receiver is DCMTK's
storescp, and each delivery is the only one.
"""
import os

import pydicom

import bridge
import dimse
import peers

LOSSLESS = {"wg04/XA1_JPLL.dcm": "JPEG lossless", "wg04/XA1_RLE.dcm": "RLE", "wg04/XA1_JLSL.dcm": "JPEG-LS lossless",
            "wg04/XA1_J2KR.dcm": "JPEG 2000"}
PLAIN = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1"}


def main():
    samples = bridge.skip_without_samples()
    pixels = pydicom.dcmread(os.path.join(samples, "wg04", "XA1_UNC.dcm")).PixelData
    for name, how in LOSSLESS.items():
        sample = dimse.Sample(os.path.join(samples, name))
        original = pydicom.dcmread(os.path.join(samples, name))
        storescp = peers.Storescp("+x=")
        toml = bridge.dicom_destination("storescp", storescp.port, "STORESCP") + bridge.route("all", "storescp")
        with bridge.Bridge(toml) as broker:
            scu = dimse.Scu(broker.port, [(original.SOPClassUID, [sample.transfer_syntax])])
            assert scu.store(1, original.SOPClassUID, original.SOPInstanceUID, sample.data_set) == 0
            scu.release()
            job = bridge.until("%s to be delivered" % name, lambda: next(
                (each for each in broker.get("/api/v1/jobs")[1]["items"] if each["state"] == "delivered"), None))
            files = bridge.until("the file", storescp.files)
            assert len(files) == 1, files
            received = pydicom.dcmread(files[0])
            assert received.file_meta.TransferSyntaxUID in PLAIN
            assert received.SOPInstanceUID == original.SOPInstanceUID
            assert received.PixelData == pixels, "%s: other pixels" % name
            # The scanner's own bytes stay, under the digest that they came with.
            digest = job["instance"]["digest"]
            blob = os.path.join(broker.data, "spool", digest[:2], digest)
            with open(blob, "rb") as kept:
                assert kept.read().endswith(sample.data_set)
            print("%-20s delivered in %s, %d bytes of pixels the same" % (
                how, received.file_meta.TransferSyntaxUID, len(pixels)))
        storescp.close()


if __name__ == "__main__":
    main()
