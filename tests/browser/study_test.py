#!/usr/bin/python3
"""The page of a study in a browser: pictures on screen before any PACS has them, and plain words where there are none."""
import os
import shutil
import struct
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
except ImportError:
    sys.exit("python3-selenium is missing: run packaging/install-deps.sh --tests")

STUDY = "1.2.826.0.1.3680043.10.8.1"
IMAGES, CINE, REPORT = STUDY + ".1", STUDY + ".2", STUDY + ".3"
ULTRASOUND, BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.88.11"
SLICES, FRAMES, SIDE = 5, 6, 64
# A person's name may be any text: this one tries to be markup.
HOSTILE = "<b>DOE</b>^JANE"

GREY = """
const grey = (image) => {
  const seen = Object.assign(document.createElement('canvas'), { width: 8, height: 8 }).getContext('2d');
  seen.drawImage(image, 0, 0, 8, 8);
  return seen.getImageData(0, 0, 8, 8).data.filter((_, at) => at % 4 === 0).reduce((sum, each) => sum + each, 0) / 64;
};
"""
READ = GREY + """
const text = (id) => document.getElementById(id).textContent;
const picture = document.getElementById('picture');
const source = document.getElementById('study').hidden || picture.hidden ? null : picture.src;
return { title: text('study-title'), patient: text('study-patient'), facts: text('study-facts'), where: text('where'),
  deliveries: [...document.querySelectorAll('#deliveries li span')].map((each) => each.textContent),
  source, size: [picture.naturalWidth, picture.naturalHeight], notice: text('notice-title'),
  centre: document.getElementById('centre').value, width: document.getElementById('width').value,
  hasWindow: !document.getElementById('window').hidden, hasFrames: !document.getElementById('frames').hidden,
  isStale: document.getElementById('stage').dataset.stale === 'yes',
  thumbnails: [...document.querySelectorAll('#instances .thumbnail')].map((each) => each.dataset.state),
  series: [...document.querySelectorAll('#series .thumbnail')].map((each) => each.dataset.state),
  markup: document.querySelectorAll('main b').length, trouble: text('trouble'), search: location.search };
"""


