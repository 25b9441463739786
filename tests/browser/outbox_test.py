#!/usr/bin/python3
"""The outbox in a browser: why a dead destination is stuck, and how its jobs get through, held, moved, and found."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402
from chromium import Browser, asked_of, choose, looks, press, says_nothing_bad, until_shown, until_told, write  # noqa: E402

UID = "1.2.826.0.1.3680043.10.7.2."
IMAGES = 8
# A patient's number may be any text: this one tries to be markup.
HOSTILE = "<img src=x>"

# The states of the rows that the list shows, and what the address bar says.
READ_LIST = """
return { states: [...document.querySelectorAll('#jobs tbody .state')].map((each) => each.textContent),
  markup: document.querySelectorAll('main img').length, search: location.search,
  text: document.querySelector('#jobs tbody').textContent };
"""


def send(broker, more="", count=IMAGES, called="BRIDGE"):
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], called=called)
    for number in range(count):
        uid = UID + more + str(number)
        data_set = dimse.synthetic(uid, patient_id=HOSTILE if number == 0 else "P-%d" % number)
        assert scu.store(1, dimse.CT_IMAGE, uid, data_set) == 0
    scu.release()


def listed(driver, what, condition, seconds=20):
    def look():
        seen = driver.execute_script(READ_LIST)
        return seen if condition(seen) else None

    return bridge.until("the list to show " + what, look, seconds)


def all_are(state, count=IMAGES):
    return lambda seen: seen["states"] == [state] * count


def full(scp, stream, context, values, data_set):
    scp.answer(stream, context, values, 0xA700)


def fails_once_and_dies(broker):
    """A PACS whose disk is full, and which then is gone."""
    scp = dimse.StorageScp(broker.pacs_port, on_store=full)
    send(broker)
    tried = lambda: [each["id"] for each in broker.jobs("&destination=pacs")
                     if any(attempt["status"] == 0xA700 for attempt in broker.get("/api/v1/jobs/%d" % each["id"])[1]["attempts"])]
    found = bridge.until("a job to be tried", tried, 20)
    scp.close()
    bridge.until("the destination to be gone", lambda: "refused" in (broker.destination("pacs")["last_error"] or ""), 20)
    return found[0]


def says_why_it_is_stuck(driver, broker, tried):
    """The destination's row with its error stands above the list; a job's attempts tell what it said; so does doctor."""
    seen = listed(driver, "what is queued", lambda seen: len(seen["states"]) == IMAGES)
    assert set(seen["states"]) <= {"queued", "sending"} and seen["markup"] == 0 and HOSTILE in seen["text"], seen
    until_shown(driver, "#destination .state", "failing")
    until_shown(driver, "#destination .words .error", broker.destination("pacs")["last_error"].split(":")[0])
    press(driver, "#jobs a[href$='?job=%d']" % tried)
    until_shown(driver, "#one h2", "Job %d" % tried)
    until_shown(driver, "#one .timeline li", "Sent: failed for now")
    until_shown(driver, "#one .timeline li", "0xA700")
    until_shown(driver, "#destination .state", "failing")
    looks(driver, "outbox-job-wide")
    looks(driver, "outbox-job-narrow-dark", "narrow", dark=True)
    looks(driver, "outbox-job-wide")
    assert driver.execute_script("return document.activeElement.closest('#one') !== null")
    press(driver, "#one [data-act=why]")
    until_shown(driver, "dialog .told-list", "all, to pacs")
    until_shown(driver, "dialog .route-told", "takes it")
    press(driver, "dialog button")
    press(driver, "#destination [data-act=diagnose]")
    until_shown(driver, "dialog .steps-told li", "failed")
    press(driver, "dialog button")
    driver.back()
    listed(driver, "the list again", lambda seen: len(seen["states"]) == IMAGES and "destination=pacs" in seen["search"])


def is_counted_by_age(driver, broker):
    """A number of the table leads to a list of as many."""
    driver.get("http://127.0.0.1:%d/outbox.html" % broker.http)
    until_shown(driver, "#ages tbody tr", "pacs")
    press(driver, "#ages td.age-ok a", str(IMAGES))
    listed(driver, "what the number counts", lambda seen: len(seen["states"]) == IMAGES
           and "undelivered=true" in seen["search"] and "since=" in seen["search"])
    assert driver.find_element("css selector", "#f-state").get_attribute("value") == "undelivered"
    driver.get("http://127.0.0.1:%d/outbox.html?destination=pacs" % broker.http)


def is_paused_and_drains_once_it_works(driver, broker):
    press(driver, "#destination [data-act=pause]")
    write(driver, "dialog [name=reason]", "the PACS is being mended")
    choose(driver, "dialog [name=end]", "4h")
    press(driver, "dialog button.primary")
    until_told(driver, "pacs is paused.")
    until_shown(driver, "#destination .pause", "the PACS is being mended")
    looks(driver, "outbox-paused-wide")
    driver.execute_script("window.wasNeverReloaded = true")
    scp = dimse.StorageScp(broker.pacs_port)
    assert broker.destination("pacs")["jobs"]["delivered"] == 0, "a paused destination was sent to"
    press(driver, "#destination [data-act=resume]")
    began = time.monotonic()
    listed(driver, "all delivered", all_are("delivered"))
    took = time.monotonic() - began
    until_shown(driver, "#destination .state", "ok")
    assert driver.execute_script("return window.wasNeverReloaded") is True, "the page was loaded again"
    assert len(scp.received) == IMAGES and broker.destination("pacs")["jobs"]["delivered"] == IMAGES
    return took, scp


def is_found_by_any_filter(driver, broker):
    """Each filter is in the address bar, so that it can be shared, and Back leads to the one before."""
    choose(driver, "#f-state", "held")
    listed(driver, "nothing held", lambda seen: not seen["states"] and "state=held" in seen["search"])
    until_shown(driver, "#jobs-empty", "No job matches")
    driver.back()
    listed(driver, "all again", lambda seen: len(seen["states"]) == IMAGES and "state=" not in seen["search"])
    write(driver, "#f-patient", "P-3")
    press(driver, "#filters button[type=submit]")
    seen = listed(driver, "the patient's", lambda seen: len(seen["states"]) == 1 and "patient=P-3" in seen["search"])
    address = driver.current_url
    press(driver, "#clear")
    listed(driver, "everything", lambda seen: seen["search"] == "")
    driver.get(address)
    assert listed(driver, "what the address says", lambda seen: len(seen["states"]) == 1)["text"] == seen["text"]
    press(driver, "#more-filters summary")
    write(driver, "#f-since", "yesterday or so")
    press(driver, "#filters button[type=submit]")
    until_shown(driver, "#filter-wrong", "since: not a time")
    press(driver, "#clear")
    listed(driver, "everything", lambda seen: seen["search"] == "" and len(seen["states"]) > 1)


def is_held_by_filter_and_released_by_hand(driver, broker):
    """The count comes first; what is picked is what changes."""
    broker.post("/api/v1/destinations/pacs/pause", {"reason": "a test"})
    send(broker, "5.")
    driver.get("http://127.0.0.1:%d/outbox.html?destination=pacs&state=queued" % broker.http)
    listed(driver, "what is queued", all_are("queued"))
    press(driver, "#bulk [data-act=hold]")
    until_shown(driver, "dialog h2", "Hold %d jobs?" % IMAGES)
    press(driver, "dialog button[value=no]")
    assert broker.destination("pacs")["jobs"]["held"] == 0, "it was held though somebody left it"
    press(driver, "#bulk [data-act=hold]")
    press(driver, "dialog button.primary")
    until_told(driver, "%d jobs changed." % IMAGES)
    choose(driver, "#f-state", "held")
    listed(driver, "what is held", all_are("held"))
    for row in (1, 2, 3):
        press(driver, "#jobs tbody tr:nth-child(%d) input" % row)
    until_shown(driver, "#bulk-on", "With the 3 picked:")
    looks(driver, "outbox-picked-narrow", "narrow")
    looks(driver, "outbox-picked-wide-dark", dark=True)
    looks(driver, "outbox-picked-wide")
    press(driver, "#bulk [data-act=release]")
    until_shown(driver, "dialog h2", "Release 3 jobs?")
    press(driver, "dialog button.primary")
    listed(driver, "the others held", all_are("held", IMAGES - 3))
    assert broker.destination("pacs")["jobs"]["held"] == IMAGES - 3


def is_cancelled_with_a_reason(driver, broker):
    press(driver, "#jobs tbody tr:first-child [data-act=job]")
    press(driver, "#one [data-act=cancel]")
    press(driver, "dialog button.primary")
    assert driver.execute_script("return document.querySelector('dialog [name=note]').matches(':invalid')"), "no reason was asked for"
    write(driver, "dialog [name=note]", "sent by mistake")
    press(driver, "dialog button.primary")
    until_shown(driver, "#one .state", "cancelled")
    until_shown(driver, "#one .timeline", "Cancelled: an operator cancelled it")
    until_shown(driver, "#one", "sent by mistake")
    press(driver, "#one [data-act=back]")
    listed(driver, "the list that was left", all_are("held", IMAGES - 4))


def is_moved_to_another(driver, broker):
    """From the destination's menu; progress, and the number before."""
    press(driver, "#destination .menu summary")
    press(driver, "#destination .menu [data-act=move]")
    choose(driver, "dialog [name=to]", "archive")
    press(driver, "dialog button.primary")
    until_shown(driver, "dialog h2", "Move %d jobs from pacs to archive?" % (IMAGES - 1))
    press(driver, "dialog button.primary")
    until_told(driver, "%d jobs moved to archive." % (IMAGES - 1))
    bridge.until("the archive to have them", lambda: broker.destination("archive")["jobs"]["delivered"] == IMAGES - 1, 20)


