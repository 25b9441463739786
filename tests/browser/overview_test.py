#!/usr/bin/python3
"""The overview in a browser: it shows what the status says, offers what to do, and asks nobody else."""
import datetime
import json
import os
import re
import sys
import time
import zoneinfo

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402
from chromium import Browser, asked_of, looks, press, says_nothing_bad, until_shown, until_told, write  # noqa: E402

UID = "1.2.826.0.1.3680043.10.7."
ZONE = "Asia/Jakarta"
IMAGES = 3

# What the row of the destination shows, as plain values.
READ_ROW = """
const row = document.querySelector('#destinations > li');
if (!row) return null;
const counts = {};
for (const each of row.querySelectorAll('dl.counts > div'))
  counts[each.querySelector('dt').textContent] = Number(each.querySelector('dd').textContent.replaceAll(',', ''));
return { name: row.querySelector('.name').textContent, state: row.querySelector('.state').textContent, counts,
  errors: [...row.querySelectorAll('.words .error')].map((each) => each.textContent),
  words: row.querySelector('.words').textContent, headline: document.querySelector('#headline-text').textContent };
"""


def counts_of(destination):
    """The counts of the status, as the page names them."""
    jobs = dict(destination["jobs"])
    jobs["queued"] -= jobs["waiting"]
    if not jobs["cancelled"]:
        del jobs["cancelled"]
    return jobs


def seconds_waited(words):
    found = re.search(r"[Oo]ldest waits (\d+) s", words)
    return int(found.group(1)) if found else None


def age_of(instant):
    at = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return (datetime.datetime.now(datetime.timezone.utc) - at).total_seconds()


def minute_of(instant):
    at = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return at.astimezone(zoneinfo.ZoneInfo(ZONE)).strftime("%H:%M")


def send(broker, more=""):
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for number in range(IMAGES):
        uid = UID + more + str(number)
        assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid)) == 0
    scu.release()


def shows_a_failing_destination(driver, broker):
    """The row of the page, once it says what the status says."""
    def agrees():
        row, destination = driver.execute_script(READ_ROW), broker.destination("pacs")
        if not row or row["counts"] != counts_of(destination) or not row["errors"]:
            return None
        waited = seconds_waited(row["words"])
        is_error = destination["last_error"] in row["errors"][0]
        is_age = waited is not None and abs(waited - age_of(destination["oldest_queued_at"])) < 4
        return row if row["state"] == destination["state"] and is_error and is_age else None

    row = bridge.until("the page to say what the status says", agrees, 10)
    assert row["state"] == "failing" and row["counts"]["queued"] + row["counts"]["sending"] == IMAGES, row
    assert "pacs does not answer since" in row["headline"], row
    assert row["errors"][0].startswith("Last error "), row
    told = row["errors"][0].split()[2].rstrip(":")
    minutes = {minute_of(broker.destination("pacs")["last_error_at"]), minute_of(broker.destination("pacs")["failing_since"])}
    assert told in minutes, (told, minutes)


def refreshes_itself(driver, broker):
    driver.execute_script("window.wasNeverReloaded = true")
    began = time.monotonic()
    scp = dimse.StorageScp(broker.pacs_port)
    row = bridge.until("the page to show the delivery", lambda: next(
        (each for each in [driver.execute_script(READ_ROW)]
         if each["counts"]["delivered"] == IMAGES and each["state"] == "ok"), None), 10)
    assert driver.execute_script("return window.wasNeverReloaded") is True, "the page was loaded again"
    destination = broker.destination("pacs")
    assert row["counts"] == counts_of(destination), (row, destination)
    assert row["headline"].startswith("All well"), row
    # The last error stays in the status; the page must not show it as if it were so now.
    assert destination["last_error"] and not row["errors"], (row, destination)
    assert re.search(r"Last error \d\d:\d\d \(it has passed\): ", row["words"]), row
    return time.monotonic() - began, scp


# An AE title may be any printable text (PS3.5 6.2): this one tries to be markup.
HOSTILE = '<b>x</b>"'


