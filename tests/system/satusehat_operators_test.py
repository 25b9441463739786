"""What a person does about a study that the national platform doesn't take as it came, by the command line; and that what was
received stays as it was."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from bridge import until  # noqa: E402
from hospital import Hospital, Study  # noqa: E402
from satusehat import part10  # noqa: E402

hospital = None


def assign_accession():
    study = Study(accession="")
    number = "RIGHT-0001"
    hospital.platform.add_order(number, modality="CT", date="2026-03-02T01:00:00+00:00")
    hospital.send(study, 2)
    hospital.wait(study, "queued", "no_accession")
    own = {each["instance"]["digest"] for each in hospital.jobs(study)}
    hospital.bridge.cli("study", "assign-accession", study.uid, number, "--note", "as the request form says")
    there = hospital.delivered(study, 2)
    assert there.resource["identifier"][0]["value"] == number
    for stored in hospital.platform.instances(study.uid):
        assert number.encode() in stored.bytes() and stored.accession == number
    # The original stays: the instance's own blob is what came, and its row says what it came with.
    assert {each["instance"]["digest"] for each in hospital.jobs(study)} == own
    assert {each["instance"]["accession_number"] or "" for each in hospital.jobs(study)} == {""}
    assert hospital.bridge.cli("spool", "verify").returncode == 0
    # What comes late has it, too.
    hospital.send(study, 1, series=2)
    assert hospital.delivered(study, 3).id == there.id
    assert {each.accession for each in hospital.platform.instances(study.uid)} == {number}
    events = hospital.bridge.get("/api/v1/history?event=accession_assigned")[1]["items"]
    assert len(events) == 1 and events[0]["actor"].startswith("local:"), events
    refused = hospital.bridge.cli("study", "assign-accession", study.uid, "a\\b", ok=(1, 2))
    assert "accession" in refused.stderr.lower(), refused.stderr


def recheck():
    study = Study()
    hospital.send(study, 2)
    hospital.wait(study, "queued", "order_not_found")
    hospital.order(study)
    hospital.bridge.cli("study", "recheck", study.uid)
    until("the order to be found", lambda: hospital.states(study) == {("delivered", "")})
    hospital.is_whole(study, 2)


def adopt_in_bulk():
    studies = []
    for _ in range(2):
        study = Study()
        hospital.order(study)
        sop, data = study.instance()
        hospital.platform.add_instance(part10(sop, accession=study.accession, study=study.uid, series=study.uid + ".1"))
        hospital.send_again(study, [(sop, data)])
        hospital.wait(study, "held", "conflict")
        studies.append(study)
    hospital.bridge.cli("study", "adopt", "--destination", "national", "--yes", "--note", "sent by the old router")
    for study in studies:
        assert hospital.states(study) == {("delivered", "")}
        assert {each["evidence"] for each in hospital.jobs(study)} == {"operator"}


def what_the_report_needs():
    study = Study()
    order = hospital.order(study)
    hospital.send(study)
    there = hospital.delivered(study, 1)
    for path in ("/api/v1/studies/" + study.uid, "/api/v1/studies?accession=" + study.accession):
        shown = hospital.bridge.get(path)[1]
        shown = shown["items"][0] if "items" in shown else shown
        national = next(each for each in shown["destinations"] if each["name"] == "national")
        assert national["stage"] == "registered" and national["imaging_study_id"] == there.id, national
        assert national["service_request_id"] == order, national
    assert there.id in hospital.bridge.cli("study", "show", study.uid).stdout


if __name__ == "__main__":
    with Hospital() as hospital:
        for case in (assign_accession, recheck, adopt_in_bulk, what_the_report_needs):
            case()
            print(case.__name__, flush=True)
