"""A thin uplink that drops: complete, and hardly more sent than stored; and a platform that hangs delays no PACS.

INSTANCES, BYTES, DROP_EVERY (seconds): 1000 60000 30 is the long run, over 2 Mbit/s as well."""
import contextlib
import os
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from bridge import until  # noqa: E402
from hospital import Hospital, Study  # noqa: E402
from peers import Storescp  # noqa: E402

INSTANCES, BYTES = int(os.environ.get("INSTANCES", "200")), int(os.environ.get("BYTES", "20000"))
DROP_EVERY = float(os.environ.get("DROP_EVERY", "7"))
BYTES_PER_S = 250_000  # 2 Mbit/s


def over_a_thin_link_that_drops():
    with Hospital(toml='timeout = "20s"\nbandwidth = "2Mbit/s"\n') as hospital:
        study = Study()
        hospital.order(study)
        hospital.platform.change_profile(bytes_per_s=BYTES_PER_S)
        hospital.bridge.post("/api/v1/destinations/national/pause", {"reason": "until all of it is here"})
        hospital.send(study, INSTANCES, size=BYTES)
        hospital.resume()
        over = threading.Event()
        drops = []

        def drop():
            while not over.wait(DROP_EVERY):
                drops.append(hospital.platform.add_fault("cut_request", route="dicom_store", bytes=BYTES // 2, reset=True, count=2))

        dropper = threading.Thread(target=drop)
        dropper.start()
        began = time.monotonic()
        try:
            until("all of it to be delivered",
                  lambda: hospital.destination_counts()["delivered"] == INSTANCES, 60 + 3 * INSTANCES * BYTES / BYTES_PER_S)
        finally:
            over.set()
            dropper.join()
        hospital.platform.clear_faults()
        hospital.is_whole(study, INSTANCES)
        sent, stored = hospital.platform.bytes_received, sum(each.byte_count for each in hospital.platform.instances())
        print("%d instances, %.1f MB, %d drops of 2, %.0f s: sent %.4f of what was stored"
              % (INSTANCES, stored / 1e6, len(drops), time.monotonic() - began, sent / stored))
        assert drops and sent <= 1.05 * stored, (sent, stored)


def a_platform_that_hangs_delays_no_pacs():
    with contextlib.closing(Storescp()) as pacs:
        more = '[[destination]]\nname = "pacs"\nkind = "dicom"\nae_title = "STORESCP"\nhost = "127.0.0.1"\nport = %d\n' % pacs.port
        with Hospital(more=more, routes=("national", "pacs")) as hospital:
            fault = hospital.platform.add_fault("delay", route="*", seconds=300, count=None)
            studies = [Study() for _ in range(3)]
            for study in studies:
                hospital.order(study)
                hospital.send(study, 20)
                until("the PACS to have it", lambda: hospital.states(study, "pacs") == {("delivered", "")}, 20)
            assert all(hospital.states(each) == {("queued", "")} for each in studies)
            fault.released.set()
            hospital.platform.clear_faults()
            for study in studies:
                hospital.delivered(study, 20)


if __name__ == "__main__":
    for case in (a_platform_that_hangs_delays_no_pacs, over_a_thin_link_that_drops):
        case()
        print(case.__name__, flush=True)