def is_backfilled(driver, broker):
    """What the archive never was promised, found and counted, then sent."""
    driver.get("http://127.0.0.1:%d/outbox.html?destination=archive" % broker.http)
    press(driver, "#destination .menu summary")
    press(driver, "#destination .menu [data-act=backfill]")
    press(driver, "dialog [name=all]")
    press(driver, "dialog button.primary")
    until_shown(driver, "dialog h2", "Send %d images to archive?" % (IMAGES + 1))
    press(driver, "dialog button.primary")
    until_told(driver, "%d images added for archive." % (IMAGES + 1))
    listed(driver, "all of them delivered", all_are("delivered", 2 * IMAGES))


def main():
    pacs, archive = bridge.free_port(), dimse.StorageScp()
    toml = (bridge.dicom_destination("pacs", pacs) + bridge.dicom_destination("archive", archive.port)
            + bridge.route("all", "pacs"))
    began = time.monotonic()
    with bridge.Bridge(toml, node='timezone = "Asia/Jakarta"') as broker:
        broker.pacs_port = pacs
        tried = fails_once_and_dies(broker)
        with Browser() as driver:
            driver.get("http://127.0.0.1:%d/outbox.html?destination=pacs" % broker.http)
            says_why_it_is_stuck(driver, broker, tried)
            is_counted_by_age(driver, broker)
            took, scp = is_paused_and_drains_once_it_works(driver, broker)
            is_found_by_any_filter(driver, broker)
            is_held_by_filter_and_released_by_hand(driver, broker)
            is_cancelled_with_a_reason(driver, broker)
            is_moved_to_another(driver, broker)
            is_backfilled(driver, broker)
            says_nothing_bad(driver, ["since=yesterday"])
            asked = asked_of(driver, "http://127.0.0.1:%d/" % broker.http)
        scp.close()
    archive.close()
    print("outbox: drained on the page %.1f s after it was resumed; %d requests, all to the bridge; %.1f s in all"
          % (took, len(asked), time.monotonic() - began))


main()
