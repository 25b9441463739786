#!/usr/bin/python3
"""The history in a browser: found, told in plain words, unfolded, exported and verified; and who may do what with it."""
import csv
import io
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402
from chromium import Browser, asked_of, choose, looks, press, says_nothing_bad, until_shown, write  # noqa: E402

UID = "1.2.826.0.1.3680043.10.8.3."
IMAGES = 30
PASSWORD = "a bridge over the Musi"

READ = """
if (!document.getElementById('rows')) return null;
return { rows: [...document.querySelectorAll('#rows > li')].map((each) => ({ event: each.dataset.event,
    sentence: each.querySelector('.sentence').textContent, actor: each.querySelector('.actor').textContent })),
  more: document.getElementById('more').checkVisibility(), search: location.search,
  wrong: document.getElementById('filter-wrong').textContent };
"""


def shows(driver, what, condition, seconds=20):
    def look():
        seen = driver.execute_script(READ)
        return seen if seen and condition(seen) else None

    try:
        return bridge.until("the history to show " + what, look, seconds)
    except AssertionError as error:
        raise AssertionError("%s; it shows %s" % (error, driver.execute_script(READ)))


def send(broker):
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for number in range(IMAGES):
        uid = UID + str(number)
        assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid, patient_id="P-%d" % number, size=100)) == 0
    scu.release()


def tells_what_happened(driver, broker):
    driver.get("http://127.0.0.1:%d/history.html" % broker.http)
    seen = shows(driver, "a page of rows", lambda seen: len(seen["rows"]) == 50 and seen["more"])
    total = len(broker.get("/api/v1/history?limit=1000")[1]["items"])
    press(driver, "#more")
    seen = shows(driver, "the next ones", lambda seen: len(seen["rows"]) == min(total, 100))
    told = {each["event"]: each for each in seen["rows"]}
    assert told["delivered"]["sentence"] == "Delivered to pacs: pacs answered 0000 Success.", told
    assert told["delivered"]["actor"] == "the bridge", told
    assert told["received"]["sentence"].startswith("Received from SCANNER at 127.0.0.1, "), told
    assert told["received"]["sentence"].endswith("Promised to pacs."), told
    assert told["paused"]["sentence"] == "archive is paused: cable <b>moved</b>." and told["paused"]["actor"].startswith("root"), told
    looks(driver, "history-narrow-dark", "narrow", dark=True)
    looks(driver, "history-wide")


def finds(driver, broker):
    driver.get("http://127.0.0.1:%d/history.html" % broker.http)
    shows(driver, "rows", lambda seen: len(seen["rows"]) == 50)
    choose(driver, "#f-event", "paused")
    shows(driver, "one event", lambda seen: [each["event"] for each in seen["rows"]] == ["paused"] and seen["search"] == "?event=paused")
    driver.back()
    shows(driver, "all again", lambda seen: len(seen["rows"]) == 50 and seen["search"] == "")
    write(driver, "#f-patient", "P-7")
    press(driver, "#filters [type=submit]")
    seen = shows(driver, "one patient", lambda seen: sorted(each["event"] for each in seen["rows"]) == ["delivered", "received"])
    assert seen["search"] == "?patient=P-7", seen
    press(driver, "#rows summary", "Delivered to pacs")
    facts = bridge.until("the row's detail", lambda: driver.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('#rows details[open] dt')].map("
        "(each) => [each.textContent, each.nextElementSibling.textContent]))"), 10)
    row = broker.get("/api/v1/history?patient=P-7&event=delivered")[1]["items"][0]
    assert facts["SOP Instance UID"] == UID + "7" and facts["Hash of this row"] == row["hash"] and facts["Row"] == str(row["sequence"]), facts
    looks(driver, "history-row-wide")
    driver.get("http://127.0.0.1:%d/history.html?since=someday" % broker.http)
    shows(driver, "what is wrong", lambda seen: "not a time" in seen["wrong"] and seen["rows"] == [])


def exports(driver, broker):
    """With the filter of the page; what a person typed is no formula in a spreadsheet."""
    driver.get("http://127.0.0.1:%d/history.html?event=resumed" % broker.http)
    shows(driver, "one event", lambda seen: [each["event"] for each in seen["rows"]] == ["resumed"])
    got = driver.execute_async_script("""
    const done = arguments[0];
    Promise.all(['csv', 'jsonl'].map(async (id) => (await fetch(document.getElementById(id).href)).text())).then(done);""")
    table = list(csv.reader(io.StringIO(got[0])))
    assert len(table) == 2 and table[1][table[0].index("event")] == "resumed", table
    assert not any(cell[:1] in tuple("=+-@") and cell for row in table for cell in row), table
    lines = [json.loads(each) for each in got[1].splitlines()]
    assert len(lines) == 1 and lines[0]["event"] == "resumed", lines


