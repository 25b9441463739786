"""By hand: a simulator until Ctrl-C, which says where it is and how to try it."""
import argparse
import json
import os
import signal
import sys
import threading

if not __package__:  # run as a folder
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from satusehat_simulator.simulator import ORGANIZATION, PATIENT, Simulator  # noqa: E402
from satusehat_simulator.tokens import ALPHABET  # noqa: E402

DEMO_ORDERS = ("DEMO0001,CT", "DEMO0002,DX")


def arguments_of(words):
    parser = argparse.ArgumentParser(prog="satusehat_simulator", description=(
        "A simulated SATUSEHAT on this machine: nothing that it receives leaves it. README.md beside its source has faults and "
        "profiles."))
    add = parser.add_argument
    add("--port", type=int, default=8790, help="0: any that is free (default: %(default)s)")
    add("--bind", default="127.0.0.1", help="address to listen at (default: %(default)s)")
    add("--organization", default=ORGANIZATION, help="its number (default: %(default)s)")
    add("--client-id-file", metavar="FILE", help="the client id is read from it, or written to it when there is no such file")
    add("--client-secret-file", metavar="FILE", help="the same for the client secret")
    add("--folder", metavar="FOLDER", help="empty or new; received files are stored and left there (default: a temporary one)")
    add("--order", action="append", metavar="ACCESSION[,MODALITY[,PATIENT[,DATE]]]", help="may be repeated")
    add("--no-orders", action="store_true", help="none, where otherwise there are two to try")
    add("--profile", action="append", default=[], metavar="PRESET|NAME=VALUE", help="lenient, strict, or one setting")
    add("--fault", action="append", default=[], metavar="JSON", help='for example {"kind":"html","route":"dicom_store"}')
    add("--seed", type=int, help="of ids, tokens and faults by probability")
    add("--tls-cert", metavar="FILE", help="PEM; HTTPS then")
    add("--tls-key", metavar="FILE")
    add("--json", action="store_true", help="say where it is in one line of JSON")
    add("--until-stdin-ends", action="store_true", help="end when standard input does, so with the program that started it")
    return parser, parser.parse_args(words)


def credential(path, made):
    """Out of the file, or `made`, which is written to it."""
    if path is None:
        return made
    try:
        with open(path, encoding="utf-8") as file:
            found = file.read().strip()
        if not found:
            raise ValueError("%s is empty" % path)
        return found
    except FileNotFoundError:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(made + "\n")
        return made


def profile_of(words):
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            values["preset"] = name
            continue
        try:
            values[name] = json.loads(value)
        except ValueError:
            values[name] = value
    return values


def simulator_of(options):
    """Throws ValueError and OSError."""
    made = [os.urandom(32) for _ in range(2)]
    client_id, client_secret = ["".join(ALPHABET[each % len(ALPHABET)] for each in data) for data in made]
    simulator = Simulator(
        options.port, profile_of(options.profile), bind=options.bind, organization=options.organization,
        client_id=credential(options.client_id_file, client_id), folder=options.folder, seed=options.seed,
        client_secret=credential(options.client_secret_file, client_secret),
        certificate_file=options.tls_cert, key_file=options.tls_key)
    try:
        for each in options.order or (() if options.no_orders else DEMO_ORDERS):
            accession, modality, patient, date = (each.split(",") + [""] * 4)[:4]
            simulator.add_order(accession, patient or PATIENT, modality=modality or "CT", date=date or "now")
        for each in options.fault:
            values = json.loads(each)
            if not isinstance(values, dict):
                raise ValueError("a fault is a JSON object, not %s" % each)
            simulator.add_fault(**values)
        return simulator.start()
    except BaseException:
        simulator.stop()
        raise


def announce(simulator, options):
    accessions = [each["accession"] for each in simulator.state()["orders"]]
    if options.json:
        print(json.dumps({"is_simulator": True, "url": simulator.url, "organization": simulator.organization,
                          "client_id": simulator.client_id, "client_secret": simulator.client_secret,
                          "folder": simulator.folder, "page": simulator.url + "/_simulator/", "orders": accessions}), flush=True)
        return
    print("SATUSEHAT simulator: a stand-in, on this machine only. Nothing is sent to the Ministry.")
    print("  base URL         %s" % simulator.url)
    print("  organization id  %s" % simulator.organization)
    print("  client id        %s" % (options.client_id_file or simulator.client_id))
    # A file could hold a real one, put there by mistake.
    print("  client secret    %s" % (options.client_secret_file or simulator.client_secret))
    print("  page             %s/_simulator/" % simulator.url)
    print("  orders           %s" % (", ".join(accessions) or "none"))
    if simulator.has_own_folder:
        print("  received files   %s, a temporary folder that goes when this ends (--folder keeps them)" % simulator.folder)
    else:
        print("  received files   %s" % simulator.folder)
    print("  another order    on the page, or: curl -H 'Content-Type: application/json' -d '{\"accession\":\"DEMO0003\"}' "
          "%s/_simulator/orders" % simulator.url)
    if options.bind not in ("127.0.0.1", "::1", "localhost"):
        print("  It listens at %s: others in the network reach it. Send it no real patient's images." % options.bind)
    print("Ctrl-C ends it.", flush=True)


def main(words=None):
    parser, options = arguments_of(words)
    if bool(options.tls_cert) != bool(options.tls_key):
        parser.error("--tls-cert and --tls-key go together")
    ended = threading.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, frame: ended.set())
    try:
        simulator = simulator_of(options)
    except (ValueError, TypeError, OSError) as trouble:
        print("satusehat_simulator: %s" % trouble, file=sys.stderr)
        return 2
    try:
        announce(simulator, options)
        if options.until_stdin_ends:
            threading.Thread(target=lambda: (sys.stdin.buffer.read(), ended.set()), daemon=True).start()
        ended.wait()
    finally:
        simulator.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
