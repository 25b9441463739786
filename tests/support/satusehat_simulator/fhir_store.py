"""The FHIR resources, every version of each, and the searches that find them."""
import copy
import dataclasses
import uuid

from . import bodies, validation
from .clock import http_date, instant, version_id

# A create's Location leads to a host that is none of the client's business, as the platform's does.
FOREIGN_STORE = "https://healthcare.elsewhere.invalid/v1/projects/simulated/locations/nowhere/datasets/d/fhirStores/f/fhir"


@dataclasses.dataclass
class Version:
    at: float
    stamp_us: int
    resource: dict
    request: int = None  # number in the ledger; None: seeded


@dataclasses.dataclass
class Stored:
    resource_type: str
    id: str
    organization: str
    versions: list
    is_suppressed: bool = False
    exists_at: float = 0.0        # before this the resource is not there at all
    exists_after_searches: int = 0  # …nor before so many searches would have found it
    indexed_at: float = 0.0       # before this no search finds it
    indexed_after_searches: int = 0
    missed_count: int = 0         # searches that would have found it, and did not

    @property
    def resource(self):
        return self.versions[-1].resource

    def exists(self, now):
        return now >= self.exists_at and self.missed_count >= self.exists_after_searches

    def is_indexed(self, now):
        return (self.exists(now) and now >= self.indexed_at
                and self.missed_count >= max(self.exists_after_searches, self.indexed_after_searches))


class FhirStore:
    """Every function is called with the simulator's lock held."""

    def __init__(self, clock, profile, rng):
        self.clock, self.profile, self.rng = clock, profile, rng
        self.items = {}  # (type, id) -> Stored, in the order of their making

    def new_uuid(self):
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def create(self, resource, organization, request=None, resource_id=None):
        stored = Stored(resource["resourceType"], resource_id or self.new_uuid(), organization, [])
        self.append(stored, resource, request)
        self.items[stored.resource_type, stored.id] = stored
        return stored

    def append(self, stored, resource, request=None):
        """The whole resource is replaced: what isn't in `resource` is gone."""
        stamp_us = self.clock.stamp_us()
        resource = copy.deepcopy(resource)
        meta = resource.get("meta")
        resource["meta"] = (meta if isinstance(meta, dict) else {}) | {
            "lastUpdated": instant(stamp_us), "versionId": version_id(stamp_us)}
        resource["id"] = stored.id
        stored.versions.append(Version(self.clock.now(), stamp_us, resource, request))

    def find(self, resource_type, resource_id):
        stored = self.items.get((resource_type, resource_id))
        return stored if stored and stored.exists(self.clock.now()) else None

    def of_type(self, resource_type):
        return [each for each in self.items.values() if each.resource_type == resource_type]

    # What the endpoints answer.

    def answer_of(self, status, stored, is_create=False):
        version = stored.versions[-1]
        headers = [("ETag", 'W/"%s"' % version_id(version.stamp_us)), ("Last-Modified", http_date(version.stamp_us / 1e6))]
        if is_create:
            headers.append(("Location", "%s/%s/%s/_history/%s" % (
                FOREIGN_STORE, stored.resource_type, stored.id, version_id(version.stamp_us))))
        return bodies.json_answer(status, version.resource, headers, resource_id=stored.id)

    def read(self, resource_type, resource_id):
        stored = self.find(resource_type, resource_id)
        if stored is None:
            return not_found(resource_type, resource_id)
        if stored.is_suppressed:
            return bodies.business_rule()
        return self.answer_of(200, stored)

    def post(self, resource_type, body, organization, request, lag=None):
        """`lag`: (seconds, searches) of this resource, instead of the profile's."""
        resource = validation.parsed(body, resource_type)
        self.check(resource, resource_type, organization, None)
        stored = self.create({name: value for name, value in resource.items() if name != "id"}, organization, request)
        seconds, searches = lag or (self.profile.index_lag_s, self.profile.index_lag_searches)
        stored.indexed_at, stored.indexed_after_searches = self.clock.now() + seconds if seconds else 0.0, searches
        answer = self.answer_of(201, stored, is_create=True)
        answer.committed = True
        return answer

    def put(self, resource_type, resource_id, body, organization, request):
        resource = validation.parsed(body, resource_type)
        if resource.get("id") != resource_id:
            raise bodies.Refused(400, "value", "The id in the body is not the one in the path", None, resource_type + ".id")
        stored = self.find(resource_type, resource_id)
        if stored is None:
            return not_found(resource_type, resource_id)
        if stored.organization != organization:
            return bodies.business_rule()
        self.check(resource, resource_type, organization, resource_id)
        self.append(stored, resource, request)
        answer = self.answer_of(200, stored)
        answer.committed = True
        return answer

    def check(self, resource, resource_type, organization, own_id):
        setting = validation.Setting(
            self.profile, organization, self.clock.now(),
            lambda order_id: getattr(self.find("ServiceRequest", order_id), "resource", None),
            lambda *key: self.twin(key, own_id))
        if resource_type == "ImagingStudy":
            validation.check(resource, setting)
            return
        if not validation.accession_of(resource):
            raise bodies.Refused(400, "value", "Element not found: identifier", 10263, "ServiceRequest.identifier")
        validation.check_organization(resource, setting)

    def twin(self, key, own_id):
        for each in self.of_type("ImagingStudy"):
            found = (each.organization, validation.accession_of(each.resource), validation.study_uid_of(each.resource))
            if each.id != own_id and found == key:
                return each.id
        return None

    def search(self, resource_type, query, organization, url, suppression=None):
        """`url`: of the request, for the Bundle's links. `suppression`: "before" puts a suppressed entry first,
        "all" suppresses those that there are."""
        criteria, sort, count = [], None, 100
        for name, value in query:
            if name in ("identifier", "basedOn", "based-on", "subject", "patient", "encounter", "_id"):
                criteria.append((name, value))
            elif name == "_sort":
                sort = value
            elif name == "_count":
                count = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else count
        if not criteria:
            raise bodies.Refused(400, "invalid", "Search parameter is mandatory: identifier")
        is_foreign = names_foreign_organization(criteria, organization)
        if is_foreign and self.profile.foreign_search == "forbidden":
            return bodies.business_rule()
        matches = [each for each in self.of_type(resource_type) if all(matched(each, *one) for one in criteria)]
        if is_foreign and self.profile.foreign_search == "empty":
            matches = []
        found = self.visible(matches)
        if sort == "-_lastUpdated" or any(is_trap(*each) for each in criteria):
            found.sort(key=lambda each: each.versions[-1].stamp_us, reverse=True)
        elif sort == "_lastUpdated":
            found.sort(key=lambda each: each.versions[-1].stamp_us)
        base = url.partition("?")[0].rstrip("/")
        entries = [self.entry(base, each, suppression == "all") for each in found]
        if suppression == "before" or (suppression == "all" and not entries):
            entries.insert(0, bodies.suppressed_entry(resource_type, self.new_uuid()))
        bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries[:count],
                  "link": [{"relation": name, "url": url} for name in ("search", "first", "self")]}
        if not bundle["entry"] and self.profile.miss_entry == "missing":
            del bundle["entry"]
        return bodies.json_answer(200, bundle)

    def visible(self, matches):
        now, found = self.clock.now(), []
        for each in matches:
            if each.is_indexed(now):
                found.append(each)
            else:
                each.missed_count += 1
        return found

    def entry(self, base, stored, is_suppressed):
        if stored.is_suppressed or is_suppressed:
            return bodies.suppressed_entry(stored.resource_type, stored.id)
        entry = {"fullUrl": "%s/%s" % (base, stored.id), "resource": stored.resource}
        if self.profile.entry_search_mode:
            entry["search"] = {"mode": "match"}
        return entry


