#!/usr/bin/python3
"""The list of studies and what a person does with one: found, looked at, asked about, sent elsewhere."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402
from chromium import Browser, asked_of, choose, looks, press, says_nothing_bad, until_shown, until_told, write  # noqa: E402

UID = "1.2.826.0.1.3680043.10.8.2."
CT, OTHERS = UID + "1", 55  # studies besides: more than one page of the list
SLICES = 3

READ = """
return { rows: [...document.querySelectorAll('#studies > li')].map((each) => ({
    title: each.querySelector('.name').textContent, state: each.querySelector('.state').textContent,
    href: each.querySelector('.name').getAttribute('href'), text: each.textContent,
    going: [...each.querySelectorAll('.going li')].map((line) => line.textContent), picture: each.querySelector('.thumbnail').dataset.state })),
  more: document.getElementById('more').checkVisibility(), search: location.search, empty: document.getElementById('studies-empty').textContent,
  wrong: document.getElementById('filter-wrong').textContent, q: document.getElementById('f-q').value };
"""
GREY = """
const seen = Object.assign(document.createElement('canvas'), { width: 8, height: 8 }).getContext('2d');
seen.drawImage(document.querySelector('#studies img'), 0, 0, 8, 8);
return seen.getImageData(0, 0, 8, 8).data.filter((_, at) => at % 4 === 0).reduce((sum, each) => sum + each, 0) / 64;
"""


def image(number, bright):
    """A small CT that can be painted: so many of its columns are bright."""
    uid = "%s.1.%d" % (CT, number)
    plain = dimse.synthetic(uid, study=CT, patient="SITI^AISYAH", patient_id="P-SITI", accession="ACC-SITI", size=2)
    head, side = plain[:plain.rindex(b"\xe0\x7f\x10\x00")], 16
    short = lambda element, value: element.to_bytes(2, "little").join((b"\x28\x00", b"US\x02\x00")) + value.to_bytes(2, "little")
    head += short(2, 1) + b"\x28\x00\x04\x00CS\x0c\x00MONOCHROME2 " + short(0x10, side) + short(0x11, side)
    head += short(0x100, 8) + short(0x101, 8) + short(0x102, 7) + short(0x103, 0)
    pixels = bytes((200 if x < bright else 0) for x in range(side)) * side
    return uid, head + b"\xe0\x7f\x10\x00OB\0\0" + len(pixels).to_bytes(4, "little") + pixels


def send(broker):
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for number in range(OTHERS):
        uid = "%s9.%d" % (UID, number)
        data = dimse.synthetic(uid + ".1.1", study=uid, patient_id="P-%d" % number, accession="A-%d" % number, size=100,
                               modality="MR" if number % 2 else "CR")
        assert scu.store(1, dimse.CT_IMAGE, uid + ".1.1", data) == 0
    for number in range(1, SLICES + 1):
        uid, data = image(number, 4)
        assert scu.store(1, dimse.CT_IMAGE, uid, data) == 0
    scu.release()


def listed(driver, what, condition, seconds=20):
    def look():
        seen = driver.execute_script(READ)
        return seen if condition(seen) else None

    try:
        return bridge.until("the list to show " + what, look, seconds)
    except AssertionError as error:
        raise AssertionError("%s; it shows %s" % (error, driver.execute_script(READ)))


def shows_everything_that_was_received(driver, broker):
    """The newest first, page by page, each with its picture, its state and n of m per destination."""
    driver.get("http://127.0.0.1:%d/studies.html" % broker.http)
    seen = listed(driver, "a picture", lambda seen: len(seen["rows"]) == 50 and seen["rows"][0]["picture"] == "shown")
    first = seen["rows"][0]
    assert first["href"] == "/study.html?study=" + CT and first["title"] == "CT", first
    assert "SITI, AISYAH" in first["text"] and "P-SITI" in first["text"] and "accession ACC-SITI" in first["text"], first
    assert "%d images" % SLICES in first["text"] and first["going"] == ["pacs: %d of %d delivered" % (SLICES, SLICES)], first
    assert seen["more"], "more than one page, and no button for the next"
    press(driver, "#more")
    seen = listed(driver, "all of them", lambda seen: len(seen["rows"]) == OTHERS + 1)
    assert not seen["more"] and len({each["href"] for each in seen["rows"]}) == OTHERS + 1, seen
    looks(driver, "studies-narrow-dark", "narrow", dark=True)
    looks(driver, "studies-wide")


def a_newer_version_is_shown(driver, broker):
    driver.execute_script("scrollTo(0, 0)")  # pictures come when they are in sight
    before = driver.execute_script(GREY)
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for number in range(1, SLICES + 1):
        uid, data = image(number, 14)
        assert scu.store(1, dimse.CT_IMAGE, uid, data) == 0
    scu.release()
    bridge.until("the newer version on the list", lambda: driver.execute_script(GREY) > before + 30, 20)


def finds(driver, broker):
    """By what is typed; the address says what, and Back leads to what was before."""
    write(driver, "#f-q", "aisyah")
    press(driver, "#filters [type=submit]")
    seen = listed(driver, "the one that was searched for", lambda seen: len(seen["rows"]) == 1 and "AISYAH" in seen["rows"][0]["text"])
    assert seen["search"] == "?q=aisyah" and not seen["more"], seen
    driver.find_element("id", "clear").click()
    listed(driver, "all again", lambda seen: len(seen["rows"]) == 50 and seen["search"] == "")
    write(driver, "#f-modality", "CR")
    write(driver, "#f-patient", "P-12")
    press(driver, "#filters [type=submit]")
    seen = listed(driver, "one of a patient and a modality", lambda seen: len(seen["rows"]) == 1 and "P-12" in seen["rows"][0]["text"])
    assert "P-12" in seen["rows"][0]["text"] and seen["search"] == "?patient=P-12&modality=CR", seen
    driver.back()
    driver.back()
    seen = listed(driver, "what was searched before", lambda seen: len(seen["rows"]) == 1 and "AISYAH" in seen["rows"][0]["text"])
    assert seen["q"] == "aisyah" and seen["search"] == "?q=aisyah", seen
    driver.get("http://127.0.0.1:%d/studies.html?accession=A-7&date=2026-01-15" % broker.http)
    listed(driver, "an accession number on a day", lambda seen: len(seen["rows"]) == 1 and "A-7" in seen["rows"][0]["text"])
    driver.get("http://127.0.0.1:%d/studies.html?q=nobody" % broker.http)
    listed(driver, "that there is none", lambda seen: seen["rows"] == [] and seen["empty"].startswith("No study matches"))
    driver.get("http://127.0.0.1:%d/studies.html?date=yesterday" % broker.http)
    listed(driver, "what is wrong with the filter", lambda seen: "not a date like 2026-01-15" in seen["wrong"] and seen["rows"] == [])


def asks_now(driver, broker):
    """The count first, then what the destination says of each image."""
    driver.get("http://127.0.0.1:%d/study.html?study=%s" % (broker.http, CT))
    until_shown(driver, "#deliveries li span", "pacs: %d of %d delivered" % (2 * SLICES, 2 * SLICES))
    until_shown(driver, "#study-notes", "%d images came again, with other bytes" % SLICES)
    until_shown(driver, "#instances .version", "v2")
    press(driver, "#study-acts [data-act=askNow]")
    until_shown(driver, "dialog h2", "Ask about %d images?" % (2 * SLICES))
    press(driver, "dialog .primary")
    until_shown(driver, "dialog h2", "What the destinations say", 40)
    told = driver.execute_script("return [...document.querySelectorAll('dialog tbody td')].map((each) => each.textContent)")
    assert told == ["pacs", "0", str(2 * SLICES), "0", "0", "0", "0"], told
    until_shown(driver, "dialog p", "Every destination has all of it.")
    looks(driver, "study-answers-wide")
    press(driver, "dialog .primary")
    asked = broker.pacs.asked
    assert set(asked) == {"%s.1.%d" % (CT, number) for number in range(1, SLICES + 1)}, asked


def sends_elsewhere(driver, broker):
    press(driver, "#study-acts [data-act=sendTo]")
    until_shown(driver, "dialog select")
    choose(driver, "dialog select", "archive")
    press(driver, "dialog .primary")
    until_shown(driver, "dialog h2", "images to archive?")
    n = int(until_shown(driver, "dialog h2", "images to archive?").text.split()[1])
    assert not broker.jobs("&destination=archive"), "sent before anybody confirmed"
    press(driver, "dialog .primary", "Send %d images" % n)
    until_told(driver, "%d images are on their way to archive." % n)
    until_shown(driver, "#deliveries li span", "archive: %d of %d delivered" % (n, n))
    assert set(broker.archive.received) == {"%s.1.%d" % (CT, number) for number in range(1, SLICES + 1)}, broker.archive.received
    events = [each["event"] for each in broker.get("/api/v1/history?destination=archive&limit=100")[1]["items"]]
    assert events.count("delivered") == n, events
    looks(driver, "study-wide")
    looks(driver, "study-narrow-dark", "narrow", dark=True)


def says_that_pixels_are_gone(driver):
    """What was delivered and kept for long enough is purged: then the page says so, and when."""
    scp = dimse.StorageScp()
    toml = ('[retention]\nkeep_for = "10ms"\n[janitor]\ninterval = "100ms"\n' + bridge.dicom_destination("pacs", scp.port)
            + bridge.route("all", "pacs"))
    with bridge.Bridge(toml) as broker:
        scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
        for number in (1, 2):
            uid, data = image(number, 8)
            assert scu.store(1, dimse.CT_IMAGE, uid, data) == 0
        scu.release()
        bridge.until("both to be purged", lambda: len(broker.get("/api/v1/history?event=purged")[1]["items"]) == 2, 30)
        driver.get("http://127.0.0.1:%d/study.html?study=%s" % (broker.http, CT))
        told = until_shown(driver, "#study-notes li", "Pixels of 2 images purged on ").text
        assert re.search(r" on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d: ", told), told
        assert told.endswith("they were delivered, and removed from here afterwards."), told
        until_shown(driver, "#notice-title", "Pixels purged")
        until_shown(driver, "#deliveries li span", "pacs: 2 of 2 delivered")
        looks(driver, "study-purged-wide")


def main():
    began = time.monotonic()
    pacs, archive = dimse.StorageScp(on_find=lambda _: True), dimse.StorageScp()
    toml = (bridge.dicom_destination("pacs", pacs.port) + bridge.dicom_destination("archive", archive.port)
            + bridge.route("all", "pacs"))
    with bridge.Bridge(toml) as broker:
        broker.pacs, broker.archive = pacs, archive
        send(broker)
        bridge.until("all to be delivered", lambda: broker.destination("pacs")["jobs"]["delivered"] == OTHERS + SLICES, 30)
        with Browser() as driver:
            shows_everything_that_was_received(driver, broker)
            a_newer_version_is_shown(driver, broker)
            finds(driver, broker)
            bridge.until("the newer versions to be delivered",
                         lambda: broker.destination("pacs")["jobs"]["delivered"] == OTHERS + 2 * SLICES, 30)
            asks_now(driver, broker)
            sends_elsewhere(driver, broker)
            says_nothing_bad(driver, ("/api/v1/events ", "date=yesterday", "does not conform", "/thumbnail ", "/rendered "))
            asked_of(driver, "http://127.0.0.1:%d/" % broker.http)
            says_that_pixels_are_gone(driver)
    print("studies: %.1f s in all" % (time.monotonic() - began))


main()
