#!/usr/bin/python3
"""A scanner asks for storage commitment: it is answered on its association and on a new one, before and after a restart."""
import bridge
import dimse
import ledger

DELIVERY = {"pledge_look_every": "100ms", "connect_timeout": "1s", "release_timeout": "200ms"}
CONTEXTS = [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE]), (dimse.COMMITMENT, [dimse.EXPLICIT_LE]),
            (dimse.COMMITMENT, [dimse.IMPLICIT_LE])]
STORE, EXPLICIT, IMPLICIT = 1, 3, 5
NO_SUCH_INSTANCE = 0x0112
transactions = iter(ledger.uids_of("31", 100))


def sender(port=None, commit_when="custody"):
    where = 'host = "127.0.0.1"\nport = %d\n' % port if port else ""
    return '[[sender]]\nname = "ct"\nae_title = "SCANNER"\ncommit_when = "%s"\n%s' % (commit_when, where)


def bridge_with(sender_toml):
    """With a destination that is paused until a test lets it go."""
    scp = dimse.StorageScp()
    broker = bridge.Bridge(sender_toml + bridge.dicom_destination("pacs", scp.port) + bridge.route("all", "pacs"),
                           delivery=DELIVERY).start()
    assert broker.post("/api/v1/destinations/pacs/pause", {"reason": "test"})[0] == 200
    return broker, scp


def scanner(broker):
    return dimse.Scu(broker.port, CONTEXTS, roles=[(dimse.COMMITMENT, 1, 0)])


def store(scu, root, count=3):
    uids = ledger.uids_of("30." + root, count)
    for uid in uids:
        assert scu.store(STORE, dimse.CT_IMAGE, uid, dimse.synthetic(uid, size=1500)) == 0
    return uids


def ask(scu, uids, context=EXPLICIT, expected=0):
    """(transaction UID, the report where it came before the response)."""
    transaction = next(transactions)
    status, early = scu.request_commitment(context, transaction, [(dimse.CT_IMAGE, uid) for uid in uids],
                                           context == IMPLICIT)
    assert status == expected, hex(status)
    return transaction, early


def check(report, transaction, committed, failed=()):
    assert report.transaction_uid == transaction, report.__dict__
    assert sorted(report.committed) == sorted(committed) and report.failed == dict(failed), report.__dict__
    assert report.event_type == (2 if failed else 1), report.event_type


def pledges_left(broker):
    return broker.rows("SELECT count(*) FROM pledge WHERE reported_at_ms IS NULL")[0][0]


def finish(broker, scp):
    """Everything stored is delivered once in the end, and the history is whole."""
    broker.post("/api/v1/destinations/pacs/resume")
    ledger.wait_done(broker, "pacs")
    ledger.check_books(broker, "pacs", [job["instance"]["sop_instance_uid"] for job in broker.jobs()])
    bridge.until("no request to be open", lambda: pledges_left(broker) == 0, 20)
    ledger.check_history(broker)
    broker.__exit__(None, None, None)
    scp.close()


def custody_on_the_same_association():
    broker, scp = bridge_with(sender())
    scu = scanner(broker)
    uids, answered = store(scu, "1"), 0
    for context in (EXPLICIT, IMPLICIT):
        transaction, early = ask(scu, uids, context)
        check(early or scu.receive_report(context, context == IMPLICIT), transaction, uids)
        answered += 1
    missing = "1.2.826.0.1.3680043.10.30.404"
    transaction, early = ask(scu, [*uids, missing])
    check(early or scu.receive_report(EXPLICIT), transaction, uids, {missing: NO_SUCH_INSTANCE}.items())
    assert scu.store(STORE, dimse.CT_IMAGE, uids[0], dimse.synthetic(uids[0], size=1500)) == 0, "it goes on as before"
    scu.release()
    finish(broker, scp)
    return "%d whole and 1 partial report, both encodings" % answered


