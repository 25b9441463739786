"""kill -9 at each step of a study's way to the national platform, on either side of the answer: one ImagingStudy with every
instance, every file byte-identical. ROUNDS times each (20)."""
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from bridge import until  # noqa: E402
from hospital import Hospital, Study  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "20"))
STEPS = ("token", "servicerequest_search", "imagingstudy_search", "imagingstudy_create", "imagingstudy_update", "dicom_store")


def kill_at(hospital, step, chance, is_before_the_answer):
    study = Study()
    hospital.order(study)
    count = 3
    if step == "imagingstudy_update":
        hospital.send(study)
        hospital.delivered(study, 1)
        count = 4
    if step == "token":
        hospital.platform.revoke_tokens()
    fault = hospital.platform.add_fault("delay", route=step, seconds=60, skip=chance.randrange(2) if step == "dicom_store" else 0)
    hospital.send(study, 3)
    until("the step %s" % step, lambda: fault.hit_count > 0)
    if is_before_the_answer:
        hospital.bridge.kill()
        fault.released.set()
    else:
        fault.released.set()
        threading.Event().wait(chance.random() * 0.005)  # where in the next steps it hits is chance
        hospital.bridge.kill()
    hospital.platform.clear_faults()
    hospital.bridge.start()
    hospital.delivered(study, count)


if __name__ == "__main__":
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print("SEED=%d ROUNDS=%d" % (seed, ROUNDS))
    chance = random.Random(seed)
    with Hospital() as hospital:
        for step in STEPS:
            began = time.monotonic()
            for number in range(ROUNDS):
                kill_at(hospital, step, chance, number % 2 == 0)
            print("%s: %d kills, %.1f s" % (step, ROUNDS, time.monotonic() - began), flush=True)
        assert hospital.bridge.cli("history", "verify").returncode == 0
        assert hospital.bridge.cli("spool", "verify").returncode == 0