class Browser:
    """A headless Chromium with a profile of its own; it logs its console."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="bridge-browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or sys.exit("chromium is missing: run install-deps.sh --tests")
        for each in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "no-first-run",
                     "disable-background-networking", "window-size=1280,900", "user-data-dir=" + self.profile):
            options.add_argument("--" + each)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = shutil.which("chromedriver") or sys.exit("chromedriver is missing: run install-deps.sh --tests")
        self.driver = webdriver.Chrome(service=Service(driver), options=options)

    def __enter__(self):
        return self.driver

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)


def element(group, number, vr, value):
    value = value.encode() if isinstance(value, str) else value
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    if vr in (b"OB", b"OW", b"SQ", b"UT"):
        return struct.pack("<HH2sHI", group, number, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def short(group, number, value):
    return element(group, number, b"US", struct.pack("<H", value))


def data_set(sop_class, uid, series, modality, series_number, number, pixels=b""):
    """`pixels`: the elements of group 0028 and the pixels themselves; without them it is a report."""
    body = element(8, 0x16, b"UI", sop_class) + element(8, 0x18, b"UI", uid) + element(8, 0x20, b"DA", "20260115")
    body += element(8, 0x50, b"SH", "ACC-8") + element(8, 0x60, b"CS", modality) + element(8, 0x1030, b"LO", "Thorax")
    body += element(8, 0x103E, b"LO", "series " + series_number)
    body += element(0x10, 0x10, b"PN", HOSTILE) + element(0x10, 0x20, b"LO", "P-8")
    body += element(0x20, 0x0D, b"UI", STUDY) + element(0x20, 0x0E, b"UI", series)
    body += element(0x20, 0x11, b"IS", series_number) + element(0x20, 0x13, b"IS", str(number))
    return body + pixels


def ct_pixels(number, brighter=0):
    """A ramp across, with a window: what the page shows must come from it."""
    head = short(0x28, 2, 1) + element(0x28, 4, b"CS", "MONOCHROME2") + short(0x28, 0x10, SIDE) + short(0x28, 0x11, SIDE)
    head += short(0x28, 0x100, 16) + short(0x28, 0x101, 16) + short(0x28, 0x102, 15) + short(0x28, 0x103, 1)
    head += element(0x28, 0x1050, b"DS", "40\\300") + element(0x28, 0x1051, b"DS", "400\\2000")
    head += element(0x28, 0x1055, b"LO", "SOFT\\<b>BONE")
    head += element(0x28, 0x1052, b"DS", "-1024") + element(0x28, 0x1053, b"DS", "1")
    row = struct.pack("<%dh" % SIDE, *(700 + 10 * x + 20 * number + brighter for x in range(SIDE)))
    return head + element(0x7FE0, 0x10, b"OW", row * SIDE)


def cine_pixels():
    head = short(0x28, 2, 3) + element(0x28, 4, b"CS", "RGB") + short(0x28, 6, 0) + element(0x28, 8, b"IS", str(FRAMES))
    head += short(0x28, 0x10, SIDE) + short(0x28, 0x11, SIDE)
    head += short(0x28, 0x100, 8) + short(0x28, 0x101, 8) + short(0x28, 0x102, 7) + short(0x28, 0x103, 0)
    frames = b"".join(bytes((40 * frame, 90, 200 - 30 * frame)) * SIDE * SIDE for frame in range(FRAMES))
    return head + element(0x7FE0, 0x10, b"OB", frames)


def send_slice(broker, number, brighter):
    """Another version of a slice that was sent before."""
    uid = "%s.%d" % (IMAGES, number)
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    pixels = ct_pixels(number, brighter)
    assert scu.store(1, dimse.CT_IMAGE, uid, data_set(dimse.CT_IMAGE, uid, IMAGES, "CT", "1", number, pixels)) == 0
    scu.release()


def send(broker):
    classes = [dimse.CT_IMAGE, ULTRASOUND, BASIC_TEXT]
    scu = dimse.Scu(broker.port, [(each, [dimse.EXPLICIT_LE]) for each in classes])
    for number in range(1, SLICES + 1):
        uid = "%s.%d" % (IMAGES, number)
        assert scu.store(1, dimse.CT_IMAGE, uid,
                         data_set(dimse.CT_IMAGE, uid, IMAGES, "CT", "1", number, ct_pixels(number))) == 0
    assert scu.store(3, ULTRASOUND, CINE + ".1", data_set(ULTRASOUND, CINE + ".1", CINE, "US", "2", 1, cine_pixels())) == 0
    assert scu.store(5, BASIC_TEXT, REPORT + ".1", data_set(BASIC_TEXT, REPORT + ".1", REPORT, "SR", "3", 1)) == 0
    scu.release()


def reads(driver, what, condition, seconds=20):
    def look():
        page = driver.execute_script(READ)
        return page if condition(page) else None
    try:
        return bridge.until(what, look, seconds)
    except AssertionError as error:
        raise AssertionError("%s; the page: %s" % (error, driver.execute_script(READ)))


def shows_the_study(driver, page_of):
    began = time.monotonic()
    driver.get(page_of("?study=" + STUDY))
    page = reads(driver, "the first image large", lambda each: each["source"])
    took = time.monotonic() - began
    assert page["source"].startswith("blob:") and page["size"] == [SIDE, SIDE], page
    assert page["title"] == "Thorax" and page["patient"].startswith("<b>DOE</b>, JANE · P-8"), page
    assert page["markup"] == 0 and page["where"] == "Image 1" and page["hasWindow"] and not page["hasFrames"], page
    assert (page["centre"], page["width"]) == ("40", "400"), page
    assert page["deliveries"] == ["pacs: 0 of %d delivered" % (SLICES + 2)], page
    reads(driver, "all thumbnails", lambda each: each["thumbnails"] == ["shown"] * SLICES
          and each["series"] == ["shown", "shown", "none"])
    return took


def says_that_it_is_no_diagnosis(driver):
    found = driver.execute_script("""
    const note = document.querySelector('.stage-frame .not-diagnostic');
    const box = note.getBoundingClientRect(), picture = document.querySelector('#picture').getBoundingClientRect();
    return { text: note.textContent.trim(), role: note.getAttribute('role'), height: box.height,
      isInSight: box.top >= 0 && box.bottom <= innerHeight, isBeside: box.bottom <= picture.top + 4,
      alt: document.querySelector('#picture').alt };""")
    assert found["text"] == "Preview, not for diagnosis" and found["role"] == "note", found
    assert found["height"] > 20 and found["isInSight"] and found["isBeside"], found
    assert found["alt"].startswith("Preview, not for diagnosis"), found


def chooses_a_preset(driver):
    """The image's own windows, by what they are for: hostile words are words."""
    bridge.until("the presets", lambda: driver.execute_script(
        "return [...document.getElementById('preset').options].map((each) => each.textContent).join('|')") == "|SOFT|<b>BONE", 20)
    bridge.until("the one that is applied", lambda: driver.execute_script(
        "return document.getElementById('preset').selectedOptions[0].textContent") == "SOFT", 20)
    driver.execute_script("const preset = document.getElementById('preset'); preset.value = '1';"
                          "preset.dispatchEvent(new Event('change'))")
    reads(driver, "the chosen window", lambda each: (each["centre"], each["width"]) == ("300", "2000"))
    driver.execute_script("document.getElementById('reset').click()")
    reads(driver, "the image's own window", lambda each: (each["centre"], each["width"]) == ("40", "400"))


