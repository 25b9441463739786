#!/usr/bin/python3
"""Every page in both languages: no words are missing in one of them, nothing is cut off on a phone or on a large screen,
everything that can be pressed or filled in has a name, and nothing is too pale to read."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402
from chromium import Browser, looks, says_nothing_bad, until_shown  # noqa: E402

PAGES = os.path.join(bridge.ROOT, "web", "pages")
UID = "1.2.826.0.1.3680043.10.7.4."
# The pages on the shell, with what is shown once they have their answers.
SHELL = {"/": "#destinations > li", "/outbox.html": "#jobs tbody tr", "/configuration.html": "#sections section",
         "/studies.html": "#studies > li", "/history.html": "#rows > li", "/national.html": "main h2, main p",
         "/study.html?study=1.2.826.0.1.3680043.10.9.1": "#study-title", "/login.html": "#login", "/setup.html": "#no-token"}

MISSING = """
const [modules, done] = arguments;
Promise.all(modules.map((each) => import(each))).then(async () => (await import("/languages.js")).untranslated()).then(done, (error) => done([String(error)]));
"""

# What a screen reader would call nothing at all.
NAMELESS = """
const name = (each) => (each.getAttribute("aria-label") || each.labels?.[0]?.textContent || each.textContent || each.querySelector?.("img")?.alt || "").trim();
const named = [...document.querySelectorAll("button, a[href], input, select, textarea, summary, [role=img]")];
return named.filter((each) => each.checkVisibility() && !name(each)).map((each) => each.outerHTML.slice(0, 120));
"""

# Texts whose contrast with what is behind them is below 4.5 (WCAG 2.2, 1.4.3), as "ratio text". Disabled ones are exempt.
PALE = """
const parse = (text) => { const canvas = parse.canvas ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
const light = ([r, g, b]) => [r, g, b].map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)).reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
const behind = (each) => { for (let at = each; at; at = at.parentElement) { const ground = parse(getComputedStyle(at).backgroundColor); if (ground[3] === 255) return ground; } return [255, 255, 255]; };
const found = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const each = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || !each.checkVisibility({ opacityProperty: true }) || each.closest(".unseen, :disabled, option, datalist, script, noscript")) continue;
  const [a, b] = [light(parse(getComputedStyle(each).color)), light(behind(each))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${walker.currentNode.textContent.trim().slice(0, 60)}`);
}
return found;
"""


def modules_of(page):
    """Everything that a page may ever load, found by the names in it."""
    needed, todo = set(), [page[1:].split("?")[0] or "overview.html"]
    while todo:
        with open(os.path.join(PAGES, todo.pop())) as file:
            named = set(re.findall(r'"/([a-z_]+\.js)"', file.read()))
        todo += named - needed
        needed |= named
    return sorted("/" + each for each in needed)


def settled(driver):
    """Transitions are over: a colour that is on its way is nobody's choice."""
    bridge.until("the page to be still", lambda: driver.execute_script("return document.getAnimations().length === 0"), 10)


def is_whole(driver, address, page, shown, language, dark):
    driver.get(address + page)
    until_shown(driver, shown)
    assert driver.execute_script("return document.documentElement.lang") == language
    missing = driver.execute_async_script(MISSING, modules_of(page))
    assert not missing, (page, missing)
    name = (page[1:] or "overview").split(".")[0]
    for shape in ("narrow", "huge", "wide"):
        looks(driver, "%s-%s-%s" % (name, shape, language), shape, dark=dark)
        settled(driver)
        nameless, pale = driver.execute_script(NAMELESS), driver.execute_script(PALE)
        assert not nameless, (page, shape, nameless)
        assert not pale, (page, shape, language, pale)
    headings = driver.execute_script("return document.querySelectorAll('h1').length")
    assert headings == 1, "%s has %d first headings" % (page, headings)


def main():
    began = time.monotonic()
    toml = (bridge.dicom_destination("pacs", bridge.free_port()) + bridge.dicom_destination("archive", bridge.free_port())
            + bridge.route("all", "pacs", "archive"))
    with bridge.Bridge(toml) as broker:
        scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
        for number in range(3):
            uid = UID + str(number)
            assert scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid)) == 0
        scu.release()
        broker.post("/api/v1/destinations/archive/pause", {"reason": "a test"})
        broker.post("/api/v1/jobs/actions", {"action": "hold", "filter": {"destination": "archive"}})
        bridge.until("the destination to fail", lambda: broker.destination("pacs")["state"] == "failing", 10)
        with Browser() as driver:
            address = "http://127.0.0.1:%d" % broker.http
            driver.get(address + "/login.html")
            for language, dark in (("en", False), ("id", True)):
                driver.execute_script("localStorage.setItem('language', arguments[0])", language)
                for page, shown in SHELL.items():
                    is_whole(driver, address, page, shown, language, dark)
            # The images have no Rows: of them no picture can be made.
            says_nothing_bad(driver, ["/thumbnail ", "/rendered "])
    print("languages: %d pages in two languages and three sizes, %.1f s" % (len(SHELL), time.monotonic() - began))


main()
