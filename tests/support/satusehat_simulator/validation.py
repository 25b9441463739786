"""What is checked of an ImagingStudy, in the platform's order, and with which words and rule number it is refused."""
import dataclasses
import datetime
import json
import re

from .bodies import Refused, dump
from .clock import date_time

ACSN = "http://sys-ids.kemkes.go.id/acsn/"
DCM = "http://dicom.nema.org/resources/ontology/DCM"
STATUSES = ("registered", "available", "cancelled", "entered-in-error", "unknown")
DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")
DEPTH_MAX = 40
FHIR_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclasses.dataclass
class Setting:
    """What the rules look at besides the resource. The functions are called with the simulator's lock held."""
    profile: object
    organization: str
    now: float
    find_order: object  # id -> ServiceRequest or None
    find_twin: object   # (organization, accession, StudyInstanceUID) -> id of another ImagingStudy or None


def parsed(body, resource_type):
    """Step 1."""
    try:
        resource = json.loads(body.decode("utf-8"), parse_constant=refuse_constant)
        dump(resource)  # half of a surrogate pair can be escaped, but not sent back
    except (ValueError, RecursionError):
        raise Refused(400, "invalid", "Invalid JSON", 20006) from None
    if not isinstance(resource, dict) or resource.get("resourceType") != resource_type:
        raise Refused(400, "invalid", "Failed to read payload: it is no %s" % resource_type, 20005)
    if is_deep(resource, DEPTH_MAX):
        raise Refused(400, "invalid", "Failed to unmarshal", 20008)
    return resource


def is_deep(value, left):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(is_deep(each, left - 1) for each in inner)


def refuse_constant(name):
    raise ValueError(name)


def check(resource, setting):
    """Steps 2 to 7; throws Refused at the first that fails."""
    for step in (check_presence, check_organization, check_dates, check_numbers, check_content, check_order, check_twin):
        step(resource, setting)


# What the identifiers say.

def dicts_of(element, name):
    found = element.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def is_list_of_dicts(element, name):
    return isinstance(element[name], list) and len(dicts_of(element, name)) == len(element[name])


def identifiers(resource):
    return dicts_of(resource, "identifier")


def accession_identifier(resource):
    """(index, identifier) of the accession number, or (None, None). By its type's code, else by its system."""
    def code_of(each):
        kind = each.get("type")
        return [one.get("code") for one in dicts_of(kind, "coding")] if isinstance(kind, dict) else []
    for number, each in enumerate(identifiers(resource)):
        if "ACSN" in code_of(each) or str(each.get("system")).startswith(ACSN):
            return number, each
    return None, None


def accession_of(resource):
    value = (accession_identifier(resource)[1] or {}).get("value")
    return value if isinstance(value, str) else None


def study_uid_of(resource):
    for each in identifiers(resource):
        if each.get("system") == "urn:dicom:uid" and isinstance(each.get("value"), str):
            return each["value"].removeprefix("urn:oid:")
    return None


def series_of(resource):
    return dicts_of(resource, "series")


def instances_of(series):
    return dicts_of(series, "instance")


def sop_uids_of(resource):
    return [each.get("uid") for series in series_of(resource) for each in instances_of(series)]


def at(value, *names):
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def reference_of(resource, name):
    """The text of a reference; of the first where there is a list."""
    value = resource.get(name)
    value = value[0] if isinstance(value, list) and value else value
    found = at(value, "reference")
    return found if isinstance(found, str) else None


# The steps.

def check_presence(resource, setting):
    accession = accession_of(resource)
    present = {"identifier": (10150, bool(accession)), "status": (10151, isinstance(resource.get("status"), str)),
               "modality": (10152, isinstance(resource.get("modality"), list) and resource["modality"]),
               "subject": (10153, reference_of(resource, "subject")),
               "basedOn": (10154, reference_of(resource, "basedOn"))}
    for name, (rule, is_there) in present.items():
        if not is_there:
            raise Refused(400, "value", "ImagingStudy.%s must not be null" % name, rule, "ImagingStudy." + name)


def check_organization(resource, setting):
    number, identifier = accession_identifier(resource)
    system = identifier.get("system")
    if system != ACSN + setting.organization:
        raise Refused(400, "value", "Wrong organization ID provided by system URL: %s" % system, 10117,
                      "%s.identifier[%d].system" % (resource["resourceType"], number))


def check_dates(resource, setting):
    if "started" in resource:
        check_date(resource["started"], "ImagingStudy.started", setting)
    elif setting.profile.require_started:
        raise Refused(400, "value", "Element not found: started", 10263, "ImagingStudy.started")
    for number, series in enumerate(series_of(resource)):
        if "started" in series:
            check_date(series["started"], "ImagingStudy.series[%d].started" % number, setting)


