"""The endpoints under /_simulator/, by which other processes and people see and steer the simulator."""
import json
import re
import urllib.parse

from . import bodies, page

PREFIX = "/_simulator"
# A name that a foreign page's owner could have made to point at this machine is none of them.
OWN_HOST = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:]+\])(:\d+)?", re.IGNORECASE)
ORDER_FIELDS = ("accession", "patient", "modality", "date", "status", "encounter", "organization", "is_suppressed",
                "appears_after_s", "appears_after_searches")


def is_control(head):
    return head.path == PREFIX or head.path.startswith(PREFIX + "/")


def serve_control(simulator, head, peer, take_in):
    """An Answer. `take_in` makes the IncomingBody. Only for this machine, whatever address the rest is bound to."""
    incoming = take_in()
    if incoming.length > 1 << 20:
        incoming.to_nowhere()
        return bodies.too_large()
    body = incoming.to_memory()
    is_near = peer[0].startswith("127.") or peer[0] == "::1"
    if not is_near or not OWN_HOST.fullmatch(head.get("host") or ""):
        return bodies.plain(403, "The control endpoints are for this machine only")
    path = head.path[len(PREFIX):] or "/"
    try:
        if head.method in ("GET", "HEAD"):
            return shown(simulator, path, dict(head.query()))
        kind = (head.get("content-type") or "").partition(";")[0].strip()
        if kind == "application/x-www-form-urlencoded" and path == "/orders" and head.method == "POST":
            return added_by_form(simulator, head, body)
        # No page of another site can send this type without asking first.
        if kind != "application/json":
            return bodies.plain(400, "Content-Type must be application/json")
        values = json.loads(body.decode("utf-8")) if body else {}
        if not isinstance(values, dict):
            raise ValueError("the body is no JSON object")
        return acted(simulator, head.method, path, values)
    except (ValueError, TypeError, RecursionError) as trouble:
        return bodies.json_answer(400, {"error": str(trouble)})


def shown(simulator, path, query):
    with simulator.lock:
        if path == "/":
            return bodies.Answer(200, page.page(simulator).encode(), "text/html; charset=utf-8", page.HEADERS)
        if path == "/order":
            return bodies.Answer(200, page.form().encode(), "text/html; charset=utf-8", page.HEADERS)
        if path == "/state":
            return bodies.json_answer(200, simulator.state())
        if path == "/requests":
            return bodies.json_answer(200, {"requests": [
                each.view() for each in simulator.requests(since=int(query.get("since", 0)))]})
        if path == "/studies":
            return bodies.json_answer(200, {"studies": [
                {"id": each.id, "versions": [{"at": one.at, "request": one.request, "resource": one.resource}
                                             for one in each.versions]} for each in simulator.studies()]})
    return bodies.plain(404, "Not Found")


def acted(simulator, method, path, values):
    kind, _, number = path.strip("/").partition("/")
    if method == "DELETE" and kind == "faults" and (not number or number.isdigit()):
        simulator.clear_faults(int(number) if number else None)
    elif method != "POST":
        return bodies.plain(405, "Method Not Allowed")
    elif kind == "faults" and number == "clear":
        simulator.clear_faults(values.get("id"))
    elif path == "/orders":
        return bodies.json_answer(201, {"id": add_order(simulator, values)})
    elif kind == "orders" and number:
        if not isinstance(values.get("status"), str) or not simulator.set_order_status(number, values["status"]):
            raise ValueError("there is no such order, or no status")
    elif path == "/faults":
        return bodies.json_answer(201, {"id": simulator.add_fault(**values).id})
    elif path == "/profile":
        simulator.change_profile(**values)
    elif path == "/clock":
        simulator.advance(float(values["advance_s"]) if "advance_s" in values else 0.0)
    elif path == "/tokens/revoke":
        simulator.revoke_tokens()
    elif path == "/credentials":
        simulator.set_client_secret(str(values["client_secret"]) if "client_secret" in values else simulator.client_secret)
    else:
        return bodies.plain(404, "Not Found")
    return bodies.json_answer(200, simulator.state())


def added_by_form(simulator, head, body):
    """From the page's own form only: a browser says where a form comes from."""
    if (head.get("origin") or "").partition("//")[2] != head.get("host"):
        return bodies.plain(403, "A form of another page")
    values = {name: value.strip() for name, value in urllib.parse.parse_qsl(body.decode("utf-8")) if value.strip()}
    add_order(simulator, values)
    return bodies.Answer(303, headers=[("Location", PREFIX + "/")])


def add_order(simulator, values):
    unknown = set(values) - set(ORDER_FIELDS)
    if unknown or not isinstance(values.get("accession"), str):
        raise ValueError("an order has an accession, and of %s what it needs" % ", ".join(ORDER_FIELDS))
    return simulator.add_order(**values)
