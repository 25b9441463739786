#!/usr/bin/python3
"""Logging in, in a browser and over TLS: the first admin by the link, each role and what it is shown, wrong passwords,
logging out."""
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from chromium import Browser, looks  # noqa: E402

import bridge  # noqa: E402
import ledger  # noqa: E402

PASSWORD = "correct horse battery"
PLACES = {"viewer": ["studies"], "operator": ["overview", "outbox", "national", "studies", "history"],
          "auditor": ["overview", "outbox", "national", "studies", "history", "configuration"],
          "admin": ["overview", "outbox", "national", "studies", "history", "configuration"]}
HREFS = """
return [...document.querySelectorAll('nav.places a')].map((each) => new URL(each.href).pathname);
"""
PATHS = {"overview": "/", "outbox": "/outbox.html", "national": "/national.html", "studies": "/studies.html",
         "history": "/history.html", "configuration": "/configuration.html"}


def add(broker, name, role):
    subprocess.run([bridge.BINARY, "user", "add", name, "--role", role, "--password-stdin", "--config", broker.config],
                   input=PASSWORD + "\n", text=True, check=True, capture_output=True, timeout=60)


def fill(driver, values):
    driver.execute_script("for (const [id, value] of Object.entries(arguments[0])) document.getElementById(id).value = value",
                          values)
    driver.execute_script("document.getElementById('go').click()")


def path(driver):
    return driver.execute_script("return location.pathname")


def shown(driver, words):
    """Waits until the page has these words on it."""
    return bridge.until("the words " + words,
                        lambda: words in (driver.execute_script("return document.body.innerText") or ""), 20)


def log_in(driver, origin, name, password=PASSWORD, page="/login.html"):
    driver.get(origin + page)
    bridge.until("the form", lambda: driver.execute_script("return document.getElementById('login')?.checkVisibility()"))
    fill(driver, {"name": name, "password": password})


def the_first_admin_comes_by_the_link(driver, broker, origin):
    link = bridge.until("the link", lambda: re.search(r"/setup\.html#token=\S+", broker.tail(100000))).group(0)
    driver.get(origin + link)
    bridge.until("the form", lambda: driver.execute_script("return document.getElementById('setup')?.checkVisibility()"))
    looks(driver, "setup-tls")
    assert "token" not in driver.execute_script("return location.href"), "the secret stays in the address bar"
    fill(driver, {"name": "ani", "password": "short", "again": "short"})
    bridge.until("what is wrong", lambda: driver.execute_script("return !document.getElementById('wrong').hidden || "
                                                               "!document.getElementById('password').checkValidity()"))
    fill(driver, {"name": "ani", "password": PASSWORD, "again": PASSWORD})
    bridge.until("the overview", lambda: path(driver) == "/")
    bridge.until("the navigation", lambda: len(driver.execute_script(HREFS)) == 6)
    cookie, = driver.get_cookies()
    assert cookie["name"] == "__Host-session" and cookie["httpOnly"] and cookie["secure"], cookie
    assert cookie["sameSite"] == "Strict", cookie
    assert driver.execute_script("return document.cookie") == "", "a script can read the session"


def logging_out_ends_it(driver, origin):
    driver.get(origin + "/")
    bridge.until("the menu", lambda: driver.execute_script("return document.querySelector('details.menu') !== null"))
    kept = driver.get_cookies()[0]["value"]
    driver.execute_script("""
      document.querySelector('details.menu').open = true;
      [...document.querySelectorAll('details.menu button')].find((each) => /log out|keluar/i.test(each.textContent)).click();
    """)
    bridge.until("the login page", lambda: path(driver) == "/login.html")
    assert not [each for each in driver.get_cookies() if each["value"] == kept]
    # Whoever wants a page without a session is brought back to it after logging in.
    driver.get(origin + "/outbox.html?state=held")
    bridge.until("the login page", lambda: path(driver) == "/login.html")


def each_role_sees_its_own(driver, broker, origin):
    for role, places in PLACES.items():
        driver.delete_all_cookies()
        log_in(driver, origin, role)
        bridge.until("the page of " + role, lambda: path(driver) == ("/studies.html" if role == "viewer" else "/"))
        bridge.until("the places of " + role,
                     lambda: driver.execute_script(HREFS) == [PATHS[each] for each in places])
        driver.get(origin + "/")
        if role != "viewer":
            bridge.until("the destination", lambda: driver.execute_script(
                "return document.querySelector('#destinations > li') !== null"))
            acts = driver.execute_script("return document.querySelectorAll('#destinations button').length")
            assert (acts > 0) == (role in ("operator", "admin")), (role, acts)
        looks(driver, "login-" + role)
    looked = {row["actor"] for row in broker.get("/api/v1/history?event=looked&limit=500")[1]["items"]}
    assert "user:viewer" in looked, looked


def a_wrong_password_is_said_and_too_many_make_wait(driver, origin):
    driver.delete_all_cookies()
    for _ in range(5):
        log_in(driver, origin, "admin", "wrong horse battery")
        bridge.until("what is wrong", lambda: driver.execute_script("return !document.getElementById('wrong').hidden"))
    log_in(driver, origin, "admin")
    bridge.until("how long to wait", lambda: re.search(r"\d", driver.execute_script(
        "return document.getElementById('wrong').textContent")))
    looks(driver, "login-locked")
    assert path(driver) == "/login.html"


def main():
    pacs = bridge.free_port()
    toml = bridge.dicom_destination("pacs", pacs) + bridge.route("all", "pacs")
    with bridge.Bridge(toml, http='bind = "0.0.0.0"\naccess = "users"') as broker, Browser(trusts_all=True) as driver:
        origin = "https://127.0.0.1:%d" % broker.http
        ledger.send(broker, ledger.uids_of("62", 2))
        the_first_admin_comes_by_the_link(driver, broker, origin)
        logging_out_ends_it(driver, origin)
        for role in PLACES:
            add(broker, role, role)
        each_role_sees_its_own(driver, broker, origin)
        a_wrong_password_is_said_and_too_many_make_wait(driver, origin)
    print("login: the first admin, four roles, a wrong password, over TLS")


main()