def changes_the_window(driver):
    before = driver.execute_script(READ)
    picture = driver.find_element("id", "picture")
    ActionChains(driver).click_and_hold(picture).move_by_offset(60, 0).move_by_offset(0, 30).release().perform()
    after = reads(driver, "another window", lambda each: each["source"] not in (None, before["source"])
                  and float(each["width"]) > 500 and float(each["centre"]) > 60)
    driver.find_element("id", "stage").send_keys("r")
    reads(driver, "its own window again", lambda each: each["source"] != after["source"] and each["width"] == "400")


def goes_through_the_series(driver):
    stage = driver.find_element("id", "stage")
    stage.send_keys("\ue015")  # down
    page = reads(driver, "the next image", lambda each: each["where"] == "Image 2" and each["source"])
    assert not page["isStale"] and page["search"].endswith("instance=%s.2" % IMAGES), page
    driver.execute_script("document.querySelector('#stage').dispatchEvent("
                          "new WheelEvent('wheel', { deltaY: 120, cancelable: true, bubbles: true }))")
    reads(driver, "the one after it", lambda each: each["where"] == "Image 3" and each["source"])


def keeps_words_and_pixels_together(driver):
    """From one image to the next and back before the next one's pixels are decoded."""
    began = reads(driver, "a picture", lambda each: each["where"] == "Image 3" and each["source"])
    driver.execute_script("""
    const decode = HTMLImageElement.prototype.decode;
    window.letGo = [];
    HTMLImageElement.prototype.decode = async function () {
      await decode.call(this);
      await new Promise((resolve) => letGo.push(resolve));
    };
    window.endDelay = () => {
      HTMLImageElement.prototype.decode = decode;
      for (const each of letGo) each();
    };
    window.press = (key) => document.querySelector('#stage').dispatchEvent(new KeyboardEvent('keydown', { key }));""")
    looks = READ.replace("return {", "return { grey: grey(picture), ")
    before = driver.execute_script(looks)
    driver.execute_script("press('ArrowDown');")
    bridge.until("the next one's pixels", lambda: driver.execute_script("return letGo.length") == 1, 10)
    waits = driver.execute_script(looks)
    assert waits["isStale"] and waits["where"].startswith("Image 3 → Image 4"), waits
    assert abs(waits["grey"] - before["grey"]) < 2, (before, waits)
    back = driver.execute_script("press('ArrowUp');" + looks)
    assert back["where"] == "Image 3" and not back["isStale"] and abs(back["grey"] - before["grey"]) < 2, (before, back)
    driver.execute_script("endDelay(); return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));")
    after = driver.execute_script(looks)
    assert after["source"] == began["source"] and after["where"] == "Image 3", after
    # And what is shown is there at once, with its words: not the picture before for one more moment.
    driver.execute_script("""
    const said = document.getElementById('where');
    new MutationObserver(() => { if (said.textContent === 'Image 4') window.grey4 ??= (() => { %s return grey(
      document.getElementById('picture')); })(); }).observe(said, { childList: true });
    press('ArrowDown');""" % GREY)
    reads(driver, "the next image", lambda each: each["where"] == "Image 4" and each["source"])
    assert driver.execute_script("return grey4") - before["grey"] > 5, before
    driver.execute_script("press('ArrowUp');")
    reads(driver, "the image before", lambda each: each["where"] == "Image 3" and not each["isStale"])