def not_found(resource_type, resource_id):
    return bodies.outcome(404, "not-found", "Resource not found %s/%s" % (resource_type, resource_id))


def alternatives(text):
    """FHIR: a comma separates alternatives, and a backslash makes it, a pipe or a backslash an ordinary character.
    Each alternative is (system or None, value)."""
    found, system, value, index = [], None, "", 0
    while index < len(text):
        character = text[index]
        if character == "\\" and index + 1 < len(text):
            index += 1
            value += text[index]
        elif character == "," or (character == "|" and system is None):
            if character == "|":
                system = value
            else:
                found.append((system, value))
                system = None
            value = ""
        else:
            value += character
        index += 1
    return [each for each in found + [(system, value)] if any(each)]


def is_trap(name, value):
    """A system with nothing after the pipe: FHIR means by it whatever has that system, as if a client wanted that."""
    return name == "identifier" and any(each_value == "" for _, each_value in alternatives(value))


def names_foreign_organization(criteria, organization):
    return any(name == "identifier" and (system or "").startswith(validation.ACSN)
               and system != validation.ACSN + organization
               for name, value in criteria for system, _ in alternatives(value))


def matched(stored, name, wanted):
    resource = stored.resource
    if name == "identifier":
        return any(token_matches(each, *one) for each in validation.identifiers(resource) for one in alternatives(wanted))
    if name == "_id":
        return stored.id == wanted
    element = {"based-on": "basedOn", "patient": "subject"}.get(name, name)
    reference = validation.reference_of(resource, element) or ""
    return reference in (wanted, wanted.rpartition("/fhir-r4/v1/")[2]) or reference.partition("/")[2] == wanted


def token_matches(identifier, system, value):
    if system is not None and identifier.get("system", "") != system:
        return False
    return value == "" or identifier.get("value") == value