def verifies(driver, broker):
    press(driver, "#verify button")
    until_shown(driver, "#verified[data-intact=yes] p", "Intact: ")
    tip = until_shown(driver, "#verified code").text
    rows = broker.get("/api/v1/history?limit=1")[1]["items"]
    assert tip == rows[0]["hash"] and re.fullmatch("[0-9a-f]{64}", tip), (tip, rows)
    write(driver, "#anchor", tip)
    press(driver, "#verify button")
    until_shown(driver, "#verified[data-intact=yes] p", "The anchor is in it")
    looks(driver, "history-verified-wide")
    write(driver, "#anchor", "ab" * 32)
    press(driver, "#verify button")
    until_shown(driver, "#verified[data-intact=no] p", "The anchor is not in it")


def speaks_indonesian(driver, broker):
    driver.find_element("id", "language").click()
    until_shown(driver, "#rows .sentence", "berjalan lagi")
    driver.find_element("id", "language").click()


class Guarded(bridge.Bridge):
    def add_user(self, name, role):
        code, body = self.post("/api/v1/users", {"name": name, "role": role, "password": PASSWORD})
        assert code in (200, 201), body


def each_role_sees_its_own(driver):
    """An operator exports nothing, an auditor acts on nothing, and who only looks at studies sees those alone."""
    with Guarded(bridge.dicom_destination("pacs", bridge.free_port()) + bridge.route("all", "pacs"), http='access = "users"') as broker:
        scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
        assert scu.store(1, dimse.CT_IMAGE, UID + "99", dimse.synthetic(UID + "99", study=UID + "98")) == 0
        scu.release()
        own = "http://127.0.0.1:%d" % broker.http
        for role, audits, acts in (("operator", False, True), ("auditor", True, False)):
            broker.add_user(role, role)
            driver.get(own + "/login.html?next=%2Fhistory.html")
            write(driver, "#name", role)
            write(driver, "#password", PASSWORD)
            press(driver, "#go")
            until_shown(driver, "#rows > li")
            seen = driver.execute_script("return ['audit', 'exports'].map((each) => document.getElementById(each).checkVisibility())")
            assert seen == [audits, audits], (role, seen)
            driver.get(own + "/study.html?study=" + UID + "98")
            until_shown(driver, "#deliveries li", "pacs: 0 of 1 delivered")
            assert (driver.execute_script("return document.querySelectorAll('#study-acts button').length") > 0) == acts, role
            driver.delete_all_cookies()
        broker.add_user("viewer", "viewer")
        driver.get(own + "/login.html?next=%2Fstudies.html")
        write(driver, "#name", "viewer")
        write(driver, "#password", PASSWORD)
        press(driver, "#go")
        until_shown(driver, "#studies > li", "pacs: 0 of 1 delivered")
        places = driver.execute_script("return [...document.querySelectorAll('nav.places a')].map((each) => each.textContent)")
        assert places == ["Studies"], places
        press(driver, "#studies .name")
        until_shown(driver, "#deliveries li", "pacs: 0 of 1 delivered")
        assert driver.execute_script("return document.querySelectorAll('#study-acts button, #study-links a, #deliveries a').length") == 0
        driver.get(own + "/history.html")
        until_shown(driver, "main", "does not see this page")


def main():
    began = time.monotonic()
    scp = dimse.StorageScp()
    toml = bridge.dicom_destination("pacs", scp.port) + bridge.dicom_destination("archive", bridge.free_port()) + bridge.route("all", "pacs")
    with bridge.Bridge(toml) as broker:
        send(broker)
        bridge.until("all to be delivered", lambda: broker.destination("pacs")["jobs"]["delivered"] == IMAGES, 30)
        for verb, body in (("pause", {"reason": "cable <b>moved</b>"}), ("resume", {"note": "=1+1"})):
            code, said = broker.post("/api/v1/destinations/archive/" + verb, body)
            assert code == 200, said
        with Browser() as driver:
            tells_what_happened(driver, broker)
            finds(driver, broker)
            exports(driver, broker)
            verifies(driver, broker)
            speaks_indonesian(driver, broker)
            says_nothing_bad(driver, ("/api/v1/events ", "since=someday"))
            asked_of(driver, "http://127.0.0.1:%d/" % broker.http)
            each_role_sees_its_own(driver)
    print("history: %.1f s in all" % (time.monotonic() - began))


main()
