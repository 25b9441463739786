"""What each endpoint does with a request whose token is good; and which path leads to which."""
import dataclasses
import re

from . import bodies, stow_bodies, validation
from .faults import of_kind
from .fhir_store import alternatives

TOKEN_PATH, FHIR_PATH, DICOM_PATH = "/oauth2/v1/accesstoken", "/fhir-r4/v1", "/dicom/v1/dicomWeb/studies"
WRITABLE = ("ServiceRequest", "ImagingStudy")
FHIR = re.compile(FHIR_PATH + r"/([A-Za-z]{1,64})(?:/([A-Za-z0-9.-]{1,64}))?/?")
RETRIEVE = re.compile(DICOM_PATH + r"/([0-9.]{1,64})/series/([0-9.]{1,64})/instances/([0-9.]{1,64})")


@dataclasses.dataclass
class Call:
    """One request on its way to its endpoint."""
    simulator: object
    head: object
    route: str
    endpoint: object
    names: tuple = ()       # out of the path
    token: object = None
    body: bytes = b""
    files: list = dataclasses.field(default_factory=list)  # Received, of a DICOM upload
    refusal: object = None  # Refused, of a body that could not be taken in
    record: object = None   # in the ledger
    plan: list = dataclasses.field(default_factory=list)   # the faults that it meets


def find(simulator, head):
    """The Call, or an Answer that there is none."""
    method, path = head.method, head.path
    if path == TOKEN_PATH:
        return Call(simulator, head, "token", give_token) if method == "POST" else no_method()
    if path == FHIR_PATH + "/dcm_cfg":
        return Call(simulator, head, "dcm_cfg", dcm_cfg) if method == "GET" else no_method()
    if path == DICOM_PATH:
        return Call(simulator, head, "dicom_store", store) if method == "POST" else no_method()
    match = RETRIEVE.fullmatch(path)
    if match:
        return Call(simulator, head, "dicom_retrieve", retrieve, match.groups()) if method in ("GET", "HEAD") else no_method()
    match = FHIR.fullmatch(path)
    if match:
        verb, endpoint = {("GET", False): ("search", search), ("GET", True): ("read", read),
                          ("POST", False): ("create", create), ("PUT", True): ("update", update)}.get(
                              (method, match[2] is not None), (None, None))
        if not verb:
            return no_method()
        if match[1] in WRITABLE:
            return Call(simulator, head, "%s_%s" % (match[1].lower(), verb), endpoint, match.groups())
        if verb in ("search", "read"):
            return Call(simulator, head, "other_" + verb, endpoint, match.groups())
        return bodies.NAMED["no_scope"]()
    return bodies.NAMED["not_found"]()


def no_method():
    return bodies.outcome(405, "not-supported", "Method not allowed")


# Each is called with the simulator's lock held, and answers or throws bodies.Refused.

def give_token(call):
    answer, token = call.simulator.tokens_given.grant(call.head.query(), call.body)
    answer.committed = token is not None
    return answer


def dcm_cfg(call):
    return bodies.json_answer(200, {"SATUSEHAT_CLIENT_ENABLE": False})


def search(call):
    fault = of_kind(call.plan, "suppressed")
    return call.simulator.fhir.search(call.names[0], call.head.query(), call.token.organization,
                                      call.simulator.url + call.head.target, fault.where if fault else None)


def read(call):
    return call.simulator.fhir.read(*call.names)


def create(call):
    fault = of_kind(call.plan, "index_lag")
    return call.simulator.fhir.post(call.names[0], call.body, call.token.organization, call.record.number,
                                    (fault.seconds or 0.0, fault.searches) if fault else None)


def update(call):
    return call.simulator.fhir.put(*call.names, call.body, call.token.organization, call.record.number)


def store(call):
    simulator, study_id = call.simulator, call.head.get("x-imagingstudy-id")
    if call.refusal:
        raise call.refusal
    if simulator.profile.require_imagingstudy_header and not simulator.fhir.find("ImagingStudy", study_id):
        raise bodies.Refused(400, "value", "X-ImagingStudy-ID is missing or unknown")
    results = [simulator.dicom.settle(each, call.record.number, study_id) for each in call.files]
    call.files.clear()
    accept = call.head.get("accept") or ""
    answer = stow_bodies.stow_answer(results, simulator.url + DICOM_PATH, "+json" in accept or "application/json" in accept,
                                     simulator.profile.stow_body)
    answer.committed = answer.status != 409
    answer.resource_id = study_id
    return answer


def retrieve(call):
    instance = call.simulator.dicom.find(*call.names)
    if instance is None:
        return bodies.outcome(404, "not-found", "Instance not found")
    return bodies.Answer(200, content_type="application/dicom", path=instance.path)


def facts(call):
    """(accession numbers, UIDs and ids) by which faults choose, as far as a request names any."""
    accessions, uids = [], list(call.names)
    for name, value in call.head.query():
        if name == "identifier":
            # A StudyInstanceUID is an identifier, too.
            for _, each in alternatives(value):
                (uids if each.startswith("urn:oid:") else accessions).append(each.removeprefix("urn:oid:"))
    if call.body and call.route in ("imagingstudy_create", "imagingstudy_update", "servicerequest_create"):
        try:
            resource = validation.parsed(call.body, call.names[0])
        except bodies.Refused:
            resource = {}
        accessions.append(validation.accession_of(resource))
        uids += [validation.study_uid_of(resource)]
        uids += [each for each in validation.sop_uids_of(resource) if isinstance(each, str)]
    for each in call.files:
        if each.head:
            accessions.append(each.head.accession)
            uids += [each.head.study_uid, each.head.series_uid, each.head.sop_uid]
    return tuple(filter(None, accessions)), tuple(filter(None, uids))