def check_date(value, where, setting):
    if not isinstance(value, str):
        raise Refused(400, "format", "Element must be a dateTime", 10424, where)
    with_time = DATE_TIME.fullmatch(value)
    if not with_time and not (setting.profile.accept_date_only and DATE.fullmatch(value)):
        raise Refused(400, "format", "Invalid date time format: %s" % value, 10132, where)
    if with_time and setting.profile.strict_utc and with_time[3] != "+00:00":
        raise Refused(400, "format", "Invalid date time format: %s. Expected UTC, +00:00" % value, 10132, where)
    try:
        if with_time:
            whole = value[:19] + value[19 + len(with_time[2] or ""):].replace("Z", "+00:00")
            instant = datetime.datetime.fromisoformat(whole)
        else:
            instant = datetime.datetime.fromisoformat((value + "-01-01")[:10] + "T00:00:00+00:00")
        is_outside = (instant.timestamp() > setting.now
                      or instant.astimezone(datetime.timezone.utc).date().isoformat() < setting.profile.date_floor)
    except (ValueError, OverflowError):
        raise Refused(400, "format", "Invalid date time format: %s" % value, 10132, where) from None
    if is_outside:
        raise Refused(400, "value", "Invalid date time value: %s. Not Allowed : Future Date (it is %s) or Past Date older "
                      "than %s" % (value, date_time(setting.now), setting.profile.date_floor), 10132, where)


def check_numbers(resource, setting):
    check_number(resource, "numberOfSeries", "ImagingStudy")
    check_number(resource, "numberOfInstances", "ImagingStudy")
    for number, series in enumerate(series_of(resource)):
        where = "ImagingStudy.series[%d]" % number
        check_number(series, "number", where)
        check_number(series, "numberOfInstances", where)
        for index, instance in enumerate(instances_of(series)):
            check_number(instance, "number", "%s.instance[%d]" % (where, index))


def check_number(element, name, where):
    if name in element and (type(element[name]) is not int or element[name] < 0):
        raise Refused(400, "value", "Element must be an unsigned integer: %s" % name, 10254, "%s.%s" % (where, name))


def check_content(resource, setting):
    """Not in the platform's order as far as it is known, but each of these is refused somewhere in its dictionary."""
    if not setting.profile.check_content:
        return
    check_not_empty(resource, "ImagingStudy")
    if resource["status"] not in STATUSES:
        raise Refused(400, "value", "Code not found: %s" % resource["status"], 10001, "ImagingStudy.status")
    for number, coding in enumerate(resource["modality"]):
        check_modality(coding, "ImagingStudy.modality[%d]" % number)
    if "series" in resource and not is_list_of_dicts(resource, "series"):
        raise Refused(400, "invalid", "Failed to unmarshal: series", 20008, "ImagingStudy.series")
    for number, series in enumerate(series_of(resource)):
        check_series(series, "ImagingStudy.series[%d]" % number)


def check_series(series, where):
    check_uid(series, where)
    check_modality(series.get("modality"), where + ".modality")
    if "instance" in series and not is_list_of_dicts(series, "instance"):
        raise Refused(400, "invalid", "Failed to unmarshal: instance", 20008, where + ".instance")
    for index, instance in enumerate(instances_of(series)):
        inside = "%s.instance[%d]" % (where, index)
        check_uid(instance, inside)
        sop_class = instance.get("sopClass")
        if not isinstance(at(sop_class, "code"), str):
            raise Refused(400, "value", "Element not found: sopClass", 10263, inside + ".sopClass")
        if sop_class.get("system") != "urn:ietf:rfc:3986" or not sop_class["code"].startswith("urn:oid:"):
            raise Refused(400, "value", "Invalid coding system: %s" % sop_class.get("system"), 10002, inside + ".sopClass")


def check_uid(element, where):
    if not isinstance(element.get("uid"), str):
        raise Refused(400, "value", "Element not found: uid", 10263, where + ".uid")
    if not FHIR_ID.fullmatch(element["uid"]):
        raise Refused(400, "value", "Invalid id: %s" % element["uid"], None, where + ".uid")


def check_modality(coding, where):
    if not isinstance(at(coding, "code"), str):
        raise Refused(400, "value", "Element not found: modality", 10263, where)
    if coding.get("system") != DCM:
        raise Refused(400, "value", "Invalid coding system: %s" % coding.get("system"), 10002, where + ".system")


def check_not_empty(value, where):
    if value is None or (isinstance(value, (str, list, dict)) and not value) or (isinstance(value, str) and not value.strip()):
        raise Refused(400, "value", "Text is empty", 10134, where)
    if isinstance(value, dict):
        for name, inner in value.items():
            check_not_empty(inner, "%s.%s" % (where, name))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            check_not_empty(inner, "%s[%d]" % (where, number))


def check_order(resource, setting):
    reference = reference_of(resource, "basedOn")
    kind, _, order_id = reference.partition("/")
    order = setting.find_order(order_id) if kind == "ServiceRequest" else None
    if order is None:
        raise Refused(400, "value", "Resource not found %s" % reference, 20007, "ImagingStudy.basedOn[0].reference")
    subject = reference_of(resource, "subject")
    if setting.profile.check_subject and subject != reference_of(order, "subject"):
        raise Refused(400, "value", "Invalid reference: the subject is not that of %s" % reference, None,
                      "ImagingStudy.subject.reference")


def check_twin(resource, setting):
    if setting.profile.reject_duplicates and setting.find_twin(
            setting.organization, accession_of(resource), study_uid_of(resource)):
        raise Refused(400, "duplicate", "Found duplicate resource: ImagingStudy", 20002)
