#!/usr/bin/python3
"""Every page through axe-core, light and dark, wide and narrow, with something on it: no serious finding."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Browser  # noqa: E402

import bridge  # noqa: E402
import dimse  # noqa: E402

AXE = os.path.join(os.environ.get("AXE", ""), "node_modules", "axe-core", "axe.min.js")
STUDY = "1.2.826.0.1.3680043.10.7.77"
PAGES = ["/", "/outbox.html", "/national.html", "/studies.html", "/study.html?study=" + STUDY, "/history.html",
         "/configuration.html", "/login.html", "/setup.html#token=none"]
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ['violations'] }).then(
  (found) => done(found.violations.map((each) => ({ id: each.id, impact: each.impact, help: each.help,
    where: each.nodes.slice(0, 5).map((node) => node.target.join(' ') + ': ' + node.html.slice(0, 160)) }))),
  (error) => done([{ id: 'axe', impact: 'critical', help: String(error), where: [] }]));
"""
# Nothing is asked for, and nothing is still to be painted.
SETTLED = """
return document.readyState === 'complete' && !document.querySelector('[aria-busy="true"]') &&
  (document.querySelector('h1')?.textContent ?? '').trim() !== '';
"""


def dark(driver, is_dark):
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}]})


def findings(driver, axe, url, width):
    driver.set_window_size(width, 900)
    driver.get("about:blank")
    driver.get(url)
    bridge.until("the page " + url, lambda: driver.execute_script(SETTLED))
    driver.execute_script(axe)
    driver.set_script_timeout(60)
    return driver.execute_async_script(RUN)


def fill(broker, dead):
    """A study that is held, one that waits for a destination that is dead, one that nobody routes."""
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for number in range(3):
        uid = "%s.%d" % (STUDY, number)
        assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid, STUDY, 20000)) == 0
    other = STUDY + "9"
    assert scu.store(1, dimse.CT_IMAGE, other + ".1", dimse.synthetic(other + ".1", other, 2000, modality="SR")) == 0
    scu.release()
    bridge.until("an error", lambda: broker.destination(dead)["last_error"])
    job = broker.jobs("&study=" + STUDY)[0]
    assert broker.post("/api/v1/jobs/%d/hold" % job["id"], {"note": "a look"})[0] == 200


def main():
    if not os.path.isfile(AXE):
        print("skipped: axe-core is not at " + AXE)
        sys.exit(77)
    with open(AXE) as file:
        axe = file.read()
    toml = (bridge.dicom_destination("pacs", bridge.free_port()) + bridge.route("all", "pacs")
            + '[route.when]\nModality = ["CT"]\n')
    serious, minor = [], set()
    with bridge.Bridge(toml) as broker, Browser() as driver:
        fill(broker, "pacs")
        for page in PAGES:
            for width, is_dark in ((1280, False), (1280, True), (360, False)):
                dark(driver, is_dark)
                for each in findings(driver, axe, "http://127.0.0.1:%d%s" % (broker.http, page), width):
                    if each["impact"] in ("serious", "critical"):
                        serious.append((page, width, "dark" if is_dark else "light", each))
                    else:
                        minor.add((page.split("?")[0], each["id"], each["impact"]))
    for page, name, impact in sorted(minor):
        print("%s: %s (%s)" % (page, name, impact))
    assert not serious, "\n".join("%s %d %s: %s %s\n    %s" % (page, width, theme, each["id"], each["help"],
                                                              "\n    ".join(each["where"]))
                                  for page, width, theme, each in serious)
    print("%d pages, light, dark and narrow: no serious finding" % len(PAGES))


main()