def names_what_is_new_and_what_nobody_routes(driver, broker):
    """A sender that nothing names is offered the lines that name it, as text; unrouted images are an alarm."""
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], calling=HOSTILE, called="NOWHERE")
    uid = UID + "99"
    assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid)) == 0
    scu.release()
    read = """
    const row = [...document.querySelectorAll('#senders tbody tr')].find((each) => each.textContent.includes(arguments[0]));
    const alarm = document.querySelector('#needs > li[data-alarm=unrouted]');
    if (!row || !alarm) return null;
    return { snippet: row.querySelector('details.new pre')?.textContent, word: row.querySelector('summary')?.textContent,
      markup: document.querySelectorAll('#senders tbody b').length, alarm: alarm.textContent,
      acts: [...alarm.querySelectorAll('button')].map((each) => each.textContent), named: document.querySelectorAll('details.new').length,
      senders: document.querySelectorAll('#senders tbody tr').length };
    """
    shown = bridge.until("the page to show the new sender", lambda: driver.execute_script(read, HOSTILE), 10)
    assert shown["word"] == "new: name it?" and shown["markup"] == 0, shown
    lines = shown["snippet"].split("\n")
    assert lines[0] == "[[sender]]" and lines[1] == "name = " + json.dumps(HOSTILE.lower() + " 127.0.0.1"), lines
    assert lines[2] == "ae_title = " + json.dumps(HOSTILE) and lines[3] == 'address = "127.0.0.1"', lines
    assert (shown["named"], shown["senders"]) == (1, 2), "the one that is named is not new: %s" % shown
    assert "1 image matches no route" in shown["alarm"] and "backfill" in shown["alarm"], shown
    assert shown["acts"] == ["Which ones"], shown
    # What a person opened stays open when the row changes.
    driver.execute_script("document.querySelector('details.new').open = true")
    driver.execute_script("document.querySelector('details.new').scrollIntoView()")
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], calling=HOSTILE, called="NOWHERE")
    assert scu.store(1, dimse.CT_IMAGE, uid + ".1", dimse.synthetic(uid + ".1")) == 0
    scu.release()
    bridge.until("the row to have two images", lambda: driver.execute_script(
        "const row = [...document.querySelectorAll('#senders tbody tr')].find((each) => each.textContent.includes(arguments[0]));"
        "return row.querySelector('td.number').textContent === '2'", HOSTILE), 10)
    assert driver.execute_script("return document.querySelector('details.new').open") is True
    # What is offered can be pasted: the configuration takes it.
    with open(broker.config, "a") as out:
        out.write("\n" + shown["snippet"] + "\n")
    broker.cli("check")


def is_usable_by_keys_and_on_a_phone(driver, broker):
    """Indonesian, 360 px, dark; the list of keys; `g b` goes to the outbox, `g o` comes back."""
    press(driver, "#language")
    until_shown(driver, "#needs-title", "Yang perlu ditangani")
    looks(driver, "overview-narrow-dark-id", "narrow", dark=True)
    looks(driver, "overview-wide-dark-id", dark=True)
    press(driver, "#language")
    until_shown(driver, "#needs-title", "What needs a person")
    looks(driver, "overview-wide")
    body = driver.find_element("css selector", "body")
    body.send_keys("?")
    until_shown(driver, "dialog", "go to Outbox")
    press(driver, "dialog button")
    driver.find_element("css selector", "body").send_keys("gb")
    until_shown(driver, "nav.places a[aria-current=page]", "Outbox")
    driver.find_element("css selector", "body").send_keys("go")
    until_shown(driver, "nav.places a[aria-current=page]", "Overview")


def is_diagnosed_and_paused(driver, broker):
    """Doctor step by step; who paused it, and why; resumed; focus comes back to where it was."""
    press(driver, "#destinations [data-act=diagnose]")
    until_shown(driver, "dialog .steps-told li", "tcp")
    press(driver, "dialog button")
    bridge.until("focus to come back", lambda: driver.execute_script(
        "return document.activeElement.dataset.act === 'diagnose'"), 5)
    press(driver, "#destinations [data-act=pause]")
    write(driver, "dialog [name=reason]", "maintenance <i>there</i>")
    press(driver, "dialog button.primary")
    until_told(driver, "pacs is paused.")
    until_shown(driver, "#destinations .pause", "maintenance <i>there</i>")
    assert broker.destination("pacs")["paused"]["reason"] == "maintenance <i>there</i>"
    press(driver, "#destinations [data-act=resume]")
    until_shown(driver, "#destinations .state[data-state=ok]")


