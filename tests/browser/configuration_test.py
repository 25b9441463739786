#!/usr/bin/python3
"""Logging in and the configuration page in a browser: the first admin, who sees what, settings, routes, users, tokens."""
import http.client
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402
from chromium import Browser, choose, looks, press, says_nothing_bad, until_shown, until_told, write  # noqa: E402

UID = "1.2.826.0.1.3680043.10.7.3."
IMAGES = 3
PASSWORD, OTHER = "a bridge over the Musi", "another bridge, the Ampera"


class Guarded(bridge.Bridge):
    """Starts with a login, and tells the link that it prints."""

    def __init__(self, toml):
        super().__init__(toml, http='access = "users"')

    def page(self, path):
        return "http://127.0.0.1:%d%s" % (self.http, path)

    def setup_link(self):
        return bridge.until("the link to be printed", lambda: re.search(r"http://\S+#token=\S+(?=\s)", open(self.log).read()), 10).group(0)


def settings(pacs, called="BRIDGE"):
    return (bridge.dicom_destination("pacs", pacs) + bridge.route("all", "pacs")
            + '[route.when]\ncalled_ae_title = "%s"\n' % called)


def send(broker):
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])])
    for number in range(IMAGES):
        assert scu.store(1, dimse.CT_IMAGE, UID + str(number), dimse.synthetic(UID + str(number))) == 0
    scu.release()


def at(driver, broker, path, seconds=15):
    bridge.until("the browser to be at " + path, lambda: driver.current_url == broker.page(path), seconds)


def log_in(driver, broker, name, password, path="/login.html"):
    driver.get(broker.page(path))
    write(driver, "#name", name)
    write(driver, "#password", password)
    press(driver, "#go")


def the_first_admin_is_made_by_the_link(driver, broker):
    """Only by the whole link; the secret leaves the address bar at once; whoever comes later is sent to the login."""
    link = broker.setup_link()
    driver.get(broker.page("/setup.html"))
    until_shown(driver, "#no-token", "The link is not whole")
    driver.get(broker.page("/outbox.html?destination=pacs"))
    at(driver, broker, "/login.html?next=%2Foutbox.html%3Fdestination%3Dpacs")
    driver.get(link)
    at(driver, broker, "/setup.html")
    write(driver, "#name", "rina")
    write(driver, "#password", PASSWORD)
    write(driver, "#again", PASSWORD + "!")
    press(driver, "#go")
    until_shown(driver, "#wrong", "The two passwords differ")
    write(driver, "#again", PASSWORD)
    looks(driver, "setup-narrow", "narrow")
    looks(driver, "setup-wide")
    press(driver, "#go")
    at(driver, broker, "/")
    until_shown(driver, ".clock .menu summary", "rina")
    driver.get(link)
    write(driver, "#name", "mallory")
    write(driver, "#password", PASSWORD)
    write(driver, "#again", PASSWORD)
    press(driver, "#go")
    until_shown(driver, "#wrong", "no longer")


def settings_are_shown_and_taken_anew(driver, broker, pacs):
    driver.get(broker.page("/configuration.html"))
    until_shown(driver, "#sections section", 'name = "pacs"')
    until_shown(driver, "#contents a", "[[destination]] pacs")
    write(driver, "#settings-search", "called_ae_title")
    bridge.until("other sections to go", lambda: driver.execute_script(
        "return [...document.querySelectorAll('#contents a')].every((each) => !each.textContent.includes('[node]'))"), 5)
    write(driver, "#settings-search", " ")
    looks(driver, "configuration-wide")
    looks(driver, "configuration-narrow-dark", "narrow", dark=True)
    looks(driver, "configuration-wide")
    broker.configure(settings(pacs) + "nonsense = 1\n")
    press(driver, "#reload")
    until_shown(driver, "dialog li", "nonsense")
    press(driver, "dialog .buttons button")
    broker.configure(settings(pacs) + bridge.dicom_destination("archive", pacs, "ARCHIVE"))
    press(driver, "#reload")
    until_shown(driver, "dialog .changes", "archive")
    looks(driver, "configuration-reload-wide")
    assert not any(each["name"] == "archive" for each in broker.status()["destinations"]), "taken before anybody said so"
    write(driver, "dialog [name=note]", "an archive as well")
    press(driver, "dialog button.primary")
    until_told(driver, "The configuration is taken.")
    until_shown(driver, "#contents a", "[[destination]] archive")
    row = broker.get("/api/v1/history?event=configuration&limit=1")[1]["items"][0]
    assert row["actor"] == "user:rina", row
    press(driver, "#reload")
    until_told(driver, "nothing would change")