def shows_a_newer_version(driver, broker):
    """It comes while the page is open: all that shows the image changes without a reload, and nothing else."""
    looks = GREY + """
    const of = (selector) => {
      const image = document.querySelector(selector);
      return image ? Math.round(grey(image)) : null;
    };
    return { picture: of('#picture'), instance: of('#instances li:nth-child(3) img'), series: of('#series li img'),
      other: of('#instances li:nth-child(2) img'), focus: document.activeElement?.dataset.uid, mark: window.mark,
      images: [...document.images].filter((each) => each.complete && each.naturalWidth === 0).length };"""
    driver.find_element("css selector", "#instances li:nth-child(3) button").click()
    driver.execute_script("window.mark = 'the same page'")
    reads(driver, "all thumbnails", lambda each: set(each["thumbnails"]) == {"shown"})
    before = driver.execute_script(looks)
    send_slice(broker, 3, 150)

    def look():
        now = driver.execute_script(looks)
        is_brighter = [now[each] is not None and now[each] > before[each] + 40 for each in ("picture", "instance", "series")]
        return now if all(is_brighter) else None
    try:
        now = bridge.until("the newer version everywhere", look, 20)
    except AssertionError as error:
        raise AssertionError("%s; before: %s; now: %s" % (error, before, driver.execute_script(looks)))
    assert now["mark"] == "the same page" and now["focus"] == IMAGES + ".3" and now["images"] == 0, now
    assert abs(now["other"] - before["other"]) < 2, (before, now)


def asks_again_cheaply(driver):
    """Other words draw every row anew: what was shown stays, and is asked about by its tag, three at a time."""
    driver.execute_script("""
    const ask = window.fetch;
    window.asked = [];
    let running = 0;
    window.fetch = async (path, ...more) => {
      if (!String(path).endsWith('/thumbnail')) return ask(path, ...more);
      const each = { path, running: ++running };
      const answer = await ask(path, ...more).finally(() => (running -= 1));
      asked.push({ ...each, status: answer.status, stored: answer.headers.get('Cache-Control') });
      return answer;
    };
    document.getElementById('language').click();
    window.kept = document.querySelectorAll('#instances img').length;""")
    asked = bridge.until("every thumbnail asked about", lambda: driver.execute_script(
        "return asked.length >= %d ? asked : null" % (SLICES + 3)), 20)
    assert driver.execute_script("return kept") == SLICES
    assert max(each["running"] for each in asked) <= 3, asked
    assert {each["stored"] for each in asked} == {"no-store"}, asked
    refused = [each for each in asked if each["status"] != 304]
    assert [each["status"] for each in refused] == [406] and (IMAGES[:-1] + "3/") in refused[0]["path"], asked
    driver.find_element("id", "language").click()
    bridge.until("the same in English", lambda: driver.execute_script(
        "return asked.length >= %d" % (2 * (SLICES + 3))), 20)
    # Why there is none was in that one answer.
    assert len(driver.execute_script("return asked.map((each) => each.status)")) == 2 * (SLICES + 3), asked


