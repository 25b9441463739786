#!/usr/bin/python3
"""What comes from outside stays text: names, descriptions and error comments that try to be markup, on every page that shows them."""
import csv
import io
import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "system"))
import bridge  # noqa: E402
import dimse  # noqa: E402
from hospital import Hospital, Study  # noqa: E402
from chromium import Browser, press, until_shown  # noqa: E402

# At most 64 characters, as the elements that carry them, and no backslash, which parts values.
PAYLOADS = [
    "<script>alert(1)</script>", "<ScRiPt>alert(1)</sCrIpT>", "<script src=//x.example/a.js></script>", "<script/x>alert(1)</script>",
    "</script><script>alert(1)</script>", "<<script>alert(1)//<</script>", "<script>alert`1`</script>", "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>", "</style><script>alert(1)</script>", "--><script>alert(1)</script>", "]]><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>", "<img/src=x/onerror=alert(1)>", "<IMG SRC=x ONERROR=alert(1)>", "<img src=x onerror='alert(1)'",
    "\"><img src=x onerror=alert(1)>", "'><img src=x onerror=alert(1)>", "<img src=`x` onerror=alert(1)>", "<img src=javascript:alert(1)>",
    "<svg onload=alert(1)>", "<svg/onload=alert(1)//", "<svg><script>alert(1)</script></svg>", "<svg><a href=javascript:alert(1)>x</a>",
    "<svg><animate onbegin=alert(1) attributeName=x>", "<svg><use href=data:image/svg+xml,x>", "<math href=javascript:alert(1)>x</math>",
    "<math><mtext><img src=x onerror=alert(1)>", "<body onload=alert(1)>", "<iframe src=javascript:alert(1)>", "<iframe srcdoc='<img src=x>'>",
    "<object data=javascript:alert(1)>", "<embed src=javascript:alert(1)>", "<video src=x onerror=alert(1)>", "<audio src=x onerror=alert(1)>",
    "<input autofocus onfocus=alert(1)>", "<select autofocus onfocus=alert(1)>", "<details open ontoggle=alert(1)>x", "<marquee onstart=alert(1)>x",
    "<a href=javascript:alert(1)>x</a>", "<a href='data:text/html,x'>x</a>", "javascript:alert(1)", "\" onmouseover=alert(1) x=\"",
    "' onmouseover=alert(1) x='", "\" autofocus onfocus=alert(1) x=\"", "<base href=//x.example/>", "<meta http-equiv=refresh content=0;url=//x>",
    "<link rel=stylesheet href=//x.example/a.css>", "<style>*{display:none}</style>", "<style>@import '//x.example/a'</style>",
    "<form action=//x.example><button>x</button></form>", "<template><img src=x onerror=alert(1)></template>", "<x-a onclick=alert(1)>x</x-a>",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-", "+ADw-img src+AD0-x+AD4-",
    "%3Cscript%3Ealert(1)%3C/script%3E", "\u202egnp.exe\u202c<b>", "\u2066<script>alert(1)</script>\u2069", "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e",
    "${alert(1)}", "{{constructor.constructor('alert(1)')()}}", "{name}{n}{at}", "__proto__", "constructor", "=1+1", "=cmd|' /C calc'!A0",
    "+1+1", "-1+1", "@SUM(1+1)*cmd|' /C calc'!A0", "=HYPERLINK(\"//x.example\";\"x\")", "=IMPORTXML(\"//x\",\"//a\")", "-2+3+cmd|' /C calc'!A0",
]
FORMULAS = ("=", "+", "-", "@", "\t", "\r")

