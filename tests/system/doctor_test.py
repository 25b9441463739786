#!/usr/bin/python3
"""The doctor, with the broker and without it: a PACS, a folder, a dead port, and the national platform in every mood."""
import json
import os
import stat

import bridge
import satusehat

SECRET = "s3cret-of-nobody"


def national(broker, platform, secret=None):
    paths = []
    for name, value in (("id", platform.client_id), ("secret", secret or platform.client_secret)):
        paths.append(os.path.join(broker.folder, name))
        with open(paths[-1], "w") as out:
            out.write(value + "\n")
    return ('[[destination]]\nname = "national"\nkind = "satusehat"\nbase_url = "http://127.0.0.1:%d"\n'
            'organization_id = "%s"\nclient_id_file = "%s"\nclient_secret_file = "%s"\n'
            % (platform.port, platform.organization, *paths))


def folder(broker, name="shelf"):
    path = os.path.join(broker.folder, name)
    os.makedirs(path, exist_ok=True)
    return '[[destination]]\nname = "%s"\nkind = "folder"\npath = "%s"\n' % (name, path), path


def examined(broker, *arguments, code=0):
    done = broker.cli("doctor", *arguments, "--json", ok=(code,))
    answer = json.loads(done.stdout)
    assert answer["ok"] == (code == 0), answer
    return answer["steps"]


def step(steps, subject, name):
    found = [each for each in steps if each["subject"] == subject and each["step"] == name]
    assert len(found) == 1, (subject, name, steps)
    return found[0]


def files_in(path):
    return [name for _, _, names in os.walk(path) for name in names]


def without_a_broker_the_configuration_is_enough():
    broker = bridge.Bridge()
    with satusehat.Simulator() as platform, bridge.Bridge() as pacs:
        shelf, path = folder(broker)
        broker.configure(shelf + national(broker, platform) + bridge.dicom_destination("pacs", pacs.port))
        steps = examined(broker)
        assert step(steps, "broker", "running")["result"] == "hint"
        assert step(steps, "ports", "dicom")["result"] == "ok"
        assert step(steps, "destination shelf", "folder")["result"] == "ok"
        assert step(steps, "destination national", "token")["result"] == "ok"
        assert step(steps, "destination national", "orders")["result"] == "ok"
        assert step(steps, "destination pacs", "echo")["result"] == "ok"
        assert "old router" in step(steps, "destination national", "worklist")["text"]
        assert not os.path.exists(broker.data), "doctor made the data folder"
        steps = examined(broker, "shelf", "--send")
        assert {each["subject"] for each in steps} == {"destination shelf"}
        assert len(files_in(path)) == 1
        assert step(examined(broker, "pacs", "--send"), "destination pacs", "test object")["result"] == "ok"
        assert pacs.rows("SELECT patient_id, patient_name FROM instance") == [("DICOM-BRIDGE-TEST", "TEST^DICOM BRIDGE")]
        # Nothing is ever sent to the registry.
        assert step(examined(broker, "national", "--send"), "destination national", "test object")["result"] == "hint"
        assert broker.cli("doctor", "nobody", ok=(2,)).stderr
        shown = broker.cli("doctor", "national").stdout
        assert shown.splitlines()[0].startswith("ok      destination national  name"), shown
        assert shown.isascii(), shown
    broker.leave_folder()
    return "%d steps" % len(steps)


def what_the_platform_refuses_is_said_in_words():
    broker = bridge.Bridge()
    with satusehat.Simulator() as platform:
        broker.configure(national(broker, platform, SECRET))
        told = broker.cli("doctor", "national", ok=(1,))
        assert SECRET not in told.stdout + told.stderr
        assert "FAILED  destination national  token" in told.stdout, told.stdout
        secret = os.path.join(broker.folder, "secret")
        os.remove(secret)
        steps = examined(broker, "national", code=1)
        assert secret in step(steps, "destination national", "secrets")["text"]
        broker.configure(national(broker, platform))
        platform.add_fault("answer", named="business_rule", route="servicerequest_search")
        steps = examined(broker, "national", code=1)
        assert step(steps, "destination national", "token")["result"] == "ok"
        assert "[HTTP 403]" in step(steps, "destination national", "orders")["text"]
    down = examined(broker, "national", code=1)
    assert step(down, "destination national", "tcp")["result"] == "failed"
    broker.leave_folder()
    return "refused"


def with_a_broker_it_is_the_broker_that_looks():
    with bridge.Bridge() as broker:
        shelf, path = folder(broker)
        dead = bridge.free_port()
        broker.configure(shelf + bridge.dicom_destination("self", dead) + bridge.route("all", "shelf"))
        broker.cli("reload", "--yes")
        steps = examined(broker, code=1)
        assert step(steps, "broker", "running")["result"] == "ok"
        assert step(steps, "ports", "dicom")["text"].endswith("port %d" % broker.port)
        assert step(steps, "ports", "loopback")["result"] == "hint"
        assert step(steps, "destination self", "tcp")["result"] == "failed"
        assert not [each for each in steps if each["step"] == "echo"]
        assert not broker.rows("SELECT * FROM history WHERE event IN ('test_sent', 'refused')")
        examined(broker, "shelf", "--send")
        assert len(files_in(path)) == 1
        (row,) = broker.rows("SELECT destination, actor, detail FROM history WHERE event = 'test_sent'")
        assert row[0] == "shelf" and row[1].startswith("local:") and json.loads(row[2])["delivered"], row
        assert broker.post("/api/v1/doctor", {"destination": "nobody"})[0] == 404
        assert broker.post("/api/v1/doctor", {"sned": True})[0] == 400
        assert broker.rows("SELECT count(*) FROM instance") == [(0,)], "a test object is none of ours"
        os.chmod(path, stat.S_IRUSR | stat.S_IXUSR)
        is_root = os.geteuid() == 0
        assert step(examined(broker, "shelf", code=0 if is_root else 1), "destination shelf", "folder")
        os.chmod(path, stat.S_IRWXU)
    return "looked"


for test in (without_a_broker_the_configuration_is_enough, what_the_platform_refuses_is_said_in_words,
             with_a_broker_it_is_the_broker_that_looks):
    print("%s: %s" % (test.__name__, test()), flush=True)