def fits_a_phone(driver):
    """360 pixels wide: nothing is cut off to the right, and what is needed can be pressed."""
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": False})
    found = driver.execute_script("""
    const outside = [...document.querySelectorAll('header *, .about *, .stage-frame *')].filter((each) => {
      const box = each.getBoundingClientRect();
      // The links to the other pages are scrolled through by themselves.
      return box.width > 0 && box.right > innerWidth + 1 && !each.closest('.places');
    });
    return { wide: document.documentElement.scrollWidth, outside: outside.map((each) => each.outerHTML.slice(0, 80)),
      stage: document.querySelector('#stage').getBoundingClientRect().height };""")
    if os.environ.get("BRIDGE_SCREENSHOT"):
        driver.save_screenshot(os.environ["BRIDGE_SCREENSHOT"].replace(".png", "-360.png"))
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert found["wide"] <= 360 and not found["outside"] and found["stage"] > 200, found


def goes_through_frames(driver):
    driver.find_elements("css selector", "#series button")[1].click()
    page = reads(driver, "the cine", lambda each: each["hasFrames"] and " of %d" % FRAMES in each["where"])
    assert not page["hasWindow"], page
    stage = driver.find_element("id", "stage")
    stage.send_keys("\ue011")  # home
    first = reads(driver, "its first frame", lambda each: each["where"] == "Image 1 · Frame 1 of %d" % FRAMES)
    stage.send_keys("\ue015")
    reads(driver, "its second frame", lambda each: each["where"] == "Image 1 · Frame 2 of %d" % FRAMES
          and each["source"] not in (None, first["source"]))


def says_what_has_no_pixels(driver):
    driver.find_elements("css selector", "#series button")[2].click()
    reads(driver, "words instead of a picture", lambda each: each["source"] is None
          and each["notice"] == "No pixels to show" and each["thumbnails"] == ["none"])
    driver.find_element("id", "language").click()
    reads(driver, "the same in Indonesian", lambda each: each["notice"] == "Tidak ada piksel untuk ditampilkan")
    driver.find_element("id", "language").click()


def says_that_there_is_none(driver, page_of):
    driver.get(page_of("?study=1.2.3.4"))
    reads(driver, "that there is no such study", lambda each: each["trouble"] == "No such study was received.")
    # Which study, is for the list of them.
    driver.get(page_of(""))
    bridge.until("the list of studies", lambda: driver.execute_script("return location.pathname") == "/studies.html", 20)


def only_expected_trouble(driver):
    """No word from the browser but that pictures which cannot be were refused, and the study that isn't there."""
    said = [each["message"] for each in driver.get_log("browser") if each["level"] in ("SEVERE", "WARNING")]
    left = [each for each in said if "status of 406" not in each and "status of 503" not in each
            and "/api/v1/studies/1.2.3.4 " not in each and "/api/v1/events " not in each]
    assert not left, left


def main():
    toml = bridge.dicom_destination("pacs", bridge.free_port()) + bridge.route("all", "pacs")
    with bridge.Bridge(toml) as broker:
        send(broker)

        def page_of(query):
            return "http://127.0.0.1:%d/study.html%s" % (broker.http, query)

        with Browser() as driver:
            took = shows_the_study(driver, page_of)
            says_that_it_is_no_diagnosis(driver)
            chooses_a_preset(driver)
            changes_the_window(driver)
            goes_through_the_series(driver)
            keeps_words_and_pixels_together(driver)
            shows_a_newer_version(driver, broker)
            asks_again_cheaply(driver)
            fits_a_phone(driver)
            goes_through_frames(driver)
            fits_a_phone(driver)
            says_what_has_no_pixels(driver)
            says_that_there_is_none(driver, page_of)
            only_expected_trouble(driver)
            if os.environ.get("BRIDGE_SCREENSHOT"):
                driver.get(page_of("?study=" + STUDY))
                reads(driver, "the first image large", lambda each: each["source"])
                driver.save_screenshot(os.environ["BRIDGE_SCREENSHOT"])
    print("study: the first picture on the page after %.1f s" % took)


main()