def offers_what_is_held(driver, broker):
    """What is held stands above, and is let go from there: the count is named first."""
    broker.post("/api/v1/destinations/pacs/pause", {"reason": "a test"})
    send(broker, "9.")
    code, held = broker.post("/api/v1/jobs/actions", {"action": "hold", "filter": {"destination": "pacs", "state": "queued"}})
    assert code == 200 and held["changed"] == IMAGES, held
    until_shown(driver, "#needs > li", "%d images for pacs are held" % IMAGES)
    press(driver, "#needs [data-act=release]")
    until_shown(driver, "dialog h2", "Release %d jobs?" % IMAGES)
    press(driver, "dialog button.primary")
    until_told(driver, "%d jobs changed." % IMAGES)
    bridge.until("the line to go", lambda: driver.execute_script(
        "return ![...document.querySelectorAll('#needs > li')].some((each) => each.textContent.includes('are held'))"), 10)
    assert broker.destination("pacs")["jobs"]["held"] == 0
    broker.post("/api/v1/destinations/pacs/resume")


def shows_which_are_unrouted(driver):
    press(driver, "#needs [data-act=which]")
    until_shown(driver, "dialog li", HOSTILE)
    press(driver, "dialog button")


def asks_nobody_else(driver, broker):
    says_nothing_bad(driver)
    own = "http://127.0.0.1:%d/" % broker.http
    asked = asked_of(driver, own)
    assert own + "api/v1/status" in asked, asked
    return len(asked)


def several_that_fail_at_once_are_one_trouble():
    """What is behind one uplink, and dead, is said as one: the uplink."""
    toml = '[[uplink]]\nname = "internet"\nbandwidth = "8Mbit/s"\n[alarm]\nbreaker_open = "1s"\n'
    for name in ("cloud", "national"):
        toml += bridge.dicom_destination(name, bridge.free_port(), extra='uplink = "internet"')
    with bridge.Bridge(toml + bridge.route("all", "cloud", "national")) as broker:
        send(broker)
        with Browser() as driver:
            driver.get("http://127.0.0.1:%d/" % broker.http)
            until_shown(driver, "#headline-text", "Your uplink: cloud, national do not answer", 30)
            until_shown(driver, "#needs > li[data-alarm=uplink]", "2 destinations behind the uplink internet fail at once")
            assert not driver.find_elements("css selector", "#needs > li[data-alarm=breaker_open]")


def main():
    port = bridge.free_port()
    toml = ('[[sender]]\nname = "scanner"\nae_title = "SCANNER"\n' + bridge.dicom_destination("pacs", port)
            + bridge.route("all", "pacs") + '[route.when]\ncalled_ae_title = "BRIDGE"\n')
    began = time.monotonic()
    with bridge.Bridge(toml, node='timezone = "%s"' % ZONE) as broker:
        broker.pacs_port = port
        send(broker)
        bridge.until("the destination to fail", lambda: broker.destination("pacs")["state"] == "failing", 10)
        with Browser() as driver:
            driver.get("http://127.0.0.1:%d/" % broker.http)
            shows_a_failing_destination(driver, broker)
            took, scp = refreshes_itself(driver, broker)
            names_what_is_new_and_what_nobody_routes(driver, broker)
            shows_which_are_unrouted(driver)
            is_usable_by_keys_and_on_a_phone(driver, broker)
            is_diagnosed_and_paused(driver, broker)
            offers_what_is_held(driver, broker)
            scp.close()
            asked = asks_nobody_else(driver, broker)
    several_that_fail_at_once_are_one_trouble()
    print("overview: delivered on the page %.1f s after the PACS came; %d requests, all to the bridge; %.1f s in all"
          % (took, asked, time.monotonic() - began))


main()
