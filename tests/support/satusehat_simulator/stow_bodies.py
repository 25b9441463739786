"""The answer to a DICOM upload: DICOM JSON, or the XML of the native DICOM model (PS3.18 10.5.3, F; PS3.19 A.1)."""
from xml.sax import saxutils

from .bodies import Answer, dump

KEYWORDS = {"00081150": "ReferencedSOPClassUID", "00081155": "ReferencedSOPInstanceUID", "00081190": "RetrieveURL",
            "00081197": "FailureReason", "00081198": "FailedSOPSequence", "00081199": "ReferencedSOPSequence"}
PROCESSING_FAILURE = 0x0110  # PS3.18 table I.2-2


def stow_answer(results, base_url, wants_json, shape):
    """200: all stored; 202: some; 409: none. `shape`: object, array or empty, of what was stored altogether."""
    failed = [each for each in results if each.failure]
    status = 200 if not failed else 409 if len(failed) == len(results) else 202
    data_set = {}
    stored = [each for each in results if not each.failure]
    if stored:
        data_set["00081190"] = element("UR", "%s/%s" % (base_url, stored[0].head.study_uid))
        data_set["00081199"] = element("SQ", *[stored_item(each.head, base_url) for each in stored])
    if failed:
        data_set["00081198"] = element("SQ", *[failed_item(each) for each in failed])
    if shape == "empty" and not failed:
        return Answer(status, content_type="application/dicom+json")
    if wants_json:
        return Answer(status, dump([data_set] if shape == "array" else data_set), "application/dicom+json")
    text = ('<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">'
            '%s</NativeDicomModel>' % xml_of(data_set))
    return Answer(status, text.encode(), "application/dicom+xml")


def element(vr, *values):
    return {"vr": vr, "Value": list(values)}


def stored_item(head, base_url):
    return {"00081150": element("UI", head.sop_class), "00081155": element("UI", head.sop_uid),
            "00081190": element("UR", "%s/%s/series/%s/instances/%s" % (
                base_url, head.study_uid, head.series_uid, head.sop_uid))}


def failed_item(result):
    item = {"00081197": element("US", PROCESSING_FAILURE), "00090097": element("LT", result.failure)}
    if result.head:
        item |= {"00081150": element("UI", result.head.sop_class), "00081155": element("UI", result.head.sop_uid)}
    return item


def xml_of(data_set):
    text = ""
    for tag, each in sorted(data_set.items()):
        name = 'keyword="%s"' % KEYWORDS[tag] if tag in KEYWORDS else 'privateCreator="GOOGLE"'
        values = "".join('<Item number="%d">%s</Item>' % (number, xml_of(value)) if isinstance(value, dict) else
                         '<Value number="%d">%s</Value>' % (number, saxutils.escape(str(value)))
                         for number, value in enumerate(each["Value"], 1))
        text += '<DicomAttribute tag="%s" vr="%s" %s>%s</DicomAttribute>' % (tag, each["vr"], name, values)
    return text
