"""The one page for people: orders, studies with their instances, the last requests. It names no patient."""
import html
import re

from . import validation
from .clock import date_time

HEADERS = [("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
            "form-action 'self'; frame-ancestors 'none'"),
           ("X-Content-Type-Options", "nosniff"), ("Cache-Control", "no-store"), ("Referrer-Policy", "same-origin")]
STYLE = """body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1f24}
table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}td,th{border-bottom:1px solid #d0d7de;padding:.3rem .6rem .3rem 0;
text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{font-weight:600;overflow-wrap:normal}.note{background:#fff8c5;padding:.7rem 1rem}
code{font-size:.92em}label{display:block;margin:.6rem 0}input{font:inherit;width:16rem;margin-left:.6rem}"""
PATIENT = re.compile(r"\bP\d{11}\b|(?<=/nik\|)[^&]+|(?<=/nik%7C)[^&]+", re.IGNORECASE)
FIELDS = (("accession", "Accession number", "required maxlength=64"), ("modality", "Modality", 'placeholder="CT"'),
          ("patient", "Patient's number", 'placeholder="made up"'), ("date", "Date and time", 'placeholder="now"'))


def escape(value):
    return html.escape("" if value is None else str(value), quote=True)


def begin(more=""):
    return ('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">%s<title>SATUSEHAT simulator</title><style>%s</style>'
            '</head><body><h1>SATUSEHAT simulator</h1>' % (more, STYLE))


def without_patient(text):
    return PATIENT.sub("…", text)


def table(names, rows, empty):
    if not rows:
        return "<p>%s</p>" % escape(empty)
    head = "".join("<th>%s</th>" % escape(each) for each in names)
    return "<table><tr>%s</tr>%s</table>" % (head, "".join(
        "<tr>%s</tr>" % "".join("<td>%s</td>" % escape(each) for each in row) for row in rows))


def page(simulator):
    """Called with the simulator's lock held."""
    counts = "%d instances stored, %d bytes; %d connections" % (
        len(simulator.instances()), sum(each.byte_count for each in simulator.instances()), simulator.connection_count)
    return "".join([
        begin('<meta http-equiv="refresh" content="5">'),
        '<p class="note">This is a simulator. Nothing that it receives leaves this machine, and nothing reaches the Ministry. '
        'Files lie in <code>%s</code>.</p>' % escape(simulator.folder),
        "<p>Base URL <code>%s</code>, organization <code>%s</code>. %s. The page renews itself.</p>" % (
            escape(simulator.url), escape(simulator.organization), escape(counts)),
        '<h2>Orders</h2><p><a href="order">Add an order</a></p>',
        table(("accession number", "status", "modality", "ServiceRequest", "state"), order_rows(simulator), "There is no order."),
        "<h2>Imaging studies</h2>", table(("accession number", "StudyInstanceUID", "instances listed", "instances stored",
                                           "versions", "ImagingStudy"), study_rows(simulator), "None so far."),
        "<h2>Files without an imaging study</h2>",
        table(("StudyInstanceUID", "instances stored"), stray_rows(simulator), "None."),
        "<h2>Faults</h2>", table(("number", "kind", "route", "met", "of"), [
            (each.id, each.kind, each.route, each.hit_count, "any number" if each.count is None else each.count)
            for each in simulator.faults.items], "None: everything goes well."),
        "<h2>The last requests</h2>", table(("number", "at", "what", "query", "bytes", "answer", "faults"),
                                            request_rows(simulator), "None so far."),
        "</body></html>"])


def form():
    """On a page of its own, as the other renews itself."""
    rows = "".join('<label>%s<input name="%s" %s></label>' % (escape(label), name, more) for name, label, more in FIELDS)
    return begin() + ('<h2>Add an order</h2><p>As a hospital system would send it before the images come.</p>'
                         '<form method="post" action="orders">%s<button>Add</button></form></body></html>' % rows)


def order_rows(simulator):
    now = simulator.clock.now()
    return [(validation.accession_of(each.resource), each.resource.get("status"), simulator.modality_of(each.resource), each.id,
             "suppressed" if each.is_suppressed else "there" if each.is_indexed(now) else "not there yet")
            for each in reversed(simulator.orders())][:200]


def study_rows(simulator):
    stored = stored_counts(simulator)
    return [(validation.accession_of(each.resource), validation.study_uid_of(each.resource),
             len(validation.sop_uids_of(each.resource)), stored.get(validation.study_uid_of(each.resource), 0),
             len(each.versions), each.id) for each in reversed(simulator.studies())][:200]


def stored_counts(simulator):
    counts = {}
    for each in simulator.instances():
        counts[each.study_uid] = counts.get(each.study_uid, 0) + 1
    return counts


def stray_rows(simulator):
    known = {validation.study_uid_of(each.resource) for each in simulator.studies()}
    return [each for each in stored_counts(simulator).items() if each[0] not in known][:200]


def request_rows(simulator):
    return [(each.number, date_time(each.at), "%s %s" % (each.method, without_patient(each.path)),
             without_patient(each.query_text), each.body_bytes,
             each.ended if each.status is None else each.status, ", ".join(each.faults))
            for each in list(simulator.ledger.requests)[:-31:-1]]