# Whatever runs although it must not is noticed; a page that asks is asked nothing.
WATCH = "window.ran = []; for (const each of ['alert', 'confirm', 'prompt']) window[each] = (...said) => { window.ran.push(String(said)); };"
# Elements that no page of ours has, attributes that none may have, and pictures that are none of ours.
FOUND = """
const own = (each) => each.matches('head > script[type=module][src^="/"], head > link, head > meta, head > title');
const foreign = [...document.querySelectorAll('script, iframe, object, embed, base, link, meta, style, math, template, video, audio, marquee, use, animate, x-a, b, textarea, title')]
  .filter((each) => !own(each)).map((each) => each.outerHTML.slice(0, 100));
const handlers = [...document.querySelectorAll('*')].filter((each) => [...each.attributes].some(({ name, value }) =>
  name.startsWith('on') || /^\\s*(javascript|data|vbscript):/i.test(name === 'href' || name === 'src' || name === 'action' ? value : '')))
  .map((each) => each.outerHTML.slice(0, 100));
const pictures = [...document.images].map((each) => each.getAttribute('src') ?? '').filter((each) => each !== '' && each !== '/icon.svg' && !each.startsWith('blob:'));
return { foreign, handlers, pictures, ran: window.ran, hasStage: document.querySelector('main') !== null };
"""


def shown_name(text):
    """As the pages write a person's name: the first spelling, family name first (PS3.5 6.2.1)."""
    family, *rest = [each.strip() for each in text.split("=")[0].split("^")]
    return ", ".join(each for each in (family, " ".join(each for each in rest if each)) if each)


def is_clean(driver, where):
    found = driver.execute_script(FOUND)
    assert found == {"foreign": [], "handlers": [], "pictures": [], "ran": [], "hasStage": True}, (where, found)


def refuses_with(comments):
    """A PACS that takes nothing, and says so in words that try to be markup (PS3.7 C.4.2.1.5)."""
    def answer(scp, stream, context, values, data_set):
        uid = dimse.text(values, 0x1000)
        comment = comments[uid].encode("ascii", "replace")
        body = b"".join(dimse.element(*each) for each in (
            (0x0002, dimse.uid_bytes(dimse.text(values, 0x0002))), (0x0100, struct.pack("<H", dimse.C_STORE_RSP)),
            (0x0120, struct.pack("<H", dimse.word(values, 0x0110))), (0x0800, struct.pack("<H", 0x0101)),
            (0x0900, struct.pack("<H", 0xC001)), (0x0902, comment + b" " * (len(comment) % 2)), (0x1000, dimse.uid_bytes(uid))))
        stream.send_message(context, dimse.element(0x0000, struct.pack("<I", len(body))) + body)
    return answer


def send(hospital):
    """One study for each payload, in UTF-8."""
    studies, comments = {}, {}
    for payload in PAYLOADS:
        assert len(payload) <= 64 and "\\" not in payload, payload
        study = Study(accession="")
        sop, data = study.instance(size=4, elements={
            0x00080005: (b"CS", "ISO_IR 192"), 0x00080050: (b"SH", None), 0x00081030: (b"LO", payload), 0x0008103E: (b"LO", payload),
            0x00100010: (b"PN", payload), 0x00100020: (b"LO", payload)})
        studies[study.uid], comments[sop] = payload, payload
        study.sent_as = (sop, data)
        hospital.kept.append(study)
    hospital.comments.update(comments)
    for study in hospital.kept:
        hospital.send_again(study, [study.sent_as])
    return studies


def texts(driver, row, key, *parts):
    """{key of a row: [texts of its parts]}; what follows the dot in a part's line is not of the payload."""
    return driver.execute_script("""
    const [row, key, parts] = arguments;
    return Object.fromEntries([...document.querySelectorAll(row)].map((each) => [new URL(each.querySelector(key).href).searchParams.get('study'),
      parts.map((part) => each.querySelector(part)?.textContent ?? '')]));""", row, key, parts)


