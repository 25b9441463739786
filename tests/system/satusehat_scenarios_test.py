"""What a client of the national platform must get through: scenarios 1 to 26, by number, in one of the platform's profiles."""
import contextlib
import datetime
import os
import shutil
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import dimse  # noqa: E402
from bridge import until  # noqa: E402
from hospital import Hospital, Study  # noqa: E402
from peers import Storescp  # noqa: E402
from satusehat import part10  # noqa: E402

PROFILE = sys.argv[1] if len(sys.argv) > 1 else "lenient"
PRESETS = {"lenient": {}, "strict": {"reject_duplicates": True, "strict_utc": True, "require_imagingstudy_header": True,
                                     "check_subject": True, "date_floor": "2022-08-31", "require_started": True,
                                     "miss_entry": "missing", "foreign_search": "forbidden"}}
shared = None  # the hospital of all scenarios that need nothing of their own


def creates(hospital, study):
    return [each for each in hospital.platform.requests("imagingstudy_create") if study.accession in each.accessions]


def uploads(hospital, sop):
    return [each for each in hospital.platform.requests("dicom_store") if sop in each.uids]


def associated(port, sop_class):
    try:
        return dimse.Scu(port, [(sop_class, [dimse.EXPLICIT_LE])])
    except ConnectionRefusedError:
        return None


def s01_one_instance():
    study = Study(modality="DX")
    shared.order(study)
    shared.send(study)
    there = shared.delivered(study, 1)
    resource = there.resource
    assert resource["started"] == "2026-03-02T00:30:00+00:00", resource["started"]
    assert resource["numberOfSeries"] == resource["numberOfInstances"] == 1
    assert "endpoint" not in resource and "PatientID" not in str(resource)
    assert shared.platform.requests("dicom_store")[-1].headers["x-imagingstudy-id"] == there.id


def s02_a_thousand_over_four_associations_one_aborted():
    study = Study()
    shared.order(study)
    for number in range(4):
        shared.send(study, 250, abort=number == 2, size=400)
    shared.delivered(study, 1000, seconds=60)


def s03_the_order_comes_late():
    study = Study()
    shared.send(study, 2)
    shared.wait(study, "queued", "order_not_found")
    shared.order(study)
    shared.delivered(study, 2)


def s04_the_order_never_comes():
    study = Study()
    sops = shared.send(study, 2)
    shared.wait(study, "queued", "order_not_found")
    assert all(each["is_waiting"] and each["attempts"] == 0 for each in shared.jobs(study))
    # Far in the future: retention has nothing to do with what is owed.
    assert {each["instance"]["blob_state"] for each in shared.jobs(study)} == {"kept"}
    code, shown = shared.bridge.get("/api/v1/studies/" + study.uid)
    assert code == 200 and shown["destinations"][0]["jobs"]["waiting"] == 2, shown
    assert not any(uploads(shared, each) for each in sops)


def s05_an_empty_accession_is_never_queried():
    study = Study(accession="")
    before = len(shared.platform.requests("servicerequest_search"))
    shared.order(Study())  # the trap: a search for nothing would find it
    shared.send(study)
    shared.wait(study, "queued", "no_accession")
    blanks = Study(accession="   ")
    shared.send(blanks)
    shared.wait(blanks, "queued", "no_accession")
    shared.resume()
    shared.wait(study, "queued", "no_accession")
    asked = shared.platform.requests("servicerequest_search")[before:]
    assert not [each for each in asked if each.accessions in ((), ("",))], asked
    assert not shared.platform.studies(study_uid=study.uid)


def s06_an_accession_with_signs():
    for accession in ("A B+C&D#E%2F", "CR.26/07=017", "x,y|z$"):
        study = Study(accession=accession)
        shared.order(study)
        shared.send(study)
        shared.delivered(study, 1)


def s07_two_studies_on_one_accession():
    first = Study()
    second = Study(accession=first.accession)
    shared.order(first)
    for study in (first, second):
        shared.send(study, 2)
        shared.delivered(study, 2)
    assert len(shared.platform.studies(accession=first.accession)) == 2


def s08_sent_again_after_delivery():
    study = Study()
    shared.order(study)
    instances = [study.instance() for _ in range(2)]
    shared.send_again(study, instances)
    version = shared.delivered(study, 2).versions
    count = len(version)
    shared.send_again(study, instances)
    shared.resume()
    assert len(shared.is_whole(study, 2).versions) == count
    assert [len(uploads(shared, sop)) for sop, _ in instances] == [1, 1]


def s09_a_late_instance():
    study = Study()
    shared.order(study)
    shared.send(study, 2)
    first = shared.delivered(study, 2)
    shared.send(study, 1, series=2)
    assert shared.delivered(study, 3).id == first.id
    assert all(len(uploads(shared, each["instance"]["sop_instance_uid"])) == 1 for each in shared.jobs(study))


