"""The simulator as a test holds it: its parts, the orders and faults that are put in, and what can be asked of it."""
import hashlib
import os
import random
import shutil
import tempfile
import threading
import time

from . import exchange, faults, profile as profiles, validation
from .clock import Clock, date_time
from .dicom_store import DicomStore, Received
from .fhir_store import FhirStore
from .ledger import Ledger
from .listener import Listener
from .tokens import Tokens
from .wire import Pacer

ORGANIZATION, PATIENT = "100098765", "P09988877766"


class Simulator:
    """Any thread. From its making on it can be seeded; it listens from `start` (or `with`) until `stop`.

    One lock for all that is kept: orders, studies, tokens, faults, ledger, the index of files. It is held for a look or a
    change, never while bytes move over a connection. `changed` is its condition, notified with every change of the ledger.
    """

    def __init__(self, port=0, profile=None, *, bind="127.0.0.1", organization=ORGANIZATION, client_id=None, client_secret=None,
                 folder=None, seed=None, certificate_file=None, key_file=None):
        self.profile, self.organization = profiles.profile_of(profile), organization
        self.rng = random.SystemRandom() if seed is None else random.Random(seed)
        self.has_own_folder = folder is None
        self.folder = os.path.abspath(folder or tempfile.mkdtemp(prefix="satusehat-simulator-"))
        if os.path.isdir(self.folder) and os.listdir(self.folder):
            raise ValueError("the folder %s is not empty" % self.folder)
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.clock = Clock()
        self.tokens_given = Tokens(self.clock, self.profile, self.rng)
        self.fhir = FhirStore(self.clock, self.profile, self.rng)
        self.dicom = DicomStore(self.folder, self.clock)
        self.faults = faults.Faults(self.rng)
        self.ledger = Ledger(self.clock, self.changed)
        self.up, self.down = Pacer(self.profile), Pacer(self.profile)
        self.stopping, self.is_down, self.troubles, self.path_count = threading.Event(), True, [], 0
        self.client_id = client_id or "SIM" + self.tokens_given.random(29)
        self.client_secret = client_secret or self.tokens_given.random(40)
        self.tokens_given.add_client(self.client_id, self.client_secret, organization)
        self.has_tls = certificate_file is not None
        self.bind = bind
        self.listener = Listener(bind, port, lambda sock, peer: exchange.serve(self, sock, peer), certificate_file, key_file)

    # Its life.

    def start(self):
        self.come_up()
        return self

    def stop(self):
        self.stopping.set()
        self.go_down()
        if self.has_own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, error, trace):
        self.stop()
        if kind is None and self.troubles:
            raise AssertionError("the simulator itself failed:\n" + self.troubles[0])

    def go_down(self):
        """As if the uplink were: connections are refused, and those that there are end. Whoever waits in a fault goes on."""
        self.is_down = True
        self.listener.go_down()

    def come_up(self):
        """On the same port."""
        self.is_down = False
        self.listener.come_up()

    @property
    def port(self):
        return self.listener.port

    @property
    def url(self):
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.bind, "[%s]" % self.bind if ":" in self.bind else self.bind)
        return "%s://%s:%d" % ("https" if self.has_tls else "http", host, self.listener.port)

    # What is put in.

    def add_order(self, accession, patient=PATIENT, *, modality="CT", date="now", status="active", encounter=None,
                  organization=None, is_suppressed=False, appears_after_s=0.0, appears_after_searches=0):
        """The id of a new ServiceRequest. `modality` or `date` None: the order says nothing of it."""
        for value in (accession, patient, status, *filter(None, (modality, date, encounter, organization))):
            if not isinstance(value, str):
                raise ValueError("%r is no text" % (value,))
        appears_after_s, appears_after_searches = float(appears_after_s), int(appears_after_searches)
        with self.lock:
            encounter = encounter or self.fhir.new_uuid()
            organization = organization or self.organization
            date = date_time(self.clock.now()) if date == "now" else date
            stored = self.fhir.create(
                order(accession, patient, modality, date, status, encounter, organization), organization)
            stored.is_suppressed = bool(is_suppressed)
            stored.exists_at = self.clock.now() + appears_after_s if appears_after_s else 0.0
            stored.exists_after_searches = appears_after_searches
            self.changed.notify_all()
            return stored.id

    def set_order_status(self, order_id, status):
        """A new version of the order; whether there is one."""
        with self.lock:
            stored = self.fhir.find("ServiceRequest", order_id)
            if stored:
                self.fhir.append(stored, stored.resource | {"status": status})
                self.changed.notify_all()
            return stored is not None

    def remove_order(self, order_id):
        with self.lock:
            del self.fhir.items["ServiceRequest", order_id]

    def add_study(self, resource, organization=None):
        """The id of an ImagingStudy that somebody else registered before; nothing of it is checked."""
        with self.lock:
            return self.fhir.create(resource, organization or self.organization).id

    def add_instance(self, data):
        """Of the bytes of a Part 10 file that somebody else uploaded before. Throws ValueError when it is none."""
        path = self.new_path()
        with open(path, "wb") as out:
            out.write(data)
        received = Received(path, hashlib.sha256(data).hexdigest(), len(data))
        self.dicom.look(received)
        with self.lock:
            result = self.dicom.settle(received)
        if result.failure:
            raise ValueError(result.failure)
        return self.instance(result.head.sop_uid)

    def add_client(self, client_id, client_secret, organization):
        with self.lock:
            self.tokens_given.add_client(client_id, client_secret, organization)

    def set_client_secret(self, client_secret, client_id=None):
        """Another than the client has: as if its credentials were suspended."""
        with self.lock:
            self.tokens_given.clients[client_id or self.client_id].secret = client_secret

    def revoke_tokens(self):
        """All that were given so far."""
        with self.lock:
            self.tokens_given.revoke()

    def add_fault(self, kind, **values):
        """faults.Fault has the values. Throws ValueError."""
        fault = faults.fault_of({"kind": kind} | values)
        with self.lock:
            return self.faults.add(fault)

    def clear_faults(self, fault_id=None):
        """One, or all; whoever waits in it goes on."""
        with self.lock:
            self.faults.remove(fault_id)

    def change_profile(self, **values):
        """Throws ValueError."""
        with self.lock:
            self.profile.change(values)

    def advance(self, seconds):
        """Moves the clock: of tokens' ends, of what appears later, of index lag, of `meta` and Date."""
        self.clock.advance(seconds)
        with self.lock:
            self.changed.notify_all()

    # What can be asked.

    def wait_for(self, condition, deadline=10.0, what=None):
        """Until `condition()` is true, and what it returned; AssertionError after `deadline` seconds."""
        end = time.monotonic() + deadline
        while True:
            value = condition()
            if value:
                return value
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("waited %g s in vain for: %s" % (deadline, what or "a condition of the simulator"))
            with self.changed:
                self.changed.wait(min(left, 0.05))

    def requests(self, route=None, **wanted):
        """ledger.Request of each request, in order; of a route, method, path, status, or after a number (`since`)."""
        with self.lock:
            return self.ledger.find(route, **wanted)

    def orders(self):
        with self.lock:
            return self.fhir.of_type("ServiceRequest")

    def studies(self, accession=None, study_uid=None):
        """fhir_store.Stored of each ImagingStudy, with every version."""
        with self.lock:
            return [each for each in self.fhir.of_type("ImagingStudy")
                    if accession in (None, validation.accession_of(each.resource))
                    and study_uid in (None, validation.study_uid_of(each.resource))]

    def study(self, study_id):
        with self.lock:
            return self.fhir.items["ImagingStudy", study_id]

    def instances(self, study_uid=None):
        """dicom_store.Instance of each stored file, with every upload of it."""
        with self.lock:
            return [each for each in self.dicom.all() if study_uid in (None, each.study_uid)]

    def instance(self, sop_uid):
        """Or None."""
        return next((each for each in self.instances() if each.sop_uid == sop_uid), None)

    def tokens(self):
        with self.lock:
            return list(self.tokens_given.issued)

    @property
    def connection_count(self):
        """Without those that asked only the control endpoints, or nothing."""
        with self.lock:
            return sum(each.request_count > 0 for each in self.ledger.connections)

    @property
    def bytes_received(self):
        with self.lock:
            return sum(each.bytes_received for each in self.ledger.connections if each.request_count)

    def state(self):
        with self.lock:
            return {
                "is_simulator": True, "url": self.url, "organization": self.organization, "folder": self.folder,
                "now": self.clock.now(), "profile": self.profile.values(), "faults": [each.view() for each in self.faults.items],
                "connection_count": self.connection_count, "bytes_received": self.bytes_received,
                "request_count": self.ledger.last_number, "token_count": len(self.tokens_given.issued),
                "orders": [{"id": each.id, "accession": validation.accession_of(each.resource),
                            "status": each.resource.get("status"), "modality": self.modality_of(each.resource),
                            "is_suppressed": each.is_suppressed, "is_there": each.is_indexed(self.clock.now())}
                           for each in self.orders()],
                "studies": [self.study_state(each) for each in self.studies()],
                "instances": [{"study_uid": each.study_uid, "series_uid": each.series_uid, "sop_uid": each.sop_uid,
                               "accession": each.accession, "transfer_syntax": each.transfer_syntax, "sha256": each.sha256,
                               "byte_count": each.byte_count, "upload_count": len(each.uploads),
                               "uploads": [vars(one) for one in each.uploads]} for each in self.instances()],
                "troubles": len(self.troubles)}

    @staticmethod
    def study_state(stored):
        return {"id": stored.id, "accession": validation.accession_of(stored.resource),
                "study_uid": validation.study_uid_of(stored.resource), "version_count": len(stored.versions),
                "sop_uids": validation.sop_uids_of(stored.resource)}

    @staticmethod
    def modality_of(resource):
        for each in validation.dicts_of(resource, "orderDetail"):
            for coding in validation.dicts_of(each, "coding"):
                if coding.get("system") == validation.DCM:
                    return coding.get("code")
        return None

    # For the connections.

    def shown_now(self):
        """By the clock that the client is shown."""
        return self.clock.now() + self.profile.clock_offset_s

    def new_path(self):
        with self.lock:
            self.path_count += 1
            return os.path.join(self.dicom.incoming, "%d" % self.path_count)

    def pause(self, fault):
        """So long as the fault says, or until it is released or the simulator goes down."""
        end = None if fault.seconds is None else time.monotonic() + fault.seconds
        while not self.is_down and not self.stopping.is_set():
            left = 0.05 if end is None else min(0.05, end - time.monotonic())
            if left <= 0 or fault.released.wait(left):
                return


def order(accession, patient, modality, date, status, encounter, organization):
    """A ServiceRequest as a hospital system would have sent it; a practitioner's number and the codes are made up."""
    detail = []
    if modality:
        detail.append({"coding": [{"system": validation.DCM, "code": modality}], "text": "Modality Code: %s" % modality})
    detail.append({"coding": [{"system": "http://sys-ids.kemkes.go.id/ae-title", "display": "SIMULATED"}]})
    resource = {
        "resourceType": "ServiceRequest",
        "identifier": [
            {"system": "http://sys-ids.kemkes.go.id/servicerequest/" + organization, "value": "SIM-" + accession},
            {"use": "usual", "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "ACSN"}]},
             "system": validation.ACSN + organization, "value": accession}],
        "status": status, "intent": "original-order", "priority": "routine",
        "category": [{"coding": [{"system": "http://snomed.info/sct", "code": "363679005", "display": "Imaging"}]}],
        "code": {"text": "Simulated examination"},
        "orderDetail": detail,
        "subject": {"reference": "Patient/" + patient},
        "encounter": {"reference": "Encounter/" + encounter},
        "requester": {"reference": "Practitioner/10000000000"}}
    return resource | ({"occurrenceDateTime": date} if date else {})
