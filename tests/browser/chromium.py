"""A headless Chromium for a browser test: a profile of its own, its console, its requests, and what it looks like."""
import json
import os
import shutil
import sys
import tempfile

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.select import Select
except ImportError:
    sys.exit("python3-selenium is missing: run packaging/install-deps.sh --tests")

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402

SHAPES = {"narrow": (360, 740), "wide": (1280, 900), "huge": (3840, 2160)}


class Browser:
    """Its context is the driver; `with Browser() as driver`. `trusts_all`: also a certificate that nobody vouches for."""

    def __init__(self, trusts_all=False):
        self.profile = tempfile.mkdtemp(prefix="bridge-browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = shutil.which("chromium") or sys.exit("chromium is missing: run install-deps.sh --tests")
        for each in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "disable-gpu", "no-first-run", "lang=en",
                     "disable-background-networking", "window-size=1280,900", "user-data-dir=" + self.profile):
            options.add_argument("--" + each)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        options.accept_insecure_certs = trusts_all
        driver = shutil.which("chromedriver") or sys.exit("chromedriver is missing: run install-deps.sh --tests")
        self.driver = webdriver.Chrome(service=Service(driver), options=options)

    def __enter__(self):
        return self.driver

    def __exit__(self, *_):
        self.driver.quit()
        shutil.rmtree(self.profile, ignore_errors=True)


def looks(driver, name, shape="wide", dark=False):
    """Gives the page a shape, sees that nothing of it is cut off sideways, and keeps a picture of it for a person."""
    width, height = SHAPES[shape]
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": shape == "narrow"})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})
    over = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
    folder = os.environ.get("BRIDGE_SCREENSHOTS")
    if folder:
        os.makedirs(folder, exist_ok=True)
        driver.save_screenshot(os.path.join(folder, name + ".png"))
    assert over <= 0, "%s is %d px wider than %d px" % (name, over, width)


def until_shown(driver, selector, text="", seconds=15):
    """The first element of the selector that is shown and has the text."""
    def shown():
        # In one step: a row that is made anew meanwhile must not be asked about.
        return driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].find((each) => each.checkVisibility()"
            " && each.textContent.includes(arguments[1])) ?? null", selector, text)

    return bridge.until("the page to show %s with %r" % (selector, text), shown, seconds)


def press(driver, selector, text="", seconds=15):
    """Clicks it as a person does: where it is on screen; again where its row was made anew at that moment."""
    from selenium.common.exceptions import ElementNotInteractableException, StaleElementReferenceException

    def pressed():
        try:
            found = until_shown(driver, selector, text, seconds)
            driver.execute_script("arguments[0].scrollIntoView({ block: 'center' })", found)
            if not found.is_enabled():
                return False
            found.click()
            return True
        except (StaleElementReferenceException, ElementNotInteractableException):
            return False

    bridge.until("%s with %r to be pressed" % (selector, text), pressed, seconds)


def write(driver, selector, text):
    found = until_shown(driver, selector)
    found.clear()
    found.send_keys(text)


def choose(driver, selector, value):
    Select(driver.find_element(By.CSS_SELECTOR, selector)).select_by_value(value)


def until_told(driver, text, seconds=20):
    """The toast."""
    return until_shown(driver, "#toast", text, seconds)


def says_nothing_bad(driver, expected=()):
    """The console has no error and no warning but of answers whose path is expected to be refused."""
    said = [each for each in driver.get_log("browser") if each["level"] in ("SEVERE", "WARNING")
            and not any(path in each["message"] for path in expected)]
    assert not said, said


def asked_of(driver, own):
    """Every address that pages asked for, all of them the bridge's own."""
    asked = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        # The browser's own first page, chrome://…, is not ours to judge.
        if message["method"] == "Network.requestWillBeSent" and \
                not message["params"]["documentURL"].startswith("chrome:"):
            asked.append(message["params"]["request"]["url"])
    # What is in an address itself asks nobody: the browser's own date field draws its sign so.
    foreign = [each for each in asked if not each.startswith((own, "blob:" + own, "data:"))]
    assert not foreign, foreign
    return asked