def s10_killed_between_the_create_and_the_books():
    study = Study()
    shared.order(study)
    fault = shared.platform.add_fault("delay", route="imagingstudy_create", seconds=60)
    shared.send(study, 2)
    until("the study to be created", lambda: creates(shared, study))
    shared.bridge.kill()
    fault.released.set()
    shared.bridge.start()
    shared.delivered(study, 2)
    assert len(creates(shared, study)) == 1


def s11_answers_lost_after_the_commit():
    study = Study()
    shared.order(study)
    shared.platform.add_fault("drop_after_commit", route="imagingstudy_create")
    shared.platform.add_fault("drop_after_commit", route="dicom_store", reset=True)
    sops = shared.send(study, 2)
    shared.delivered(study, 2)
    assert len(creates(shared, study)) == 1
    assert max(len(uploads(shared, each)) for each in sops) == 2  # the same bytes again


def s12_duplicates_are_refused():
    study = Study()
    shared.order(study)
    shared.send(study)
    other = shared.delivered(study, 1)
    # Registered before this bridge knew of it, and not shown yet: the create is refused, and the search finds it.
    copy = Study()
    shared.order(copy)
    resource = {**other.resource, "identifier": [
        {**other.resource["identifier"][0], "value": copy.accession},
        {"system": "urn:dicom:uid", "value": "urn:oid:" + copy.uid}]}
    with_duplicates = shared.platform.profile.reject_duplicates
    shared.platform.change_profile(reject_duplicates=True, index_lag_searches=1)
    resource.pop("id", None)
    shared.platform.add_study(resource)
    shared.platform.change_profile(index_lag_searches=0)
    shared.send(copy)
    shared.resume_until("the study to be taken over", lambda: shared.states(copy) == {("delivered", "")})
    there = shared.platform.studies(study_uid=copy.uid)
    shared.platform.change_profile(reject_duplicates=with_duplicates)
    assert len(there) == 1, len(there)
    assert shared.jobs(copy)[0]["instance"]["sop_instance_uid"] in str(there[0].resource)


def s13_the_token_ends_in_the_middle():
    study = Study()
    shared.order(study)
    shared.send(study)
    shared.delivered(study, 1)
    shared.platform.add_fault("revoke_token", route="dicom_store", skip=3)
    before = len(shared.platform.tokens())
    shared.send(study, 8)
    shared.delivered(study, 9)
    assert len(shared.platform.tokens()) == before + 1, "one flight at a time"
    assert {each["attempts"] for each in shared.jobs(study)} == {1}, "a new token is no failure of an instance"


def s14_a_bad_secret_and_then_a_good_one():
    with Hospital(PRESETS[PROFILE]) as hospital:
        hospital.platform.set_client_secret("another one")
        study = Study()
        hospital.order(study)
        hospital.send(study, 2)
        until("the lane to be held", lambda: hospital.lane()["state"] == "held")
        assert "client id and secret are refused" in hospital.lane()["last_error"]
        assert hospital.states(study) == {("queued", "")} and {each["attempts"] for each in hospital.jobs(study)} == {0}
        asked = len(hospital.platform.requests("token"))
        time_of_a_probe = 0.3
        began = time.monotonic()
        until("another probe", lambda: len(hospital.platform.requests("token")) > asked)
        assert (time.monotonic() - began) > time_of_a_probe / 3, "hammered"
        hospital.platform.set_client_secret(hospital.platform.client_secret)
        hospital.delivered(study, 2)
        until("the lane to be well", lambda: hospital.lane()["state"] == "ok")
        assert hospital.platform.client_secret not in open(hospital.bridge.log).read()


def s15_a_storm_of_429():
    study = Study()
    shared.order(study)
    shared.platform.add_fault("answer", named="throttle", route="*", count=4, retry_after=1)
    began = time.monotonic()
    shared.send(study, 3)
    shared.delivered(study, 3)
    assert time.monotonic() - began > 1, "Retry-After was not kept"
    assert max(each["attempts"] for each in shared.jobs(study)) <= 5


def s16_504_in_plain_text():
    study = Study()
    shared.order(study)
    shared.platform.add_fault("answer", named="gateway_timeout", route="*", count=5)
    shared.send(study, 3)
    shared.delivered(study, 3)


def s17_a_conflict_on_one_of_many():
    study = Study()
    shared.order(study)
    sop, data = study.instance()
    shared.platform.add_instance(part10(sop, accession=study.accession, study=study.uid, series=study.uid + ".1"))
    shared.send_again(study, [(sop, data), study.instance(), study.instance()])
    wanted = [("delivered", ""), ("delivered", ""), ("held", "conflict")]
    until("one conflict", lambda: sorted((each["state"], each["reason"] or "") for each in shared.jobs(study)) == wanted)
    held = next(each for each in shared.jobs(study) if each["state"] == "held")
    assert held["instance"]["sop_instance_uid"] == sop and held["status"] == 409
    assert len(uploads(shared, sop)) == 1, "a conflict is not tried again"


