"""The wrong patient must not happen: what is held before the first upload, who lets it go, and that nobody is asked twice."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from bridge import until  # noqa: E402
from hospital import Hospital, Study  # noqa: E402

PROFILE = sys.argv[1] if len(sys.argv) > 1 else "lenient"
PRESETS = {"lenient": {}, "strict": {"reject_duplicates": True, "require_imagingstudy_header": True, "check_subject": True}}
shared = None


def is_held(study, count, reason="patient_doubtful"):
    """It is, and nothing of it was told to the platform."""
    until("the whole study", lambda: len(shared.jobs(study)) == count)
    shared.wait(study, "held", reason)
    assert not shared.platform.studies(study_uid=study.uid), "registered in spite of the doubt"
    assert not shared.platform.instances(study.uid), "uploaded in spite of the doubt"


def is_let_go(study, count):
    shared.release(study)
    return shared.delivered(study, count)


def the_accession_was_used_with_another_patient_id():
    first = Study(patient="MRN-1")
    shared.order(first)
    shared.send(first)
    shared.delivered(first, 1)
    second = Study(accession=first.accession, patient="MRN-2")
    shared.send(second, 2)
    is_held(second, 2)
    is_let_go(second, 2)
    shared.send(second, 1, series=2)  # the same doubt about the same study and order
    shared.delivered(second, 3)


def the_accession_was_used_with_another_birth_date():
    first = Study(birth="19700101")
    shared.order(first)
    shared.send(first)
    shared.delivered(first, 1)
    second = Study(accession=first.accession, birth="19700102")
    shared.send(second)
    is_held(second, 1)
    is_let_go(second, 1)


def the_study_has_two_accession_numbers():
    study = Study()
    shared.order(study)
    shared.bridge.post("/api/v1/destinations/national/pause", {"reason": "until the whole study is here"})
    shared.send(study)
    shared.send(study, elements={0x00080050: (b"SH", study.accession + "X")})
    shared.resume()
    is_held(study, 2)


def several_orders_name_different_patients():
    study = Study()
    shared.order(study, patient="P09900000011")
    shared.order(study, patient="P09900000022")
    shared.send(study)
    is_held(study, 1)


def the_orders_modality_disagrees():
    study = Study(modality="CT")
    shared.order(study, modality="US")
    shared.send(study)
    is_held(study, 1)
    is_let_go(study, 1)


def the_orders_date_disagrees():
    study = Study(date="20260302")
    shared.order(study, date="2026-03-20T01:00:00+00:00")
    shared.send(study)
    is_held(study, 1)
    is_let_go(study, 1)


def an_order_that_says_neither_is_no_doubt():
    study = Study()
    shared.order(study, modality=None, date=None)
    shared.send(study)
    shared.delivered(study, 1)


def another_order_is_another_doubt():
    study = Study(modality="CT")
    first = shared.order(study, modality="US")
    shared.send(study)
    is_held(study, 1)
    shared.platform.remove_order(first)
    shared.order(study, modality="MR")
    shared.release(study)
    shared.resume_until("the other order's doubt", lambda: shared.states(study) == {("held", "patient_doubtful")})
    assert not shared.platform.studies(study_uid=study.uid)
    is_let_go(study, 1)


def a_cancelled_order_is_held():
    study = Study()
    order = shared.order(study)
    shared.platform.set_order_status(order, "revoked")
    shared.send(study)
    is_held(study, 1, "order_cancelled")
    is_let_go(study, 1)


def a_person_lets_each_study_go():
    with Hospital(PRESETS[PROFILE], toml='release = "operator"') as hospital:
        study, other = Study(), Study()
        for each in (study, other):
            hospital.order(each)
            hospital.send(each, 2)
            hospital.wait(each, "held", "awaiting_release")
        done = hospital.bridge.cli("outbox", "release", "--study", study.uid, "--yes")
        assert done.returncode == 0
        hospital.delivered(study, 2)
        assert hospital.states(other) == {("held", "awaiting_release")}
        released = hospital.bridge.rows("SELECT actor FROM overruling")
        assert len(released) == 1 and released[0][0].startswith("local:"), released
        hospital.send(study, 1)  # it was let go, late instances included
        hospital.delivered(study, 3)


if __name__ == "__main__":
    cases = [value for name, value in list(globals().items()) if callable(value) and name.startswith(("the_", "several_", "an_", "another_", "a_"))]
    with Hospital(PRESETS[PROFILE]) as shared:
        for case in cases:
            try:
                case()
            except BaseException:
                print("FAILED in the profile %s: %s" % (PROFILE, case.__name__))
                raise
            print(PROFILE, case.__name__, flush=True)
