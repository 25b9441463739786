"""What an answer is, and the bodies of those that say no: OperationOutcome, the gateway's fault JSON, plain text, HTML."""
import dataclasses
import json


@dataclasses.dataclass
class Answer:
    """`path`: a file that is the body instead of `body`."""
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: list = dataclasses.field(default_factory=list)
    path: str = None
    committed: bool = False  # it changed what is stored, or confirmed that it is
    resource_id: str = None

    def length(self, size_of):
        return size_of(self.path) if self.path else len(self.body)


def dump(value):
    """Keys in alphabetical order, as the platform's store returns them."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(status, value, headers=(), **more):
    return Answer(status, dump(value), headers=list(headers), **more)


class Refused(Exception):
    """A request that is answered with an OperationOutcome."""

    def __init__(self, status, code, text, rule=None, expression=None):
        super().__init__(text)
        self.status, self.code, self.rule, self.expression = status, code, rule, expression
        self.text = "%s (RuleNumber: %d)" % (text, rule) if rule else text

    def answer(self):
        return outcome(self.status, self.code, self.text, self.expression)


def outcome(status, code, text, expression=None, severity="error"):
    issue = {"severity": severity, "code": code, "details": {"text": text}}
    if expression:
        issue["expression"] = [expression]
    return json_answer(status, {"resourceType": "OperationOutcome", "text": {"status": "generated"}, "issue": [issue]})


def fault(status, text, code):
    """As the gateway in front has it."""
    return json_answer(status, {"fault": {"faultstring": text, "detail": {"errorcode": code}}})


def plain(status, text):
    return Answer(status, text.encode(), "text/plain")


def bad_credentials():
    """The severity is none that FHIR has; so it is documented."""
    text = ("The user or system was not able to be authenticated (either client_id or client_secret combination is "
            "unacceptable)")
    return json_answer(401, {"resourceType": "OperationOutcome",
                             "issue": [{"severity": "invalid", "code": "value", "details": {"text": text}}]})


def unauthorized(shape, is_expired):
    if shape == "apigee":
        if is_expired:
            return fault(401, "Access Token expired", "keymanagement.service.access_token_expired")
        return fault(401, "Invalid Access Token", "keymanagement.service.invalid_access_token")
    return json_answer(401, {"resourceType": "OperationOutcome", "issue": [
        {"severity": "error", "code": "login", "details": {"text": "Unauthorized"}}]})


def suppressed_entry(resource_type, resource_id):
    """A Bundle's entry in place of a resource that consent or privacy rules hide. It has no fullUrl."""
    return {"resource": {"resourceType": "OperationOutcome", "issue": [{
        "severity": "information", "code": "suppressed",
        "details": {"text": "The operation did not return any information due to consent or privacy rules."},
        "diagnostics": "No consent available for %s/%s" % (resource_type, resource_id)}]}}


def too_large():
    return fault(413, "Body buffer overflow", "protocol.http.TooBigBody")


def business_rule():
    return outcome(403, "forbidden", "resource cannot be accessed due to business rule")


def html(status=200):
    page = "<!DOCTYPE html><html><head><title>Notice</title></head><body><h1>Please wait</h1></body></html>"
    return Answer(status, page.encode(), "text/html; charset=utf-8")


# By the names that a fault of kind `answer` uses.
NAMED = {
    "duplicate": lambda: Refused(400, "duplicate", "Found duplicate resource: ImagingStudy", 20002).answer(),
    "date_window": lambda: Refused(
        400, "value", "Invalid date time value: 2031-05-05T00:00:00+00:00. Not Allowed : Future Date or Past Date older "
        "than 31st August 2022", 10132, "ImagingStudy.started").answer(),
    "reference_not_found": lambda: Refused(
        400, "value", "Resource not found ServiceRequest/00000000-0000-4000-8000-000000000000", 20007,
        "ImagingStudy.basedOn[0].reference").answer(),
    "wrong_organization": lambda: Refused(
        400, "value", "Wrong organization ID provided by system URL: http://sys-ids.kemkes.go.id/acsn/100000000", 10117,
        "ImagingStudy.identifier[0].system").answer(),
    "no_scope": lambda: Refused(403, "forbidden", "Failed to get permission for client for resource type", 20003).answer(),
    "access_class": lambda: Refused(403, "forbidden", "Resource type is not allowed for current access class", 20004).answer(),
    "business_rule": business_rule,
    "bad_credentials": bad_credentials,
    "throttle": lambda: fault(429, "Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=50, "
                              "periodInMicroseconds=1000000}", "policies.ratelimit.SpikeArrestViolation"),
    "quota": lambda: fault(429, "Rate limit quota violation. Quota limit exceeded. Identifier : _default",
                           "policies.ratelimit.QuotaViolation"),
    "internal": lambda: fault(500, "Execution of ServiceCallout failed", "steps.servicecallout.ExecutionFailed"),
    "bad_gateway": lambda: plain(502, "Bad Gateway"),
    "unavailable": lambda: fault(503, "The Service is temporarily unavailable",
                                 "messaging.adaptors.http.flow.ServiceUnavailable"),
    "gateway_timeout": lambda: plain(504, "Gateway Timeout"),
    "too_large": too_large,
    "not_found": lambda: outcome(404, "not-found", "Resource not found"),
    "html": html,
    "html_forbidden": lambda: html(403),
    "error_under_200": lambda: outcome(200, "exception", "Internal error"),
    "redirect": lambda: Answer(302, headers=[("Location", "https://elsewhere.invalid/login")]),
}