def s18_too_large_is_one_of_many():
    study = Study()
    shared.order(study)
    small, large = study.instance(), study.instance(size=60000)
    shared.platform.change_profile(max_body=50000)
    shared.send_again(study, [small, large, study.instance()])
    wanted = [("delivered", ""), ("delivered", ""), ("held", "too_large")]
    until("one too large", lambda: sorted((each["state"], each["reason"] or "") for each in shared.jobs(study)) == wanted)
    shared.platform.change_profile(max_body=0)
    shared.release(study)
    shared.delivered(study, 3)


def s19_a_401_in_the_gateways_words():
    study = Study()
    shared.order(study)
    shared.platform.change_profile(unauthorized_body="apigee")
    shared.platform.revoke_tokens()
    shared.send(study, 2)
    shared.delivered(study, 2)
    shared.platform.change_profile(unauthorized_body="operationoutcome")


def s20_a_suppressed_entry_before_the_real_one():
    study = Study()
    shared.order(study)
    shared.platform.add_fault("suppressed", route="servicerequest_search", where="before", accession=study.accession,
                              count=None)
    shared.send(study)
    shared.delivered(study, 1)
    shared.platform.clear_faults()
    hidden = Study()
    shared.order(hidden, is_suppressed=True)
    shared.send(hidden)
    shared.wait(hidden, "queued", "order_not_found")
    assert not shared.platform.studies(study_uid=hidden.uid)


def s21_two_patients_behind_one_accession():
    study = Study()
    shared.order(study, patient="P09900000011")
    newest = shared.platform.add_order(study.accession, "P09900000022", date="2026-03-02T02:00:00+00:00")
    shared.send(study, 2)
    shared.wait(study, "held", "patient_doubtful")
    assert not shared.platform.studies(study_uid=study.uid) and not creates(shared, study)
    shared.release(study)
    there = shared.delivered(study, 2)
    assert there.resource["basedOn"][0]["reference"] == "ServiceRequest/" + newest


def s22_an_organization_that_is_not_the_clients():
    with Hospital(PRESETS[PROFILE]) as hospital:
        study = Study()
        hospital.order(study)
        hospital.platform.add_fault("answer", named="wrong_organization", route="imagingstudy_create", count=2)
        hospital.send(study, 2)
        until("the lane to be held", lambda: hospital.lane()["state"] == "held")
        assert "doesn't belong to this client id" in hospital.lane()["last_error"]
        assert hospital.states(study) == {("queued", "")}, hospital.states(study)
        hospital.delivered(study, 2)


def s23_the_uplink_is_down_and_comes_back():
    with contextlib.closing(Storescp()) as pacs:
        more = ('[[destination]]\nname = "pacs"\nkind = "dicom"\nae_title = "PACS"\nhost = "127.0.0.1"\nport = %d\n' % pacs.port)
        with Hospital(PRESETS[PROFILE], more=more, routes=("national", "pacs")) as hospital:
            hospital.platform.go_down()
            studies = [Study() for _ in range(3)]
            for study in studies:
                hospital.order(study)
                hospital.send(study, 2)
                until("the PACS to have it", lambda: hospital.states(study, "pacs") == {("delivered", "")})
            until("the lane to fail", lambda: hospital.lane()["state"] == "failing")
            assert all(each["attempts"] == 0 for study in studies for each in hospital.jobs(study))
            hospital.platform.come_up()
            for study in studies:
                hospital.delivered(study, 2)
            created = [each.accessions[0] for each in hospital.platform.requests("imagingstudy_create")]
            assert created == [study.accession for study in studies], "not in the order in which they came"


def s24_the_disk_is_full():
    free = shutil.disk_usage(shared.bridge.folder).free
    with Hospital(PRESETS[PROFILE], more='[spool]\nrefuse_below = "%dGiB"\n' % (free >> 28), takes_in=False) as hospital:
        study = Study()
        hospital.order(study)
        sop, data = study.instance()
        scu = until("the door to open", lambda: associated(hospital.bridge.port, study.sop_class))
        assert scu.store(1, study.sop_class, sop, data) == 0xA700
        scu.release()
        assert not hospital.bridge.jobs() and not hospital.platform.requests("servicerequest_search")


def s25_what_the_scanner_left_out():
    study = Study()
    shared.order(study)
    study.time = None
    shared.send(study, 2, number=False)
    resource = shared.delivered(study, 2).resource
    assert resource["started"] == "2026-03-01T17:00:00+00:00", resource["started"]
    assert "number" not in resource["series"][0] and "number" not in resource["series"][0]["instance"][0]
    assert resource["numberOfInstances"] == 2


