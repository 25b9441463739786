#!/usr/bin/python3
"""The hospital system hears what became of each study: in order, at least once, by one key, over outages and a kill."""
import base64
import http.server
import json
import os
import threading

import bridge
from hospital import Hospital, Study


class Receiver:
    """A hospital system. `answer` says what is answered to a call: a status, or None: nothing, but the call was read."""

    def __init__(self, port=0):
        self.calls, self.answer = [], lambda call: 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.calls.append((self.headers, call))
                status = receiver.answer(call)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def of(self, study):
        return [(headers["Idempotency-Key"], call) for headers, call in self.calls
                if call["data"]["studyInstanceUID"] == study.uid]

    def stages(self, study):
        """As they were taken first, each call once."""
        return list(dict((key, call["stage"]) for key, call in self.of(study)).values())


def hospital_with(port, folder_of_secret):
    secret = os.path.join(folder_of_secret, "hook")
    with open(secret, "w") as out:
        out.write("rahasia\n")
    return Hospital(toml='[destination.webhook]\nurl = "http://127.0.0.1:%d/dicom?from=bridge"\nuser = "simrs"\n'
                         'password_file = "%s"\n' % (port, secret))


def standing(hospital):
    return hospital.bridge.get("/api/v1/destinations/national")[1]["webhook"]


def a_study_is_told_from_its_missing_order_to_its_arrival(folder):
    port = bridge.free_port()
    with hospital_with(port, folder) as hospital:
        study = Study()
        hospital.send(study, 2)
        bridge.until("the call to fail", lambda: standing(hospital)["last_error"])
        assert standing(hospital)["waiting"] == 1
        receiver = Receiver(port)
        bridge.until("the missing order to be told", lambda: receiver.stages(study) == ["metadata_lookup_failed"])
        headers, call = receiver.calls[0]
        assert headers["Content-Type"] == "application/json"
        assert headers["Authorization"] == "Basic " + base64.b64encode(b"simrs:rahasia").decode()
        assert call["status"] is False and call["error"][0]["code"] == "order_not_found", call
        assert call["data"] == {"organizationId": hospital.platform.organization, "accessionNumber": study.accession,
                                "studyInstanceUID": study.uid}, call
        # The receiver reads every call, and answers none of the next three.
        silent = [3]
        receiver.answer = lambda call: silent.__setitem__(0, silent[0] - 1) if silent[0] > 0 else 204
        hospital.order(study)
        hospital.delivered(study, 2)
        bridge.until("the arrival to be taken", lambda: standing(hospital)["waiting"] == 0)
        assert receiver.stages(study)[-1] == "dicom_sent", receiver.stages(study)
        calls = receiver.of(study)
        assert len(calls) >= 5 and calls[-1][0] == calls[-2][0], "another key for the same call"
        assert calls[-1][1]["status"] is True and "error" not in calls[-1][1]
        there = hospital.is_whole(study, 2)
        assert calls[-1][1]["data"]["imagingStudyId"] == there.id, (calls[-1], there.id)
        for secret in ("MRN-7", "Uji", "19700101", "rahasia"):
            assert all(secret not in json.dumps(call) for _, call in receiver.calls), secret
        # A late instance is another arrival.
        before = receiver.stages(study).count("dicom_sent")
        hospital.send(study)
        hospital.delivered(study, 3)
        bridge.until("the late one to be told", lambda: receiver.stages(study).count("dicom_sent") > before)
        receiver.stop()
        return "%d calls" % len(receiver.calls)


def what_was_not_taken_survives_a_kill_and_keeps_its_order(folder):
    receiver = Receiver()
    receiver.answer = lambda call: 500
    with hospital_with(receiver.port, folder) as hospital:
        study, other = Study(), Study()
        hospital.order(other)
        hospital.send(study)
        bridge.until("a call", lambda: receiver.of(study))
        hospital.bridge.kill()
        tried = receiver.of(study)[0][0]
        receiver.answer = lambda call: 500 if call["data"]["studyInstanceUID"] == study.uid else 200
        hospital.bridge.start()
        hospital.send(other)
        hospital.delivered(other, 1)
        bridge.until("the other study to be told", lambda: "dicom_sent" in receiver.stages(other))
        hospital.order(study)
        hospital.delivered(study, 1)
        assert set(receiver.stages(study)) == {"metadata_lookup_failed"}, "a later call overtook an earlier one"
        receiver.answer = lambda call: 200
        bridge.until("all to be taken", lambda: standing(hospital)["waiting"] == 0)
        assert receiver.stages(study)[0] == "metadata_lookup_failed" and receiver.stages(study)[-1] == "dicom_sent"
        assert {key for key, call in receiver.of(study) if call["stage"] == "metadata_lookup_failed"} == {tried}
        events = dict(hospital.bridge.rows("SELECT event, count(*) FROM history WHERE event LIKE 'webhook%' GROUP BY 1"))
        assert events["webhook_told"] == len(receiver.stages(study)) + len(receiver.stages(other)), events
    receiver.stop()
    return events


def a_doubtful_patient_is_told_with_our_code(folder):
    receiver = Receiver()
    with hospital_with(receiver.port, folder) as hospital:
        study = Study()
        hospital.order(study)
        hospital.send(study)
        hospital.delivered(study, 1)
        wrong = Study(accession=study.accession, patient="MRN-8")
        hospital.send(wrong)
        hospital.wait(wrong, "held", "patient_doubtful")
        bridge.until("the doubt to be told", lambda: receiver.stages(wrong) == ["imagingstudy_create_failed"])
        call = receiver.of(wrong)[0][1]
        assert call["error"][0]["code"] == "patient_doubtful" and "MRN" not in json.dumps(call), call
    receiver.stop()
    return call["message"]


for test in (a_study_is_told_from_its_missing_order_to_its_arrival, what_was_not_taken_survives_a_kill_and_keeps_its_order,
             a_doubtful_patient_is_told_with_our_code):
    with bridge.tempfile.TemporaryDirectory() as folder:
        print("%s: %s" % (test.__name__, test(folder)), flush=True)