def routes_are_explained_and_compared(driver, broker, pacs):
    press(driver, "#parts a", "Routes")
    write(driver, "#explain-called_ae_title", "BRIDGE")
    press(driver, "#explain button.primary")
    until_shown(driver, "#explained", "pacs, priority normal")
    write(driver, "#explain-called_ae_title", "ELSE")
    press(driver, "#explain button.primary")
    until_shown(driver, "#explained", "No route takes it")
    until_shown(driver, "#explained li.fails", "it is ELSE")
    write(driver, ".tags input", "NoSuchTag")
    press(driver, "#explain button.primary")
    until_shown(driver, "#explained .error", "NoSuchTag")
    # A text area takes a tab or a newline as it is: set as a paste would.
    driver.execute_script("document.getElementById('diff-settings').value = arguments[0]",
                          open(broker.config).read().replace('called_ae_title = "BRIDGE"', 'called_ae_title = "ELSE"'))
    press(driver, "#diff button.primary")
    until_shown(driver, "#compared", "%d looked at: 0 go where they went, %d would go elsewhere" % (IMAGES, IMAGES))
    until_shown(driver, "#compared li", "%d images: pacs" % IMAGES)
    looks(driver, "configuration-routes-wide")
    looks(driver, "configuration-routes-narrow", "narrow")
    looks(driver, "configuration-routes-wide")
    driver.execute_script("document.getElementById('diff-settings').value = 'nonsense = 1'")
    press(driver, "#diff button.primary")
    until_shown(driver, "#compared .error", "nonsense")


def users_are_added(driver, broker):
    press(driver, "#parts a", "Users")
    until_shown(driver, "#users tbody tr", "rina")
    for name, role in (("budi", "operator"), ("sari", "auditor"), ("tono", "viewer")):
        press(driver, "#add-user")
        write(driver, "dialog [name=name]", name)
        choose(driver, "dialog [name=role]", role)
        write(driver, "dialog [name=password]", "short")
        press(driver, "dialog button.primary")
        assert driver.execute_script("return document.querySelector('dialog [name=password]').matches(':invalid')"), "a short password was sent"
        write(driver, "dialog [name=password]", PASSWORD)
        press(driver, "dialog button.primary")
        until_told(driver, name + " can log in now.")
        until_shown(driver, "#users tbody tr", name)
    looks(driver, "configuration-users-wide")
    looks(driver, "configuration-users-narrow", "narrow")
    looks(driver, "configuration-users-wide")
    press(driver, "#users [aria-label='Set another password for budi']")
    write(driver, "dialog [name=password]", OTHER)
    press(driver, "dialog button.primary")
    until_told(driver, "budi has another password")


def a_token_is_shown_once(driver, broker):
    press(driver, "#parts a", "Tokens")
    until_shown(driver, "#tokens-empty", "No token yet")
    press(driver, "#add-token")
    write(driver, "dialog [name=name]", "prometheus")
    press(driver, "dialog button.primary")
    token = until_shown(driver, "#new-token", "dbt_").text
    press(driver, "dialog .buttons button")
    until_shown(driver, "#tokens tbody tr", "prometheus")
    assert token not in driver.page_source, "the token is still on the page"
    assert status_by(broker, token) == 200
    press(driver, "#tokens [data-act=remove]")
    press(driver, "dialog button.primary")
    until_shown(driver, "#tokens-empty", "No token yet")
    assert status_by(broker, token) == 401