def s26_a_scanners_clock_that_is_ahead():
    ahead = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))) + datetime.timedelta(seconds=4)
    study = Study(date=ahead.strftime("%Y%m%d"), time=ahead.strftime("%H%M%S"))
    shared.order(study, date=None)
    shared.send(study)
    until("it to wait", lambda: shared.states(study) == {("queued", "temporary_failure")})
    shared.delivered(study, 1)
    assert len(creates(shared, study)) == 1, "told before it had happened"


# Beyond the 26.


def s27_a_study_at_which_the_platform_fails():
    bad, good = Study(), [Study() for _ in range(4)]
    shared.platform.add_fault("answer", named="internal", route="imagingstudy_create", accession=bad.accession, count=None)
    shared.order(bad)
    shared.send(bad, 2)
    for study in good:
        shared.order(study)
        shared.send(study)
        shared.resume_until("the others to pass", lambda: shared.states(study) == {("delivered", "")})
    shared.resume_until("the bad one to be held", lambda: shared.states(bad) == {("held", "failed_repeatedly")})
    shared.platform.clear_faults()
    shared.release(bad)
    shared.delivered(bad, 2)


def s28_an_instance_at_which_the_store_fails():
    study = Study()
    shared.order(study)
    bad = study.instance()
    shared.platform.add_fault("answer", named="internal", route="dicom_store", uid=bad[0], count=None)
    shared.send_again(study, [bad] + [study.instance() for _ in range(6)])
    wanted = [("delivered", "")] * 6 + [("held", "failed_repeatedly")]

    def is_held():
        if len(shared.jobs(study)) < 8:
            shared.send(study)  # that others pass must be seen meanwhile
            wanted.insert(0, ("delivered", ""))
        shared.resume()
        return sorted((each["state"], each["reason"] or "") for each in shared.jobs(study)) == wanted

    until("the bad one to be held", is_held)
    shared.platform.clear_faults()
    shared.release(study)
    shared.delivered(study, len(wanted))


def s29_the_study_is_gone():
    study = Study()
    shared.order(study)
    strict = shared.platform.profile.require_imagingstudy_header
    shared.platform.change_profile(require_imagingstudy_header=True)
    shared.platform.add_fault("answer", named="unavailable", route="dicom_store", count=None)
    shared.send(study, 2)
    there = until("the study to be registered", lambda: shared.platform.studies(study_uid=study.uid))[0]
    with shared.platform.lock:
        del shared.platform.fhir.items["ImagingStudy", there.id]
    shared.platform.clear_faults()
    assert shared.delivered(study, 2).id != there.id
    shared.platform.change_profile(require_imagingstudy_header=strict)


def s30_settings_for_what_nobody_has_seen():
    toml = 'upload = "multipart"\ndatetime_style = "offset"\nencounter = true\nconfirm = "query"\nuser_agent = "Uji/1"\n'
    with Hospital(toml=toml) as hospital:
        study = Study()
        order = hospital.order(study)
        hospital.send(study, 2)
        there = hospital.delivered(study, 2)
        assert there.resource["started"] == "2026-03-02T07:30:00+07:00", there.resource["started"]
        encounter = next(each.resource["encounter"] for each in hospital.platform.orders() if each.id == order)
        assert there.resource["encounter"]["reference"] == encounter["reference"]
        assert {each["evidence"] for each in hospital.jobs(study)} == {"query"}
        store = hospital.platform.requests("dicom_store")[0].headers
        assert store["content-type"].startswith("multipart/related") and store["user-agent"] == "Uji/1"


def s31_what_a_route_edits_is_registered_as_it_is_sent():
    with Hospital(PRESETS[PROFILE], route='edit = [ { set = "AccessionNumber", value = "EDITED1" } ]\n') as hospital:
        study = Study()
        hospital.platform.add_order("EDITED1", modality="CT", date="2026-03-02T01:00:00+00:00")
        hospital.send(study, 2)
        there = hospital.delivered(study, 2)
        assert there.resource["identifier"][0]["value"] == "EDITED1"
        assert all(b"EDITED1" in each.bytes() for each in hospital.platform.instances(study.uid))


if __name__ == "__main__":
    scenarios = {name: function for name, function in sorted(globals().items()) if name[0] == "s" and name[1:3].isdigit()}
    chosen = [name for name in scenarios if not sys.argv[2:] or name[1:3] in sys.argv[2:]]
    with Hospital(PRESETS[PROFILE]) as shared:
        for each in chosen:
            began = time.monotonic()
            try:
                scenarios[each]()
            except BaseException:
                print("FAILED in the profile %s: %s" % (PROFILE, each))
                raise
            shared.platform.clear_faults()
            print("%s %s: %.1f s" % (PROFILE, each, time.monotonic() - began), flush=True)