def lists_are_text(driver, own, studies):
    """The list of studies and the national page: title and patient of every one, word for word."""
    for path, row, key in (("/studies.html", "#studies > li", ".name"), ("/national.html", "#rows > li", ".name")):
        driver.get(own + path)
        found = lambda: texts(driver, row, key, ".name", ".patient")  # noqa: B023, E731
        bridge.until("the first page of " + path, lambda: len(found()) == 50, 30)  # noqa: B023
        press(driver, "#more")
        shown = bridge.until("all of " + path, lambda: (lambda all: all if len(all) == len(studies) else None)(found()), 30)  # noqa: B023
        for uid, payload in studies.items():
            title, patient = shown[uid]
            expected = " · ".join(each for each in (shown_name(payload), payload) if each)
            assert title == payload, (path, payload, title)
            assert patient == expected or patient.startswith(expected + " · "), (path, payload, patient)
        is_clean(driver, path)


def each_study_is_text(driver, own, studies):
    """The page of a study, and what its series is called there."""
    for uid, payload in list(studies.items())[::5]:
        driver.get("%s/study.html?study=%s" % (own, uid))
        bridge.until("the study " + payload, lambda: driver.execute_script(
            "return document.getElementById('study-title').textContent") == payload, 20)  # noqa: B023
        assert payload in driver.execute_script("return document.getElementById('study-patient').textContent"), payload
        bridge.until("its series", lambda: driver.execute_script(
            "return document.querySelector('#series strong')?.textContent") == "CT · " + payload, 20)  # noqa: B023
        is_clean(driver, "study.html " + payload)


def each_comment_is_text(driver, hospital, own, studies):
    """What a PACS said against an image: on the job's page, word for word; on the overview and in the history no markup."""
    jobs = {each["instance"]["study_instance_uid"]: each["id"] for each in hospital.bridge.jobs("&destination=pacs")}
    for uid, payload in list(studies.items())[::7]:
        driver.get("%s/outbox.html?job=%d" % (own, jobs[uid]))
        comment = payload.encode("ascii", "replace").decode().strip()
        until_shown(driver, "#one .timeline li", comment)
        is_clean(driver, "outbox.html " + payload)
    for path, row in (("/", "#destinations > li"), ("/outbox.html?destination=pacs", "#jobs tbody tr"), ("/history.html", "#rows > li")):
        driver.get(own + path)
        until_shown(driver, row)
        driver.execute_script("for (const each of document.querySelectorAll('details')) each.open = true")
        bridge.until("what is unfolded", lambda: driver.execute_script(
            "return [...document.querySelectorAll('#rows details')].every((each) => each.querySelector('dl'))"), 20)
        is_clean(driver, path)


def tables_are_no_formulas(hospital):
    for path in ("/api/v1/registrations.csv", "/api/v1/history.csv", "/api/v1/reconciliation.csv"):
        status, body = hospital.bridge.get(path, parse=False)
        assert status == 200, (path, body)
        rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
        assert len(rows) > 3, path
        run = [cell for row in rows for cell in row if cell.startswith(FORMULAS)]
        assert not run, (path, run[:5])


def main():
    assert len(PAYLOADS) >= 60 and len(set(PAYLOADS)) == len(PAYLOADS)
    began, comments = time.monotonic(), {}
    pacs = dimse.StorageScp(on_store=refuses_with(comments))
    with Hospital(more=bridge.dicom_destination("pacs", pacs.port), routes=("national", "pacs")) as hospital, Browser() as driver:
        hospital.kept, hospital.comments = [], comments
        studies = send(hospital)
        bridge.until("the PACS to have refused all", lambda: hospital.bridge.destination("pacs")["jobs"]["held"] == len(studies), 60)
        bridge.until("all to wait for a number", lambda: len([each for each in hospital.bridge.jobs("&destination=national")
                                                              if each["reason"] == "no_accession"]) == len(studies), 60)
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        own = "http://127.0.0.1:%d" % hospital.bridge.http
        lists_are_text(driver, own, studies)
        each_study_is_text(driver, own, studies)
        each_comment_is_text(driver, hospital, own, studies)
        tables_are_no_formulas(hospital)
    print("hostile: %d payloads, %.1f s in all" % (len(PAYLOADS), time.monotonic() - began))


main()
