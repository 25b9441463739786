#!/usr/bin/python3
"""The national page in a browser, against the stand-in: a missing accession number is typed and the study leaves; a doubted
patient is confirmed; and what the page says where no such platform is configured."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
from hospital import Hospital, Study  # noqa: E402
from chromium import Browser, asked_of, looks, press, says_nothing_bad, until_shown, until_told, write  # noqa: E402

READ = """
return { tabs: Object.fromEntries([...document.querySelectorAll('#stages a')].map((each) => [each.firstChild.textContent, each.querySelector('.n').textContent])),
  rows: [...document.querySelectorAll('#rows > li')].map((each) => ({ text: each.textContent, stage: each.querySelector('.state').textContent,
    acts: [...each.querySelectorAll('.acts button')].map((button) => button.textContent), hasField: each.querySelector('input') !== null })),
  search: location.search };
"""


def shows(driver, what, condition, seconds=25):
    def look():
        seen = driver.execute_script(READ)
        return seen if condition(seen) else None

    try:
        return bridge.until("the page to show " + what, look, seconds)
    except AssertionError as error:
        raise AssertionError("%s; it shows %s" % (error, driver.execute_script(READ)))


def page(hospital, query=""):
    return "http://127.0.0.1:%d/national.html%s" % (hospital.bridge.http, query)


def tells_how_to_have_one(driver):
    with bridge.Bridge() as broker:
        driver.get("http://127.0.0.1:%d/national.html" % broker.http)
        until_shown(driver, "#none h2", "No national platform is configured")
        assert 'kind = "satusehat"' in until_shown(driver, "#none pre").text
        assert not driver.execute_script("return document.getElementById('list-panel').checkVisibility()")
        looks(driver, "national-none-narrow", "narrow")
        looks(driver, "national-none-wide")
        says_nothing_bad(driver, ("/api/v1/events ",))


def shows_what_waits(driver, hospital, nameless, unordered):
    driver.get(page(hospital))
    seen = shows(driver, "both studies", lambda seen: sorted(each["stage"] for each in seen["rows"]) ==
                 ["no accession number", "no order found so far"])
    assert seen["tabs"]["no accession number"] == "1" and seen["tabs"]["no order found so far"] == "1", seen
    assert seen["tabs"]["All"] == "2" and seen["tabs"]["registered"] == "0", seen
    assert all(each["hasField"] and "Look again" in each["acts"] and "Uji, Coba" in each["text"] for each in seen["rows"]), seen
    assert any("accession " + unordered.accession in each["text"] for each in seen["rows"]), seen
    press(driver, "#stages a", "no accession number")
    seen = shows(driver, "one stage", lambda seen: [each["stage"] for each in seen["rows"]] == ["no accession number"])
    assert seen["search"] == "?stage=no_accession", seen
    link = driver.execute_script("return document.getElementById('csv').getAttribute('href')")
    assert link == "/api/v1/registrations.csv?stage=no_accession", link
    status, csv = hospital.bridge.get(link, parse=False)
    assert status == 200 and nameless.uid.encode() in csv and unordered.uid.encode() not in csv, csv
    counts = driver.execute_script("return Object.fromEntries([...document.querySelectorAll('#month-counts > div')].map("
                                   "(each) => [each.querySelector('dt').textContent, each.querySelector('dd').textContent]))")
    assert counts["images received"] == "3" and counts["promised to national"] == "3" and counts["delivered there"] == "0", counts
    looks(driver, "national-narrow-dark", "narrow", dark=True)
    looks(driver, "national-wide")


def types_the_number(driver, hospital, study):
    """What the API says of a wrong one stands at the field; with the right one the study leaves."""
    number = "TYPED-%s" % study.uid[-4:]
    hospital.platform.add_order(number, modality="CT", date="2026-03-02T01:00:00+00:00")
    write(driver, "#rows input", "A\\B")
    press(driver, "#rows [data-act=give]")
    until_shown(driver, "#rows .error", "accession_number")
    assert driver.execute_script("return document.querySelector('#rows input').value") == "A\\B"
    write(driver, "#rows input", "  %s " % number)
    press(driver, "#rows [data-act=give]")
    until_told(driver, "2 images have the number %s now." % number)
    bridge.until("the study to be delivered", lambda: hospital.states(study) == {("delivered", "")}, 30)
    assert hospital.is_whole(study, 2).resource["identifier"][0]["value"] == number
    shows(driver, "that nothing lacks a number", lambda seen: seen["rows"] == [] and seen["tabs"]["registered"] == "1")
    press(driver, "#stages a", "registered")
    shows(driver, "the study there", lambda seen: len(seen["rows"]) == 1 and "registered as ImagingStudy" in seen["rows"][0]["text"]
          and not seen["rows"][0]["hasField"] and "accession number assigned here: " + number in seen["rows"][0]["text"])


def keeps_what_is_typed(driver, hospital, study):
    """The row is made anew with each look at the platform; what somebody is typing stays, and so does their place in it."""
    driver.get(page(hospital, "?stage=order_not_found"))
    shows(driver, "the study without an order", lambda seen: len(seen["rows"]) == 1)
    field = until_shown(driver, "#rows input")
    field.send_keys("half a num")
    driver.execute_script("window.row = document.querySelector('#rows > li')")
    press(driver, "#rows [data-act=recheck]")
    until_told(driver, "is looked at again now")
    driver.execute_script("document.querySelector('#rows input').focus()")
    bridge.until("the row to be made anew", lambda: driver.execute_script("return !window.row.isConnected"), 20)
    assert driver.execute_script("return [document.querySelector('#rows input').value, document.activeElement.dataset.act]") == \
        ["half a num", "number"]
    hospital.order(study)
    press(driver, "#rows [data-act=recheck]")
    bridge.until("the study to be delivered", lambda: hospital.states(study) == {("delivered", "")}, 30)
    shows(driver, "nothing any more", lambda seen: seen["rows"] == [])


def confirms_the_patient(driver, hospital):
    study = Study()
    for patient in ("P09900000011", "P09900000022"):
        hospital.order(study, patient=patient)
    hospital.send(study)
    hospital.wait(study, "held", "patient_doubtful")
    driver.get(page(hospital, "?stage=objected"))
    seen = shows(driver, "the doubt", lambda seen: len(seen["rows"]) == 1)
    assert seen["rows"][0]["stage"] == "a person must decide" and "1 held" in seen["rows"][0]["text"], seen
    assert seen["rows"][0]["acts"] == ["Confirm the patient", "Adopt"], seen
    looks(driver, "national-doubt-wide")
    press(driver, "#rows [data-act=confirmPatient]")
    until_shown(driver, "dialog p", "you say that patient and order belong together")
    write(driver, "dialog input", "asked at the ward")
    press(driver, "dialog .primary")
    bridge.until("the study to be delivered", lambda: hospital.states(study) == {("delivered", "")}, 30)
    shows(driver, "no doubt any more", lambda seen: seen["rows"] == [] and seen["tabs"]["registered"] == "3")
    events = hospital.bridge.get("/api/v1/history?event=released&limit=5")[1]["items"]
    assert events[0]["actor"].startswith("open:") and events[0]["detail"]["note"] == "asked at the ward", events


def the_study_says_the_same(driver, hospital, study):
    """The page of the study: its stage; a number for what is registered already changes nothing, and is told to."""
    driver.get("http://127.0.0.1:%d/study.html?study=%s" % (hospital.bridge.http, study.uid))
    until_shown(driver, "#deliveries .stage-line", "registered as ImagingStudy")
    until_shown(driver, "#deliveries li span", "national: 1 of 1 delivered")
    before = hospital.jobs(study)
    press(driver, "#study-acts [data-act=assign]")
    write(driver, "dialog input[name=number]", "OTHER-1")
    press(driver, "dialog .primary")
    until_told(driver, "Nothing was changed: all of it is registered or on its way already.")
    assert hospital.jobs(study) == before
    looks(driver, "national-study-wide")


def main():
    began = time.monotonic()
    with Hospital() as hospital, Browser() as driver:
        nameless, unordered = Study(accession=""), Study()
        hospital.send(nameless, 2)
        hospital.send(unordered, 1)
        hospital.wait(nameless, "queued", "no_accession")
        hospital.wait(unordered, "queued", "order_not_found")
        shows_what_waits(driver, hospital, nameless, unordered)
        types_the_number(driver, hospital, nameless)
        keeps_what_is_typed(driver, hospital, unordered)
        confirms_the_patient(driver, hospital)
        the_study_says_the_same(driver, hospital, unordered)
        says_nothing_bad(driver, ("/api/v1/events ", "/assign-accession ", "/rendered ", "/thumbnail "))
        asked_of(driver, "http://127.0.0.1:%d/" % hospital.bridge.http)
        tells_how_to_have_one(driver)
    print("national: %.1f s in all" % (time.monotonic() - began))


main()