def custody_on_a_new_association_before_and_after_a_restart():
    port = bridge.free_port()
    broker, scp = bridge_with(sender(port))
    scu = scanner(broker)
    uids = store(scu, "2")
    # Nobody listens yet, and the scanner leaves at once; the request must outlive the bridge.
    first, _ = ask(scu, uids)
    scu.abort()
    broker.kill()
    broker.start()
    listener = dimse.ReportListener(port)
    check(listener.wait(first), first, uids)
    scu = scanner(broker)
    second, early = ask(scu, uids)
    if not early:
        scu.abort()
        check(listener.wait(second), second, uids)
    assert listener.roles and set(listener.roles) == {(0, 1)}, listener.roles
    finish(broker, scp)
    repeats = len(listener.reports) - len({each.transaction_uid for each in listener.reports})
    listener.close()
    return "%d reports, %d of them repeated" % (len(listener.reports), repeats)


def delivered_on_the_same_association():
    broker, scp = bridge_with(sender(commit_when="delivered"))
    scu = scanner(broker)
    uids = store(scu, "3")
    broker.post("/api/v1/destinations/pacs/resume")
    ledger.wait_done(broker, "pacs")
    transaction, early = ask(scu, uids)
    check(early or scu.receive_report(EXPLICIT), transaction, uids)
    assert all(scp.received.get(uid) for uid in uids)
    scu.release()
    finish(broker, scp)
    return "1 report, after the last of %d deliveries" % len(uids)


def delivered_on_a_new_association_after_restarts():
    port = bridge.free_port()
    listener = dimse.ReportListener(port)
    broker, scp = bridge_with(sender(port, "delivered"))
    scu = scanner(broker)
    uids = store(scu, "4")
    transaction, early = ask(scu, uids)
    assert early is None
    scu.abort()
    for _ in range(2):
        broker.kill()
        broker.start()
    # As a pause outlives the restart, so does the request; and it says nothing before its time.
    assert broker.destination("pacs")["state"] == "paused" and pledges_left(broker) == 1
    assert not listener.reports, "reported before it was delivered"
    broker.post("/api/v1/destinations/pacs/resume")
    check(listener.wait(transaction), transaction, uids)
    assert all(scp.received.get(uid) for uid in uids), "reported before it was delivered"
    finish(broker, scp)
    listener.close()
    return "1 report, after two kills and %d deliveries" % len(uids)


def what_is_forged_is_refused():
    broker, scp = bridge_with(sender())
    scu = scanner(broker)
    uids = store(scu, "5")
    scu.release()
    before, = broker.rows("SELECT max(sequence) FROM history")[0]
    forger = dimse.Scu(broker.port, [(dimse.COMMITMENT, [dimse.EXPLICIT_LE])], calling="PACS",
                       roles=[(dimse.COMMITMENT, 0, 1)])
    status = forger.send_report(1, "1.2.826.0.1.3680043.10.32.1", [(dimse.CT_IMAGE, uid) for uid in uids])
    assert status != 0, "taken for true"
    forger.release()
    since = broker.rows("SELECT event FROM history WHERE sequence > ?", before)
    assert all(event == "refused" for event, in since), since
    assert not broker.rows("SELECT 1 FROM job WHERE state = 'delivered'"), "a forged report delivered something"
    # The same transaction twice is refused as well (PS3.7 C.5.23).
    scu = scanner(broker)
    transaction, early = ask(scu, uids)
    early or scu.receive_report(EXPLICIT)
    twice, _ = scu.request_commitment(EXPLICIT, transaction, [(dimse.CT_IMAGE, uid) for uid in uids])
    assert twice == 0x0131, hex(twice)
    scu.release()
    finish(broker, scp)
    return "unknown transaction refused 0x%04X, repeated one 0x%04X" % (status, twice)


for test in (custody_on_the_same_association, custody_on_a_new_association_before_and_after_a_restart,
             delivered_on_the_same_association, delivered_on_a_new_association_after_restarts, what_is_forged_is_refused):
    print("%s: %s" % (test.__name__, test()), flush=True)
