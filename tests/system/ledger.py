"""What was sent to the bridge, what its books say, and what the receiver got: three accounts, and how they must agree."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "support"))

import chaos_proxy  # noqa: F401 (for those that import this)

import bridge
import dimse

UNFINISHED = ("queued", "sending", "uncertain")


def uids_of(root, count):
    return ["1.2.826.0.1.3680043.10.%s.%d" % (root, number) for number in range(count)]


def send(broker, uids, size=1500, calling="SCANNER"):
    """Over one association; each is acknowledged."""
    scu = dimse.Scu(broker.port, [(dimse.CT_IMAGE, [dimse.EXPLICIT_LE])], calling=calling)
    for uid in uids:
        status = scu.store(1, dimse.CT_IMAGE, uid, dimse.synthetic(uid, size=size))
        assert status == 0, hex(status)
    scu.release()


def unfinished(broker, name, states=UNFINISHED):
    jobs = broker.destination(name)["jobs"]
    return sum(jobs[state] for state in states)


def wait_done(broker, name, seconds=120):
    """Until nothing is on its way any more. On failure, says what is stuck."""
    try:
        bridge.until("%s to be done" % name, lambda: unfinished(broker, name) == 0, seconds)
    except AssertionError:
        stuck = [job for job in broker.jobs("&destination=" + name) if job["state"] in UNFINISHED][:3]
        raise AssertionError("stuck: %s" % [broker.get("/api/v1/jobs/%s" % job["id"])[1] for job in stuck])


def outcomes(broker, name):
    """SOP Instance UID -> [(kind, outcome, evidence)] of every attempt for this destination."""
    found = {}
    for uid, kind, outcome, evidence in broker.rows(
            "SELECT instance.sop_instance_uid, attempt.kind, attempt.outcome, attempt.evidence FROM attempt"
            " JOIN job ON job.id = attempt.job_id JOIN instance ON instance.id = job.instance_id"
            " JOIN destination ON destination.id = job.destination_id WHERE destination.name = ? ORDER BY attempt.id", name):
        found.setdefault(uid, []).append((kind, outcome, evidence))
    return found


def check_books(broker, name, uids):
    """Each is delivered once: one job, one round, one delivered attempt, one row of history."""
    jobs = broker.jobs("&destination=" + name)
    assert sorted(job["instance"]["sop_instance_uid"] for job in jobs) == sorted(uids), "the jobs are not what was sent"
    other = [job for job in jobs if job["state"] != "delivered" or job["round"] != 1]
    assert not other, "%d not delivered in the first round, as %s" % (len(other), other[0])
    attempts = outcomes(broker, name)
    for uid in uids:
        delivered = sum(outcome == "delivered" for _, outcome, _ in attempts[uid])
        assert delivered == 1, "%s has %d delivered attempts" % (uid, delivered)
        assert all(outcome for _, outcome, _ in attempts[uid]), "%s has an attempt that never ended" % uid
    rows = [uid for uid, in broker.rows(
        "SELECT sop_instance_uid FROM history WHERE event = 'delivered' AND destination = ?", name)]
    assert sorted(rows) == sorted(uids), "%d rows of history for %d deliveries" % (len(rows), len(uids))
    return attempts


def check_receives(what, uids, receives, ambiguous):
    """Each came at least once, and not more often than 1 + its truly ambiguous ends."""
    lost = [uid for uid in uids if receives[uid] < 1]
    assert not lost, "%s: %d of %d never came, as %s" % (what, len(lost), len(uids), lost[0])
    excess = [uid for uid in uids if receives[uid] > 1 + ambiguous[uid]]
    assert not excess, "%s: %s came %d times, with %d ambiguous ends" % (
        what, excess[0], receives[excess[0]], ambiguous[excess[0]])


def check_history(broker):
    done = broker.cli("history", "verify")
    return done.stdout.strip()