def status_by(broker, token):
    connection = http.client.HTTPConnection("127.0.0.1", broker.http, timeout=30)
    connection.request("GET", "/api/v1/status", headers={"Authorization": "Bearer " + token})
    code = connection.getresponse().status
    connection.close()
    return code


def the_password_is_changed_and_the_login_ends(driver, broker):
    press(driver, ".clock .menu summary")
    press(driver, ".clock .menu button", "Change password")
    write(driver, "dialog [name=old]", PASSWORD)
    write(driver, "dialog [name=password]", OTHER)
    write(driver, "dialog [name=again]", OTHER)
    press(driver, "dialog button.primary")
    until_told(driver, "The password is changed")
    press(driver, ".clock .menu summary")
    press(driver, ".clock .menu button", "Log out")
    at(driver, broker, "/login.html")


def who_guesses_waits(driver, broker):
    log_in(driver, broker, "tono", "not his password")
    until_shown(driver, "#wrong", "Name or password is wrong.")
    for _ in range(10):
        write(driver, "#password", "not his password either")
        press(driver, "#go")
        bridge.until("an answer", lambda: driver.execute_script(
            "const go = document.getElementById('go'); return document.getElementById('password').value === ''"), 15)
        if "Too many" in driver.find_element("css selector", "#wrong").text:
            break
    until_shown(driver, "#wrong", "Too many wrong tries. Try again in")
    looks(driver, "login-locked-narrow-dark", "narrow", dark=True)
    looks(driver, "login-locked-wide")
    assert not driver.find_element("css selector", "#go").is_enabled()


def places(driver):
    return [each.text for each in driver.find_elements("css selector", "nav.places a")]


def each_sees_what_the_role_allows(driver, broker):
    log_in(driver, broker, "rina", OTHER, "/login.html?next=//elsewhere.example/")
    at(driver, broker, "/")
    log_in(driver, broker, "budi", OTHER, "/login.html?next=%2Foutbox.html%3Fdestination%3Dpacs")
    at(driver, broker, "/outbox.html?destination=pacs")
    until_shown(driver, "#destination [data-act=pause]")
    assert places(driver) == ["Overview", "Outbox", "National", "Studies", "History"], places(driver)
    driver.get(broker.page("/configuration.html"))
    until_shown(driver, "main", "Your role, operator, does not see this page.")
    log_in(driver, broker, "sari", PASSWORD, "/login.html?next=%2Foutbox.html%3Fdestination%3Dpacs")
    until_shown(driver, "#jobs tbody tr")
    assert not driver.find_elements("css selector", "#destination button, #jobs input:not(#pick-all), #bulk:not([hidden])")
    assert places(driver)[-1] == "Configuration", places(driver)
    press(driver, "nav.places a", "Configuration")
    until_shown(driver, "#sections section")
    assert [each.text for each in driver.find_elements("css selector", "#parts a")] == ["Settings", "Routes"]
    assert not driver.find_element("css selector", "#reload").is_displayed()


def main():
    began = time.monotonic()
    scp = dimse.StorageScp()
    with Guarded(settings(scp.port)) as broker:
        send(broker)
        with Browser() as driver:
            the_first_admin_is_made_by_the_link(driver, broker)
            settings_are_shown_and_taken_anew(driver, broker, scp.port)
            routes_are_explained_and_compared(driver, broker, scp.port)
            users_are_added(driver, broker)
            a_token_is_shown_once(driver, broker)
            the_password_is_changed_and_the_login_ends(driver, broker)
            each_sees_what_the_role_allows(driver, broker)
            who_guesses_waits(driver, broker)
            says_nothing_bad(driver, ["/setup ", "/login ", "/api/v1/node ", "/config/reload ", "/routes/explain ",
                                      "/routes/diff ", "/api/v1/events ", "/api/v1/outbox/ages "])
    scp.close()
    print("configuration: from the first admin to the last role, %.1f s" % (time.monotonic() - began))


main()
